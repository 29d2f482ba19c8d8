"""How an organizer's act is undone within a day: what was before is kept, then put back.

Sign-ups come back as they were, byte for byte, where their places are still free, else into the
queue. Slots and sites take place again. Whoever was told of the act is told of its undoing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import queue_mail
from protestcoord.organizers.models import Organizer
from protestcoord.signups import queries
from protestcoord.signups.caps import (
    MOST_OFFERED_OF_DOMAIN,
    MOST_SIGN_UPS,
    live_by_group,
    offered_by_domain,
)
from protestcoord.signups.leads import appoint_lead, keep_leads
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Group, SignUp, Undo
from protestcoord.signups.notices import restore_slots_and_tell
from protestcoord.signups.places import is_open, lock_slots
from protestcoord.signups.rules import DECLINED, HOLDS_PLACE, LIVE, OFFERED, WAITLISTED, SignUpState
from protestcoord.signups.steps import bring_back

UNDO_LIFE = timedelta(hours=24)


class UndoneAlready(DomainError):
    """It was undone, or is too old to be."""

    message = N_("This was undone already, or more than 24 hours ago.")
    status = 409


@dataclass(frozen=True)
class Former:
    """Where a sign-up stood before it was declined."""

    state: SignUpState
    place_number: int | None
    waitlist_number: int | None
    is_lead: bool
    clash_accepted_at: datetime | None
    changed_at: datetime

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Former":
        """Return it from how it is stored."""
        accepted = kept["clash_accepted_at"]
        return cls(
            SignUpState(kept["state"]),
            kept["place_number"],
            kept["waitlist_number"],
            kept["is_lead"],
            datetime.fromisoformat(accepted) if accepted else None,
            datetime.fromisoformat(kept["changed_at"]),
        )


@dataclass
class Undone:
    """How many came back as they were, how many into the queue, and how many did not."""

    restored: int = 0
    queued: int = 0
    left: int = 0


def keep_sign_ups(
    session: Session, organizer: Organizer, act: str, sign_ups: Collection[SignUp], now: datetime
) -> None:
    """Keep where sign-ups of one campaign stand, right before an organizer declines them."""
    lock_slots(session, {sign_up.slot_id for sign_up in sign_ups})
    # Columns alone: as they stand now, though the session may know the rows as they were.
    standing = select(SignUp.id, *(getattr(SignUp, field.name) for field in fields(Former)))
    chosen = standing.where(SignUp.id.in_({s.id for s in sign_ups}), SignUp.state.in_(LIVE))
    former = [_kept(row) for row in session.execute(chosen.order_by(SignUp.id))]
    if former:
        _keep(session, organizer, act, next(iter(sign_ups)).group.campaign_id, former, now)


def _kept(sign_up: Row[Any]) -> dict[str, Any]:
    accepted = sign_up.clash_accepted_at
    return {
        "sign_up": sign_up.id,
        "state": sign_up.state.value,
        "place_number": sign_up.place_number,
        "waitlist_number": sign_up.waitlist_number,
        "is_lead": sign_up.is_lead,
        "clash_accepted_at": accepted.isoformat() if accepted else None,
        "changed_at": sign_up.changed_at.isoformat(),
    }


def keep_slots(
    session: Session,
    organizer: Organizer,
    act: str,
    slots: Collection[Slot],
    now: datetime,
    site: Site | None = None,
) -> None:
    """Keep which slots stand, right before an organizer calls them off, be it with their site."""
    former: list[dict[str, Any]] = [{"slot": s.id} for s in slots if s.cancelled_at is None]
    if site is not None and site.dropped_at is None:
        former.append({"site": site.id})
    if former:
        campaign_id = site.campaign_id if site else next(iter(slots)).site.campaign_id
        _keep(session, organizer, act, campaign_id, former, now)


def _keep(
    session: Session,
    organizer: Organizer,
    act: str,
    campaign_id: int,
    former: list[dict[str, Any]],
    now: datetime,
) -> None:
    session.add(
        Undo(
            campaign_id=campaign_id,
            organizer_id=organizer.id,
            act=act,
            at=now,
            until=now + UNDO_LIFE,
            former=former,
        )
    )
    session.flush()


def undoable(session: Session, campaign_id: int, now: datetime) -> list[Undo]:
    """Return what can still be undone in a campaign, the latest first."""
    there = select(Undo).where(
        Undo.campaign_id == campaign_id, Undo.undone_at.is_(None), Undo.until > now
    )
    return list(session.scalars(there.order_by(Undo.id.desc())))


def countries_of(session: Session, undo: Undo) -> set[str]:
    """Return in which countries (ISO 3166-1 alpha-2) an act changed something."""
    sites = select(Site).join(Slot, Slot.site_id == Site.id)
    of_sign_ups = sites.join(SignUp, SignUp.slot_id == Slot.id)
    found = [
        *session.scalars(of_sign_ups.where(SignUp.id.in_(ids_in(undo, "sign_up"))).distinct()),
        *session.scalars(sites.where(Slot.id.in_(ids_in(undo, "slot"))).distinct()),
        *session.scalars(select(Site).where(Site.id.in_(ids_in(undo, "site")))),
    ]
    return {site.mission.country for site in found}


def subject_of(session: Session, undo: Undo) -> str:
    """Return what an act was about, if it was one thing: a group's name, or a city."""
    sign_ups, slots = ids_in(undo, "sign_up"), ids_in(undo, "slot")
    if len(sign_ups) == 1:
        sign_up = session.get(SignUp, sign_ups[0])
        return sign_up.group.name if sign_up else ""
    slot = session.get(Slot, slots[0]) if slots else None
    return slot.site.mission.city if slot else ""


