"""Ask to be reminded, confirm it, leave; then what is due, what changed, and what is forgotten."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen, where_time_stands
from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.core.consent import block_mail, forget_asked, take_mail
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.errors import N_, NotFound
from protestcoord.core.mail import OutboxMail, queue_mail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups.contacts import ContactVault
from protestcoord.volunteers import queries
from protestcoord.volunteers.addresses import (
    Address,
    open_address,
    proven_index,
    seal_address,
)
from protestcoord.volunteers.models import Reminder, Subscription
from protestcoord.volunteers.rules import (
    CONFIRMED_WITHIN,
    HOUR,
    KEPT_AFTER_END,
    MOST_UNCONFIRMED_AN_HOUR,
    Moment,
    NotAsked,
    TooManyAsk,
    due_at,
    is_off,
    sends_reminders,
)

CONFIRM, REMINDER, CHANGED = "volunteers.confirm", "volunteers.reminder", "volunteers.changed"
# A chore holds the database's write lock on SQLite, so it does some and the next one goes on.
AT_ONCE = 500


class LinkGone(NotFound):
    """A link that was never there, is too old, or was used up: always the same answer."""

    message = N_("This link does not work, or not any more.")


@dataclass(frozen=True)
class ReminderRequest:
    """Who wants to be reminded, when, and in which language."""

    email: str
    moments: Sequence[Moment]
    language: str


def ask_for_reminders(
    session: Session, vault: ContactVault, slot: Slot, asked: ReminderRequest, now: datetime
) -> None:
    """Mail a link that confirms; nobody is reminded before its button is pressed.

    The answer is the same whether the address is known, wants no mail, or was mailed too often.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        NotAsked: The slot takes no addresses.
        TooManyAsk: Too many links that nobody pressed were sent in this hour, to whomever.
    """
    check_not_frozen(slot.site.campaign)
    if not sends_reminders(slot, now):
        raise NotAsked
    if queries.unconfirmed_since(session, now - HOUR) >= MOST_UNCONFIRMED_AN_HOUR:
        raise TooManyAsk
    may_mail = take_mail(session, vault.anywhere_index(asked.email), now)
    subscription = _new_subscription(session, vault, slot, asked, now)
    until = now + CONFIRMED_WITHIN
    queue_mail(session, CONFIRM, subscription.id, now, useless_at=until, asked_by_form=True)
    session.flush()
    if not may_mail:
        # Written and taken back: without the same work, the time that the answer takes would tell
        # that the address was here before, or wants no mail.
        _forget(session, [subscription.id])


def _new_subscription(
    session: Session, vault: ContactVault, slot: Slot, asked: ReminderRequest, now: datetime
) -> Subscription:
    campaign = slot.site.campaign.slug
    address = Address(asked.email, new_token(), new_token())
    subscription = Subscription(
        id=str(uuid.uuid4()),
        slot_id=slot.id,
        slot=slot,
        email_index=vault.email_index(campaign, asked.email),
        language=asked.language,
        confirm_hash=token_hash(address.confirm_token),
        leave_hash=token_hash(address.leave_token),
        asked_at=now,
    )
    _note_told(subscription)
    seal_address(vault, subscription, campaign, address)
    session.add(subscription)
    session.flush()
    for moment in asked.moments:
        at = due_at(moment, slot.starts_at, slot.timezone)
        session.add(Reminder(subscription_id=subscription.id, moment=moment, due_at=at))
    session.flush()
    return subscription


def _note_told(subscription: Subscription) -> None:
    slot = subscription.slot
    subscription.told_starts_at, subscription.told_ends_at = slot.starts_at, slot.ends_at
    subscription.told_off = is_off(slot)


def find_to_confirm(session: Session, token: str, now: datetime) -> Subscription:
    """Return the subscription that a link confirms, or has confirmed.

    Raises:
        LinkGone: There is none, or it was not confirmed in time.
    """
    subscription = queries.find_by_confirm_link(session, token_hash(token), _is_late(now))
    if subscription is None:
        raise LinkGone
    return subscription


def _is_late(now: datetime) -> ColumnElement[bool]:
    still = where_time_stands(CONFIRMED_WITHIN, now)
    return queries.is_unconfirmed(now - CONFIRMED_WITHIN, still)


def confirm_reminders(session: Session, subscription: Subscription, now: datetime) -> None:
    """Let an address be reminded; what it asked of this slot before is replaced.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
    """
    if subscription.confirmed_at is not None:
        return
    check_not_frozen(subscription.slot.site.campaign)
    others = set(queries.ids_of_address(session, subscription)) - {subscription.id}
    _forget(session, sorted(others))
    subscription.confirmed_at = now
    _note_told(subscription)
    _plan(session, subscription, now)


def _plan(session: Session, subscription: Subscription, now: datetime) -> None:
    """Say anew when each reminder is due; one whose moment passed is not sent.

    One that was sent is sent again if the slot moved so far that its moment is ahead once more.
    """
    slot = subscription.slot
    for reminder in queries.reminders_of(session, subscription.id):
        reminder.due_at = due_at(reminder.moment, slot.starts_at, slot.timezone)
        reminder.settled_at = now if reminder.due_at <= now else None
    session.flush()


def leave(session: Session, token: str) -> None:
    """End the reminders of a link and forget the address; an unknown link has nothing to end."""
    subscription = queries.find_by_leave_link(session, token_hash(token))
    if subscription is not None:
        _forget(session, queries.ids_of_address(session, subscription))


def never_again(
    session: Session, vault: ContactVault, token: str, proof: str, now: datetime
) -> None:
    """Mail an address at nobody's request again, and end all its reminders, in every campaign.

    If the link's own subscription is forgotten already, the block alone keeps others from being
    sent; they are forgotten with their slots.

    Raises:
        LinkGone: The link proves no address.
    """
    index = proven_index(vault, proof)
    if index is None:
        raise LinkGone
    block_mail(session, index, now)
    subscription = queries.find_by_leave_link(session, token_hash(token))
    if subscription is not None:
        _forget(session, _ids_everywhere(session, vault, subscription))


def _ids_everywhere(
    session: Session, vault: ContactVault, subscription: Subscription
) -> Sequence[str]:
    try:
        email = open_address(vault, subscription).email
    except CannotOpen:
        return [subscription.id]
    slugs = session.scalars(select(Campaign.slug))
    return queries.ids_by_email(session, [vault.email_index(slug, email) for slug in slugs])


def queue_due(session: Session, now: datetime) -> int:
    """Queue the reminders that are due; return how many mails.

    The mail and the mark that it was queued are one transaction. Of several that are due at once,
    since no worker ran, only the last is sent, and none once the slot has started.
    """
    last: dict[str, Reminder] = {}
    for reminder in queries.reminders_due(session, now, AT_ONCE):
        reminder.settled_at = now
        last[reminder.subscription_id] = reminder
    for subscription_id, reminder in last.items():
        starts_at = reminder.subscription.slot.starts_at
        queue_mail(session, REMINDER, subscription_id, now, useless_at=starts_at)
    session.flush()
    return len(last)


def tell_changes(session: Session, now: datetime) -> int:
    """Tell those whose slot was moved, called off, or taken up again; return how many."""
    told = queries.told_otherwise(session, now, AT_ONCE)
    for subscription in told:
        _note_told(subscription)
        _plan(session, subscription, now)
        queue_mail(session, CHANGED, subscription.id, now, useless_at=subscription.slot.ends_at)
    session.flush()
    return len(told)


def forget_over(session: Session, now: datetime) -> int:
    """Forget addresses that were not confirmed in time, or whose slot is over for a day."""
    over = queries.ids_over(session, _is_late(now), now - KEPT_AFTER_END, AT_ONCE)
    _forget(session, over)
    forget_asked(session, now)
    return len(over)


def _forget(session: Session, ids: Sequence[str]) -> None:
    session.execute(delete(OutboxMail).where(OutboxMail.contact_id.in_(ids)))
    session.execute(delete(Reminder).where(Reminder.subscription_id.in_(ids)))
    session.execute(delete(Subscription).where(Subscription.id.in_(ids)))
    session.flush()
