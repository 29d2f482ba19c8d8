"""What would publishing change: planned slots beside the rows they have, computed, not stored."""

import enum
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, SiteOverride, Slot, Wave
from protestcoord.campaigns.queries import (
    overrides_of_campaign,
    sites_of_campaign,
    slots_of_campaign,
    waves_of_campaign,
)
from protestcoord.campaigns.rules import Cancellation, slot_key
from protestcoord.campaigns.schedule import (
    Adjustment,
    Override,
    PlannedSlot,
    RelayReport,
    SchedulePlace,
    Synchronisation,
    relay_reports,
    slots_of_wave,
)
from protestcoord.campaigns.stored_rules import (
    occurrence_of,
    override_of,
    places_of,
    rule_of,
    told_of_wave,
)
from protestcoord.core.clock import local_text, offset_text
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import missions_all
from protestcoord.missions.rules import MissionStatus

# Who is on the way already does not look at calendars: a change this near takes two organizers.
SOON = timedelta(hours=72)


class Change(enum.StrEnum):
    """What publishing does with a planned slot."""

    NEW = "new"
    MOVED = "moved"
    SAME = "same"
    # It is told otherwise in the plan, but its occurrence has begun and it would be past.
    KEPT = "kept"
    # It was called off by itself, and no computation brings it back.
    STAYS_CANCELLED = "stays_cancelled"
    # The wave had begun when the site joined.
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class PreviewRow:
    """A planned slot, where it is, and what publishing does with it.

    Attributes:
        slot: The row that it has, unless it is new.
        offset_now: The offset from UTC there today, if another than at the slot's start: clocks
            change between now and then. Else empty.
    """

    wave: Wave
    site: Site
    planned: PlannedSlot
    change: Change
    slot: Slot | None
    offset_now: str

    @property
    def key(self) -> str:
        """The slot's public identity."""
        return slot_key(self.wave.number, self.site.mission.slug, self.planned.occurrence)

    @property
    def takes_place(self) -> bool:
        """Whether there is such a slot after publishing."""
        return self.change in (Change.NEW, Change.MOVED, Change.SAME, Change.KEPT)

    @property
    def is_widened(self) -> bool:
        """Whether its wave has more places by now; a slot's places never become fewer."""
        return self.slot is not None and self.slot.capacity < self.wave.capacity

    @property
    def is_restated(self) -> bool:
        """Whether it keeps its instants, but another wall clock, or none, is asked for now."""
        slot = self.slot
        if slot is None or self.change is not Change.SAME:
            return False
        asked = (self.planned.local_asked, self.planned.adjustment)
        return asked != (slot.local_asked, slot.adjustment)

    @property
    def local_start(self) -> str:
        """Its start on the clock of the site, with the offset."""
        return local_text(self.planned.starts_at, self.planned.timezone)

    @property
    def adjustment_key(self) -> str:
        """What an organizer acknowledges, or empty: each site, and again if its time changes."""
        if self.planned.adjustment is Adjustment.NONE or self.change is Change.SAME:
            return ""
        return f"{self.key}-{self.local_start}"

    @property
    def effect(self) -> str:
        """What is alike at the sites that an organizer looks at together."""
        return f"{self.wave.number}: {self.planned.note}"


@dataclass(frozen=True)
class Preview:
    """What publishing would do.

    Attributes:
        rows: By start, then by site.
        gone: Slots that stand and that no wave gives any more: they are called off.
        relays: What each occurrence of each relay leaves open, by the number of the wave.
    """

    waves: Sequence[Wave]
    sites: Sequence[Site]
    rows: tuple[PreviewRow, ...]
    gone: tuple[Slot, ...]
    relays: dict[int, tuple[RelayReport, ...]]

    def adjusted(self) -> list[PreviewRow]:
        """Return the rows whose time has to be acknowledged."""
        return [row for row in self.rows if row.takes_place and row.adjustment_key]

    @property
    def changes_anything(self) -> bool:
        """Whether slots, or what the public reads of a wave, are different after publishing."""
        return (
            bool(self.gone)
            or any(
                row.change in (Change.NEW, Change.MOVED) or row.is_widened or row.is_restated
                for row in self.rows
            )
            or any(wave.published != told_of_wave(wave) for wave in self.waves)
        )

    @property
    def countries_changed(self) -> set[str]:
        """ISO codes of the countries with slots that are added, changed or called off."""
        changed = [
            row.site
            for row in self.rows
            if row.change in (Change.NEW, Change.MOVED) or row.is_widened or row.is_restated
        ]
        sites = [*changed, *(slot.site for slot in self.gone)]
        return {site.mission.country for site in sites}

    def count(self, change: Change) -> int:
        """Return how many slots meet with a change."""
        return sum(row.change is change for row in self.rows)


