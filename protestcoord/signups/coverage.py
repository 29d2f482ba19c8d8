"""Who covers what: the state of each slot and site of a campaign, from counts in the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Site, Slot
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import HOLDS_PLACE, SignUpState, SlotState, site_state, slot_state


@dataclass(frozen=True)
class SlotCounts:
    """How many groups a slot has, by state."""

    confirmed: int = 0
    offered: int = 0

    def state(self, capacity: int) -> SlotState:
        """Return the state of a slot with these counts."""
        return slot_state(self.confirmed, self.offered, capacity)


def counts_by_slot(session: Session, campaign_id: int) -> dict[int, SlotCounts]:
    """Return the counts of every slot that has any group, by the slot's row id."""
    counted = (
        select(SignUp.slot_id, SignUp.state, func.count())
        .join(Slot, Slot.id == SignUp.slot_id)
        .join(Site, Site.id == Slot.site_id)
        .where(Site.campaign_id == campaign_id, SignUp.state.in_(HOLDS_PLACE))
        .group_by(SignUp.slot_id, SignUp.state)
    )
    counts: dict[int, dict[SignUpState, int]] = {}
    for slot_id, state, number in session.execute(counted):
        counts.setdefault(slot_id, {})[state] = number
    return {
        slot_id: SlotCounts(by.get(SignUpState.CONFIRMED, 0), by.get(SignUpState.OFFERED, 0))
        for slot_id, by in counts.items()
    }


@dataclass(frozen=True)
class SiteWithState:
    """A site, its slots that stand, and the state they add up to."""

    site: Site
    slots: tuple[Slot, ...]
    state: SlotState


def sites_with_state(session: Session, campaign_id: int) -> list[SiteWithState]:
    """Return the sites of a campaign that take part, by country and city."""
    chosen = select(Site).where(Site.campaign_id == campaign_id, Site.dropped_at.is_(None))
    sites = session.scalars(chosen).all()
    slots = _standing_slots(session, campaign_id)
    counts = counts_by_slot(session, campaign_id)
    found = [_with_state(site, slots.get(site.id, []), counts) for site in sites]
    return sorted(found, key=lambda s: (s.site.mission.country, s.site.mission.city))


def _standing_slots(session: Session, campaign_id: int) -> dict[int, list[Slot]]:
    of_campaign = select(Slot).join(Slot.site).where(Site.campaign_id == campaign_id)
    standing = of_campaign.where(Slot.cancelled_at.is_(None)).order_by(Slot.starts_at)
    by_site: dict[int, list[Slot]] = {}
    for slot in session.scalars(standing):
        by_site.setdefault(slot.site_id, []).append(slot)
    return by_site


def _with_state(site: Site, slots: Sequence[Slot], counts: dict[int, SlotCounts]) -> SiteWithState:
    states = [counts.get(slot.id, SlotCounts()).state(slot.capacity) for slot in slots]
    return SiteWithState(site, tuple(slots), site_state(states))
