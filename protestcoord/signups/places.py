"""Who holds which place on a slot: confirm, approve, leave, wait, move up."""

from collections.abc import Collection
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import CampaignState
from protestcoord.config import Settings
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import queue_mail
from protestcoord.signups import queries
from protestcoord.signups.claims import clashes_with_held
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import HELD, HOLDS_PLACE, SignUpState, check_transition

PENDING_LIFE = timedelta(hours=24)


class SlotClosed(DomainError):
    """The slot takes no sign-up: cancelled, over, or its campaign is not open."""

    message = N_("This slot takes no sign-ups any more. Please choose another one.")
    field = "slot"


class ClashingSlots(DomainError):
    """The group holds another slot at the same time, or one that it cannot travel between."""

    message = N_(
        "You hold another slot at this time, or one too far away. Please withdraw from one of the "
        "two, or confirm that you are enough people for both."
    )
    status = HTTPStatus.CONFLICT


def is_open(slot: Slot, now: datetime) -> bool:
    """Say whether a slot takes sign-ups."""
    published = slot.site.campaign.state is CampaignState.PUBLISHED
    return published and slot.cancelled_at is None and slot.ends_at > now


def confirm_sign_up(
    session: Session,
    sign_up_id: int,
    now: datetime,
    *,
    travel_kmh: int = Settings.TRAVEL_KMH,
    accepts_clashes: bool = False,
) -> SignUpState:
    """Give a confirmed mail its place, or a place in the queue; asking again changes nothing.

    Args:
        session: A unit of work.
        sign_up_id: Row id of the claim.
        now: The moment of the press.
        travel_kmh: How fast the group travels between its slots.
        accepts_clashes: Whether the group takes the slot although it clashes with another one.

    Returns:
        The state after it: offered, confirmed, waitlisted, or what it had become meanwhile.

    Raises:
        SlotClosed: The slot was cancelled or is over.
        ClashingSlots: The group holds another slot that it cannot be at as well.
    """
    claim = session.get_one(SignUp, sign_up_id)
    lock_group(session, claim.group_id)
    clashes = clashes_with_held(session, claim, travel_kmh)
    sign_up = _locked(session, sign_up_id)
    if sign_up.state is not SignUpState.PENDING:
        return sign_up.state
    if not is_open(sign_up.slot, now):
        raise SlotClosed
    if clashes:
        if not accepts_clashes:
            raise ClashingSlots
        sign_up.clash_accepted_at = now
    promote_waiting(session, sign_up.slot_id, now)
    if not _has_taken_place(session, sign_up, now):
        move(sign_up, SignUpState.WAITLISTED, now)
        sign_up.waitlist_number = queries.last_waitlist_number(session, sign_up.slot_id) + 1
        queue_mail(session, MailKind.WAITLISTED, sign_up.group.contact_id, now, sign_up=sign_up.id)
    session.flush()
    note_public_change(session)
    return sign_up.state


def _locked(session: Session, sign_up_id: int) -> SignUp:
    """Lock the sign-up's slot, then read the sign-up again: what others wrote is seen.

    PostgreSQL locks the row; SQLite's unit of work holds the write lock already. Without either
    the unique place number still keeps the slot from being overbooked.
    """
    slot_id = select(SignUp.slot_id).where(SignUp.id == sign_up_id).scalar_subquery()
    lock_slots(session, [slot_id])
    return session.get_one(SignUp, sign_up_id, populate_existing=True)


def lock_slots(session: Session, slot_ids: Collection[int | ScalarSelect[int]]) -> None:
    """Lock slots until the unit of work ends, in the order of their ids.

    Whoever locks a group as well locks it first, so nobody waits in a circle, and a slot for which
    many press at once is held for a shorter time. What only refers to the rows, as a new sign-up
    does, is let through: hence "no key update".

    Source:
        PostgreSQL manual, section 13.3.2 (row-level locks) and 13.3.4 (deadlocks).
    """
    chosen = select(Slot.id).where(Slot.id.in_(slot_ids)).order_by(Slot.id)
    session.execute(chosen.with_for_update(key_share=True))


