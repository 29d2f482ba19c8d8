"""An organizer sees the reports that are theirs, hides what is wrong, and says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.queries import find_campaign
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.organizers.models import AuditEntry
from protestcoord.reports.models import Report
from protestcoord.reports.rules import ReportKind, ReportState
from protestcoord.reports.service import ReportRequest, take_report
from protestcoord.signups import places
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
SITE = "/c/noon/sites/de-berlin-embassy/"
QUEUE = "/organize/reports/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def key(app):
    """A confirmed group on a site that was reported four hours ago, the directory two."""
    with stored_in(app) as session:
        slot = store_slot(session)
        sign_up = store_sign_up(session, app.config["VAULT"], slot, name="Canary group")
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
        other = store_organizer(session, OTHER)
        store_campaign(session, "dusk", owner_id=other.id)
        told = [("/missions/", "Closed.", 2), (SITE, "It names <b>her</b>.", 4)]
        for about, text, hours in told:
            request = ReportRequest(about, ReportKind.PERSON, text)
            take_report(session, request, NOW - timedelta(hours=hours))
        return sign_up.group.key


def states(app):
    with stored_in(app) as session:
        return [report.state for report in session.scalars(select(Report).order_by(Report.id))]


@pytest.mark.proves("L8")
@pytest.mark.usefixtures("key")
def test_queue_shows_reports_with_their_age_and_the_median(app):
    page = signed_in(app, OWNER).open(QUEUE).text
    assert page.index("names &lt;b&gt;her") < page.index("Closed.")
    assert "2 reports wait. Half of them wait for 3 hours or more." in page
    assert "waits for 4 hours" in page
    assert "Canary group" in page


@pytest.mark.control("L8")
@pytest.mark.usefixtures("key")
def test_an_owner_of_another_campaign_sees_those_about_the_directory_alone(app):
    other = signed_in(app, OTHER)
    page = other.open(QUEUE).text
    assert "Closed." in page
    assert "her&lt;" not in page
    assert other.send(f"{QUEUE}2/", QUEUE, state="acted_on").status_code == 404
    assert states(app) == [ReportState.OPEN, ReportState.OPEN]


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("role", "areas", "sees"),
    [
        (MemberRole.VIEWER, [], False),
        (MemberRole.MODERATOR, [], True),
        (MemberRole.MODERATOR, ["DE"], True),
        (MemberRole.MODERATOR, ["FR"], False),
    ],
)
def test_a_member_sees_the_reports_of_their_right_and_areas(app, role, areas, sees):
    with stored_in(app) as session:
        organizer = store_organizer(session, "kim@example.org")
        noon = find_campaign(session, "noon")
        appoint(session, noon.id, organizer.id, Place(role, areas), NOW)
    page = signed_in(app, "kim@example.org").open(QUEUE).text
    assert ("her&lt;" in page, "Closed." in page) == (sees, False)


@pytest.mark.proves("L8")
@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("state", "act"), [("acted_on", "report.act_on"), ("not_acted_on", "report.dismiss")]
)
def test_a_decision_is_noted_and_leaves_the_queue(app, state, act):
    owner = signed_in(app, OWNER)
    assert owner.send(f"{QUEUE}2/", QUEUE, state=state).location == QUEUE
    assert states(app) == [ReportState.OPEN, ReportState(state)]
    assert "her&lt;" not in owner.open(QUEUE).text
    with stored_in(app) as session:
        entries = session.scalars(select(AuditEntry)).all()
        assert (entries[-1].act, entries[-1].subject) == (act, "report 2")


@pytest.mark.usefixtures("key")
def test_a_decision_that_there_is_not_changes_nothing(app):
    answer = signed_in(app, OWNER).send(f"{QUEUE}2/", QUEUE, state="open")
    assert answer.status_code == 422
    assert states(app) == [ReportState.OPEN, ReportState.OPEN]


def test_one_organizer_hides_a_group_and_shows_it_again(app, key):
    owner, path = signed_in(app, OWNER), f"/organize/c/noon/groups/{key}/"
    sent = {"hidden": "y", "from": "reports"}
    assert owner.send(f"{path}hide/", QUEUE, **sent).location == QUEUE
    assert "texts hidden from the public" in owner.open(path).text
    assert "Canary group" not in owner.open(QUEUE).text
    assert owner.send(f"{path}hide/", path).location == path
    assert "texts hidden from the public" not in owner.open(path).text


@pytest.mark.proves("L8")
@pytest.mark.usefixtures("key")
def test_a_flood_is_counted_and_decided_with_its_last_row(app):
    with stored_in(app) as session:
        request = ReportRequest("/c/noon/", ReportKind.SPAM, "buy")
        receipts = [take_report(session, request, NOW) for _ in range(40)]
    owner = signed_in(app, OWNER)
    page = owner.open(QUEUE).text
    assert "42 reports wait." in page
    assert page.count("<blockquote") == 2 + 5
    assert page.count("and 35 more about it in the same hour, decided with this one") == 1
    assert owner.send(f"{QUEUE}7/", QUEUE, state="not_acted_on").location == QUEUE
    assert states(app).count(ReportState.NOT_ACTED_ON) == 36
    # Whoever reported last, beyond the rows, reads it by the receipt all the same.
    assert "left the page as it is" in app.test_client().get(f"/report/{receipts[-1]}/").text
    assert owner.send(f"{QUEUE}20/", QUEUE, state="acted_on").status_code == 404
