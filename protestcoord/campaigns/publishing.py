"""What would publishing change, and do it: slots from waves and sites, each row for life."""

import enum
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot, Wave
from protestcoord.campaigns.queries import sites_of_campaign, slots_of_campaign, waves_of_campaign
from protestcoord.campaigns.rules import CampaignState, slot_key
from protestcoord.campaigns.schedule import (
    Adjustment,
    PlannedSlot,
    RelayReport,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    relay_report,
    slots_of_wave,
)
from protestcoord.campaigns.service import (
    mark_cancelled,
    mark_changed,
    note_change,
    refuse_if_closed,
)
from protestcoord.core.clock import local_text
from protestcoord.core.errors import N_, DomainError


class NotReady(DomainError):
    """Something is missing without which a campaign cannot be published."""


class NotAcknowledged(DomainError):
    """The organizer has not said yes to a time that is not the asked one."""

    message = N_(
        "Some sites act at another time than the one you asked for. Please look at each of these "
        "times and tick it."
    )
    field = "acknowledged"


class Change(enum.StrEnum):
    """What publishing does with a planned slot."""

    NEW = "new"
    MOVED = "moved"
    SAME = "same"
    # It was called off by itself, and no computation brings it back.
    STAYS_CANCELLED = "stays_cancelled"
    # The wave had begun when the site joined.
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class PreviewRow:
    """A planned slot, where it is, and what publishing does with it.

    Attributes:
        slot: The row that it has, unless it is new.
    """

    wave: Wave
    site: Site
    planned: PlannedSlot
    change: Change
    slot: Slot | None

    @property
    def key(self) -> str:
        """The slot's public identity."""
        return slot_key(self.wave.number, self.site.mission.slug, self.planned.occurrence)

    @property
    def takes_place(self) -> bool:
        """Whether there is such a slot after publishing."""
        return self.change in (Change.NEW, Change.MOVED, Change.SAME)

    @property
    def is_widened(self) -> bool:
        """Whether its wave has more places by now; a slot's places never become fewer."""
        return self.slot is not None and self.slot.capacity < self.wave.capacity

    @property
    def local_start(self) -> str:
        """Its start on the clock of the site, with the offset."""
        return local_text(self.planned.starts_at, self.planned.timezone)

    @property
    def adjustment_key(self) -> str:
        """What an organizer acknowledges, or empty: the same for all sites of equal effect."""
        if self.planned.adjustment is Adjustment.NONE or self.change is Change.SAME:
            return ""
        # Without the offset: sites with one wall clock have one sentence.
        return f"{self.wave.number}-{self.planned.adjustment}-{self.local_start[:16]}"


@dataclass(frozen=True)
class Preview:
    """What publishing would do.

    Attributes:
        rows: By start, then by site.
        gone: Slots that stand and that no wave gives any more: they are called off.
        relays: What each relay leaves open, by the number of the wave.
    """

    waves: Sequence[Wave]
    sites: Sequence[Site]
    rows: tuple[PreviewRow, ...]
    gone: tuple[Slot, ...]
    relays: dict[int, RelayReport]

    def adjusted(self) -> dict[str, list[PreviewRow]]:
        """Return the rows whose time has to be acknowledged, by what is acknowledged."""
        found: dict[str, list[PreviewRow]] = {}
        for row in self.rows:
            if row.takes_place and row.adjustment_key:
                found.setdefault(row.adjustment_key, []).append(row)
        return found

    @property
    def changes_anything(self) -> bool:
        """Whether slots are new, moved, called off or have more places after publishing."""
        return bool(self.gone) or any(
            row.change in (Change.NEW, Change.MOVED) or row.is_widened for row in self.rows
        )

    def count(self, change: Change) -> int:
        """Return how many slots meet with a change."""
        return sum(row.change is change for row in self.rows)


@dataclass(frozen=True)
class Published:
    """What publishing did, for those who tell the groups.

    Attributes:
        added: New slots.
        moved: Slots whose time changed.
        cancelled: Slots that no wave gives any more.
        widened: Slots that take more groups than before.
    """

    added: tuple[Slot, ...]
    moved: tuple[Slot, ...]
    cancelled: tuple[Slot, ...]
    widened: tuple[Slot, ...]


Listener = Callable[[Session, Campaign, Published, datetime], None]

# Groups are above this feature and imports go downward only, so whoever tells them of what was
# published puts a function here.
after_publishing: list[Listener] = []


def preview_slots(session: Session, campaign: Campaign, now: datetime) -> Preview:
    """Return what publishing would do now.

    Raises:
        InvalidValue: A wave's rule or a site's zone is unusable.
    """
    waves, sites = waves_of_campaign(session, campaign), sites_of_campaign(session, campaign)
    slots = {(s.wave_id, s.site_id, s.occurrence): s for s in slots_of_campaign(session, campaign)}
    rows = sorted(
        (row for wave in waves if sites for row in _rows_of_wave(wave, sites, slots, now)),
        key=lambda row: (row.planned.starts_at, row.site.mission.slug, row.wave.number),
    )
    kept = {(row.wave.id, row.site.id, row.planned.occurrence) for row in rows}
    gone = [
        slot
        for identity, slot in slots.items()
        if identity not in kept and slot.cancelled_at is None and slot.starts_at > now
    ]
    return Preview(waves, sites, tuple(rows), tuple(gone), _relays(waves, sites))


