"""How is a snapshot taken: the queries that fill it, without a private column among them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, case, not_, or_, select
from sqlalchemy.orm import Session, lazyload

from protestcoord.campaigns.models import Campaign, Site, Slot, Wave
from protestcoord.campaigns.permits import permit_book
from protestcoord.campaigns.rules import CampaignState, Presence, slot_key
from protestcoord.campaigns.stored_rules import rule_from_told
from protestcoord.campaigns.waves import Synchronisation, WaveRule
from protestcoord.core.clock import clock_changes, offset_text
from protestcoord.missions.models import Mission
from protestcoord.missions.permit_table import shipped_rule
from protestcoord.missions.permits import PermitCard, card_of, goes_stale_at
from protestcoord.missions.rules import MissionStatus
from protestcoord.publications.snapshot import (
    CampaignView,
    CheckInView,
    MissionView,
    ParticipantView,
    RelayView,
    SiteView,
    SlotView,
    Snapshot,
    WaveView,
)
from protestcoord.signups.checkins import said_in_public
from protestcoord.signups.coverage import SlotCounts, counts_by_slot
from protestcoord.signups.held import unseen_texts
from protestcoord.signups.models import CheckIn, Group, SignUp
from protestcoord.signups.rules import POINT_SHOWN, SignUpState, people_shown, site_state

REFRESH_MINUTES = 60
REFRESH_MINUTES_NEAR = 15
NEAR = timedelta(hours=48)
# A cancelled slot stays in feeds for weeks, so that calendars learn of it.
CANCELLED_IS_TOLD = timedelta(days=30)


@dataclass(frozen=True)
class _Claims:
    """What groups do to slots, by the slot's row id."""

    counts: dict[int, SlotCounts]
    groups: dict[int, list[ParticipantView]]
    changed_at: dict[int, datetime]


@dataclass(frozen=True)
class _Asks:
    """What a site asks of volunteers."""

    turnout: bool = False
    reminders: bool = False


NOTHING_ASKED = _Asks()


def take_snapshot(session: Session, now: datetime) -> Snapshot:
    """Return everything public as of ``now``, in an order that depends on the data alone."""
    missions = {m.id: _mission_view(m) for m in session.scalars(select(Mission))}
    public = select(Campaign).where(Campaign.state != CampaignState.DRAFT)
    campaigns = [
        _campaign_view(session, campaign, missions, now) for campaign in session.scalars(public)
    ]
    edges = [edge for campaign in campaigns for edge in _edges(campaign, now)]
    edges += _points_shown_at(session)
    listed = (mission for mission in missions.values() if mission.is_listed)
    directory = tuple(sorted(listed, key=lambda mission: mission.slug))
    permits = tuple(card_of(shipped_rule(m.country, m.city), now) for m in directory)
    edges += _permits_stale_at(permits, campaigns)
    return Snapshot(
        missions=directory,
        campaigns=tuple(sorted(campaigns, key=_by_first_moment)),
        valid_until=min((edge for edge in edges if edge > now), default=None),
        permits=permits,
        check_ins=tuple(_check_ins(session)),
    )


def _check_ins(session: Session) -> Iterator[CheckInView]:
    """Yield what the groups of each slot say together, of public campaigns, by the first's time."""
    public = select(Campaign).where(Campaign.state != CampaignState.DRAFT).order_by(Campaign.slug)
    for campaign in session.scalars(public):
        of_slots: dict[int, list[CheckIn]] = defaultdict(list)
        for slot_id, said in said_in_public(session, campaign.id):
            of_slots[slot_id].append(said)
        for slot_id, of_slot in of_slots.items():
            yield _check_in_view(campaign.slug, session.get_one(Slot, slot_id), of_slot)


def _check_in_view(campaign: str, slot: Slot, of_slot: list[CheckIn]) -> CheckInView:
    ends = [said.finished_at for said in of_slot]
    numbers = [said.people for said in of_slot if said.people is not None]
    return CheckInView(
        campaign=campaign,
        mission=slot.site.mission.slug,
        slot=slot.key,
        started_at=of_slot[0].started_at,
        finished_at=max(filter(None, ends)) if all(ends) else None,
        people=people_shown(sum(numbers)) if numbers else None,
    )


def _permits_stale_at(
    permits: Iterable[PermitCard], campaigns: Iterable[CampaignView]
) -> set[datetime]:
    """Return when each card that is shown counts as unchecked again."""
    of_sites = (site.permit for campaign in campaigns for site in campaign.sites)
    return {goes_stale_at(card.rule) for card in (*permits, *of_sites) if card.rule}


def _by_first_moment(campaign: CampaignView) -> tuple[bool, str, str]:
    starts_at = campaign.starts_at
    return (starts_at is None, starts_at.isoformat() if starts_at else "", campaign.slug)


