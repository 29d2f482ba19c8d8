"""What does the public see: frozen values without a private field, as of one moment."""

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from functools import cached_property
from operator import is_
from typing import Any, TypeVar

from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.campaigns.schedule import Adjustment, Recurrence, RelayKind, Synchronisation
from protestcoord.missions.permits import UNCHECKED, PermitCard
from protestcoord.missions.rules import MissionStatus
from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import Coverage, SiteCover, SlotCover, coverage_of


def digest_of(value: Any) -> bytes:
    """Return a SHA-256 digest of a value built from views, tuples and plain values."""
    return value.digest if isinstance(value, View) else _sha256(_text_of(value))


def _text_of(value: Any) -> str:
    if isinstance(value, View):
        return f"#{value.digest.hex()}"
    if isinstance(value, tuple):
        return f"({chr(0).join(map(_text_of, value))})"
    return repr(value)  # in which a text is quoted and has no NUL


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class View:
    """A public value; equal values have equal digests, each computed once."""

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 over the kind and the fields."""
        values = tuple(getattr(self, field.name) for field in fields(self))
        return _sha256(type(self).__name__ + _text_of(values))


T = TypeVar("T")


def kept(new: T, old: object) -> T:
    """Return a value equal to ``new`` in which whatever did not change is the object of ``old``.

    So it keeps the digests that were computed already. Parts of tuples are compared place by
    place: where one was put in between, what follows is new.
    """
    if isinstance(new, tuple) and isinstance(old, tuple):
        return _kept_tuple(new, old)  # type: ignore[return-value]
    if new == old:
        return old
    if isinstance(new, View) and type(new) is type(old):
        names = [field.name for field in fields(new)]
        parts = {name: kept(getattr(new, name), getattr(old, name)) for name in names}
        return replace(new, **parts)
    return new


def _kept_tuple(new: tuple[Any, ...], old: tuple[Any, ...]) -> tuple[Any, ...]:
    parts = tuple(map(kept, new, (*old, *(None,) * (len(new) - len(old)))))
    return old if len(old) == len(parts) and all(map(is_, parts, old)) else parts


@dataclass(frozen=True)
class MissionView(View):
    """A mission as the directory shows it; the fields are the columns of data/embassies.csv.

    Attributes:
        is_listed: Whether the directory has it; a site may stand at one that was taken out.
    """

    slug: str
    name: str
    name_local: str
    kind: str
    country: str
    city: str
    address: str
    postal_code: str
    latitude: float
    longitude: float
    precision: str
    timezone: str
    phone: str
    website: str
    jurisdiction: str
    wikidata: str
    sources: str
    confidence: str
    verified_on: str
    status: str
    region: str
    changed_at: datetime
    is_listed: bool = True


@dataclass(frozen=True)
class ParticipantView(View):
    """A group that an organizer confirmed for a slot, with what it made public.

    Attributes:
        name: Empty if the group does not want to be named; then so is the city.
        meeting_point: Empty if there is none, or while it is still hidden.
        leads: Whether the other groups of the slot look to it.
    """

    key: str
    name: str
    city: str
    meeting_point: str
    accessibility: str = ""
    languages: str = ""
    leads: bool = False


@dataclass(frozen=True)
class SlotView(View):
    """One slot with its state.

    Attributes:
        local_asked: The wall clock that was asked for, naive; None if an instant was.
        offset_now: The offset from UTC there as of the snapshot, such as ``UTC+01:00``, if
            clocks change until the slot starts so that it is another then; else empty.
        changed_at: When the slot, or what the public sees of its groups, last changed.
        groups: The confirmed ones, in the order of their places.
        turnout: So many people at least say that they come, 0 for fewer than ten; None where
            nobody is asked.
        reminds: Whether people may ask to be reminded by mail.
        moved_from: The start it had before it was last moved.
    """

    key: str
    wave: int
    occurrence: int
    starts_at: datetime
    ends_at: datetime
    timezone: str
    local_asked: datetime | None
    adjustment: Adjustment
    offset_now: str
    state: SlotState
    capacity: int
    confirmed: int
    offered: int
    sequence: int
    cancelled: bool
    ended: bool
    changed_at: datetime
    groups: tuple[ParticipantView, ...]
    turnout: int | None = None
    reminds: bool = False
    moved_from: datetime | None = None

    @property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups that want to be named."""
        return tuple(group.name for group in self.groups if group.name)


@dataclass(frozen=True)
class SiteView(View):
    """A mission's part in a campaign; a dropped site is kept while its cancellations are told.

    Attributes:
        permit: What notice an assembly needs there, as this campaign knows it.
    """

    mission: MissionView
    presence: Presence
    dropped: bool
    state: SlotState
    slots: tuple[SlotView, ...]
    permit: PermitCard = UNCHECKED

    @property
    def open_slots(self) -> tuple[SlotView, ...]:
        """The slots that were not cancelled, by time."""
        return tuple(slot for slot in self.slots if not slot.cancelled)

    @property
    def meeting_point(self) -> str:
        """The first meeting point that a confirmed group made public, or empty."""
        points = (group.meeting_point for slot in self.open_slots for group in slot.groups)
        return next(filter(None, points), "")


