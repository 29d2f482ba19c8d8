"""What is there of messages, and which sign-ups an audience means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Site, Slot, Wave
from protestcoord.core.mail import OutboxMail
from protestcoord.messages.models import Message, MessageRecipient
from protestcoord.messages.rules import Audience, MessageState
from protestcoord.missions.models import Mission
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.queries import is_within
from protestcoord.signups.rules import LIVE


def messages_of_campaign(session: Session, campaign_id: int) -> Sequence[Message]:
    """Return a campaign's messages, the newest first."""
    own = select(Message).where(Message.campaign_id == campaign_id)
    return session.scalars(own.order_by(Message.changed_at.desc(), Message.id)).all()


def chosen_sign_ups(
    session: Session, campaign_id: int, audience: Audience, now: datetime
) -> list[SignUp]:
    """Return one sign-up of each group that an audience means: the first by time.

    Only groups that have confirmed their address, once at least, are written to.
    """
    chosen = session.scalars(_chosen(campaign_id, audience, now)).all()
    first: dict[int, SignUp] = {}
    for sign_up in chosen:
        if all(is_within(areas, sign_up) for areas in audience.areas):
            first.setdefault(sign_up.group_id, sign_up)
    return [first[group_id] for group_id in sorted(first)]


def _chosen(campaign_id: int, audience: Audience, now: datetime) -> Select[SignUp]:
    joined = select(SignUp).join(SignUp.group).join(SignUp.slot).join(Slot.wave).join(Slot.site)
    query = joined.join(Site.mission).where(
        Group.campaign_id == campaign_id,
        Group.verified_at.is_not(None),
        SignUp.state.in_(LIVE),
    )
    wanted: tuple[tuple[Any, str | int], ...] = (
        (SignUp.state, audience.state),
        (Mission.country, audience.country),
        (Wave.number, audience.wave),
        (Mission.slug, audience.mission),
        (Group.language, audience.language),
    )
    for column, value in wanted:
        if value:
            query = query.where(column == value)
    if audience.silent_days:
        query = query.where(Group.id.not_in(_active(now - timedelta(days=audience.silent_days))))
    return query.order_by(Slot.starts_at, SignUp.id)


def _active(since: datetime) -> Select[int]:
    """Return the groups that did something since a moment."""
    return (
        select(Group.id)
        .outerjoin(SignUp, SignUp.group_id == Group.id)
        .where(
            (Group.changed_at > since) | (Group.verified_at > since) | (SignUp.changed_at > since)
        )
    )


@dataclass(frozen=True)
class Delivery:
    """How far a message is, in mails."""

    queued: int
    sent: int
    failed: int
    refused: int


def delivery_of(session: Session, message_id: str) -> Delivery:
    """Return how far a message is."""
    counted = select(
        func.count(),
        func.count(OutboxMail.sent_at),
        func.count(OutboxMail.failed_at),
        func.count(OutboxMail.refused_at),
    ).select_from(MessageRecipient)
    total, sent, failed, refused = session.execute(
        counted.outerjoin(OutboxMail, OutboxMail.id == MessageRecipient.id).where(
            MessageRecipient.message_id == message_id
        )
    ).one()
    return Delivery(total - sent - failed, sent, failed - refused, refused)


def recipients_of(
    session: Session, message_id: str
) -> Sequence[tuple[MessageRecipient, OutboxMail | None]]:
    """Return who a message goes to, each with its mail, if it was written already."""
    joined = select(MessageRecipient, OutboxMail).outerjoin(
        OutboxMail, OutboxMail.id == MessageRecipient.id
    )
    own = joined.where(MessageRecipient.message_id == message_id)
    return [(r, m) for r, m in session.execute(own.order_by(MessageRecipient.group_id))]


def messages_to_release(session: Session, now: datetime) -> Sequence[Message]:
    """Return the messages whose delay is over, locked."""
    waiting = select(Message).where(Message.state == MessageState.WAITING, Message.leaves_at <= now)
    return session.scalars(waiting.with_for_update(skip_locked=True)).all()


def messages_in_state(session: Session, state: MessageState) -> Sequence[Message]:
    """Return all messages in a state."""
    return session.scalars(select(Message).where(Message.state == state)).all()
