"""The organizer's page of volunteers, as a browser gets it."""

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.core import clock
from protestcoord.core.database import change_count
from protestcoord.organizers.models import AuditEntry
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_slot

PAGE = "/organize/c/noon/volunteers/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_slot(session)
    return app


def counts_turnout(app):
    with stored_in(app) as session:
        return session.scalars(select(Campaign.counts_turnout)).one()


def test_nothing_is_counted_before_an_organizer_wants_it(app):
    organizer = signed_in(app, "organizer@example.org")
    assert not counts_turnout(app)
    with stored_in(app) as session:
        before = change_count(session)
    assert organizer.send(PAGE, counts_turnout="y").status_code == 303
    assert counts_turnout(app)
    assert "checked" in organizer.open(PAGE).text
    with stored_in(app) as session:
        assert change_count(session) == before + 1
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.act, entry.detail) == (
            "campaign.volunteers",
            {"counts_turnout": True, "sends_reminders": False},
        )
    assert organizer.send(PAGE).status_code == 303
    assert not counts_turnout(app)


def test_the_page_shows_buckets(app):
    organizer = signed_in(app, "organizer@example.org")
    assert "No slot has ten people or more so far." in organizer.open(PAGE).text
    with stored_in(app) as session:
        session.scalars(select(Slot)).one().shown_bucket = 25
    shown = organizer.open(PAGE).text
    assert "25 or more" in shown
    assert "1 slot<" in shown


def test_another_organizer_finds_nothing(app):
    other = signed_in(app, "other@example.org")
    assert other.open(PAGE).status_code == 404
    assert (
        other.client.post(PAGE, data={"csrf_token": other.token("/organize/new/")}).status_code
        == 404
    )
    assert not counts_turnout(app)
