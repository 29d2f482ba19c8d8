"""What is there of groups and sign-ups."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from protestcoord.campaigns.models import Site, Slot, Wave
from protestcoord.members.rules import Areas
from protestcoord.missions.models import Mission
from protestcoord.signups.models import Contact, Group, SignUp, SignUpStep
from protestcoord.signups.rules import HELD, HOLDS_PLACE, LIVE, SignUpState


def find_slot(session: Session, campaign_id: int, key: str) -> Slot | None:
    """Return the slot with a public key in a campaign."""
    wave, _, rest = key.partition("-")
    mission, _, occurrence = rest.rpartition("-")
    if not (wave[:1] == "w" and wave[1:].isdecimal() and occurrence.isdecimal()):
        return None
    return session.scalar(
        _slots_of(campaign_id).where(
            Wave.number == int(wave[1:6]),
            Mission.slug == mission,
            Slot.occurrence == int(occurrence[:6]),
        )
    )


def slots_of_mission(session: Session, campaign_id: int, mission: str) -> Sequence[Slot]:
    """Return a site's slots that were not cancelled, by time."""
    at_site = _slots_of(campaign_id).where(Mission.slug == mission, Slot.cancelled_at.is_(None))
    return session.scalars(at_site.order_by(Slot.starts_at)).all()


def _slots_of(campaign_id: int) -> Select[Slot]:
    joined = select(Slot).join(Slot.wave).join(Slot.site).join(Site.mission)
    return joined.where(Wave.campaign_id == campaign_id)


def is_within(areas: Areas, sign_up: SignUp) -> bool:
    """Tell whether a sign-up is for a site in some areas."""
    return areas.covers(sign_up.slot.site.mission.country)


def find_contact(session: Session, campaign_id: int, email_index: str) -> Contact | None:
    """Return the contact that an address has in a campaign."""
    return session.scalar(
        select(Contact).where(
            Contact.campaign_id == campaign_id, Contact.email_index == email_index
        )
    )


def find_group_by_link(session: Session, link_hash: str) -> Group | None:
    """Return the group whose link has this digest."""
    return session.scalar(select(Group).where(Group.link_hash == link_hash))


def find_group(session: Session, campaign_id: int, key: str) -> Group | None:
    """Return a campaign's group by its public key."""
    return session.scalar(select(Group).where(Group.campaign_id == campaign_id, Group.key == key))


def group_of_contact(session: Session, contact_id: str) -> Group:
    """Return the group that a contact belongs to."""
    return session.scalars(select(Group).where(Group.contact_id == contact_id)).one()


def sign_ups_of_group(session: Session, group_id: int) -> Sequence[SignUp]:
    """Return all sign-ups of a group, by the time of their slots."""
    own = select(SignUp).where(SignUp.group_id == group_id).join(SignUp.slot)
    return session.scalars(own.order_by(Slot.starts_at, SignUp.id)).all()


def steps_of_group(session: Session, group_id: int) -> Sequence[SignUpStep]:
    """Return each step of a group's sign-ups, the newest first."""
    own = select(SignUpStep).join(SignUpStep.sign_up).where(SignUp.group_id == group_id)
    return session.scalars(own.order_by(SignUpStep.id.desc())).all()


def held_sign_ups(session: Session, group_id: int) -> Sequence[SignUp]:
    """Return what a group holds or waits for of slots that stand, by time, read afresh."""
    held = select(SignUp).where(SignUp.group_id == group_id, SignUp.state.in_(HELD))
    standing = held.join(SignUp.slot).where(Slot.cancelled_at.is_(None))
    afresh = standing.order_by(Slot.starts_at, SignUp.id).execution_options(populate_existing=True)
    return session.scalars(afresh).all()


def find_sign_up(session: Session, group_id: int, slot_id: int) -> SignUp | None:
    """Return a group's sign-up for a slot."""
    return session.scalar(
        select(SignUp).where(SignUp.group_id == group_id, SignUp.slot_id == slot_id)
    )


def contacts_of_campaign(session: Session, campaign_id: int) -> Sequence[Contact]:
    """Return all contacts of a campaign."""
    return session.scalars(select(Contact).where(Contact.campaign_id == campaign_id)).all()


def last_end_of_slots(session: Session, campaign_id: int) -> datetime | None:
    """Return when the last slot of a campaign ends, cancelled ones included."""
    latest = select(func.max(Slot.ends_at)).join(Slot.site).where(Site.campaign_id == campaign_id)
    return session.scalar(latest)


def was_confirmed(session: Session, sign_up_id: int) -> bool:
    """Say whether a sign-up was ever confirmed."""
    steps = select(func.count()).where(
        SignUpStep.sign_up_id == sign_up_id, SignUpStep.after == SignUpState.CONFIRMED
    )
    return bool(session.scalar(steps))


