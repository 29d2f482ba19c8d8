"""In which order and groups does a page show sites, waves and slots: views in, plain lists out."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from protestcoord.campaigns.recurrence import starts_of
from protestcoord.campaigns.schedule import Note, Synchronisation, note_of_adjustment
from protestcoord.core.clock import zone
from protestcoord.core.languages import territory_name
from protestcoord.missions.search import folded
from protestcoord.publications.snapshot import (
    CampaignView,
    MissionView,
    SiteView,
    SlotView,
    WaveView,
)
from protestcoord.signups.tally import AreaTally, tally_of

Item = TypeVar("Item")


class CountryMissions(NamedTuple):
    """The missions of a country, by city."""

    code: str
    missions: list[MissionView]


class RegionMissions(NamedTuple):
    """The countries of a region by name."""

    code: str
    countries: list[CountryMissions]


class CountrySites(NamedTuple):
    """The sites of a country, by city."""

    code: str
    sites: list[SiteView]


class RegionSites(NamedTuple):
    """The countries of a region by name, and how many of its sites are covered."""

    code: str
    countries: list[CountrySites]
    sites: int
    covered: int


class WaveMoments(NamedTuple):
    """When a wave is.

    Attributes:
        start: Its start marked as UTC: an instant, or a wall clock that is only to be printed.
        first_at: Instant at which its first slot starts, None if it has none.
        last_at: Instant at which its last slot ends.
        elsewhen: At how many sites of a wave of same local time it is another time: they have one
            of their own, or clocks change.
    """

    wave: WaveView
    start: datetime
    first_at: datetime | None
    last_at: datetime | None
    elsewhen: int


class SlotLine(NamedTuple):
    """A slot on its site's page, with its wave and what a person must know about its time."""

    slot: SlotView
    wave: WaveView
    note: Note | None


def moments_of_waves(campaign: CampaignView) -> list[WaveMoments]:
    """Return when each wave is, in the order of their numbers."""
    places = [(site, slot) for site in campaign.live_sites for slot in site.open_slots]
    return [_moments_of_wave(wave, places) for wave in campaign.waves]


def _moments_of_wave(wave: WaveView, places: Iterable[tuple[SiteView, SlotView]]) -> WaveMoments:
    own = [(site, slot) for site, slot in places if slot.wave == wave.number]
    asked = _asked_of_all(wave)
    elsewhen = {site.mission.slug for site, slot in own if asked and _local(slot) not in asked}
    return WaveMoments(
        wave,
        wave.start.replace(tzinfo=UTC),
        min((slot.starts_at for _, slot in own), default=None),
        max((slot.ends_at for _, slot in own), default=None),
        len(elsewhen),
    )


def _asked_of_all(wave: WaveView) -> frozenset[datetime]:
    """Return the wall clocks that a wave asks of every site; none if it asks for instants."""
    if wave.synchronisation is not Synchronisation.SAME_LOCAL_TIME:
        return frozenset()
    return frozenset(starts_of(wave.start, wave.recurrence))


def _local(slot: SlotView) -> datetime:
    return slot.starts_at.astimezone(zone(slot.timezone)).replace(tzinfo=None)


def slot_line(slot: SlotView, wave: WaveView) -> SlotLine:
    """Return a slot of a wave with the note on its time."""
    note = None
    if slot.local_asked:
        note = note_of_adjustment(slot.adjustment, slot.local_asked, slot.starts_at, slot.timezone)
    return SlotLine(slot, wave, note)


def regions_of_sites(sites: Iterable[SiteView], language: str) -> list[RegionSites]:
    """Return sites by region and country, both in the order of their names in a language."""
    by_region = _by_region_and_country(sites, lambda site: site.mission)
    return [_region(code, by_region[code], language) for code in _by_name(by_region, language)]


def regions_of_missions(missions: Iterable[MissionView], language: str) -> list[RegionMissions]:
    """Return missions by region and country, both in the order of their names in a language."""
    by_region = _by_region_and_country(missions, lambda mission: mission)
    return [
        RegionMissions(
            code,
            [
                CountryMissions(country, by_region[code][country])
                for country in _by_name(by_region[code], language)
            ],
        )
        for code in _by_name(by_region, language)
    ]


def areas_by_name(areas: Iterable[AreaTally], language: str) -> list[AreaTally]:
    """Return tallies of regions or countries in the order of their names in a language."""
    return sorted(areas, key=lambda area: folded(territory_name(area.code, language)))


def _by_region_and_country(
    items: Iterable[Item], mission_of: Callable[[Item], MissionView]
) -> dict[str, dict[str, list[Item]]]:
    """Return sites or missions by region and country, within each by city."""
    by_region: dict[str, dict[str, list[Item]]] = {}
    for item in sorted(items, key=lambda item: _by_city(mission_of(item))):
        mission = mission_of(item)
        countries = by_region.setdefault(mission.region, {})
        countries.setdefault(mission.country, []).append(item)
    return by_region


def _by_city(mission: MissionView) -> tuple[str, str]:
    return folded(mission.city), mission.slug


def _region(code: str, countries: dict[str, list[SiteView]], language: str) -> RegionSites:
    tally = tally_of(site.state for sites in countries.values() for site in sites)
    return RegionSites(
        code,
        [CountrySites(country, countries[country]) for country in _by_name(countries, language)],
        tally.sites,
        tally.covered,
    )


def _by_name(codes: Iterable[str], language: str) -> list[str]:
    return sorted(codes, key=lambda code: folded(territory_name(code, language)))
