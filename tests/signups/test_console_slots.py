"""An organizer moves one slot after the page has said who is told; a near one takes two."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.core.mail import OutboxMail
from protestcoord.members.models import Approval
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import checkins, places
from protestcoord.signups.models import SignUp
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
PAGE = "/organize/c/noon/slots/w1-de-berlin-embassy-1/"
LATER = {"local_day": "2027-01-09", "local_time": "15:30", "duration_minutes": "90"}


@pytest.fixture
def app(tmp_path, clock):
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        slot = store_slot(session)
        for name in ("Drums", "Bells"):
            sign_up = store_sign_up(
                session, made.config["VAULT"], slot, email=f"canary@{name}.example", name=name
            )
            places.confirm_sign_up(session, sign_up.id, NOW)
    return made


def state(app):
    with stored_in(app) as session:
        slot = session.scalars(select(Slot)).one()
        mails = select(OutboxMail.kind).where(OutboxMail.kind == "slot_moved")
        told = len(session.scalars(mails).all())
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.number)).all()
        return slot.starts_at - STARTS_AT, told, list(acts)


def test_who_is_told_is_shown_before_the_slot_is_moved(app):
    organizer = signed_in(app, OWNER)
    assert 'value="12:00"' in organizer.open(PAGE).text
    asked = organizer.send(PAGE, **LATER)
    assert "2 groups get a mail:" in asked.text
    assert "Drums" in asked.text
    assert "canary@" not in asked.text
    assert state(app) == (timedelta(), 0, [])
    done = organizer.send(PAGE, **LATER, sure="y")
    assert done.location == "/organize/c/noon/sites/de-berlin-embassy/"
    assert state(app) == (timedelta(hours=3.5), 2, ["slot.move"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"local_time": "12:00", "duration_minutes": "60"}, "at this time already"),
        ({"local_day": "2027-03-09"}, "days from the wave"),
        ({"local_day": ""}, "aria-invalid"),
        ({"duration_minutes": "0"}, "aria-invalid"),
    ],
)
@pytest.mark.parametrize("sure", [{}, {"sure": "y"}])
def test_what_cannot_be_is_said_beside_the_field_and_changes_nothing(app, changes, said, sure):
    answer = signed_in(app, OWNER).send(PAGE, **LATER | changes | sure)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert state(app) == (timedelta(), 0, [])


def test_a_near_slot_is_moved_by_two(app, clock):
    with stored_in(app) as session:
        campaign_id = session.scalars(select(Slot)).one().site.campaign_id
        peer = store_organizer(session, OTHER)
        appoint(session, campaign_id, peer.id, Place(MemberRole.COORDINATOR), NOW)
    clock.at = STARTS_AT - timedelta(hours=48)
    organizer = signed_in(app, OWNER)
    assert "takes two organizers" in organizer.send(PAGE, **LATER).text
    for _ in range(2):
        organizer.send(PAGE, **LATER, sure="y")
    assert state(app) == (timedelta(), 0, ["approval.ask"] * 2)
    with stored_in(app) as session:
        approval_id = session.scalars(select(Approval.id)).one()
    signed_in(app, OTHER).send(
        f"/organize/c/noon/approvals/{approval_id}/agree/", "/organize/c/noon/approvals/"
    )
    # What was agreed to is this time and no other.
    organizer.send(PAGE, **LATER | {"local_time": "16:30"}, sure="y")
    assert state(app)[0] == timedelta()
    organizer.send(PAGE, **LATER, sure="y")
    assert state(app)[:2] == (timedelta(hours=3.5), 2)


def test_a_slot_that_has_begun_shows_no_form(app, clock):
    clock.at = STARTS_AT
    organizer = signed_in(app, OWNER)
    assert "local_time" not in organizer.open(PAGE).text
    assert organizer.send(PAGE, "/organize/account/", **LATER).status_code in (409, 422)
    assert state(app) == (timedelta(), 0, [])


def test_what_a_group_said_on_the_day_is_seen_and_hidden_and_both_are_written_down(app):
    with stored_in(app) as session:
        sign_up = session.get_one(SignUp, 1)
        places.approve_sign_up(session, sign_up.id, NOW)
        checkins.start(session, sign_up, 37, STARTS_AT)
    organizer = signed_in(app, OWNER)
    assert "37 people there, as the group says." in organizer.open(PAGE).text
    act = "/organize/c/noon/sign-ups/1/check-in/"
    assert organizer.send(act, page=PAGE, hidden="y").location == PAGE
    assert "The public does not see this." in organizer.open(PAGE).text
    assert organizer.send(act, page=PAGE, hidden="").location == PAGE
    assert "The public does not see this." not in organizer.open(PAGE).text
    assert state(app)[2][-2:] == ["check_in.hide", "check_in.show"]