def _cover(site: SiteView, *, takes_sign_ups: bool) -> SiteCover:
    mission = site.mission
    return SiteCover(
        mission=mission.slug,
        name=mission.name,
        kind=mission.kind,
        city=mission.city,
        country=mission.country,
        region=mission.region,
        latitude=mission.latitude,
        longitude=mission.longitude,
        state=site.state,
        is_remote=site.presence is Presence.REMOTE_ONLY,
        is_post=mission.status == MissionStatus.OPEN,
        is_public=True,
        groups=frozenset(group.key for slot in site.open_slots for group in slot.groups),
        slots=tuple(
            SlotCover(
                slot.key,
                slot.starts_at,
                slot.timezone,
                slot.state,
                takes_sign_ups and not slot.ended,
            )
            for slot in site.open_slots
        ),
    )


@dataclass(frozen=True)
class RelayView(View):
    """What a relay has beyond a wave; the fields are those of ``campaigns.waves.WaveRule``."""

    kind: RelayKind
    window_start: time
    window_end: time
    hours: int


@dataclass(frozen=True)
class WaveView(View):
    """A wave as the public reads it; ``start`` is UTC or a wall clock, by its synchronisation."""

    number: int
    title: str
    synchronisation: Synchronisation
    start: datetime
    duration_minutes: int
    recurrence: Recurrence | None = None
    relay: RelayView | None = None


@dataclass(frozen=True)
class CheckInView(View):
    """What the groups of a slot say on the day, taken together.

    It is no part of the slot, so that only what shows it is built again.

    Attributes:
        started_at: When the first of them began.
        finished_at: When the last of those that began was done; None before.
        people: So many people at least are there, by steps; 0 for fewer than ten; None if nobody
            gave a number.
    """

    campaign: str
    mission: str
    slot: str
    started_at: datetime
    finished_at: datetime | None
    people: int | None


@dataclass(frozen=True)
class CoverageView(View, Coverage):
    """How much of a campaign is covered, as ``signups.tally`` counts it."""


@dataclass(frozen=True)
class CampaignView(View):
    """A published or closed campaign.

    Attributes:
        refresh_minutes: How often a calendar should ask again; shorter in the last 48 hours.
        over: Whether its last slot has ended.
        changed_at: When the campaign itself was last changed.
        posts: How many missions of the whole directory are open.
        frozen: Whether it takes nothing from groups and volunteers for now.
    """

    slug: str
    title: str
    statement: str
    state: CampaignState
    waves: tuple[WaveView, ...]
    sites: tuple[SiteView, ...]
    refresh_minutes: int
    over: bool
    changed_at: datetime
    posts: int
    frozen: bool = False

    @cached_property
    def live_sites(self) -> tuple[SiteView, ...]:
        """The sites that take part: not dropped."""
        return tuple(site for site in self.sites if not site.dropped)

    @property
    def starts_at(self) -> datetime | None:
        """The first instant at which a group stands somewhere."""
        return min((s.starts_at for site in self.live_sites for s in site.open_slots), default=None)

    @property
    def ends_at(self) -> datetime | None:
        """The instant at which the last slot ends."""
        return max((s.ends_at for site in self.live_sites for s in site.open_slots), default=None)

    @property
    def last_changed_at(self) -> datetime:
        """When the campaign or one of its slots last changed."""
        of_slots = (slot.changed_at for site in self.sites for slot in site.slots)
        return max([self.changed_at, *of_slots])

    @cached_property
    def covers(self) -> tuple[SiteCover, ...]:
        """What coverage asks of each site that takes part."""
        takes_sign_ups = self.state is CampaignState.PUBLISHED
        return tuple(_cover(site, takes_sign_ups=takes_sign_ups) for site in self.live_sites)

    @cached_property
    def coverage(self) -> CoverageView:
        """How much of it is covered."""
        return CoverageView(**vars(coverage_of(self.covers, self.posts)))

    def wave(self, number: int) -> WaveView:
        """Return the wave with a number."""
        return next(wave for wave in self.waves if wave.number == number)


@dataclass(frozen=True)
class Snapshot(View):
    """Everything public, valid until the next moment at which time alone changes something.

    Attributes:
        check_ins: What groups say on the day.
        permits: The card of each mission, in their order, by the shipped table; empty: unchecked.
    """

    missions: tuple[MissionView, ...]
    campaigns: tuple[CampaignView, ...]
    valid_until: datetime | None
    permits: tuple[PermitCard, ...] = ()
    check_ins: tuple[CheckInView, ...] = ()

    def check_ins_of(self, campaign: str, mission: str = "") -> tuple[CheckInView, ...]:
        """Return those of a campaign, or of one site of it, by the time of the first."""
        return tuple(
            one
            for one in self.check_ins
            if one.campaign == campaign and mission in ("", one.mission)
        )

    @property
    def current_campaign(self) -> CampaignView | None:
        """The campaign the home page leads with: the next that is not over, else the last.

        One of which every slot was called off is not ahead.
        """
        open_ones = [
            campaign
            for campaign in self.campaigns
            if campaign.state is CampaignState.PUBLISHED
            and not campaign.over
            and campaign.starts_at is not None
        ]
        return next(iter(open_ones or self.campaigns[::-1]), None)


def with_one_change(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which one slot of each campaign is another; to see what that changes."""

    def first_changed(campaign: CampaignView) -> CampaignView:
        if not (campaign.sites and campaign.sites[0].slots):
            return campaign
        site = campaign.sites[0]
        slot = replace(site.slots[0], sequence=site.slots[0].sequence + 1)
        site = replace(site, slots=(slot, *site.slots[1:]))
        return replace(campaign, sites=(site, *campaign.sites[1:]))

    return replace(snapshot, campaigns=tuple(map(first_changed, snapshot.campaigns)))
