"""Two organizers take a mission out of the directory; alone, one waits ten minutes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.mail import OutboxMail
from protestcoord.members.models import Approval
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.missions.catalogue import write_catalogue
from protestcoord.missions.queries import catalogue_rows, find_mission, missions_all
from protestcoord.missions.service import import_catalogue
from protestcoord.organizers.models import AuditEntry
from protestcoord.publications.capture import take_snapshot
from protestcoord.reports.rules import ReportKind
from protestcoord.reports.service import ReportRequest, take_report
from protestcoord.signups import places
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
BERLIN = "de-berlin-embassy"
PAGE = f"/organize/c/noon/missions/{BERLIN}/remove/"
MINUTES = timedelta(minutes=1)


@pytest.fixture
def app(tmp_path, clock):
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        slot = store_slot(session)
        sign_up = store_sign_up(session, made.config["VAULT"], slot)
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
        store_slot(session, store_campaign(session, "dusk"))
    return made


def appoint_other(app, role=MemberRole.COORDINATOR):
    with stored_in(app) as session:
        campaign_id = session.scalars(select(Approval.campaign_id)).first() or 1
        appoint(session, campaign_id, store_organizer(session, OTHER).id, Place(role), NOW)


def seen(app, clock):
    """What the public has: the directory, and which campaigns stand at the mission."""
    with stored_in(app) as session:
        snapshot = take_snapshot(session, clock.at)
        sites = {c.slug for c in snapshot.campaigns for s in c.sites if not s.dropped}
        return [m.slug for m in snapshot.missions], sites


def acts(app):
    with stored_in(app) as session:
        return [entry.act for entry in session.scalars(select(AuditEntry))]


IN, OUT = ([BERLIN], {"noon", "dusk"}), ([], {"dusk"})


@pytest.mark.proves("A5", "L8")
def test_one_asks_another_agrees_and_it_is_out(app, clock):
    appoint_other(app)
    clock.at = NOW + timedelta(days=2)  # who agrees was there a day before
    owner = signed_in(app, OWNER)
    for _ in range(2):
        owner.send(PAGE)
    assert (seen(app, clock), acts(app)) == (IN, ["approval.ask"] * 2)
    with stored_in(app) as session:
        approval_id = session.scalars(select(Approval.id)).one()
    agreeing = f"/organize/c/noon/approvals/{approval_id}/agree/"
    assert PAGE in signed_in(app, OTHER).open("/organize/c/noon/approvals/").text
    # Nobody agrees to what they asked for.
    assert owner.send(agreeing, "/organize/c/noon/approvals/").status_code == 403
    clock.at += 20 * MINUTES
    signed_in(app, OTHER).send(agreeing, "/organize/c/noon/approvals/")
    signed_in(app, OWNER).send(PAGE)
    assert seen(app, clock) == OUT
    assert acts(app)[-2:] == ["approval.agree", "mission.remove"]
    with stored_in(app) as session:
        assert "site_dropped" in session.scalars(select(OutboxMail.kind)).all()
        assert missions_all(session) == []


def take_out_alone(app, clock):
    signed_in(app, OWNER).send(PAGE)
    clock.at += 10 * MINUTES
    signed_in(app, OWNER).send(PAGE)


@pytest.mark.proves("A5")
def test_alone_it_takes_ten_minutes_and_to_have_just_signed_in(app, clock):
    owner = signed_in(app, OWNER)
    owner.send(PAGE)
    clock.at = NOW + 9 * MINUTES
    assert owner.open(PAGE).location.startswith("/organize/again/")
    signed_in(app, OWNER).send(PAGE)
    assert seen(app, clock) == IN
    clock.at = NOW + 10 * MINUTES
    signed_in(app, OWNER).send(PAGE)
    assert seen(app, clock) == OUT


@pytest.mark.control("A5", "L8")
def test_with_a_peer_no_wait_takes_the_place_of_two(app, clock):
    appoint_other(app)
    clock.at = NOW + timedelta(days=2)
    take_out_alone(app, clock)
    assert seen(app, clock) == IN


@pytest.mark.proves("L8")
def test_no_import_brings_it_back_and_two_put_it_back(app, clock):
    take_out_alone(app, clock)
    with stored_in(app) as session:
        rows = write_catalogue(catalogue_rows(session))
        import_catalogue(session, rows.replace("Germany", "Deutschland"), "x.csv", NOW)
        assert "Deutschland" in find_mission(session, BERLIN).name
    assert seen(app, clock) == OUT
    assert app.test_client().get("/missions/?q=berlin").text.count(f"/missions/{BERLIN}/") == 0
    assert "was taken out" in signed_in(app, OWNER).open(PAGE).text
    take_out_alone(app, clock)
    assert seen(app, clock) == ([BERLIN], {"dusk"})
    assert acts(app)[-1] == "mission.put_back"


@pytest.mark.proves("L8")
@pytest.mark.parametrize("about", [f"/missions/{BERLIN}/", f"/c/noon/sites/{BERLIN}/"])
def test_the_queue_of_reports_leads_there(app, about):
    with stored_in(app) as session:
        take_report(session, ReportRequest(about, ReportKind.PERSON, ""), NOW)
    page = signed_in(app, OWNER).open("/organize/reports/").text
    assert f'href="{PAGE}"' in page or f"/missions/{BERLIN}/remove/" in page
