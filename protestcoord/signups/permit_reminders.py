"""Who is reminded of a notice that is not given yet: the lead of a slot, 7 and 2 days before."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.campaigns.rules import CampaignState
from protestcoord.core.mail import queue_mail
from protestcoord.signups.models import Group, PermitReminder, SignUp
from protestcoord.signups.permits import notice_dates
from protestcoord.signups.rules import Permit, SignUpState

KIND = "permits.reminder"
DAYS_BEFORE = (7, 2)
# A reminder that could not leave when it was due comes within a day, or not at all.
STILL_IN_TIME = timedelta(days=1)


def due_reminder(latest: datetime, now: datetime) -> int | None:
    """Return of how many days before ``latest`` a reminder is due now, or None."""
    for days in DAYS_BEFORE:
        due_at = latest - timedelta(days=days)
        if due_at <= now < due_at + STILL_IN_TIME:
            return days
    return None


def is_still_needed(sign_up: SignUp) -> bool:
    """Whether a group that counts on its slot has to give notice and has not said it did."""
    stands = sign_up.slot.cancelled_at is None and sign_up.state is SignUpState.CONFIRMED
    return stands and sign_up.is_lead and sign_up.permit is Permit.NOT_YET


def remind_due(session: Session, now: datetime) -> int:
    """Remind each lead whose notice is due soon, once a moment; return how many are reminded."""
    waiting = _leads_without_notice(session, now)
    dates = notice_dates(session, [sign_up.slot for sign_up in waiting], now)
    reminded = 0
    for sign_up in waiting:
        known = dates.get(sign_up.slot_id)
        days = due_reminder(known.latest, now) if known and known.latest else None
        if days is not None:
            reminded += _remind_once(session, sign_up, days, now)
    return reminded


def _leads_without_notice(session: Session, now: datetime) -> Sequence[SignUp]:
    published = Campaign.state == CampaignState.PUBLISHED
    chosen = (
        select(SignUp)
        .join(Slot, Slot.id == SignUp.slot_id)
        .join(Group, Group.id == SignUp.group_id)
        .join(Campaign, Campaign.id == Group.campaign_id)
        .where(SignUp.permit == Permit.NOT_YET, SignUp.is_lead, published)
        .where(SignUp.state == SignUpState.CONFIRMED)
        .where(Slot.cancelled_at.is_(None), Slot.starts_at > now)
    )
    return session.scalars(chosen.order_by(SignUp.id)).all()


def _remind_once(session: Session, sign_up: SignUp, days: int, now: datetime) -> bool:
    told = exists().where(
        PermitReminder.sign_up_id == sign_up.id, PermitReminder.days_before == days
    )
    if session.scalar(select(told)):
        return False
    # Another worker may remind at the same moment: the second of the two finds the row, and
    # leaves the mail to the first.
    with suppress(IntegrityError), session.begin_nested():
        session.add(PermitReminder(sign_up_id=sign_up.id, days_before=days, reminded_at=now))
        session.flush()
        contact_id = sign_up.group.contact_id
        queue_mail(session, KIND, contact_id, now, sign_up=sign_up.id, days=days)
        return True
    return False
