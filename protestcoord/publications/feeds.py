"""Which calendars are there of a campaign: the whole and its parts, each from its own slice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from protestcoord.core.errors import N_
from protestcoord.core.languages import territory_name, translate
from protestcoord.core.links import Links
from protestcoord.publications.calendar import calendar_from_slots
from protestcoord.publications.kinds import Kind
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import CampaignView, SiteView, SlotView, View

UNTOLD = datetime.min.replace(tzinfo=UTC)
ALARM_MINUTES = (15, 60, 1440)
_CALENDARS = {
    "calendar": "All times of a campaign as a calendar.",
    "calendar-alarm-{minutes}": "All times, each with an alarm some minutes before.",
    "countries/{country}": "The times in one country.",
    "regions/{region}": "The times in one region.",
    "sites/{mission}": "The times at one site.",
    "waves/{wave}": "The times of one wave.",
    "groups/{group}": "The times for which one group is confirmed.",
    "slots/{slot}": "One time at one site.",
}
# How programs are told of what feeds_of makes; a test holds the two together.
CALENDARS = tuple(
    Kind(f"/c/{{campaign}}/{part}.ics", summary, multilingual=True)
    for part, summary in _CALENDARS.items()
)


@dataclass(frozen=True)
class FeedSlice(View):
    """What a calendar is built from: the campaign without its sites, and the slots shown.

    Attributes:
        of: ISO code of the country or M49 code of the region shown, or empty.
        name: Name of the part shown if it is no country or region, or empty.
    """

    campaign: CampaignView
    sites: tuple[SiteView, ...]
    path: str
    uid_host: str
    of: str = ""
    name: str = ""


def feeds_of(campaign: CampaignView, uid_host: str) -> Iterator[Publication]:
    """Yield the calendars of a campaign that show many sites, the small ones first."""
    whole = _whole(campaign, uid_host)
    for part in _parts(campaign, whole):
        yield Publication(part.path, part, feed)
    yield Publication(whole.path, whole, feed)
    for minutes in ALARM_MINUTES:
        alarm = replace(whole, path=f"/c/{campaign.slug}/calendar-alarm-{minutes}.ics")
        yield Publication(alarm.path, alarm, partial(feed, alarm_minutes=minutes))


def feeds_of_sites(campaign: CampaignView, uid_host: str) -> Iterator[Publication]:
    """Yield the calendars of each site, and of each of its slots."""
    whole = _whole(campaign, uid_host)
    for part in _parts_of_sites(campaign, whole):
        yield Publication(part.path, part, feed)


def _whole(campaign: CampaignView, uid_host: str) -> FeedSlice:
    # A calendar does not tell when the campaign was last changed, so it is not rebuilt for that.
    head = replace(campaign, sites=(), changed_at=UNTOLD)
    return FeedSlice(head, campaign.sites, f"/c/{campaign.slug}/calendar.ics", uid_host)


def feed(piece: FeedSlice, links: Links, alarm_minutes: int | None = None) -> bytes:
    """Return the calendar of a slice in the language of ``links``."""
    places = ((site, slot) for site in piece.sites for slot in site.slots)
    title = _title(piece, links.language)
    return calendar_from_slots(
        title, piece.campaign, places, links, piece.uid_host, piece.path, alarm_minutes
    )


def _title(piece: FeedSlice, language: str) -> str:
    part = territory_name(piece.of, language) if piece.of else piece.name
    if not part:
        return piece.campaign.title
    return translate(
        N_("%(campaign)s: %(part)s"), language, campaign=piece.campaign.title, part=part
    )


def _parts(campaign: CampaignView, whole: FeedSlice) -> Iterator[FeedSlice]:
    base = f"/c/{campaign.slug}/"
    for country, sites in _grouped((site.mission.country, site) for site in campaign.sites):
        yield replace(whole, sites=sites, path=f"{base}countries/{country.lower()}.ics", of=country)
    for region, sites in _grouped((site.mission.region, site) for site in campaign.sites):
        yield replace(whole, sites=sites, path=f"{base}regions/{region}.ics", of=region)
    for wave in campaign.waves:
        sites = _of_wave(campaign, wave.number)
        path = f"{base}waves/{wave.number}.ics"
        yield replace(whole, sites=sites, path=path, name=wave.title)
    for key, name, sites in _of_groups(campaign):
        yield replace(whole, sites=sites, path=f"{base}groups/{key}.ics", name=name)


def _parts_of_sites(campaign: CampaignView, whole: FeedSlice) -> Iterator[FeedSlice]:
    base = f"/c/{campaign.slug}/"
    for site in campaign.sites:
        path, name = f"{base}sites/{site.mission.slug}.ics", site.mission.city
        yield replace(whole, sites=(site,), path=path, name=name)
        for slot in site.slots:
            path = f"{base}slots/{slot.key}.ics"
            yield replace(whole, sites=(replace(site, slots=(slot,)),), path=path, name=name)


def _of_groups(campaign: CampaignView) -> Iterator[tuple[str, str, tuple[SiteView, ...]]]:
    places: dict[str, dict[str, list[SlotView]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, str] = {}
    by_mission = {site.mission.slug: site for site in campaign.sites}
    for site in campaign.sites:
        for slot in site.slots:
            for group in slot.groups:
                places[group.key][site.mission.slug].append(slot)
                names[group.key] = group.name
    for key in sorted(places):
        sites = (replace(by_mission[m], slots=tuple(slots)) for m, slots in places[key].items())
        yield key, names[key], tuple(sites)


def _of_wave(campaign: CampaignView, number: int) -> tuple[SiteView, ...]:
    cut = (
        replace(site, slots=tuple(slot for slot in site.slots if slot.wave == number))
        for site in campaign.sites
    )
    return tuple(site for site in cut if site.slots)


def _grouped(pairs: Iterable[tuple[str, SiteView]]) -> list[tuple[str, tuple[SiteView, ...]]]:
    groups: dict[str, list[SiteView]] = defaultdict(list)
    for key, site in pairs:
        groups[key].append(site)
    return [(key, tuple(sites)) for key, sites in sorted(groups.items())]