def live_sign_ups(session: Session, slot_ids: Sequence[int]) -> Sequence[SignUp]:
    """Return the sign-ups on some slots that are pending, placed or waiting."""
    live = select(SignUp).where(SignUp.slot_id.in_(slot_ids), SignUp.state.in_(LIVE))
    return session.scalars(live.order_by(SignUp.id)).all()


def sign_ups_of_campaign(session: Session, campaign_id: int) -> Sequence[SignUp]:
    """Return all sign-ups of a campaign, the newest first."""
    joined = select(SignUp).join(SignUp.group).where(Group.campaign_id == campaign_id)
    return session.scalars(joined.order_by(SignUp.changed_at.desc(), SignUp.id.desc())).all()


def campaign_groups_with_live_sign_up(session: Session, campaign_id: int) -> Sequence[Group]:
    """Return the groups of a campaign that still have a live sign-up."""
    alive = select(SignUp.group_id).where(SignUp.state.in_(LIVE))
    chosen = select(Group).where(Group.campaign_id == campaign_id, Group.id.in_(alive))
    return session.scalars(chosen.order_by(Group.id)).all()


@dataclass(frozen=True)
class Affected:
    """How much a campaign has that a freeze touches: live sign-ups, their groups, who waits."""

    sign_ups: int
    groups: int
    offered: int
    waitlisted: int


def affected_by_freeze(session: Session, campaign_id: int) -> Affected:
    """Return how much a freeze of a campaign touches."""
    live = (
        select(
            func.count(),
            func.count(SignUp.group_id.distinct()),
            func.count().filter(SignUp.state == SignUpState.OFFERED),
            func.count().filter(SignUp.state == SignUpState.WAITLISTED),
        )
        .join(Group, Group.id == SignUp.group_id)
        .where(Group.campaign_id == campaign_id, SignUp.state.in_(LIVE))
    )
    return Affected(*session.execute(live).one())


def taken_places(session: Session, slot_ids: Collection[int]) -> set[tuple[int, int | None]]:
    """Return which places are held on some slots: the slot's row id, and the place's number."""
    held = select(SignUp.slot_id, SignUp.place_number).where(
        SignUp.slot_id.in_(slot_ids), SignUp.state.in_(HOLDS_PLACE)
    )
    return {(slot_id, number) for slot_id, number in session.execute(held)}


def sign_ups_with_contact(session: Session, ids: Collection[int]) -> Sequence[SignUp]:
    """Return sign-ups with the contacts of their groups."""
    chosen = select(SignUp).where(SignUp.id.in_(ids))
    return session.scalars(chosen.options(joinedload(SignUp.group).joinedload(Group.contact))).all()


def slots_with_place_and_queue(session: Session, now: datetime) -> Sequence[int]:
    """Return the row ids of open slots on which somebody waits although a place is free."""
    held = func.count().filter(SignUp.state.in_(HOLDS_PLACE))
    queued = func.count().filter(SignUp.state == SignUpState.WAITLISTED)
    chosen = (
        select(Slot.id)
        .join(SignUp, SignUp.slot_id == Slot.id)
        .where(Slot.cancelled_at.is_(None), Slot.ends_at > now)
        .group_by(Slot.id, Slot.capacity)
        .having(queued > 0, held < Slot.capacity)
    )
    return session.scalars(chosen.order_by(Slot.id)).all()


def slots_with_lead(session: Session, slot_ids: Collection[int]) -> set[int]:
    """Return those of some slots, by row id, that a group leads."""
    led = select(SignUp.slot_id).where(SignUp.slot_id.in_(slot_ids), SignUp.is_lead)
    return set(session.scalars(led))


def last_waitlist_number(session: Session, slot_id: int) -> int:
    """Return the highest waiting number ever given on a slot, or 0."""
    highest = select(func.max(SignUp.waitlist_number)).where(SignUp.slot_id == slot_id)
    return session.scalar(highest) or 0


def pending_since_before(
    session: Session, moment: datetime, *, still: Select[int]
) -> Sequence[SignUp]:
    """Return the sign-ups whose mail was not confirmed since before a moment.

    Those of the campaigns ``still`` are left out.
    """
    stale = select(SignUp).where(SignUp.state == SignUpState.PENDING, SignUp.changed_at < moment)
    running = stale.join(SignUp.group).where(Group.campaign_id.not_in(still))
    return session.scalars(running).all()


def has_sealed_contacts(session: Session, campaign_id: int | None = None) -> bool:
    """Say whether a campaign, or any, has a contact that needs a key to be opened."""
    sealed = select(Contact.id).where(Contact.sealed != b"")
    if campaign_id is not None:
        sealed = sealed.where(Contact.campaign_id == campaign_id)
    return session.scalar(sealed.limit(1)) is not None
