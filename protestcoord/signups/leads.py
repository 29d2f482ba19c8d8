"""Which group leads a slot: one of the confirmed, appointed or the first, told when it changes."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import queue_mail
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState


class NotConfirmed(DomainError):
    """Only a confirmed group leads."""

    message = N_("Only a confirmed group can lead a slot.")
    status = 409


def keep_lead(session: Session, slot_id: int, now: datetime) -> None:
    """Let the first of the confirmed groups lead a slot that nobody leads; the slot is locked.

    A group that leads as soon as it is confirmed reads it in the mail that confirms it; one that
    takes over is told.
    """
    confirmed = _confirmed(session, slot_id)
    if not confirmed or any(sign_up.is_lead for sign_up in confirmed):
        return
    _appoint(session, confirmed[0], now, tell=confirmed[0].changed_at != now)


def appoint_lead(session: Session, sign_up: SignUp, now: datetime) -> None:
    """Let another confirmed group lead a slot, as the organizer decided; both are told.

    Raises:
        NotConfirmed: The group is not confirmed.
    """
    if sign_up.state is not SignUpState.CONFIRMED:
        raise NotConfirmed
    if sign_up.is_lead:
        return
    for other in _confirmed(session, sign_up.slot_id):
        if other.is_lead:
            other.is_lead = False
            queue_mail(
                session, MailKind.LEADS_NO_MORE, other.group.contact_id, now, sign_up=other.id
            )
    _appoint(session, sign_up, now, tell=True)


def _confirmed(session: Session, slot_id: int) -> list[SignUp]:
    chosen = select(SignUp).where(SignUp.slot_id == slot_id, SignUp.state == SignUpState.CONFIRMED)
    return list(session.scalars(chosen.order_by(SignUp.changed_at, SignUp.id)))


def _appoint(session: Session, sign_up: SignUp, now: datetime, *, tell: bool) -> None:
    sign_up.is_lead = True
    if tell:
        queue_mail(session, MailKind.LEADS, sign_up.group.contact_id, now, sign_up=sign_up.id)
    session.flush()