def _edges(campaign: CampaignView, now: datetime) -> Iterable[datetime]:
    """Yield the moments at which time alone changes what a campaign's files say."""
    last_starts: dict[str, datetime] = {}
    for slot in (slot for site in campaign.sites for slot in site.slots):
        if slot.cancelled:
            yield slot.ends_at + CANCELLED_IS_TOLD
            continue
        yield from (slot.starts_at - NEAR, slot.ends_at)
        if slot.offset_now:
            yield slot.starts_at
        last_starts[slot.timezone] = max(slot.starts_at, last_starts.get(slot.timezone, now))
    # Whether clocks change before a slot is another answer after each change.
    for timezone, last in last_starts.items():
        yield from islice(clock_changes(timezone, now, last), 1)


def _points_shown_at(session: Session) -> list[datetime]:
    """Return when each hidden meeting point becomes public."""
    hidden = select(Slot.starts_at).join(SignUp, SignUp.slot_id == Slot.id)
    chosen = hidden.where(SignUp.hides_point, SignUp.state == SignUpState.CONFIRMED).distinct()
    return [starts_at - POINT_SHOWN for starts_at in session.scalars(chosen)]


def _mission_view(mission: Mission) -> MissionView:
    return MissionView(
        **{field.name: getattr(mission, field.name) for field in fields(MissionView)}
    )


def _campaign_view(
    session: Session, campaign: Campaign, missions: dict[int, MissionView], now: datetime
) -> CampaignView:
    waves = _waves(session, campaign.id)
    sites = _site_views(session, campaign, waves, missions, now)
    standing = [s for site in sites for s in site.slots if not s.cancelled]
    near = any(slot.starts_at - NEAR <= now < slot.ends_at for slot in standing)
    over = bool(standing) and all(slot.ended for slot in standing)
    return CampaignView(
        slug=campaign.slug,
        title=campaign.title,
        statement=campaign.statement,
        state=campaign.state,
        waves=tuple(
            _wave_view(wave.number, wave.published) for wave in waves.values() if wave.published
        ),
        sites=sites,
        refresh_minutes=REFRESH_MINUTES_NEAR if near else REFRESH_MINUTES,
        over=over,
        changed_at=campaign.changed_at,
        posts=sum(m.is_listed and m.status == MissionStatus.OPEN for m in missions.values()),
        frozen=campaign.frozen_at is not None,
    )


def _waves(session: Session, campaign_id: int) -> dict[int, Wave]:
    chosen = select(Wave).where(Wave.campaign_id == campaign_id).order_by(Wave.number)
    return {wave.id: wave for wave in session.scalars(chosen)}


def _wave_view(number: int, told: dict[str, Any]) -> WaveView:
    """Return a wave as it was published; what was changed since is not public yet."""
    rule = rule_from_told(told)
    return WaveView(
        number,
        told["title"],
        rule.synchronisation,
        rule.start,
        rule.duration_minutes,
        rule.recurrence,
        _relay_view(rule),
    )


def _relay_view(rule: WaveRule) -> RelayView | None:
    if rule.synchronisation is not Synchronisation.RELAY:
        return None
    return RelayView(rule.relay_kind, rule.window_start, rule.window_end, rule.relay_hours)


def _site_views(
    session: Session,
    campaign: Campaign,
    waves: dict[int, Wave],
    missions: dict[int, MissionView],
    now: datetime,
) -> tuple[SiteView, ...]:
    chosen = select(Site).where(Site.campaign_id == campaign.id).options(lazyload("*"))
    sites = session.scalars(chosen).all()
    slots = _slots_by_site(session, campaign.id)
    claims = _Claims(
        counts_by_slot(session, campaign.id),
        _participants(session, Group.campaign_id == campaign.id, now),
        _claims_changed_at(session, campaign.id, now),
    )
    permits = permit_book(session, campaign.id)
    views = []
    for site in sites:
        mission = missions[site.mission_id]
        asks = _asks_of(campaign, site)
        of_site = [
            _slot_view(slot, waves[slot.wave_id].number, mission.slug, claims, now, asks)
            for slot in slots[site.id]
            if slot.cancelled_at is None or slot.ends_at + CANCELLED_IS_TOLD > now
        ]
        # A site that was chosen after publishing is public only when its slots are.
        if slots[site.id]:
            permit = permits.card(mission.country, mission.city, now)
            views.append(replace(_site_view(site, mission, of_site), permit=permit))
    return tuple(sorted(views, key=lambda view: view.mission.slug))


def _site_view(site: Site, mission: MissionView, slots: Sequence[SlotView]) -> SiteView:
    return SiteView(
        mission=mission,
        presence=site.presence,
        dropped=site.dropped_at is not None,
        state=site_state(slot.state for slot in slots if not slot.cancelled),
        slots=tuple(sorted(slots, key=lambda slot: (slot.starts_at, slot.key))),
    )


def _offset_now(slot: Slot, now: datetime) -> str:
    if slot.starts_at <= now:
        return ""
    offset = offset_text(now, slot.timezone)
    return "" if offset == offset_text(slot.starts_at, slot.timezone) else offset


def _slots_by_site(session: Session, campaign_id: int) -> dict[int, list[Slot]]:
    chosen = select(Slot).join(Site, Site.id == Slot.site_id).options(lazyload("*"))
    found: dict[int, list[Slot]] = defaultdict(list)
    for slot in session.scalars(chosen.where(Site.campaign_id == campaign_id)):
        found[slot.site_id].append(slot)
    return found


