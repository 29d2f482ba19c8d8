"""The map of a campaign: the script that its pages load, and the map as one file."""

from collections.abc import Callable
from typing import Any

from protestcoord.campaigns.rules import CampaignState
from protestcoord.core.languages import translate
from protestcoord.core.links import STATIC, Links
from protestcoord.publications import geodata
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import CampaignView

NO_TILES = ("", "")


def map_script_of(campaign: CampaignView, tiles: tuple[str, str] = NO_TILES) -> Publication:
    """Return the script as a publication.

    Args:
        campaign: Whose sites.
        tiles: Address and credit of the operator's map tiles.
    """
    return Publication(f"/c/{campaign.slug}/map.js", (campaign, tiles), map_script)


def map_document_of(campaign: CampaignView) -> Publication:
    """Return the one file as a publication."""
    return Publication(f"/c/{campaign.slug}/map.html", campaign, map_document)


def map_script(page: tuple[CampaignView, tuple[str, str]], links: Links) -> bytes:
    """Return the script that draws the map of a campaign's pages; addresses are seen from it."""
    from protestcoord.publications import worldmap

    campaign, tiles = page
    features = _map_features(campaign, links, links.page, links.live)
    labels = _map_labels(links.language)
    return worldmap.map_script(features, labels=labels, tiles=tiles).encode()


def map_document(campaign: CampaignView, links: Links) -> bytes:
    """Return the map as one file that works from a disk; its links lead to the live site."""
    from protestcoord.publications import mapdocument

    return mapdocument.map_document(
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
    is_open = campaign.state is CampaignState.PUBLISHED and not campaign.over
    if is_open and not campaign.frozen:
        form = live(f"/c/{campaign.slug}/sign-up/")
        for feature in features["features"]:
            properties = feature["properties"]
            properties["sign_up_url"] = f"{form}?site={properties['mission']}"
    return features


def _map_labels(language: str) -> dict[str, str]:
    from protestcoord.publications.worldmap import MAP_LABELS

    return {name: translate(text, language) for name, text in MAP_LABELS.items()}
