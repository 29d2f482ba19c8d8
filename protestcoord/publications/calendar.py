"""What does a calendar subscribe to: slots as iCalendar, from views, with no clock read.

icalendar writes the frame and the zones here, and is imported nowhere else; the events, made by
``events``, are written by ``contentlines``, which says why.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDuration, vText

from protestcoord.core.clock import MINUTE, clock_changes, zone
from protestcoord.core.links import Links
from protestcoord.core.text import visible_text
from protestcoord.publications.contentlines import content_lines
from protestcoord.publications.events import (
    Feed,
    alarm_properties,
    event_properties,
    is_cancelled,
)
from protestcoord.publications.flaws import note_flaw
from protestcoord.publications.snapshot import CampaignView, SiteView, SlotView

logger = logging.getLogger(__name__)

PRODID = "-//protestcoord//protestcoord//EN"  # never changes: clients keep it
COLOR = "darkorange"
END = b"END:VCALENDAR\r\n"
END_OF_EVENT = b"END:VEVENT\r\n"
# An event stands in seven feeds, and most are as they were when one slot changed: in the worker's
# memory each is written once. One takes about 1 kB, so all together at most some 60 MB.
EVENTS_KEPT = 1 << 16

Place = tuple[SiteView, SlotView]


# By the digests of what an event is written from.
_kept_events: dict[tuple[object, ...], bytes] = {}


def calendar_from_slots(
    title: str,
    campaign: CampaignView,
    sites_slots: Iterable[Place],
    links: Links,
    uid_host: str,
    self_path: str,
    alarm_minutes: int | None = None,
) -> bytes:
    """Return a calendar of slots, each an event, by start and then by key.

    The same slots give the same bytes. Cancelled slots stay as cancelled events. A slot from
    which no event can be made is left out and logged.

    Args:
        title: Name of the calendar, in the language of ``links``.
        campaign: The campaign that the slots are of.
        sites_slots: Each slot with its site.
        links: Addresses and language.
        uid_host: Host part of the events' identities, the same on every mirror for ever.
        self_path: Path at which this calendar is published, without language.
        alarm_minutes: How long before the start an alarm rings, if any; more than 0.

    Source:
        RFC 5545, RFC 7986.
    """
    feed = Feed(campaign, links, uid_host)
    places = sorted(sites_slots, key=lambda place: (place[1].starts_at, place[1].key))
    written = [
        (slot, lines)
        for site, slot in places
        if (lines := _event_or_none(feed, site, slot, alarm_minutes))
    ]
    frame = _empty_calendar(title, campaign, links, self_path).to_ical().removesuffix(END)
    zones = _zones_of(feed, [slot for slot, _ in written])
    return b"".join([frame, *zones, *(lines for _, lines in written), END])


def _empty_calendar(title: str, campaign: CampaignView, links: Links, self_path: str) -> Calendar:
    refresh = timedelta(minutes=campaign.refresh_minutes)
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    for name in ("NAME", "X-WR-CALNAME"):
        calendar.add(name, vText(visible_text(title)))  # else NAME would not be escaped
    calendar.add("COLOR", COLOR)
    calendar.add("URL", links.absolute(f"/c/{campaign.slug}/"))
    calendar.add("SOURCE", links.absolute(self_path), {"VALUE": "URI"})
    calendar.add("REFRESH-INTERVAL", refresh, {"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(refresh))
    return calendar


def _event_or_none(
    feed: Feed, site: SiteView, slot: SlotView, alarm_minutes: int | None
) -> bytes | None:
    """Return the lines of an event; what is wrong with one slot must not end the whole feed."""
    try:
        lines = _event_lines(feed, site, slot)
        if alarm_minutes and not is_cancelled(site, slot):
            alarm = content_lines(alarm_properties(feed, site, alarm_minutes))
            return lines.removesuffix(END_OF_EVENT) + alarm + END_OF_EVENT
    except Exception:
        logger.exception("No event could be made of slot %r", slot.key)
        note_flaw(f"no event of slot {slot.key!r}")
        return None
    return lines


def _event_lines(feed: Feed, site: SiteView, slot: SlotView) -> bytes:
    read = (feed.digest, site.mission.digest, site.presence, site.dropped, slot.digest)
    lines = _kept_events.get(read)
    if lines is None:
        if len(_kept_events) >= EVENTS_KEPT:
            _kept_events.clear()
        lines = _kept_events[read] = content_lines(event_properties(feed, site, slot))
    return lines


def zone_of(feed: Feed, slot: SlotView) -> bytes:
    """Return the definition of the zone that a slot's times are written in, or nothing."""
    return b"".join(_zones_of(feed, [slot]))


def _zones_of(feed: Feed, slots: Sequence[SlotView]) -> list[bytes]:
    """Return the definition of every zone that the slots are written in, for their years."""
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for slot in slots:
        if name := feed.zone_name(slot):
            first[name] = min(slot.starts_at, first.get(name, slot.starts_at))
            last[name] = max(slot.ends_at, last.get(name, slot.ends_at))
    return [_zone_from(name, first[name], last[name]) for name in sorted(first)]


def _zone_from(name: str, first: datetime, last: datetime) -> bytes:
    here = zone(name)
    return _zone_lines(name, first.astimezone(here).year, last.astimezone(here).year)


@lru_cache(maxsize=1024)
def _zone_lines(name: str, first_year: int, last_year: int) -> bytes:
    """Return a zone's definition for whole years.

    Not by the library's ``Timezone.from_tzinfo``: it writes the onset of summer time on the new
    clock, and readers take it on the old one, so that for an hour they would be an hour wrong.

    Source:
        RFC 5545 section 3.6.5: an onset is a wall clock of the offset before it.
    """
    here = zone(name)
    new_year = datetime(first_year, 1, 1, tzinfo=here)
    begin, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    component = Timezone()
    component.add("TZID", name)
    component.add_component(_onset(new_year, _offset(new_year)))
    for instant in clock_changes(name, begin, end):
        offset_before = _offset((instant - MINUTE).astimezone(here))
        component.add_component(_onset(instant.astimezone(here), offset_before))
    lines: bytes = component.to_ical()
    return lines


def _onset(local: datetime, offset_before: timedelta) -> TimezoneStandard | TimezoneDaylight:
    onset = TimezoneDaylight() if local.dst() else TimezoneStandard()
    onset.add("TZNAME", local.tzname())
    onset.TZOFFSETFROM = offset_before
    onset.TZOFFSETTO = _offset(local)
    onset.DTSTART = local.replace(tzinfo=None) - _offset(local) + offset_before
    return onset


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta(0)
