"""Who holds which place on a slot: confirm, approve, leave, wait, move up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen, where_time_stands
from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import CampaignState
from protestcoord.config import Settings
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import queue_mail
from protestcoord.signups import queries
from protestcoord.signups.caps import (
    Claimant,
    approving_sites,
    must_wait,
    offered_by_domain,
    waiting_by_slot,
)
from protestcoord.signups.claims import clashes_with_held
from protestcoord.signups.held import why_held
from protestcoord.signups.leads import keep_leads
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
from protestcoord.signups.steps import move, move_all

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
    promote_waiting(session, [sign_up.slot_id], now)
    if must_wait(session, sign_up) or not _has_taken_place(session, sign_up, Actor.GROUP, now):
        move(session, sign_up, SignUpState.WAITLISTED, Actor.GROUP, now)
        sign_up.waitlist_number = queries.last_waitlist_number(session, sign_up.slot_id) + 1
        queue_mail(session, MailKind.WAITLISTED, sign_up.group.contact_id, now, sign_up=sign_up.id)
    session.flush()
    keep_leads(session, [sign_up.slot_id], now)
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
    free = _free_places(session, [sign_up.slot])[sign_up.slot_id]
    if free:
        approving = approving_sites(session, [sign_up.slot], now)
        _take_place(session, sign_up, free[0], actor, now, approving)
    return bool(free)


def _take_place(
    session: Session,
    sign_up: SignUp,
    place: int,
    actor: Actor,
    now: datetime,
    approving: Collection[int],
) -> None:
    if _is_approved_unseen(sign_up, approving):
        _confirm(session, sign_up, place, actor, now)
        return
    move(session, sign_up, SignUpState.OFFERED, actor, now)
    sign_up.place_number = place
    queue_mail(session, MailKind.OFFERED, sign_up.group.contact_id, now, sign_up=sign_up.id)


def _free_places(session: Session, slots: Collection[Slot]) -> dict[int, list[int]]:
    taken = queries.taken_places(session, [slot.id for slot in slots])
    return {
        slot.id: [n for n in range(1, slot.capacity + 1) if (slot.id, n) not in taken]
        for slot in slots
    }


def _is_approved_unseen(sign_up: SignUp, approving: Collection[int]) -> bool:
    # SECURITY: who is trusted, and who took the link of one who is, names no person unseen.
    if why_held(sign_up):
        return False
    return sign_up.group.is_trusted or sign_up.slot.site_id in approving


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
    place = sign_up.place_number or next(
        iter(_free_places(session, [sign_up.slot])[sign_up.slot_id]), None
    )
    if place is None:
        raise NoPlaceFree
    _confirm(session, sign_up, place, Actor.ORGANIZER, now)
    session.flush()
    keep_leads(session, [sign_up.slot_id], now)
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
    move_all(session, sign_ups, state, actor, now)
    for sign_up in sign_ups if is_told else ():
        contact_id = sign_up.group.contact_id
        queue_mail(session, MailKind(state.value), contact_id, now, sign_up=sign_up.id)
    session.flush()
    # Of who is left the first leads, before anybody moves up.
    keep_leads(session, {sign_up.slot_id for sign_up in sign_ups}, now)
    if freed:
        promote_waiting(session, freed, now)
    note_public_change(session)


def promote_waiting(session: Session, slot_ids: Collection[int], now: datetime) -> int:
    """Give the free places of slots to those who wait, in their order, and tell them.

    Args:
        session: A unit of work that locked the slots.
        slot_ids: Their row ids.
        now: This moment.

    Returns:
        How many moved up.
    """
    chosen = select(Slot).where(Slot.id.in_(slot_ids)).order_by(Slot.id)
    # While a campaign is frozen nobody becomes public by moving up; who waits does so after it.
    slots = [
        s for s in session.scalars(chosen) if is_open(s, now) and not s.site.campaign.frozen_at
    ]
    promoted = _fill_places(session, slots, now) if slots else 0
    keep_leads(session, slot_ids, now)
    return promoted


def _fill_places(session: Session, slots: Sequence[Slot], now: datetime) -> int:
    free = _free_places(session, slots)
    queues = waiting_by_slot(session, [slot_id for slot_id, places in free.items() if places])
    if not queues:
        return 0
    offered = offered_by_domain(session, {slot.site.campaign_id for slot in slots})
    approving = approving_sites(session, slots, now)
    likely = _read_first(session, queues, free, offered)
    promoted = 0
    for slot_id, queue in sorted(queues.items()):
        for claimant in queue:
            if not free[slot_id]:
                break
            if claimant.must_wait(offered):
                continue
            sign_up = likely.get(claimant.sign_up_id)
            sign_up = sign_up or session.get_one(SignUp, claimant.sign_up_id)
            _take_place(session, sign_up, free[slot_id].pop(0), Actor.QUEUE, now, approving)
            promoted += 1
            if sign_up.state is SignUpState.OFFERED:
                offered[claimant.domain] += 1
    session.flush()
    return promoted


def _read_first(
    session: Session,
    queues: Mapping[int, Sequence[Claimant]],
    free: Mapping[int, Sequence[int]],
    offered: Mapping[str, int],
) -> dict[int, SignUp]:
    """Read in one question those who stand first; the few who come instead are read one by one."""
    first = [
        claimant.sign_up_id
        for slot_id, queue in queues.items()
        for claimant in islice((c for c in queue if not c.must_wait(offered)), len(free[slot_id]))
    ]
    return {sign_up.id: sign_up for sign_up in queries.sign_ups_with_contact(session, first)}


def promote_where_free(session: Session, now: datetime) -> int:
    """Look again at those who wait although there is a place; return how many got one.

    They wait for a reason outside their slot, so nothing at the slot tells that it is gone.
    """
    slot_ids = queries.slots_with_place_and_queue(session, now)
    lock_slots(session, slot_ids)
    promoted = promote_waiting(session, slot_ids, now)
    if promoted:
        note_public_change(session)
    return promoted


def expire_pending(session: Session, now: datetime) -> int:
    """Let go of what nobody confirmed within a day; return how many.

    While a campaign is frozen nobody can confirm, so its claims stay, and for a day after it.
    """
    stale = queries.pending_since_before(
        session, now - PENDING_LIFE, still=where_time_stands(PENDING_LIFE, now)
    )
    for sign_up in stale:
        move(session, sign_up, SignUpState.EXPIRED, Actor.TIME, now)
    session.flush()
    return len(stale)
