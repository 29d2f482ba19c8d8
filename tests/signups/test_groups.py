"""The list of groups says what each holds and when it was last seen, to the day and no finer."""

from datetime import timedelta

import pytest

from protestcoord.members.rules import Areas
from protestcoord.signups import places, service
from protestcoord.signups.groups import groups_of_campaign
from protestcoord.signups.models import Group
from protestcoord.signups.rules import is_silent
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

TODAY = NOW.date()
OWNER = "organizer@example.org"


def found(session, campaign_id, areas=None, now=NOW):
    rows = groups_of_campaign(session, campaign_id, areas or Areas(), now)
    return [(row.group.name, row.slots, row.next_at) for row in rows]


def test_groups_are_listed_by_name_with_what_they_hold_ahead(session, vault):
    slot = store_slot(session)
    other = store_slot(session, slot.site.campaign, starts_at=STARTS_AT - timedelta(hours=5))
    for name, slots in (("b", (slot, other)), ("A", (slot,))):
        for each in slots:
            made = store_sign_up(session, vault, each, email=f"{name}@{name}.example", name=name)
            places.confirm_sign_up(session, made.id, NOW, accepts_clashes=True)
    campaign_id = slot.site.campaign_id
    first = STARTS_AT - timedelta(hours=5)
    assert found(session, campaign_id) == [("A", 1, STARTS_AT), ("b", 2, first)]
    assert found(session, campaign_id, Areas.of(["FR"])) == []
    other.cancelled_at = NOW
    assert found(session, campaign_id) == [("A", 1, STARTS_AT), ("b", 1, STARTS_AT)]
    assert found(session, campaign_id, now=STARTS_AT + timedelta(days=1))[0] == ("A", 0, None)


def test_a_group_is_seen_on_the_day_it_presses_its_link(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    assert sign_up.group.seen_day is None
    service.open_link(session, sign_up.group, NOW)
    later = NOW + timedelta(days=9, hours=3)
    service.open_link(session, sign_up.group, later)
    session.flush()
    assert str(sign_up.group.seen_day) == "2026-11-29"


@pytest.mark.parametrize(
    ("seen_day", "starts_at", "silent"),
    [
        (TODAY, STARTS_AT, False),
        (TODAY - timedelta(days=13), STARTS_AT, False),
        (TODAY - timedelta(days=14), STARTS_AT, True),
        (None, STARTS_AT, True),
        (None, None, False),
    ],
)
def test_who_is_awaited_and_gave_no_sign_is_silent(seen_day, starts_at, silent):
    assert is_silent(seen_day, starts_at, NOW, 14) is silent


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        slot = store_slot(session)
        for name, days in (("Loud", 0), ("Quiet", 20)):
            email = f"canary@{name}.example"
            sign_up = store_sign_up(session, made.config["VAULT"], slot, name=name, email=email)
            service.open_link(session, sign_up.group, NOW - timedelta(days=days))
    return made


def test_the_page_filters_the_silent_and_shows_no_contact(app):
    organizer = signed_in(app, OWNER)
    shown = organizer.open("/organize/c/noon/groups/").text
    assert all(word in shown for word in ("Loud", "Quiet", "2026-11-20", "2026-10-31"))
    assert "canary@" not in shown
    silent = organizer.open("/organize/c/noon/groups/?silent=14").text
    assert "Quiet" in silent
    assert "Loud" not in silent
    assert "Quiet" not in organizer.open("/organize/c/noon/groups/?silent=30").text


def test_a_press_on_the_link_keeps_the_day_and_no_finer_time(app):
    with stored_in(app) as session:
        columns = {c.name for c in Group.__table__.columns if c.name.startswith("seen")}
        assert columns == {"seen_day"}
        assert session.query(Group).filter_by(name="Loud").one().seen_day == TODAY
