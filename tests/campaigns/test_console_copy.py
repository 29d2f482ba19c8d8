"""An organizer copies a campaign to another year, on the console and by the command."""

from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import waves_of_campaign
from protestcoord.core.database import make_sessions
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups.cli import campaigns
from tests.campaigns.planned import KIM
from tests.console_client import signed_in, stored_in
from tests.stored import store_campaign, store_organizer, store_slot

PAGE = "/organize/c/noon/copy/"
GOOD = {"title": "Next noon", "slug": "", "day": "weekday", "other_day": ""}


@pytest.fixture
def campaign(app):
    with stored_in(app) as session:
        store_slot(session, store_campaign(session, owner_id=store_organizer(session, KIM).id))


def told(app):
    with stored_in(app) as session:
        return {
            c.slug: [str(w.start) for w in waves_of_campaign(session, c)]
            for c in session.scalars(select(Campaign))
        }


def test_both_days_stand_side_by_side(kim, campaign):
    shown = kim.open(PAGE).text
    assert "This campaign begins on Sat, 9 Jan 2027." in shown
    assert "Sat, 8 Jan 2028: the same weekday" in shown
    assert "Sun, 9 Jan 2028: the same date" in shown
    assert "2028年1月8日(土)" in kim.open(f"/ja{PAGE}").text


@pytest.mark.parametrize(
    ("sent", "start"),
    [
        ({"day": "weekday"}, "2028-01-08 12:00:00"),
        ({"day": "date"}, "2028-01-09 12:00:00"),
        ({"day": "other", "other_day": "2027-06-04"}, "2027-06-04 12:00:00"),
    ],
)
def test_a_copy_is_a_draft_on_the_chosen_day(app, kim, campaign, sent, start):
    answer = kim.send(PAGE, **GOOD | sent)
    assert answer.location == "/organize/c/next-noon/"
    assert told(app) == {"noon": ["2027-01-09 12:00:00"], "next-noon": [start]}
    shown = kim.open("/organize/c/next-noon/").text
    assert "The copy is a draft" in shown
    with stored_in(app) as session:
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.act, entry.subject) == ("campaign.copy", "campaign 2")
        assert entry.detail == {"source": 1, "sites": 1, "waves": 1, "left_out": 0}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"slug": "noon"}, "Another campaign has this address."),
        ({"slug": "No On"}, "small Latin letters"),
        ({"day": "never"}, "Please choose one of these."),
        ({"day": "other"}, "Please fill this in."),
        ({"day": "other", "other_day": "soon"}, "Please give a day"),
        ({"day": "other", "other_day": "2026-01-01"}, "does not fit this day"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_saved(
    app, kim, campaign, sent, said
):
    answer = kim.send(PAGE, **GOOD | {"title": "Kept"} | sent)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert sent.get("title", "Kept") in answer.text
    assert told(app).keys() == {"noon"}


def test_further_fields_change_nothing(app, kim, campaign):
    kim.send(PAGE, **GOOD, state="published", owner_id="2", id="1")
    with stored_in(app) as session:
        made = session.scalars(select(Campaign).where(Campaign.slug == "next-noon")).one()
        assert (made.state.value, made.owner_id) == ("draft", store_organizer(session, KIM).id)


def test_another_organizer_copies_nothing(app, campaign):
    stranger = signed_in(app, "other@example.org")
    assert stranger.open(PAGE).status_code == 404
    assert stranger.send(PAGE, "/organize/new/", **GOOD).status_code == 404
    assert told(app).keys() == {"noon"}


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ((), "2028-01-08 12:00:00"),
        (("--keep", "date"), "2028-01-09 12:00:00"),
        (("--day", "2099-06-04"), "2099-06-04 12:00:00"),
    ],
)
def test_the_command_copies_too(app, campaign, options, start, monkeypatch):
    from tests.stored import NOW

    monkeypatch.setattr("protestcoord.signups.cli.now", lambda: NOW)
    sessions = make_sessions(app.config["SQLALCHEMY_DATABASE_URI"])
    instance = SimpleNamespace(sessions=lambda: sessions)
    command = ["copy", "noon", "--slug", "again", *options]
    done = [CliRunner().invoke(campaigns, command, obj=instance) for _ in range(2)]
    sessions.kw["bind"].dispose()
    assert done[0].output == "draft again: 1 sites, 1 waves, 0 left out\n"
    assert (done[1].exit_code, "has this address" in done[1].output) == (1, True)
    assert told(app)["again"] == [start]