def lock_group(session: Session, group_id: int) -> None:
    """Lock a group, so that two of its claims on two slots are compared one after the other."""
    session.execute(select(Group.id).where(Group.id == group_id).with_for_update(key_share=True))


def _has_taken_place(session: Session, sign_up: SignUp, now: datetime) -> bool:
    taken = queries.taken_places(session, sign_up.slot_id)
    free = [n for n in range(1, sign_up.slot.capacity + 1) if n not in taken]
    if not free:
        return False
    at_once = sign_up.group.campaign.approves_at_once
    move(sign_up, SignUpState.CONFIRMED if at_once else SignUpState.OFFERED, now)
    sign_up.place_number, sign_up.waitlist_number = free[0], None
    kind = MailKind.CONFIRMED if at_once else MailKind.OFFERED
    queue_mail(session, kind, sign_up.group.contact_id, now, sign_up=sign_up.id)
    return True


def approve_sign_up(session: Session, sign_up_id: int, now: datetime) -> None:
    """Confirm an offered sign-up, as the organizer decided."""
    sign_up = _locked(session, sign_up_id)
    if sign_up.state is SignUpState.CONFIRMED:
        return
    if not is_open(sign_up.slot, now):
        raise SlotClosed
    check_transition(sign_up.state, SignUpState.CONFIRMED)
    if sign_up.place_number is None:
        raise DomainError(N_("This group waits for a place; all places of the slot are taken."))
    move(sign_up, SignUpState.CONFIRMED, now)
    queue_mail(session, MailKind.CONFIRMED, sign_up.group.contact_id, now, sign_up=sign_up.id)
    session.flush()
    note_public_change(session)


def decline_sign_up(session: Session, sign_up_id: int, now: datetime) -> None:
    """Turn a sign-up down, as the organizer decided; its place goes to who waited longest."""
    _leave(session, sign_up_id, SignUpState.DECLINED, MailKind.DECLINED, now)


def withdraw_sign_up(session: Session, sign_up_id: int, now: datetime) -> None:
    """Take a sign-up back, as the group decided; its place goes to who waited longest."""
    _leave(session, sign_up_id, SignUpState.WITHDRAWN, MailKind.WITHDRAWN, now)


def _leave(
    session: Session, sign_up_id: int, state: SignUpState, kind: MailKind, now: datetime
) -> None:
    sign_up = _locked(session, sign_up_id)
    if sign_up.state is state:
        return
    check_transition(sign_up.state, state)
    held_place = sign_up.state in HOLDS_PLACE
    move(sign_up, state, now)
    queue_mail(session, kind, sign_up.group.contact_id, now, sign_up=sign_up.id)
    session.flush()
    if held_place:
        promote_waiting(session, sign_up.slot_id, now)
    note_public_change(session)


def promote_waiting(session: Session, slot_id: int, now: datetime) -> None:
    """Give the free places of a slot to those who wait, in their order, and tell them."""
    waiting = queries.first_waiting(session, slot_id)
    while waiting is not None and is_open(waiting.slot, now):
        if not _has_taken_place(session, waiting, now):
            return
        session.flush()
        waiting = queries.first_waiting(session, slot_id)


def move(sign_up: SignUp, state: SignUpState, now: datetime) -> None:
    """Bring a sign-up into a state, without the place or number that belongs to another."""
    check_transition(sign_up.state, state)
    sign_up.state, sign_up.changed_at = state, now
    if state not in HOLDS_PLACE:
        sign_up.place_number = None
    if state not in HELD:
        sign_up.clash_accepted_at = None
    if state is not SignUpState.WAITLISTED:
        sign_up.waitlist_number = None


def expire_pending(session: Session, now: datetime) -> int:
    """Let go of what nobody confirmed within a day; return how many."""
    stale = queries.pending_since_before(session, now - PENDING_LIFE)
    for sign_up in stale:
        move(sign_up, SignUpState.EXPIRED, now)
    session.flush()
    return len(stale)