def _rows_of_wave(
    wave: Wave, sites: Sequence[Site], slots: dict[tuple[int, int, int], Slot], now: datetime
) -> Iterator[PreviewRow]:
    site_of = {site.mission.slug: site for site in sites}
    is_published = any(slot.wave_id == wave.id for slot in slots.values())
    for planned in slots_of_wave(rule_of(wave), _places(sites)):
        site = site_of[planned.key]
        slot = slots.get((wave.id, site.id, planned.occurrence))
        too_late = is_published and planned.starts_at <= now
        yield PreviewRow(wave, site, planned, _change(planned, slot, now, too_late=too_late), slot)


def _change(planned: PlannedSlot, slot: Slot | None, now: datetime, *, too_late: bool) -> Change:
    if slot is None:
        return Change.TOO_LATE if too_late else Change.NEW
    if slot.cancelled_at is not None:
        return Change.STAYS_CANCELLED
    same = (slot.starts_at, slot.ends_at, slot.timezone) == (
        planned.starts_at,
        planned.ends_at,
        planned.timezone,
    )
    # What has started is history, whatever a rule says now.
    return Change.SAME if same or slot.starts_at <= now else Change.MOVED


def rule_of(wave: Wave) -> WaveRule:
    """Return a wave's rule as a value."""
    return WaveRule(
        wave.synchronisation,
        wave.start,
        wave.duration_minutes,
        wave.relay_kind,
        wave.window_start,
        wave.window_end,
        wave.relay_hours,
    )


def _places(sites: Iterable[Site]) -> list[SchedulePlace]:
    missions = [site.mission for site in sites]
    return [SchedulePlace(m.slug, m.timezone, m.longitude, m.latitude) for m in missions]


def _relays(waves: Iterable[Wave], sites: Sequence[Site]) -> dict[int, RelayReport]:
    return {
        wave.number: relay_report(rule_of(wave), _places(sites))
        for wave in waves
        if sites and wave.synchronisation is Synchronisation.RELAY
    }


def publish_campaign(
    session: Session, campaign: Campaign, acknowledged: Collection[str] | bool, now: datetime
) -> Published:
    """Give every site its slots and show the campaign to the public.

    Publishing again, after sites or waves were changed, is the same operation: a slot's row
    stays, its instants may change.

    Args:
        session: The unit of work.
        campaign: A draft or a published one.
        acknowledged: Keys of the adjusted times (``Preview.adjusted``) that the organizer said
            yes to; True for all.
        now: This moment.

    Raises:
        CampaignClosed: It changes no more.
        NotReady: There is no site or no wave, no slot follows, or one would start in the past.
        NotAcknowledged: An adjusted time was not said yes to.
    """
    refuse_if_closed(campaign)
    # Two organizers' browsers at once would both make the same slots.
    session.refresh(campaign, with_for_update=True)
    preview = preview_slots(session, campaign, now)
    for missing in what_is_missing(preview, now):
        raise missing
    if acknowledged is not True and not preview.adjusted().keys() <= set(acknowledged or ()):
        raise NotAcknowledged
    published = _write_slots(session, preview, now)
    campaign.state = CampaignState.PUBLISHED
    note_change(session, campaign, now)
    for tell in after_publishing:
        tell(session, campaign, published, now)
    return published


def what_is_missing(preview: Preview, now: datetime) -> Iterator[NotReady]:
    """Yield what stands in the way of publishing, in the order in which to mend it."""
    if not preview.sites:
        yield NotReady(N_("There is no site yet. Please choose at least one."), field="sites")
    if not preview.waves:
        yield NotReady(N_("There is no wave yet. Please say when."), field="waves")
    if preview.sites and preview.waves and not any(row.takes_place for row in preview.rows):
        message = N_("No site has a slot. Please look at the window of the day of the relay.")
        yield NotReady(message, field="waves")
    yield from _past_starts(preview, now)


def _past_starts(preview: Preview, now: datetime) -> Iterator[NotReady]:
    for row in preview.rows:
        if row.change in (Change.NEW, Change.MOVED) and row.planned.starts_at <= now:
            yield NotReady(
                N_(
                    "Wave %(wave)s starts in the past: at %(site)s it would be %(local)s. Please "
                    "choose a later time."
                ),
                field="waves",
                wave=row.wave.number,
                site=row.site.mission.city,
                local=row.local_start.replace("T", " "),
            )
            return


def _write_slots(session: Session, preview: Preview, now: datetime) -> Published:
    added = [_new_slot(row, now) for row in preview.rows if row.change is Change.NEW]
    session.add_all(added)
    moved = [_moved(row, now) for row in preview.rows if row.change is Change.MOVED]
    for slot in preview.gone:
        mark_cancelled(slot, now)
    widened = [_widened(row) for row in preview.rows if row.is_widened]
    session.flush()
    return Published(tuple(added), tuple(moved), preview.gone, tuple(widened))


def _new_slot(row: PreviewRow, now: datetime) -> Slot:
    return Slot(
        wave=row.wave,
        site=row.site,
        occurrence=row.planned.occurrence,
        starts_at=row.planned.starts_at,
        ends_at=row.planned.ends_at,
        timezone=row.planned.timezone,
        adjustment=row.planned.adjustment,
        capacity=row.wave.capacity,
        changed_at=now,
    )


def _widened(row: PreviewRow) -> Slot:
    slot = _row_of(row)
    slot.capacity = row.wave.capacity
    return slot


def _row_of(row: PreviewRow) -> Slot:
    if row.slot is None:
        raise LookupError(row.key)
    return row.slot


def _moved(row: PreviewRow, now: datetime) -> Slot:
    slot = _row_of(row)
    slot.starts_at, slot.ends_at = row.planned.starts_at, row.planned.ends_at
    slot.timezone, slot.adjustment = row.planned.timezone, row.planned.adjustment
    mark_changed(slot, now)
    return slot
