"""An organizer searches a campaign from every page of it; addresses leave no trace in a URL."""

import pytest
from sqlalchemy import select

from protestcoord.organizers.audit import record
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups.console_search import MOST_ADDRESSES_A_DAY
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
PAGE = "/organize/c/noon/search/"
CANARY = "canary@lantern.example"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        vault = made.config["VAULT"]
        store_sign_up(session, vault, store_slot(session), email=CANARY, name="<i>Łódź & co")
    return made


def acts(app):
    with stored_in(app) as session:
        return [(e.act, e.subject, e.detail) for e in session.scalars(select(AuditEntry))]


def test_what_is_found_leads_to_its_page(app):
    shown = signed_in(app, OWNER).open(f"{PAGE}?q=lodz").text
    assert "&lt;i&gt;Łódź &amp; co" in shown
    assert "/organize/c/noon/groups/g-" in shown
    shown = signed_in(app, OWNER).open(f"{PAGE}?q=germany").text
    assert 'href="/organize/c/noon/sites/de-berlin-embassy/"' in shown
    assert acts(app) == []


def test_pages_of_the_reader_s_language_find_the_same(app):
    assert "de-berlin-embassy/" in signed_in(app, OWNER).open(f"/ja{PAGE}?q=ドイツ").text


@pytest.mark.parametrize("path", ["", "sign-ups/", "coverage/", "sites/", "search/", "messages/"])
def test_the_search_stands_on_every_page_of_a_campaign(app, path):
    shown = signed_in(app, OWNER).open(f"/organize/c/noon/{path}").text
    assert f'role="search" method="get" action="{PAGE}"' in shown


def test_no_search_stands_where_there_is_no_campaign(app):
    assert 'role="search"' not in signed_in(app, OWNER).open("/organize/").text


def test_an_address_finds_its_group_exactly_and_that_is_written_down(app):
    organizer = signed_in(app, OWNER)
    found = organizer.send(f"{PAGE}address/", PAGE, email="Canary@lantern.example")
    assert "/organize/c/noon/groups/g-" in found.text
    missed = organizer.send(f"{PAGE}address/", PAGE, email="anary@lantern.example")
    assert "No group of this campaign has this address." in missed.text
    assert acts(app) == [
        ("contact.search", "group 1", {"found": True}),
        ("contact.search", "campaign 1", {"found": False}),
    ]


def test_an_address_in_the_search_for_texts_is_sent_to_its_own_field(app):
    shown = signed_in(app, OWNER).open(f"{PAGE}?q={CANARY}").text
    assert "Please look for an address in the field below" in shown
    assert "/groups/g-" not in shown


def test_the_fifty_first_address_of_a_day_is_not_looked_for(app):
    organizer = signed_in(app, OWNER)
    with stored_in(app) as session:
        for _ in range(MOST_ADDRESSES_A_DAY):
            record(session, store_organizer(session), "contact.search", "campaign 1", NOW)
    refused = organizer.send(f"{PAGE}address/", PAGE, email=CANARY)
    assert (refused.status_code, "/groups/g-" in refused.text) == (429, False)


def test_what_is_no_address_is_refused_beside_the_field(app):
    refused = signed_in(app, OWNER).send(f"{PAGE}address/", PAGE, email="lantern")
    assert refused.status_code == 422
    assert acts(app) == []


@pytest.mark.parametrize("text", ["%00", "%ff%fe", "x" * 5000, "%22%3E%3Cscript%3E"])
def test_odd_texts_break_nothing(app, text):
    shown = signed_in(app, OWNER).open(f"{PAGE}?q={text}")
    assert shown.status_code == 200
    assert "<script>" not in shown.text


def test_another_organizer_finds_nothing_here(app):
    with stored_in(app) as session:
        store_campaign(session, "own", owner_id=store_organizer(session, OTHER).id)
    stranger = signed_in(app, OTHER)
    assert stranger.open(f"{PAGE}?q=lodz").status_code == 404
    own = "/organize/c/own/search/"
    assert stranger.send(f"{PAGE}address/", own, email=CANARY).status_code == 404
    assert "No group" in stranger.send(f"{own}address/", own, email=CANARY).text
