"""What does a calendar subscribe to: slots as iCalendar, from views, with no clock read.

icalendar writes the frame and the zones here, and is imported nowhere else; the events are
written by ``contentlines``, which says why.
"""

import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDuration, vText

from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.core.clock import zone
from protestcoord.core.errors import N_
from protestcoord.core.languages import moment_text, territory_name, translator
from protestcoord.core.links import Links
from protestcoord.core.text import visible_text
from protestcoord.missions.rules import Precision
from protestcoord.publications.contentlines import content_lines, escaped
from protestcoord.publications.geodata import NOT_AT_MISSION, site_path
from protestcoord.publications.snapshot import CampaignView, MissionView, SiteView, SlotView
from protestcoord.signups.rules import SLOT_STATE_LABELS

logger = logging.getLogger(__name__)

PRODID = "-//protestcoord//protestcoord//EN"  # never changes: clients keep it
COLOR = "darkorange"
END = b"END:VCALENDAR\r\n"
MINUTE = timedelta(minutes=1)
MINUTES_PER_DAY = 1440

Place = tuple[SiteView, SlotView]
Property = tuple[str, str]


@dataclass(frozen=True)
class _Feed:
    """What all events of a feed have in common."""

    campaign: CampaignView
    links: Links
    uid_host: str
    alarm_minutes: int | None
    local_waves: frozenset[int]  # those with one wall clock at every site

    def zone_name(self, slot: SlotView) -> str:
        """The zone that a slot's times are written in, or empty for UTC."""
        return slot.timezone if slot.wave in self.local_waves else ""


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
    feed = _Feed(campaign, links, uid_host, alarm_minutes, _local_waves(campaign))
    places = sorted(sites_slots, key=lambda place: (place[1].starts_at, place[1].key))
    written = [
        (slot, lines) for site, slot in places if (lines := _event_or_none(feed, site, slot))
    ]
    frame = _empty_calendar(title, campaign, links, self_path).to_ical().removesuffix(END)
    zones = _zones_of(feed, (slot for slot, _ in written))
    return b"".join([frame, *zones, *(lines for _, lines in written), END])


def _local_waves(campaign: CampaignView) -> frozenset[int]:
    same = Synchronisation.SAME_LOCAL_TIME
    return frozenset(wave.number for wave in campaign.waves if wave.synchronisation is same)


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


def _event_or_none(feed: _Feed, site: SiteView, slot: SlotView) -> bytes | None:
    """Return the lines of an event; what is wrong with one slot must not end the whole feed."""
    try:
        return content_lines(_event(feed, site, slot))
    except Exception:
        logger.exception("No event could be made of slot %r", slot.key)
        return None


def _event(feed: _Feed, site: SiteView, slot: SlotView) -> Iterator[Property]:
    cancelled = slot.cancelled or site.dropped
    summary = escaped(_summary(feed, site, cancelled=cancelled))
    yield "BEGIN", "VEVENT"
    yield from _identity(feed, slot)
    yield _moment("DTSTART", slot.starts_at, feed.zone_name(slot))
    yield _moment("DTEND", slot.ends_at, feed.zone_name(slot))
    yield "SUMMARY", summary
    yield "DESCRIPTION", escaped(_description(feed, site, slot, cancelled=cancelled))
    yield from _place(feed, site, slot)
    yield "URL", _url(feed, site)
    yield "CATEGORIES", _categories(feed, site.mission)
    yield "STATUS", "CANCELLED" if cancelled else "CONFIRMED"
    yield "TRANSP", "TRANSPARENT"  # hundreds of sites must not fill a subscriber's day as busy
    if feed.alarm_minutes and not cancelled:
        yield from _alarm(feed.alarm_minutes, summary)
    yield "END", "VEVENT"


def _identity(feed: _Feed, slot: SlotView) -> Iterator[Property]:
    changed_at = _utc(slot.changed_at)
    yield "UID", escaped(f"{feed.campaign.slug}.{slot.key}@{feed.uid_host}")
    yield "SEQUENCE", str(slot.sequence)
    yield "DTSTAMP", changed_at  # not the moment of writing, or no two answers would be equal
    yield "LAST-MODIFIED", changed_at


def _moment(name: str, instant: datetime, zone_name: str) -> Property:
    """Return an instant as a wall clock in a zone, or in UTC.

    A wall clock that occurs twice means the first, but Thunderbird takes the second: it is said
    in UTC, which every reader understands.

    Source:
        RFC 5545 section 3.3.5.
    """
    if not zone_name:
        return name, _utc(instant)
    local = instant.astimezone(zone(zone_name))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return name, _utc(instant)
    return f"{name};TZID={zone_name}", local.strftime("%Y%m%dT%H%M%S")


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _summary(feed: _Feed, site: SiteView, *, cancelled: bool) -> str:
    say = translator(feed.links.language)
    title = feed.campaign.title
    if site.presence is Presence.REMOTE_ONLY:
        city = say(N_("in solidarity with %(city)s"), city=site.mission.city)
        summary = f"{title} – {city}"
    else:
        summary = f"{title} – {site.mission.city}"
    return say(N_("CANCELLED: %(summary)s"), summary=summary) if cancelled else summary