def moves_soon(preview: Preview, now: datetime) -> str:
    """Return what stands for the slots that publishing would move within three days; empty if none.

    It is another text for other slots or other times, so that nobody's agreement to one change
    serves for another.
    """
    moved = [(row.slot, row.planned) for row in preview.rows if row.change is Change.MOVED]
    near = [
        f"{slot.id} {planned.starts_at.isoformat()} {planned.ends_at.isoformat()}"
        for slot, planned in moved
        if slot and min(slot.starts_at, planned.starts_at) - now < SOON
    ]
    return hashlib.sha256("\n".join(sorted(near)).encode()).hexdigest()[:16] if near else ""


def preview_slots(session: Session, campaign: Campaign, now: datetime) -> Preview:
    """Return what publishing would do now.

    Raises:
        InvalidValue: A wave's rule or a site's zone is unusable.
    """
    waves, sites = waves_of_campaign(session, campaign), sites_of_campaign(session, campaign)
    slots = {(s.wave_id, s.site_id, s.occurrence): s for s in slots_of_campaign(session, campaign)}
    own = _overrides_by_wave(overrides_of_campaign(session, campaign))
    rows = sorted(
        (row for wave in waves if sites for row in _rows_of_wave(wave, sites, own, slots, now)),
        key=lambda row: (row.planned.starts_at, row.site.mission.slug, row.wave.number),
    )
    kept = {(row.wave.id, row.site.id, row.planned.occurrence) for row in rows}
    gone = [
        slot
        for identity, slot in slots.items()
        if identity not in kept and slot.cancelled_at is None and slot.starts_at > now
    ]
    relays = [w for w in waves if sites and w.synchronisation is Synchronisation.RELAY]
    candidates = places_of(_open_missions(session)) if relays else []
    reports = {
        wave.number: relay_reports(rule_of(wave), _places(sites), own.get(wave.id, ()), candidates)
        for wave in relays
    }
    return Preview(waves, sites, tuple(rows), tuple(gone), reports)


OverridesByWave = Mapping[int, Sequence[Override]]


def _overrides_by_wave(overrides: Iterable[SiteOverride]) -> OverridesByWave:
    found: dict[int, list[Override]] = defaultdict(list)
    for override in overrides:
        found[override.wave_id].append(override_of(override))
    return found


def _open_missions(session: Session) -> list[Mission]:
    return [m for m in missions_all(session) if m.status is MissionStatus.OPEN]


def _rows_of_wave(
    wave: Wave,
    sites: Sequence[Site],
    overrides: OverridesByWave,
    slots: dict[tuple[int, int, int], Slot],
    now: datetime,
) -> Iterator[PreviewRow]:
    site_of = {site.mission.slug: site for site in sites}
    begun = begun_occurrences(wave, slots.values(), now)
    is_published = any(slot.wave_id == wave.id for slot in slots.values())
    for computed in slots_of_wave(rule_of(wave), _places(sites), overrides.get(wave.id, ())):
        site = site_of[computed.key]
        slot = slots.get((wave.id, site.id, computed.occurrence))
        has_begun = occurrence_of(wave, computed.occurrence) in begun
        change = _change(computed, slot, now, has_begun=has_begun, is_published=is_published)
        is_history = slot is not None and _is_history(slot, change, now)
        planned = _as_stored(computed, slot) if slot and is_history else computed
        offset_now = offset_text(now, planned.timezone)
        changes = offset_now != offset_text(planned.starts_at, planned.timezone)
        yield PreviewRow(wave, site, planned, change, slot, offset_now if changes else "")


def begun_occurrences(wave: Wave, slots: Iterable[Slot], now: datetime) -> set[int]:
    """Return the numbers of the occurrences of a wave that have begun somewhere."""
    own = (slot for slot in slots if slot.wave_id == wave.id and slot.starts_at <= now)
    return {occurrence_of(wave, slot.occurrence) for slot in own}


def _change(
    planned: PlannedSlot, slot: Slot | None, now: datetime, *, has_begun: bool, is_published: bool
) -> Change:
    is_past = planned.starts_at <= now
    if slot is None:
        return Change.TOO_LATE if is_past and is_published else Change.NEW
    if slot.cancelled_at is not None:
        by_hand = slot.cancellation is Cancellation.BY_HAND
        return Change.STAYS_CANCELLED if by_hand or is_past else Change.MOVED
    same = (slot.starts_at, slot.ends_at, slot.timezone) == (
        planned.starts_at,
        planned.ends_at,
        planned.timezone,
    )
    if same or slot.starts_at <= now:
        return Change.SAME
    # While a relay runs, another site may take what this one had ahead: it keeps it then.
    return Change.KEPT if is_past and has_begun else Change.MOVED


def _is_history(slot: Slot, change: Change, now: datetime) -> bool:
    """Whether a slot stays what it is, whatever a rule says now."""
    if slot.cancelled_at is not None:
        return False
    return change is Change.KEPT or slot.starts_at <= now


def _as_stored(planned: PlannedSlot, slot: Slot) -> PlannedSlot:
    return PlannedSlot(
        planned.key,
        planned.occurrence,
        slot.starts_at,
        slot.ends_at,
        slot.timezone,
        slot.adjustment,
        slot.local_asked,
    )


def _places(sites: Iterable[Site]) -> list[SchedulePlace]:
    return places_of(site.mission for site in sites)