def place_of(
    session: Session, slot: Slot, now: datetime
) -> tuple[CampaignView, SiteView, SlotView]:
    """Return one slot as a feed says it, with its site and the frame of its campaign.

    Counts and waves are left out: an event does not say them.
    """
    site, campaign = slot.site, slot.site.campaign
    mission = _mission_view(site.mission)
    claims = _Claims(
        {}, defaultdict(list, _participants(session, SignUp.slot_id == slot.id, now)), {}
    )
    view = _slot_view(slot, slot.wave.number, mission.slug, claims, now)
    frame = CampaignView(
        slug=campaign.slug,
        title=campaign.title,
        statement=campaign.statement,
        state=campaign.state,
        waves=(),
        sites=(),
        refresh_minutes=REFRESH_MINUTES,
        over=False,
        changed_at=campaign.changed_at,
        posts=0,
    )
    return frame, _site_view(site, mission, [view]), view


def _participants(
    session: Session, of: ColumnElement[bool], now: datetime
) -> dict[int, list[ParticipantView]]:
    """Return the confirmed groups of each slot that is meant, in the order of their places.

    What a group wrote and an organizer has to look at first is left out, and all of a group whose
    texts organizers hide.
    """
    unseen = unseen_texts(session, of)
    is_shown = Group.hidden_at.is_(None)
    is_named = and_(is_shown, Group.is_named, Group.id.not_in(unseen.groups))
    is_told = and_(is_shown, SignUp.id.not_in(unseen.sign_ups))
    public = (
        select(
            SignUp.slot_id,
            Group.key,
            case((is_named, Group.name), else_=""),
            case((is_named, Group.city), else_=""),
            case((and_(is_told, _is_point_shown(now)), SignUp.meeting_point), else_=""),
            case((is_told, SignUp.accessibility), else_=""),
            case((is_told, SignUp.languages), else_=""),
            SignUp.is_lead,
        )
        .join(Group, Group.id == SignUp.group_id)
        .join(Slot, Slot.id == SignUp.slot_id)
        .where(of, SignUp.state == SignUpState.CONFIRMED)
        .order_by(SignUp.place_number)
    )
    found: dict[int, list[ParticipantView]] = defaultdict(list)
    for slot_id, *told in session.execute(public):
        found[slot_id].append(ParticipantView(*told))
    return found


def _is_point_shown(now: datetime) -> ColumnElement[bool]:
    return or_(not_(SignUp.hides_point), Slot.starts_at <= now + POINT_SHOWN)


def _claims_changed_at(session: Session, campaign_id: int, now: datetime) -> dict[int, datetime]:
    """Return when what the public sees of a slot's groups last changed; nobody sees the pending."""
    seen = SignUp.state.not_in((SignUpState.PENDING, SignUpState.EXPIRED))
    changes = (
        select(
            SignUp.slot_id, SignUp.changed_at, Group.changed_at, SignUp.hides_point, Slot.starts_at
        )
        .join(Group, Group.id == SignUp.group_id)
        .join(Slot, Slot.id == SignUp.slot_id)
        .where(Group.campaign_id == campaign_id, seen)
    )
    latest: dict[int, datetime] = {}
    for slot_id, *moments, hides_point, starts_at in session.execute(changes):
        if hides_point and starts_at - POINT_SHOWN <= now:
            moments.append(starts_at - POINT_SHOWN)
        latest[slot_id] = max(*moments, latest.get(slot_id, moments[0]))
    return latest


def _asks_of(campaign: Campaign, site: Site) -> _Asks:
    """Return what a site asks of volunteers; nobody is asked to come where it is unsafe."""
    is_standing = site.presence is Presence.ON_SITE and site.dropped_at is None
    return _Asks(
        turnout=campaign.counts_turnout and is_standing,
        reminders=campaign.sends_reminders and is_standing,
    )


def _slot_view(
    slot: Slot,
    wave_number: int,
    mission: str,
    claims: _Claims,
    now: datetime,
    asks: _Asks = NOTHING_ASKED,
) -> SlotView:
    count = claims.counts.get(slot.id, SlotCounts())
    return SlotView(
        key=slot_key(wave_number, mission, slot.occurrence),
        wave=wave_number,
        occurrence=slot.occurrence,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        local_asked=slot.local_asked,
        adjustment=slot.adjustment,
        offset_now=_offset_now(slot, now),
        state=count.state(slot.capacity),
        capacity=slot.capacity,
        confirmed=count.confirmed,
        offered=count.offered,
        sequence=slot.sequence,
        cancelled=slot.cancelled_at is not None,
        ended=slot.ends_at <= now,
        changed_at=max(slot.changed_at, claims.changed_at.get(slot.id, slot.changed_at)),
        groups=tuple(claims.groups[slot.id]),
        turnout=slot.shown_bucket if asks.turnout else None,
        reminds=asks.reminders,
        moved_from=slot.moved_from,
    )
