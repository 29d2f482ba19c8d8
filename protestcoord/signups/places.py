"""Who holds which place on a slot: confirm, approve, leave, wait, move up."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import CampaignState
from protestcoord.config import Settings
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import queue_mail
from protestcoord.signups import queries
from protestcoord.signups.caps import is_flooded, must_wait, offered_by_domain
from protestcoord.signups.claims import clashes_with_held
from protestcoord.signups.held import why_held
from protestcoord.signups.leads import keep_lead
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import (
    CODE_OF_CONDUCT_VERSION,
    HOLDS_PLACE,
    LIVE,
    Actor,
    NotPossible,
    SignUpState,
    check_transition,
)
from protestcoord.signups.steps import move

PENDING_LIFE = timedelta(hours=24)


class SlotClosed(DomainError):
    """The slot takes no sign-up: cancelled, over, or its campaign is not open."""

    message = N_("This slot takes no sign-ups any more. Please choose another one.")
    field = "slot"


class NoPlaceFree(DomainError):
    """All places of the slot are taken."""

    message = N_("This group waits for a place; all places of the slot are taken.")
    status = HTTPStatus.CONFLICT


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
        CampaignFrozen: The campaign takes nothing for now.
        SlotClosed: The slot was cancelled or is over.
        ClashingSlots: The group holds another slot that it cannot be at as well.
    """
    claim = session.get_one(SignUp, sign_up_id)
    lock_group(session, claim.group_id)
    clashes = clashes_with_held(session, claim, travel_kmh)
    sign_up = _locked(session, sign_up_id)
    if sign_up.state is not SignUpState.PENDING:
        return sign_up.state
    check_not_frozen(sign_up.group.campaign)
    if not is_open(sign_up.slot, now):
        raise SlotClosed
    if clashes:
        if not accepts_clashes:
            raise ClashingSlots
        sign_up.clash_accepted_at = now
    # Who was imported has seen no form: beside the button stands what pressing it accepts.
    accept_conduct(sign_up, now)
    promote_waiting(session, sign_up.slot_id, now)
    if must_wait(session, sign_up) or not _has_taken_place(session, sign_up, Actor.GROUP, now):
        move(session, sign_up, SignUpState.WAITLISTED, Actor.GROUP, now)
        sign_up.waitlist_number = queries.last_waitlist_number(session, sign_up.slot_id) + 1
        queue_mail(session, MailKind.WAITLISTED, sign_up.group.contact_id, now, sign_up=sign_up.id)
    session.flush()
    keep_lead(session, sign_up.slot_id, now)
    note_public_change(session)
    return sign_up.state


def accept_conduct(sign_up: SignUp, now: datetime) -> None:
    """Note that a group accepts the present version of the code of conduct, and on which day."""
    sign_up.code_of_conduct, sign_up.accepted_day = CODE_OF_CONDUCT_VERSION, now.date()


def accept_conduct_of_group(session: Session, group_id: int, now: datetime) -> None:
    """Note the same for all slots that a group still counts on."""
    for sign_up in queries.sign_ups_of_group(session, group_id):
        if sign_up.state in LIVE:
            accept_conduct(sign_up, now)


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


def _has_taken_place(session: Session, sign_up: SignUp, actor: Actor, now: datetime) -> bool:
    free = _free_places(session, sign_up.slot)
    if free:
        _take_place(session, sign_up, free[0], actor, now)
    return bool(free)


def _take_place(session: Session, sign_up: SignUp, place: int, actor: Actor, now: datetime) -> None:
    if _is_approved_unseen(session, sign_up, now):
        _confirm(session, sign_up, place, actor, now)
        return
    move(session, sign_up, SignUpState.OFFERED, actor, now)
    sign_up.place_number = place
    queue_mail(session, MailKind.OFFERED, sign_up.group.contact_id, now, sign_up=sign_up.id)


def _free_places(session: Session, slot: Slot) -> list[int]:
    taken = queries.taken_places(session, slot.id)
    return [number for number in range(1, slot.capacity + 1) if number not in taken]


def _is_approved_unseen(session: Session, sign_up: SignUp, now: datetime) -> bool:
    # SECURITY: who is trusted, and who took the link of one who is, names no person unseen.
    if why_held(sign_up):
        return False
    if sign_up.group.is_trusted:
        return True
    return sign_up.group.campaign.approves_at_once and not is_flooded(session, sign_up.slot, now)


def _confirm(session: Session, sign_up: SignUp, place: int, actor: Actor, now: datetime) -> None:
    move(session, sign_up, SignUpState.CONFIRMED, actor, now)
    sign_up.place_number = place
    queue_mail(session, MailKind.CONFIRMED, sign_up.group.contact_id, now, sign_up=sign_up.id)