def _description(feed: _Feed, site: SiteView, slot: SlotView, *, cancelled: bool) -> str:
    say = translator(feed.links.language)
    label = N_("cancelled") if cancelled else SLOT_STATE_LABELS[slot.state]
    moment = moment_text(slot.starts_at, slot.timezone, feed.links.language)
    groups = ", ".join(group.name for group in slot.groups)
    lines = [
        feed.campaign.statement,
        "",
        say(N_("Local time: %(moment)s"), moment=moment),
        say(N_("State: %(state)s"), state=say(label)),
        say(N_("Groups: %(groups)s"), groups=groups) if groups else None,
        say(NOT_AT_MISSION) if site.presence is Presence.REMOTE_ONLY else None,
        _url(feed, site),
    ]
    return "\n".join(line for line in lines if line is not None)


def _url(feed: _Feed, site: SiteView) -> str:
    return feed.links.absolute(site_path(feed.campaign, site))


def _place(feed: _Feed, site: SiteView, slot: SlotView) -> Iterator[Property]:
    """Say where; coordinates only if they are of the building and people are to go there."""
    yield "LOCATION", escaped(_location(feed, site, slot))
    mission = site.mission
    if mission.precision == Precision.BUILDING and site.presence is Presence.ON_SITE:
        yield "GEO", f"{mission.latitude:.6f};{mission.longitude:.6f}"


def _location(feed: _Feed, site: SiteView, slot: SlotView) -> str:
    say = translator(feed.links.language)
    mission = site.mission
    for group in slot.groups:
        if group.meeting_point:
            return group.meeting_point
    if site.presence is Presence.REMOTE_ONLY:
        return say(N_("Place to be announced, not at the mission"))
    if mission.precision == Precision.CITY:
        return say(N_("Place to be announced, %(city)s"), city=mission.city)
    # Most addresses name their city already.
    parts = (
        [mission.address] if mission.city in mission.address else [mission.address, mission.city]
    )
    return ", ".join(filter(None, parts))


def _categories(feed: _Feed, mission: MissionView) -> str:
    say = translator(feed.links.language)
    country = territory_name(mission.country, feed.links.language)
    return ",".join(map(escaped, (say(N_("Peaceful protest")), country)))


def _alarm(minutes: int, summary: str) -> Iterator[Property]:
    yield "BEGIN", "VALARM"
    yield "ACTION", "DISPLAY"
    yield "TRIGGER", f"-PT{minutes}M"
    yield "DESCRIPTION", summary
    yield "END", "VALARM"


def _zones_of(feed: _Feed, slots: Iterable[SlotView]) -> list[bytes]:
    """Return the definition of every zone that the slots are written in, for their years."""
    years: dict[str, set[int]] = defaultdict(set)
    for slot in slots:
        if name := feed.zone_name(slot):
            here = zone(name)
            years[name] |= {
                slot.starts_at.astimezone(here).year,
                slot.ends_at.astimezone(here).year,
            }
    return [_zone_lines(name, min(known), max(known)) for name, known in sorted(years.items())]


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
    component = Timezone()
    component.add("TZID", name)
    component.add_component(_onset(new_year, _offset(new_year)))
    for instant in _changes(here, first_year, last_year):
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


def _changes(here: ZoneInfo, first_year: int, last_year: int) -> Iterator[datetime]:
    """Yield the instants at which a zone's clocks change, which they do once a day at most."""
    day = datetime(first_year, 1, 1, tzinfo=UTC)
    while day.year <= last_year:
        minute = _first_minute_unlike(day, here)
        if minute <= MINUTES_PER_DAY:
            yield day + minute * MINUTE
        day += MINUTES_PER_DAY * MINUTE


def _first_minute_unlike(day: datetime, here: ZoneInfo) -> int:
    """Return after how many minutes the offset is another, 1441 if it never is that day."""
    offset = _offset(day.astimezone(here))

    def is_unlike(minute: int) -> bool:
        return _offset((day + minute * MINUTE).astimezone(here)) != offset

    if not is_unlike(MINUTES_PER_DAY):
        return MINUTES_PER_DAY + 1
    return bisect_left(range(MINUTES_PER_DAY), True, key=is_unlike)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta(0)
