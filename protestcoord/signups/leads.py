"""Which group leads a slot: one of the confirmed, appointed or the first, told when it changes."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select
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


def keep_leads(session: Session, slot_ids: Collection[int], now: datetime) -> None:
    """Let the first of the confirmed groups lead each slot that nobody leads; they are locked.

    A group that leads as soon as it is confirmed reads it in the mail that confirms it; one that
    takes over is told.
    """
    led = select(SignUp.slot_id).where(SignUp.slot_id.in_(slot_ids), SignUp.is_lead)
    without = SignUp.slot_id.in_(slot_ids) & SignUp.slot_id.not_in(led)
    first: dict[int, SignUp] = {}
    for sign_up in _confirmed(session, without):
        first.setdefault(sign_up.slot_id, sign_up)
    for sign_up in first.values():
        _appoint(session, sign_up, now, tell=sign_up.changed_at != now)
    session.flush()


def appoint_lead(session: Session, sign_up: SignUp, now: datetime) -> None:
    """Let another confirmed group lead a slot, as the organizer decided; both are told.

    Raises:
        NotConfirmed: The group is not confirmed.
    """
    if sign_up.state is not SignUpState.CONFIRMED:
        raise NotConfirmed
    if sign_up.is_lead:
        return
    for other in _confirmed(session, SignUp.slot_id == sign_up.slot_id):
        if other.is_lead:
            other.is_lead = False
            queue_mail(
                session, MailKind.LEADS_NO_MORE, other.group.contact_id, now, sign_up=other.id
            )
    _appoint(session, sign_up, now, tell=True)
    session.flush()


def _confirmed(session: Session, on: ColumnElement[bool]) -> list[SignUp]:
    chosen = select(SignUp).where(on, SignUp.state == SignUpState.CONFIRMED)
    return list(session.scalars(chosen.order_by(SignUp.changed_at, SignUp.id)))


def _appoint(session: Session, sign_up: SignUp, now: datetime, *, tell: bool) -> None:
    sign_up.is_lead = True
    if tell:
        queue_mail(session, MailKind.LEADS, sign_up.group.contact_id, now, sign_up=sign_up.id)
