"""What is there of volunteers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.rules import Presence
from protestcoord.signups.held import unseen_texts
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import POINT_SHOWN, SignUpState
from protestcoord.volunteers.models import Reminder, Subscription, Turnout


def turnouts_to_look_at(session: Session, looked_before: datetime) -> Sequence[Turnout]:
    """Return the counters from which no public number was made since a moment."""
    chosen = select(Turnout).where(Turnout.looked_at <= looked_before)
    return session.scalars(chosen.order_by(Turnout.slot_id)).all()


def slots_with_bucket(session: Session, campaign: Campaign) -> Sequence[Slot]:
    """Return a campaign's slots for which a bucket is shown, the fullest first."""
    shown = select(Slot).join(Slot.site).where(Site.campaign_id == campaign.id)
    chosen = shown.where(Slot.shown_bucket > 0, Slot.cancelled_at.is_(None))
    return session.scalars(chosen.order_by(Slot.shown_bucket.desc(), Slot.starts_at)).all()


def find_by_confirm_link(
    session: Session, link_hash: str, unconfirmed: ColumnElement[bool]
) -> Subscription | None:
    """Return the subscription that a link confirms, or has confirmed, unless it came too late."""
    by_digest = select(Subscription).where(Subscription.confirm_hash == link_hash)
    return session.scalar(by_digest.join(Subscription.slot).join(Slot.site).where(~unconfirmed))


def find_by_leave_link(session: Session, link_hash: str) -> Subscription | None:
    """Return the subscription that a link ends."""
    return session.scalar(select(Subscription).where(Subscription.leave_hash == link_hash))


def ids_of_address(session: Session, subscription: Subscription) -> Sequence[str]:
    """Return every subscription of an address to one slot, unconfirmed ones too."""
    same = select(Subscription.id).where(
        Subscription.slot_id == subscription.slot_id,
        Subscription.email_index == subscription.email_index,
    )
    return session.scalars(same).all()


def ids_by_email(session: Session, email_indexes: Sequence[str]) -> Sequence[str]:
    """Return the subscriptions of an address, given what finds it in each campaign."""
    chosen = select(Subscription.id).where(Subscription.email_index.in_(email_indexes))
    return session.scalars(chosen).all()


def unconfirmed_since(session: Session, since: datetime) -> int:
    """Return how many links were sent since a moment, in all campaigns, and not pressed yet."""
    counted = select(func.count()).select_from(Subscription)
    asked = counted.where(Subscription.asked_at > since, Subscription.confirmed_at.is_(None))
    return session.scalar(asked) or 0


def is_unconfirmed(asked_before: datetime, still: Select[int]) -> ColumnElement[bool]:
    """Return the condition that a subscription was not confirmed in time; its site is joined.

    Those of the campaigns ``still`` have more time.
    """
    late = Subscription.confirmed_at.is_(None) & (Subscription.asked_at <= asked_before)
    return late & Site.campaign_id.not_in(still)


def ids_over(
    session: Session, unconfirmed: ColumnElement[bool], ended_before: datetime, most: int
) -> Sequence[str]:
    """Return the subscriptions that were not confirmed in time, or whose slot is long over."""
    chosen = select(Subscription.id).join(Subscription.slot).join(Slot.site).limit(most)
    return session.scalars(chosen.where(or_(unconfirmed, Slot.ends_at <= ended_before))).all()


def reminders_of(session: Session, subscription_id: str) -> Sequence[Reminder]:
    """Return the moments of a subscription, from the first to the last."""
    own = select(Reminder).where(Reminder.subscription_id == subscription_id)
    return session.scalars(own.order_by(Reminder.due_at)).all()


def reminders_to_come(session: Session, subscription_id: str) -> Sequence[Reminder]:
    """Return what a subscription is still to be reminded of, from the first to the last."""
    own = select(Reminder).where(Reminder.subscription_id == subscription_id)
    return session.scalars(own.where(Reminder.settled_at.is_(None)).order_by(Reminder.due_at)).all()


def reminders_due(session: Session, now: datetime, most: int) -> Sequence[Reminder]:
    """Return reminders to be sent now, the longest due first; none of a slot that has started.

    They are locked until the unit of work ends; what another worker has locked is left to it.
    """
    due = (
        select(Reminder)
        .join(Reminder.subscription)
        .join(Subscription.slot)
        .join(Slot.site)
        .where(
            Reminder.due_at <= now,
            Reminder.settled_at.is_(None),
            Subscription.confirmed_at.is_not(None),
            Slot.starts_at > now,
            not_(_is_off()),
            not_(_is_told_otherwise()),
        )
    )
    ordered = due.order_by(Reminder.due_at, Reminder.subscription_id).limit(most)
    return session.scalars(ordered.with_for_update(of=Reminder, skip_locked=True)).all()


def told_otherwise(session: Session, now: datetime, most: int) -> Sequence[Subscription]:
    """Return confirmed subscriptions whose slot is another than they were told; locked as above."""
    chosen = (
        select(Subscription)
        .join(Subscription.slot)
        .join(Slot.site)
        .where(Subscription.confirmed_at.is_not(None), Slot.ends_at > now, _is_told_otherwise())
    )
    ordered = chosen.order_by(Subscription.id).limit(most)
    return session.scalars(ordered.with_for_update(of=Subscription, skip_locked=True)).all()


def _is_off() -> ColumnElement[bool]:
    """Say whether nobody is to come to a slot, as ``rules.is_off`` does."""
    return or_(
        Slot.cancelled_at.is_not(None),
        Site.dropped_at.is_not(None),
        Site.presence == Presence.REMOTE_ONLY,
    )


def _is_told_otherwise() -> ColumnElement[bool]:
    return or_(
        Slot.starts_at != Subscription.told_starts_at,
        Slot.ends_at != Subscription.told_ends_at,
        _is_off() != Subscription.told_off,
    )


def meeting_point_of(session: Session, slot: Slot, at: datetime) -> str:
    """Return the first meeting point that confirmed groups of a slot made public, or nothing."""
    points = (
        select(SignUp.id, SignUp.meeting_point)
        .join(SignUp.group)
        .where(
            Group.hidden_at.is_(None),
            SignUp.slot_id == slot.id,
            SignUp.state == SignUpState.CONFIRMED,
            SignUp.meeting_point != "",
        )
    )
    if slot.starts_at > at + POINT_SHOWN:
        points = points.where(not_(SignUp.hides_point))
    unseen = unseen_texts(session, SignUp.slot_id == slot.id).sign_ups
    told = session.execute(points.order_by(SignUp.place_number))
    return next((point for sign_up_id, point in told if sign_up_id not in unseen), "")
