"""A lead whose notice is not given yet is reminded 7 and 2 days before it is due, once each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, select

from protestcoord.campaigns.permits import PermitNoteRequest, write_permit_note
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import OutboxMail
from protestcoord.missions.permits import CountedFrom, LeadUnit, Requirement
from protestcoord.signups import places
from protestcoord.signups.models import PermitReminder, SignUp
from protestcoord.signups.permit_reminders import KIND, due_reminder, remind_due
from protestcoord.signups.permits import notice_dates
from protestcoord.signups.rules import Permit, SignUpState
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

DAY = timedelta(days=1)
LATEST = STARTS_AT - 14 * DAY


@pytest.fixture
def lead(session, vault) -> SignUp:
    """A lead that has not asked yet; its campaign says that 14 days before are needed."""
    sign_up = store_sign_up(session, vault, store_slot(session))
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    sign_up.permit = Permit.NOT_YET
    write_permit_note(session, sign_up.group.campaign, "DE", note(), NOW)
    session.execute(delete(OutboxMail))
    session.flush()
    return sign_up


def note(lead: int | None = 14) -> PermitNoteRequest:
    return PermitNoteRequest(
        requirement=Requirement.NOTICE,
        lead=lead,
        lead_unit=LeadUnit.DAYS if lead else None,
        counted_from=CountedFrom.START,
        authority="Police of Berlin",
        note="",
        source="A call",
        checked_on=date(2026, 11, 19),
    )


def reminded(session) -> list[int]:
    mails = session.scalars(select(OutboxMail).order_by(OutboxMail.created_at))
    return [mail.about["days"] for mail in mails if mail.kind == KIND]


def moments_between(first: datetime, last: datetime):
    while first < last:
        yield first
        first += timedelta(hours=6)


def test_each_moment_has_one_reminder_however_often_the_worker_looks(session, lead):
    for now in moments_between(LATEST - 9 * DAY, LATEST + DAY):
        remind_due(session, now)
        remind_due(session, now)
    assert reminded(session) == [7, 2]
    assert len(session.scalars(select(PermitReminder)).all()) == 2


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (8 * DAY, None),
        (7 * DAY, 7),
        (6.01 * DAY, 7),
        (6 * DAY, None),
        (2.5 * DAY, None),
        (2 * DAY, 2),
        (1.5 * DAY, 2),
        (1 * DAY, None),
        (-1 * DAY, None),
    ],
)
def test_a_reminder_is_due_for_a_day_and_a_late_one_is_not_sent(before, expected):
    assert due_reminder(LATEST, LATEST - before) == expected


def test_who_said_anything_else_is_not_reminded(session, lead):
    for permit in set(Permit) - {Permit.NOT_YET}:
        lead.permit = permit
        assert remind_due(session, LATEST - 7 * DAY) == 0, permit
    lead.permit = Permit.NOT_YET
    assert remind_due(session, LATEST - 7 * DAY) == 1


def make_supporter(sign_up):
    sign_up.is_lead = False


def withdraw(sign_up):
    sign_up.state, sign_up.place_number = SignUpState.WITHDRAWN, None


def cancel(sign_up):
    sign_up.slot.cancelled_at = NOW


def close(sign_up):
    sign_up.group.campaign.state = CampaignState.CLOSED


def make_remote(sign_up):
    sign_up.slot.site.presence = Presence.REMOTE_ONLY


def test_who_does_not_have_to_ask_is_not_reminded(session, lead):
    session.commit()
    for change in (make_supporter, withdraw, cancel, close, make_remote):
        change(lead)
        session.flush()
        assert remind_due(session, LATEST - 7 * DAY) == 0, change
        session.rollback()
    assert remind_due(session, LATEST - 7 * DAY) == 1


def test_where_no_time_is_known_nobody_is_reminded(session, lead):
    write_permit_note(session, lead.group.campaign, "DE", note(lead=None), NOW)
    assert [remind_due(session, now) for now in moments_between(NOW, NOW + DAY)] == [0] * 4
    (dates,) = notice_dates(session, [lead.slot], NOW).values()
    assert (dates.latest, dates.is_late) == (None, False)


def test_a_reminder_holds_ids_only(session, lead):
    remind_due(session, LATEST - 2 * DAY)
    (mail,) = session.scalars(select(OutboxMail))
    assert mail.about == {"sign_up": lead.id, "days": 2}
    assert mail.contact_id == lead.group.contact_id


def test_two_workers_at_once_send_one_mail(sessions, session, lead):
    session.commit()
    both = Barrier(2)

    def work(_number: int) -> int:
        with sessions() as own:
            both.wait(timeout=10)
            with unit_of_work(own):
                return remind_due(own, LATEST - 2 * DAY)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 1]
    session.rollback()
    assert reminded(session) == [2]
