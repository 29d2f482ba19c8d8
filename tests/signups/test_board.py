"""The board shows each slot of each site and wave with its counts, the gaps first."""

import re
from datetime import timedelta

import pytest

from protestcoord.campaigns.models import Site
from protestcoord.campaigns.rules import Presence
from protestcoord.members.rules import Areas
from protestcoord.signups import places
from protestcoord.signups.board import MOST_IN_CELL, board_of
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SlotState
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_mission, store_sign_up, store_slot

OWNER = "organizer@example.org"


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here is locked, and nothing asked that the two answer otherwise."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


def two_sites(session, vault):
    """Two sites: Berlin, covered in one wave of two, and Paris, in none of one."""
    campaign = store_campaign(session)
    slot, second = store_slot(session, campaign), store_slot(session, campaign)
    sign_up = store_sign_up(session, vault, slot)
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    paris = store_mission(session, slug="fr-paris-embassy", country="FR", city="Paris")
    site = Site(
        campaign_id=campaign.id, mission_id=paris.id, presence=Presence.ON_SITE, changed_at=NOW
    )
    session.add(site)
    session.flush()
    add_slot(session, slot, site, 1)
    return campaign, second


def add_slot(session, like, site, occurrence):
    columns = ("wave_id", "starts_at", "ends_at", "timezone", "adjustment", "capacity")
    values = {name: getattr(like, name) for name in columns}
    days = timedelta(days=occurrence - 1)
    values["starts_at"], values["ends_at"] = like.starts_at + days, like.ends_at + days
    made = places.Slot(site_id=site.id, occurrence=occurrence, changed_at=NOW, **values)
    session.add(made)
    session.flush()
    return made


def test_gaps_stand_first_and_each_wave_has_its_cell(session, vault):
    campaign, _ = two_sites(session, vault)
    board = board_of(session, campaign, Areas(), NOW)
    assert [(row.city, row.covered, row.ahead) for row in board.rows] == [
        ("Paris", 0, 1),
        ("Berlin", 1, 2),
    ]
    berlin = board.rows[1]
    (first,), (second,) = (cell.slots for cell in berlin.cells)
    assert (first.state, first.confirmed, first.capacity) == (SlotState.COVERED, 1, 5)
    assert second.state is SlotState.EMPTY
    assert [len(cell.slots) for cell in board.rows[0].cells] == [1, 0]


def test_a_cancelled_slot_is_not_on_the_board_and_one_that_is_over_is_no_gap(session, vault):
    campaign, second = two_sites(session, vault)
    second.cancelled_at = NOW
    board = board_of(session, campaign, Areas(), STARTS_AT + timedelta(hours=2))
    assert [(row.ahead, len(row.cells)) for row in board.rows] == [(0, 1), (0, 1)]
    assert all(slot.is_over for row in board.rows for slot in row.cells[0].slots)


def test_only_sites_within_the_areas_are_on_it(session, vault):
    campaign, _ = two_sites(session, vault)
    board = board_of(session, campaign, Areas.of(["FR"]), NOW)
    assert [row.city for row in board.rows] == ["Paris"]


def test_of_a_wave_that_repeats_often_the_gaps_are_shown_and_the_others_counted(session, vault):
    slot = store_slot(session)
    for occurrence in range(2, 9):
        add_slot(session, slot, slot.site, occurrence)
    sign_up = store_sign_up(session, vault, slot)
    places.confirm_sign_up(session, sign_up.id, NOW)
    (row,) = board_of(session, slot.site.campaign, Areas(), NOW).rows
    assert row.cells[0].unshown == 8 - MOST_IN_CELL
    assert slot.key not in [shown.key for shown in row.cells[0].slots]


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        two_sites(session, made.config["VAULT"])
    return made


def test_the_page_says_state_and_count_and_links_to_the_groups(app):
    shown = signed_in(app, OWNER).open("/organize/c/noon/board/").text
    said = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in shown.split("<tr>")]
    assert any("Berlin" in part and "covered 1/5" in part for part in said)
    assert "/organize/c/noon/slots/w1-de-berlin-embassy-1/" in shown


@pytest.mark.parametrize(
    ("asked", "cities"),
    [("", ["Paris", "Berlin"]), ("?region=155", ["Paris", "Berlin"]), ("?region=030", [])],
)
def test_the_page_is_narrowed_by_region(app, asked, cities):
    shown = signed_in(app, OWNER).open(f"/organize/c/noon/board/{asked}").text
    assert re.findall(r'<th scope="row"><a [^>]+><bdi>(\w+)</bdi>', shown) == cities


def test_the_page_shows_only_gaps_when_asked(app):
    with stored_in(app) as session:
        session.query(places.Slot).filter_by(wave_id=2).one().cancelled_at = NOW
        assert session.query(SignUp).count() == 1
    shown = signed_in(app, OWNER).open("/organize/c/noon/board/?gaps=y").text
    assert "Paris" in shown
    assert "Berlin" not in shown
