"""What does the public see: frozen values without a private field, as of one moment."""

import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.campaigns.schedule import Adjustment, Recurrence, Synchronisation
from protestcoord.signups.rules import SlotState


def digest_of(value: Any) -> bytes:
    """Return a SHA-256 digest of a value built from views, tuples and plain values."""
    if isinstance(value, View):
        return value.digest
    if isinstance(value, tuple):
        return hashlib.sha256(b"(" + b"".join(map(digest_of, value)) + b")").digest()
    return hashlib.sha256(repr(value).encode()).digest()


@dataclass(frozen=True)
class View:
    """A public value; equal values have equal digests, each computed once."""

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 over the kind and the fields."""
        parts = b"".join(digest_of(getattr(self, field.name)) for field in fields(self))
        return hashlib.sha256(type(self).__name__.encode() + parts).digest()


@dataclass(frozen=True)
class MissionView(View):
    """A mission as the directory shows it; the fields are the columns of data/embassies.csv."""

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


@dataclass(frozen=True)
class ParticipantView(View):
    """A group that an organizer confirmed for a slot, with what it made public."""

    key: str
    name: str
    city: str
    meeting_point: str


@dataclass(frozen=True)
class SlotView(View):
    """One slot with its state.

    Attributes:
        local_asked: The wall clock that was asked for, naive; None if an instant was.
        offset_now: The offset from UTC there as of the snapshot, such as ``UTC+01:00``, if
            clocks change until the slot starts so that it is another then; else empty.
        changed_at: When the slot, or what the public sees of its groups, last changed.
        groups: The confirmed ones, in the order of their places.
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


@dataclass(frozen=True)
class SiteView(View):
    """A mission's part in a campaign; a dropped site is kept while its cancellations are told."""

    mission: MissionView
    presence: Presence
    dropped: bool
    state: SlotState
    slots: tuple[SlotView, ...]

    @property
    def open_slots(self) -> tuple[SlotView, ...]:
        """The slots that were not cancelled, by time."""
        return tuple(slot for slot in self.slots if not slot.cancelled)

    @property
    def meeting_point(self) -> str:
        """The first meeting point that a confirmed group made public, or empty."""
        points = (group.meeting_point for slot in self.open_slots for group in slot.groups)
        return next(filter(None, points), "")


@dataclass(frozen=True)
class WaveView(View):
    """A wave as the public reads it; ``start`` is UTC or a wall clock, by its synchronisation."""

    number: int
    title: str
    synchronisation: Synchronisation
    start: datetime
    duration_minutes: int
    recurrence: Recurrence | None = None


@dataclass(frozen=True)
class CoverageView(View):
    """How much of a campaign is covered, in sites and in countries, by state of the site."""

    sites: int
    countries: int
    sites_covered: int
    countries_covered: int
    sites_offered: int
    sites_empty: int
    groups: int


@dataclass(frozen=True)
class CampaignView(View):
    """A published or closed campaign.

    Attributes:
        refresh_minutes: How often a calendar should ask again; shorter in the last 48 hours.
        over: Whether its last slot has ended.
        changed_at: When the campaign itself was last changed.
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
    def coverage(self) -> CoverageView:
        """How much of it is covered; a site that is full is covered too."""
        states = Counter(site.state for site in self.live_sites)
        covered = [s for s in self.live_sites if s.state in (SlotState.COVERED, SlotState.FULL)]
        groups = {g.key for site in covered for slot in site.open_slots for g in slot.groups}
        return CoverageView(
            sites=len(self.live_sites),
            countries=len({site.mission.country for site in self.live_sites}),
            sites_covered=len(covered),
            countries_covered=len({site.mission.country for site in covered}),
            sites_offered=states[SlotState.OFFERED],
            sites_empty=states[SlotState.EMPTY],
            groups=len(groups),
        )

    def wave(self, number: int) -> WaveView:
        """Return the wave with a number."""
        return next(wave for wave in self.waves if wave.number == number)


@dataclass(frozen=True)
class Snapshot(View):
    """Everything public, valid until the next moment at which time alone changes something."""

    missions: tuple[MissionView, ...]
    campaigns: tuple[CampaignView, ...]
    valid_until: datetime | None

    @property
    def current_campaign(self) -> CampaignView | None:
        """The campaign the home page leads with: the next that is not over, else the last."""
        open_ones = [c for c in self.campaigns if not c.over and c.state is CampaignState.PUBLISHED]
        return next(iter(open_ones or self.campaigns[::-1]), None)