def ids_in(undo: Undo, kind: str) -> list[int]:
    """Return the row ids of one kind (sign_up, slot, site) that an act changed."""
    return [row[kind] for row in undo.former if kind in row]


def undo_act(session: Session, undo: Undo, now: datetime) -> Undone:
    """Undo an organizer's act as far as it can be, and tell the groups.

    Raises:
        UndoneAlready: It was, or it is too late.
        CampaignClosed: Slots were called off, and the campaign changes no more.
    """
    session.refresh(undo, with_for_update=True)
    if undo.undone_at is not None or undo.until <= now:
        raise UndoneAlready
    undo.undone_at = now
    if ids_in(undo, "sign_up"):
        return _undo_decline(session, undo, now)
    return _undo_cancellation(session, undo, now)


def _undo_cancellation(session: Session, undo: Undo, now: datetime) -> Undone:
    for site in session.scalars(select(Site).where(Site.id.in_(ids_in(undo, "site")))):
        if site.dropped_at == undo.at:
            site.dropped_at, site.changed_at = None, now
    chosen = select(Slot).where(Slot.id.in_(ids_in(undo, "slot"))).order_by(Slot.id)
    slots = list(session.scalars(chosen))
    campaign = session.get_one(Campaign, undo.campaign_id)
    restored = restore_slots_and_tell(session, campaign, undo.at, slots, now)
    return Undone(len(restored), left=len(slots) - len(restored))


def _undo_decline(session: Session, undo: Undo, now: datetime) -> Undone:
    formers = {row["sign_up"]: Former.of(row) for row in undo.former}
    declined = _declined(session, list(formers))
    done = Undone(left=len(formers))
    seats = _Seats(session, undo.campaign_id, declined)
    # Who finds the own place free comes first, so that nobody else is given it.
    for sign_up in sorted(declined, key=lambda s: not seats.has_own(s, formers[s.id])):
        former = formers[sign_up.id]
        if not is_open(sign_up.slot, now) or not seats.may_claim(sign_up):
            continue
        state = seats.put_back(session, sign_up, former, now)
        done.restored += state is former.state
        done.queued += state is not former.state
        contact_id = sign_up.group.contact_id
        queue_mail(session, MailKind.RESTORED, contact_id, now, sign_up=sign_up.id)
    done.left -= done.restored + done.queued
    session.flush()
    _give_lead_back(session, declined, formers, now)
    note_public_change(session)
    return done


