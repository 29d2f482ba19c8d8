"""Every publication there is: path, slice, builder; one function a kind, one list of all."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from protestcoord.campaigns.rules import CampaignState
from protestcoord.config import Settings
from protestcoord.core.clock import utc_text
from protestcoord.core.languages import translate
from protestcoord.core.links import STATIC, Links
from protestcoord.publications import geodata, tables
from protestcoord.publications.feeds import feeds_of
from protestcoord.publications.pages import pages_of
from protestcoord.publications.publication import Publication
from protestcoord.publications.release import static_publications
from protestcoord.publications.snapshot import CampaignView, MissionView, Snapshot, View

CONTACT_HOLDS = timedelta(days=200)

Builder = Callable[[Any, Links], bytes]

# Titles are in every language; plain tables and JSON are the same for all.
MISSION_DATA: list[tuple[str, Builder, bool]] = [
    ("csv", tables.missions_csv, False),
    ("json", tables.missions_json, False),
    ("geojson", geodata.missions_geojson, False),
    ("kml", geodata.missions_kml, True),
]
CAMPAIGN_DATA: list[tuple[str, Builder, bool]] = [
    ("csv", tables.sites_csv, False),
    ("json", tables.sites_json, False),
    ("geojson", geodata.sites_geojson, True),
    ("kml", geodata.sites_kml, True),
]


@dataclass(frozen=True)
class Imprint(View):
    """What publications say of the instance itself.

    Attributes:
        uid_host: Host part of calendar UIDs.
        demo: Whether pages carry the banner of the demonstration.
        contact: Where a weakness is reported, a mailto: or https: address.
        contact_until: Until when that can be relied on; between 30 days and a year ahead.
    """

    uid_host: str
    demo: bool
    contact: str
    contact_until: datetime


def imprint_of(settings: Settings, now: datetime) -> Imprint:
    """Return the imprint of an instance; its date moves on with each month."""
    ahead = (now.replace(day=1) + CONTACT_HOLDS).replace(hour=0, minute=0, second=0)
    return Imprint(settings.UID_HOST, settings.DEMO, settings.CONTACT, ahead)


def publications_of(snapshot: Snapshot, imprint: Imprint) -> Iterator[Publication]:
    """Yield every publication of a snapshot, in the order in which they should appear."""
    yield from static_publications()
    yield from pages_of(snapshot, demo=imprint.demo)
    yield from _files_at_the_root(imprint)
    yield from _data_of_missions(snapshot.missions)
    for campaign in snapshot.campaigns:
        yield from _data_of_campaign(campaign)
        yield from feeds_of(campaign, imprint.uid_host)


def _files_at_the_root(imprint: Imprint) -> Iterator[Publication]:
    icon = (STATIC / "icons" / "favicon.ico").read_bytes()
    robots = "User-agent: *\nDisallow: /s/\nDisallow: /organize/\n"
    yield Publication("/favicon.ico", icon, lambda content, _: content, multilingual=False)
    yield Publication("/robots.txt", robots, lambda text, _: text.encode(), multilingual=False)
    yield Publication("/.well-known/security.txt", imprint, security_txt, multilingual=False)


def security_txt(imprint: Imprint, links: Links) -> bytes:
    """Return whom to tell of a weakness.

    Source:
        RFC 9116.
    """
    lines = [
        f"Contact: {imprint.contact}",
        f"Expires: {utc_text(imprint.contact_until)}",
        f"Canonical: {links.base_url}/.well-known/security.txt",
        "Preferred-Languages: en",
    ]
    return ("\n".join(lines) + "\n").encode()


def _data_of_missions(missions: tuple[MissionView, ...]) -> Iterator[Publication]:
    for ending, build, multilingual in MISSION_DATA:
        yield Publication(f"/missions.{ending}", missions, build, multilingual)


def _data_of_campaign(campaign: CampaignView) -> Iterator[Publication]:
    base = f"/c/{campaign.slug}/"
    for ending, build, multilingual in CAMPAIGN_DATA:
        yield Publication(f"{base}sites.{ending}", campaign, build, multilingual)
    yield Publication(f"{base}coverage.json", campaign, coverage_json, multilingual=False)
    yield Publication(f"{base}map.js", campaign, map_script)
    yield Publication(f"{base}map.html", campaign, map_document)


def coverage_json(campaign: CampaignView, _links: Links) -> bytes:
    """Return how much of a campaign is covered, with the names of ``CoverageView``.

    ``share_of_posts`` is from 0 to 1; ``covered`` counts the full sites too.
    """
    figures = asdict(campaign.coverage)
    remote_only, regions, countries = (
        figures.pop(name) for name in ("remote_only", "by_region", "by_country")
    )
    figures |= {
        "share_of_posts": campaign.coverage.share_of_posts,
        "remote_only": {name: remote_only[name] for name in ("sites", "covered")},
        "regions": [{"m49": area["code"], **area["tally"]} for area in regions],
        "by_country": [{"country": area["code"], **area["tally"]} for area in countries],
    }
    return (json.dumps(figures, sort_keys=True) + "\n").encode()


def map_script(campaign: CampaignView, links: Links) -> bytes:
    """Return the script that draws the map of a campaign's pages; addresses are seen from it."""
    from protestcoord.publications import worldmap

    features = _map_features(campaign, links, links.page, links.live)
    return worldmap.map_script(features, labels=_map_labels(links.language)).encode()


def map_document(campaign: CampaignView, links: Links) -> bytes:
    """Return the map as one file that works from a disk; its links lead to the live site."""
    from protestcoord.publications import worldmap

    return worldmap.map_document(
        _map_features(campaign, links, links.absolute, links.absolute),
        labels=_map_labels(links.language),
        title=campaign.title,
        language=links.language,
        static_dir=STATIC,
    ).encode()


def _map_features(
    campaign: CampaignView,
    links: Links,
    page: Callable[[str], str],
    live: Callable[[str], str],
) -> dict[str, Any]:
    """Return the sites with what only the map needs: where a group signs up for one."""
    features = geodata.site_features(campaign, links, page)
    if campaign.state is CampaignState.PUBLISHED and not campaign.over:
        form = live(f"/c/{campaign.slug}/sign-up/")
        for feature in features["features"]:
            properties = feature["properties"]
            properties["sign_up_url"] = f"{form}?site={properties['mission']}"
    return features


def _map_labels(language: str) -> dict[str, str]:
    from protestcoord.publications.worldmap import MAP_LABELS

    return {name: translate(text, language) for name, text in MAP_LABELS.items()}


def get_publication(publications: Iterable[Publication], path: str) -> Publication:
    """Return the publication at a path.

    Raises:
        KeyError: There is none.
    """
    for publication in publications:
        if publication.path == path:
            return publication
    raise KeyError(path)
