"""Which data files are there: the one table that both the files and their description come from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from protestcoord.core.links import Links
from protestcoord.publications import board, changes, documents, geodata, tables
from protestcoord.publications.kinds import Kind
from protestcoord.publications.publication import Publication
from protestcoord.publications.schemas import named
from protestcoord.publications.snapshot import CampaignView, Snapshot

# The values of a path's parameters, and the slice of the file there.
Found = Iterator[tuple[dict[str, str], Any]]


@dataclass(frozen=True, kw_only=True)
class DataKind(Kind):
    """A kind of data file, and how its files are made.

    Attributes:
        build: Makes the bytes of a slice.
        find: Gives the files there are in a snapshot; the text is the host of calendar UIDs.
    """

    build: Callable[[Any, Links], bytes]
    find: Callable[[Snapshot, str], Found]


def data_files(snapshot: Snapshot, uid_host: str) -> Iterator[Publication]:
    """Yield every data file of a snapshot."""
    for kind in KINDS:
        for parameters, piece in kind.find(snapshot, uid_host):
            path = kind.path.format(**parameters)
            yield Publication(path, piece, kind.build, kind.multilingual)


def _missions(snapshot: Snapshot, _uid_host: str) -> Found:
    yield {}, snapshot.missions


def _mission(snapshot: Snapshot, _uid_host: str) -> Found:
    campaigns: dict[str, list[str]] = {}
    for campaign in snapshot.campaigns:
        for site in campaign.live_sites:
            campaigns.setdefault(site.mission.slug, []).append(campaign.slug)
    for mission in snapshot.missions:
        slug = mission.slug
        yield {"mission": slug}, (mission, tuple(campaigns.get(slug, ())))


def _campaigns(snapshot: Snapshot, _uid_host: str) -> Found:
    yield {}, snapshot.campaigns


def _campaign(snapshot: Snapshot, _uid_host: str) -> Found:
    for campaign in snapshot.campaigns:
        yield {"campaign": campaign.slug}, campaign


def _days(snapshot: Snapshot, _uid_host: str) -> Found:
    for campaign in snapshot.campaigns:
        yield {"campaign": campaign.slug}, board.day_of(snapshot, campaign)


def _campaign_with_uids(snapshot: Snapshot, uid_host: str) -> Found:
    for campaign in snapshot.campaigns:
        yield {"campaign": campaign.slug}, (campaign, uid_host)


def _country(snapshot: Snapshot, uid_host: str) -> Found:
    for campaign in snapshot.campaigns:
        for country, found in groupby(_by_country(campaign), lambda site: site.mission.country):
            parameters = {"campaign": campaign.slug, "country": country.lower()}
            yield parameters, (campaign.slug, country, tuple(found), uid_host)


def _by_country(campaign: CampaignView) -> Iterable[Any]:
    return sorted(campaign.live_sites, key=lambda site: site.mission.country)


def _site(snapshot: Snapshot, uid_host: str) -> Found:
    for campaign in snapshot.campaigns:
        for site in campaign.sites:
            parameters = {"campaign": campaign.slug, "mission": site.mission.slug}
            yield parameters, (campaign.slug, site, uid_host)


KINDS = (
    DataKind(
        "/missions.json",
        "The directory of missions.",
        build=tables.missions_json,
        find=_missions,
        schema={"type": "array", "items": named("MissionRow")},
    ),
    DataKind(
        "/missions.csv", "The directory as a table.", build=tables.missions_csv, find=_missions
    ),
    DataKind(
        "/missions.geojson",
        "The directory for maps.",
        build=geodata.missions_geojson,
        find=_missions,
        schema=named("MissionFeatures"),
    ),
    DataKind(
        "/missions.kml",
        "The directory for globes.",
        build=geodata.missions_kml,
        find=_missions,
        multilingual=True,
    ),
    DataKind(
        "/missions/{mission}.json",
        "One mission, and where it takes part.",
        build=documents.mission_json,
        find=_mission,
        schema=named("Mission"),
    ),
    DataKind(
        "/campaigns.json",
        "All campaigns.",
        build=documents.campaigns_json,
        find=_campaigns,
        schema={"type": "array", "items": named("CampaignInShort")},
    ),
    DataKind(
        "/c/{campaign}/day.json",
        "The day: who has started, how many, what was moved or called off.",
        build=board.day_json,
        find=_days,
        schema=named("Day"),
    ),
    DataKind(
        "/c/{campaign}/campaign.json",
        "One campaign: message, waves, coverage.",
        build=documents.campaign_json,
        find=_campaign,
        schema=named("Campaign"),
    ),
    DataKind(
        "/c/{campaign}/coverage.json",
        "How much of a campaign is covered.",
        build=documents.coverage_json,
        find=_campaign,
        schema=named("Coverage"),
    ),
    DataKind(
        "/c/{campaign}/sites.json",
        "All sites of a campaign with their slots.",
        build=documents.sites_json,
        find=_campaign_with_uids,
        schema={"type": "array", "items": named("Site")},
    ),
    DataKind(
        "/c/{campaign}/countries/{country}.json",
        "The sites of a campaign in one country.",
        build=documents.country_json,
        find=_country,
        schema=named("CountrySites"),
    ),
    DataKind(
        "/c/{campaign}/sites/{mission}.json",
        "One site with its slots.",
        build=documents.site_json,
        find=_site,
        schema=named("Site"),
    ),
    DataKind(
        "/c/{campaign}/sites.csv", "A row for each slot.", build=tables.sites_csv, find=_campaign
    ),
    DataKind(
        "/c/{campaign}/sites.geojson",
        "The sites of a campaign for maps.",
        build=geodata.sites_geojson,
        find=_campaign,
        multilingual=True,
        schema=named("SiteFeatures"),
    ),
    DataKind(
        "/c/{campaign}/sites.kml",
        "The sites of a campaign for globes.",
        build=geodata.sites_kml,
        find=_campaign,
        multilingual=True,
    ),
    DataKind(
        "/c/{campaign}/changes.atom",
        "What changed last, for feed readers.",
        build=changes.changes_atom,
        find=_campaign_with_uids,
        multilingual=True,
    ),
)