def _declined(session: Session, ids: Collection[int]) -> list[SignUp]:
    lock_slots(session, set(session.scalars(select(SignUp.slot_id).where(SignUp.id.in_(ids)))))
    chosen = select(SignUp).where(SignUp.id.in_(ids), SignUp.state == DECLINED)
    contact = joinedload(SignUp.group).joinedload(Group.contact)
    afresh = (
        chosen.options(contact, selectinload(SignUp.slot))
        .order_by(SignUp.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(afresh))


class _Seats:
    """What is free on the slots of some sign-ups, counted once and kept while they come back."""

    def __init__(self, session: Session, campaign_id: int, sign_ups: Collection[SignUp]) -> None:
        self.taken: dict[int, set[int]] = defaultdict(set)
        self.queued: dict[int, set[int]] = defaultdict(set)
        slot_ids = {sign_up.slot_id for sign_up in sign_ups}
        for other in _on_slots(session, slot_ids):
            numbers = self.taken if other.place_number else self.queued
            numbers[other.slot_id].add(other.place_number or other.waitlist_number)
        self.offered = offered_by_domain(session, [campaign_id])
        self.live = live_by_group(session, {sign_up.group_id for sign_up in sign_ups})

    def has_own(self, sign_up: SignUp, former: Former) -> bool:
        """Say whether the place or number that a sign-up had is free."""
        return (
            former.place_number not in self.taken[sign_up.slot_id]
            and former.waitlist_number not in self.queued[sign_up.slot_id]
        )

    def may_claim(self, sign_up: SignUp) -> bool:
        """Say whether its group may have one more: it may have others, or be gone meanwhile."""
        group = sign_up.group
        has_room = group.is_trusted or self.live[group.id] < MOST_SIGN_UPS
        return has_room and group.merged_at is None

    def put_back(
        self, session: Session, sign_up: SignUp, former: Former, now: datetime
    ) -> SignUpState:
        """Bring a sign-up back to where it stood, or into the queue; return its state."""
        self.live[sign_up.group_id] += 1
        place = self._place(sign_up, former)
        state = WAITLISTED if former.state in HOLDS_PLACE and place is None else former.state
        bring_back(session, sign_up, state, now)
        if state is former.state:
            sign_up.changed_at = former.changed_at
        sign_up.place_number = place
        sign_up.clash_accepted_at = former.clash_accepted_at
        if state is WAITLISTED:
            sign_up.waitlist_number = self._number(sign_up, former)
        if state is OFFERED:
            self.offered[sign_up.group.contact.domain_index] += 1
        return state

    def _place(self, sign_up: SignUp, former: Former) -> int | None:
        if former.state not in HOLDS_PLACE or self._must_wait(sign_up, former):
            return None
        taken = self.taken[sign_up.slot_id]
        wanted = (former.place_number or 0, *range(1, sign_up.slot.capacity + 1))
        free = (n for n in wanted if n not in taken and 1 <= n <= sign_up.slot.capacity)
        place = next(free, None)
        if place is not None:
            taken.add(place)
        return place

    def _must_wait(self, sign_up: SignUp, former: Former) -> bool:
        domain = sign_up.group.contact.domain_index
        if former.state is not OFFERED or not domain or sign_up.group.is_trusted:
            return False
        return self.offered[domain] >= MOST_OFFERED_OF_DOMAIN

    def _number(self, sign_up: SignUp, former: Former) -> int:
        queued = self.queued[sign_up.slot_id]
        number = former.waitlist_number
        if number is None or number in queued:
            number = max(queued, default=0) + 1
        queued.add(number)
        return number


def _on_slots(session: Session, slot_ids: Collection[int]) -> Iterable[Any]:
    columns = select(SignUp.slot_id, SignUp.place_number, SignUp.waitlist_number)
    return session.execute(
        columns.where(SignUp.slot_id.in_(slot_ids), SignUp.state.in_(HOLDS_PLACE | {WAITLISTED}))
    )


def _give_lead_back(
    session: Session, sign_ups: Iterable[SignUp], formers: dict[int, Former], now: datetime
) -> None:
    """Let those lead again who did; where another group took over meanwhile, both are told."""
    back = [s for s in sign_ups if s.state is SignUpState.CONFIRMED]
    led = queries.slots_with_lead(session, {sign_up.slot_id for sign_up in back})
    for sign_up in back:
        if not formers[sign_up.id].is_lead:
            continue
        if sign_up.slot_id in led:
            appoint_lead(session, sign_up, now)
        else:
            sign_up.is_lead = True
            led.add(sign_up.slot_id)
    session.flush()
    keep_leads(session, {sign_up.slot_id for sign_up in back} - led, now)


def forget_over(session: Session, now: datetime) -> None:
    """Forget what can be undone no more."""
    session.execute(delete(Undo).where(Undo.until <= now))
