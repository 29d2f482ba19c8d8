"""What does the event of a slot say: when, where, what, in one language, as ready properties."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from protestcoord.campaigns.rules import Presence
from protestcoord.core.clock import zone
from protestcoord.core.errors import N_
from protestcoord.core.languages import moment_text, territory_name, translator
from protestcoord.core.links import Links
from protestcoord.missions.rules import Precision
from protestcoord.publications.contentlines import escaped
from protestcoord.publications.geodata import NOT_AT_MISSION, site_path
from protestcoord.publications.snapshot import (
    CampaignView,
    MissionView,
    SiteView,
    SlotView,
    digest_of,
)
from protestcoord.signups.rules import SLOT_STATE_LABELS

Property = tuple[str, str]


@dataclass(frozen=True)
class Feed:
    """What all events of a feed have in common."""

    campaign: CampaignView
    links: Links
    uid_host: str

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of what an event says of it; how often to ask again is not among that."""
        campaign = self.campaign
        return digest_of(
            (campaign.slug, campaign.title, campaign.statement, self.links, self.uid_host)
        )

    def zone_name(self, slot: SlotView) -> str:
        """The zone that a slot's times are written in, or empty for UTC."""
        return slot.timezone if slot.local_asked else ""


def is_cancelled(site: SiteView, slot: SlotView) -> bool:
    """Tell whether a slot does not take place, by itself or with its site."""
    return slot.cancelled or site.dropped


def event_properties(feed: Feed, site: SiteView, slot: SlotView) -> Iterator[Property]:
    """Yield the properties of a slot's event, each a name with its parameters and a ready value.

    Source:
        RFC 5545 section 3.6.1.
    """
    cancelled = is_cancelled(site, slot)
    yield "BEGIN", "VEVENT"
    yield from _identity(feed, slot)
    yield _moment("DTSTART", slot.starts_at, feed.zone_name(slot))
    yield _moment("DTEND", slot.ends_at, feed.zone_name(slot))
    yield "SUMMARY", escaped(_summary(feed, site, cancelled=cancelled))
    yield "DESCRIPTION", escaped(_description(feed, site, slot, cancelled=cancelled))
    yield from _place(feed, site, slot)
    yield "URL", _url(feed, site)
    yield "CATEGORIES", _categories(feed, site.mission)
    yield "STATUS", "CANCELLED" if cancelled else "CONFIRMED"
    yield "TRANSP", "TRANSPARENT"  # hundreds of sites must not fill a subscriber's day as busy
    yield "END", "VEVENT"


def event_uid(campaign: str, slot: SlotView, uid_host: str) -> str:
    """Return the identity of a slot's event, from the slug of its campaign; it is for life.

    Source:
        RFC 7986 section 5.3.
    """
    return f"{campaign}.{slot.key}@{uid_host}"


def _identity(feed: Feed, slot: SlotView) -> Iterator[Property]:
    changed_at = _utc(slot.changed_at)
    yield "UID", escaped(event_uid(feed.campaign.slug, slot, feed.uid_host))
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


def _summary(feed: Feed, site: SiteView, *, cancelled: bool) -> str:
    say = translator(feed.links.language)
    title = feed.campaign.title
    if site.presence is Presence.REMOTE_ONLY:
        city = say(N_("in solidarity with %(city)s"), city=site.mission.city)
        summary = f"{title} – {city}"
    else:
        summary = f"{title} – {site.mission.city}"
    return say(N_("CANCELLED: %(summary)s"), summary=summary) if cancelled else summary


def _description(feed: Feed, site: SiteView, slot: SlotView, *, cancelled: bool) -> str:
    say = translator(feed.links.language)
    label = N_("cancelled") if cancelled else SLOT_STATE_LABELS[slot.state]
    moment = moment_text(slot.starts_at, slot.timezone, feed.links.language)
    groups = ", ".join(slot.group_names)
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


def _url(feed: Feed, site: SiteView) -> str:
    return feed.links.absolute(site_path(feed.campaign, site))


def _place(feed: Feed, site: SiteView, slot: SlotView) -> Iterator[Property]:
    """Say where; coordinates only if they are of the building and people are to go there."""
    yield "LOCATION", escaped(_location(feed, site, slot))
    mission = site.mission
    if mission.precision == Precision.BUILDING and site.presence is Presence.ON_SITE:
        yield "GEO", f"{mission.latitude:.6f};{mission.longitude:.6f}"


def _location(feed: Feed, site: SiteView, slot: SlotView) -> str:
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


def _categories(feed: Feed, mission: MissionView) -> str:
    say = translator(feed.links.language)
    country = territory_name(mission.country, feed.links.language)
    return ",".join(map(escaped, (say(N_("Peaceful protest")), country)))


def alarm_properties(feed: Feed, site: SiteView, minutes: int) -> Iterator[Property]:
    """Yield the properties of the alarm that rings some minutes before a slot at a site.

    Source:
        RFC 5545 section 3.6.6.
    """
    yield "BEGIN", "VALARM"
    yield "ACTION", "DISPLAY"
    yield "TRIGGER", f"-PT{minutes}M"
    yield "DESCRIPTION", escaped(_summary(feed, site, cancelled=False))
    yield "END", "VALARM"