def approve_sign_up(session: Session, sign_up_id: int, now: datetime) -> None:
    """Confirm a sign-up, as the organizer decided; one that waits needs a free place.

    Raises:
        SlotClosed: The slot was cancelled or is over.
        NoPlaceFree: It waits, and all places are taken.
    """
    sign_up = _locked(session, sign_up_id)
    if sign_up.state is SignUpState.CONFIRMED:
        return
    if not is_open(sign_up.slot, now):
        raise SlotClosed
    check_transition(sign_up.state, SignUpState.CONFIRMED)
    if sign_up.state is SignUpState.PENDING:
        raise NotPossible
    place = sign_up.place_number or next(iter(_free_places(session, sign_up.slot)), None)
    if place is None:
        raise NoPlaceFree
    _confirm(session, sign_up, place, Actor.ORGANIZER, now)
    session.flush()
    keep_lead(session, sign_up.slot_id, now)
    note_public_change(session)


def decline_sign_up(session: Session, sign_up_id: int, now: datetime) -> None:
    """Turn a sign-up down, as the organizer decided; its place goes to who waited longest."""
    _leave(session, sign_up_id, SignUpState.DECLINED, Actor.ORGANIZER, now)


def withdraw_sign_up(session: Session, sign_up_id: int, now: datetime) -> None:
    """Take a sign-up back, as the group decided; its place goes to who waited longest."""
    _leave(session, sign_up_id, SignUpState.WITHDRAWN, Actor.GROUP, now)


def _leave(
    session: Session, sign_up_id: int, state: SignUpState, actor: Actor, now: datetime
) -> None:
    sign_up = _locked(session, sign_up_id)
    if sign_up.state is state:
        return
    check_transition(sign_up.state, state)
    leave_together(session, [sign_up], state, actor, now)


def leave_together(
    session: Session,
    sign_ups: Sequence[SignUp],
    state: SignUpState,
    actor: Actor,
    now: datetime,
    *,
    is_told: bool = True,
) -> None:
    """Take sign-ups out of their slots, then fill the places that became free.

    Args:
        session: A unit of work.
        sign_ups: Read after their slots were locked; each may go into the state.
        state: Withdrawn or declined.
        actor: Who takes them out.
        now: This moment.
        is_told: Whether each group gets a mail; else whoever calls tells it.
    """
    freed = {sign_up.slot_id for sign_up in sign_ups if sign_up.state in HOLDS_PLACE}
    for sign_up in sign_ups:
        move(session, sign_up, state, actor, now)
        if is_told:
            contact_id = sign_up.group.contact_id
            queue_mail(session, MailKind(state.value), contact_id, now, sign_up=sign_up.id)
    session.flush()
    offered = offered_by_domain(session, sign_ups[0].group.campaign_id) if freed else None
    for slot_id in sorted({sign_up.slot_id for sign_up in sign_ups}):
        keep_lead(session, slot_id, now)
        if slot_id in freed:
            promote_waiting(session, slot_id, now, offered)
    note_public_change(session)


def promote_waiting(
    session: Session, slot_id: int, now: datetime, offered: Counter[str] | None = None
) -> None:
    """Give the free places of a slot to those who wait, in their order, and tell them.

    Args:
        session: A unit of work that locked the slot.
        slot_id: Its row id.
        now: This moment.
        offered: ``offered_by_domain``, if it was counted already; it is kept up to date.
    """
    queue = queries.waiting(session, slot_id)
    # While a campaign is frozen nobody becomes public by moving up; who waits does so after it.
    if queue and is_open(queue[0].slot, now) and not queue[0].group.campaign.frozen_at:
        if offered is None:
            offered = offered_by_domain(session, queue[0].group.campaign_id)
        _fill_places(session, queue, offered, now)
    keep_lead(session, slot_id, now)


def _fill_places(
    session: Session, queue: Sequence[SignUp], offered: Counter[str], now: datetime
) -> None:
    free = _free_places(session, queue[0].slot)
    for waiting in queue:
        if not free:
            break
        if must_wait(session, waiting, offered):
            continue
        _take_place(session, waiting, free.pop(0), Actor.QUEUE, now)
        if waiting.state is SignUpState.OFFERED:
            offered[waiting.group.contact.domain_index] += 1
    session.flush()


def promote_where_free(session: Session, now: datetime) -> int:
    """Look again at those who wait although there is a place; return how many got one.

    They wait for a reason outside their slot, so nothing at the slot tells that it is gone.
    """
    promoted = 0
    for slot_id in queries.slots_with_place_and_queue(session, now):
        lock_slots(session, [slot_id])
        before = len(queries.waiting(session, slot_id))
        promote_waiting(session, slot_id, now)
        promoted += before - len(queries.waiting(session, slot_id))
    if promoted:
        note_public_change(session)
    return promoted


def expire_pending(session: Session, now: datetime) -> int:
    """Let go of what nobody confirmed within a day; return how many."""
    stale = queries.pending_since_before(session, now - PENDING_LIFE)
    for sign_up in stale:
        move(session, sign_up, SignUpState.EXPIRED, Actor.TIME, now)
    session.flush()
    return len(stale)
