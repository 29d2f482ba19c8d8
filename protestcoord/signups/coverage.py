"""Who covers what: the state of each slot and site of a campaign, from counts in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.queries import ids_of_sites_with_slots
from protestcoord.campaigns.rules import Presence
from protestcoord.missions.gazetteer import find_city
from protestcoord.missions.rules import MissionStatus
from protestcoord.signups import queries
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.nearby import GroupPlace
from protestcoord.signups.places import is_open
from protestcoord.signups.rules import (
    HOLDS_PLACE,
    LIVE,
    SignUpState,
    SlotState,
    site_state,
    slot_state,
)
from protestcoord.signups.tally import SiteCover, SlotCover


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
    """A site, its slots that stand with the state of each, and the state they add up to."""

    site: Site
    slots: tuple[Slot, ...]
    state: SlotState
    slot_states: tuple[SlotState, ...]


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
    return SiteWithState(site, tuple(slots), site_state(states), tuple(states))


def site_covers(session: Session, campaign: Campaign, now: datetime) -> list[SiteCover]:
    """Return what coverage asks of each site that takes part, by country and city."""
    public = ids_of_sites_with_slots(session, campaign)
    groups = _confirmed_groups(session, campaign.id)
    return [
        _cover(found, found.site.id in public, frozenset(groups.get(found.site.id, ())), now)
        for found in sites_with_state(session, campaign.id)
    ]


def _cover(
    found: SiteWithState, is_public: bool, groups: frozenset[str], now: datetime
) -> SiteCover:
    mission = found.site.mission
    return SiteCover(
        mission=mission.slug,
        name=mission.name,
        kind=mission.kind,
        city=mission.city,
        country=mission.country,
        region=mission.region,
        latitude=mission.latitude,
        longitude=mission.longitude,
        state=found.state,
        is_remote=found.site.presence is Presence.REMOTE_ONLY,
        is_post=mission.status is MissionStatus.OPEN,
        is_public=is_public,
        groups=groups,
        slots=tuple(
            SlotCover(slot.key, slot.starts_at, slot.timezone, state, is_open(slot, now))
            for slot, state in zip(found.slots, found.slot_states, strict=True)
        ),
    )


def _confirmed_groups(session: Session, campaign_id: int) -> dict[int, set[str]]:
    """Return the public keys of the groups that are confirmed at each site, by its row id."""
    confirmed = (
        select(Slot.site_id, Group.key)
        .join(SignUp, SignUp.slot_id == Slot.id)
        .join(Group, Group.id == SignUp.group_id)
        .where(
            Group.campaign_id == campaign_id,
            SignUp.state == SignUpState.CONFIRMED,
            Slot.cancelled_at.is_(None),
        )
    )
    by_site: dict[int, set[str]] = {}
    for site_id, key in session.execute(confirmed):
        by_site.setdefault(site_id, set()).add(key)
    return by_site


def group_places(session: Session, campaign_id: int) -> list[GroupPlace]:
    """Return where each group of a campaign is, as far as its city tells, and when it is busy.

    Only groups whose address was confirmed once: another may be a stranger's. A group that was
    declined is not asked again, and a group that withdrew is not asked for that time.
    """
    by_group: dict[int, list[SignUp]] = {}
    for sign_up in queries.sign_ups_of_campaign(session, campaign_id):
        if sign_up.group.verified_at is not None:
            by_group.setdefault(sign_up.group_id, []).append(sign_up)
    return [
        _group_place(sign_ups)
        for sign_ups in by_group.values()
        if not any(sign_up.state is SignUpState.DECLINED for sign_up in sign_ups)
    ]


def _group_place(sign_ups: Sequence[SignUp]) -> GroupPlace:
    group = sign_ups[0].group
    countries = frozenset(sign_up.slot.site.mission.country for sign_up in sign_ups)
    taken = LIVE | {SignUpState.WITHDRAWN}
    busy = (s.slot for s in sign_ups if s.state in taken and s.slot.cancelled_at is None)
    return GroupPlace(
        group.key,
        group.name,
        group.city,
        group.language,
        find_city(group.city, countries),
        tuple((slot.starts_at, slot.ends_at) for slot in busy),
    )
