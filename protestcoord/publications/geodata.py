"""Where is each mission and site, as GeoJSON and KML: files from views, no map drawn."""

from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

from protestcoord.campaigns.rules import Presence
from protestcoord.core.clock import local_text, utc_text
from protestcoord.core.errors import N_
from protestcoord.core.languages import moment_text, territory_name, translate, translator
from protestcoord.core.links import Links
from protestcoord.core.text import json_bytes, visible_text
from protestcoord.missions.catalogue import COLUMNS
from protestcoord.missions.rules import Precision
from protestcoord.publications.snapshot import CampaignView, MissionView, SiteView, SlotView
from protestcoord.signups.rules import SLOT_STATE_LABELS

KML = "http://www.opengis.net/kml/2.2"

# Who shows city coordinates credits GeoNames, so the credit goes wherever the points go.
CREDIT = "City coordinates: GeoNames (CC BY 4.0). Coordinates of buildings: Wikidata (CC0)."
MISSIONS_TITLE = N_("Chinese embassies and consulates")
MIDDLE_OF_CITY = N_("The point is the middle of the city, not the building.")
NOT_AT_MISSION = N_("Groups act elsewhere in solidarity, not at the mission.")


def site_path(campaign: CampaignView, site: SiteView) -> str:
    """Return the path of a site's page, without language."""
    return f"/c/{campaign.slug}/sites/{site.mission.slug}/"


def slot_properties(slot: SlotView, links: Links) -> dict[str, Any]:
    """Return what the public data tell of one slot.

    ``local_start`` and ``local_label`` are its start on the clock at the site, with the offset,
    for machines and for people.
    """
    return {
        "id": slot.key,
        "starts_at": utc_text(slot.starts_at),
        "ends_at": utc_text(slot.ends_at),
        "local_start": local_text(slot.starts_at, slot.timezone),
        "local_label": moment_text(slot.starts_at, slot.timezone, links.language),
        "state": slot.state.value,
        "wave": slot.wave,
    }


def site_features(
    campaign: CampaignView, links: Links, address: Callable[[str], str]
) -> dict[str, Any]:
    """Return the sites that take part as a GeoJSON FeatureCollection.

    Dropped sites and cancelled slots are left out.

    Args:
        campaign: Whose sites.
        links: The language.
        address: Gives ``url``, which leads to the site's page, from its path.

    Source:
        RFC 7946; a position is longitude, latitude.
    """
    return _collection(
        _feature(
            site.mission,
            _site_properties(site, links) | {"url": address(site_path(campaign, site))},
        )
        for site in campaign.live_sites
    )


def sites_geojson(campaign: CampaignView, links: Links) -> bytes:
    """Return the sites that take part as GeoJSON; ``url`` is the full public address."""
    return json_bytes(site_features(campaign, links, links.absolute))


def missions_geojson(missions: Iterable[MissionView], links: Links) -> bytes:
    """Return the directory as GeoJSON: the CSV's columns without coordinates, and ``url``."""
    return json_bytes(_collection(_feature_of_mission(mission, links) for mission in missions))


def sites_kml(campaign: CampaignView, links: Links) -> bytes:
    """Return the sites that take part as KML, each with the time from first start to last end.

    Source:
        OGC KML 2.2 (12-007r2).
    """
    placemarks = (_placemark_of_site(campaign, site, links) for site in campaign.live_sites)
    return _kml(campaign.title, placemarks)


def missions_kml(missions: Iterable[MissionView], links: Links) -> bytes:
    """Return the directory as KML."""
    title = translate(MISSIONS_TITLE, links.language)
    return _kml(title, (_placemark_of_mission(mission, links) for mission in missions))


def _site_properties(site: SiteView, links: Links) -> dict[str, Any]:
    mission, language = site.mission, links.language
    return {
        "mission": mission.slug,
        "name": mission.name,
        "name_local": mission.name_local,
        "country": mission.country,
        "country_name": territory_name(mission.country, language),
        "region": mission.region,
        "city": mission.city,
        "precision": mission.precision,
        "presence": site.presence.value,
        "state": site.state.value,
        "state_label": translate(SLOT_STATE_LABELS[site.state], language),
        "slots": [slot_properties(slot, links) for slot in site.open_slots],
        "meeting_point": site.meeting_point,
    }


def _feature_of_mission(mission: MissionView, links: Links) -> dict[str, Any]:
    columns = [name for name in COLUMNS if name not in ("latitude", "longitude")]
    properties = {name: getattr(mission, name) for name in columns}
    return _feature(mission, properties | {"url": _mission_url(mission, links)})


def _feature(mission: MissionView, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": mission.slug,
        "geometry": {"type": "Point", "coordinates": [mission.longitude, mission.latitude]},
        "properties": properties,
    }


def _collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a collection with its credit, a foreign member (RFC 7946 section 6.1)."""
    return {"type": "FeatureCollection", "credit": CREDIT, "features": list(features)}


def _mission_url(mission: MissionView, links: Links) -> str:
    return links.absolute(f"/missions/{mission.slug}/")


def _kml(title: str, placemarks: Iterable[ET.Element]) -> bytes:
    root = ET.Element("kml", xmlns=KML)
    document = ET.SubElement(root, "Document")
    _add(document, "name", title)
    _add(document, "description", CREDIT)
    _add_style(document, "building", pin_scale="1")
    # No pin stands in the middle of a city, or where nobody is to go: the name alone.
    _add_style(document, "area", pin_scale="0")
    document.extend(placemarks)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _add_style(document: ET.Element, name: str, pin_scale: str) -> None:
    style = ET.SubElement(document, "Style", id=name)
    _add(ET.SubElement(style, "IconStyle"), "scale", pin_scale)


def _placemark_of_site(campaign: CampaignView, site: SiteView, links: Links) -> ET.Element:
    slots = site.open_slots
    data = {
        "mission": site.mission.slug,
        "country": territory_name(site.mission.country, links.language),
        "city": site.mission.city,
        "presence": site.presence.value,
        "state": translate(SLOT_STATE_LABELS[site.state], links.language),
        "meeting_point": site.meeting_point,
        "url": links.absolute(site_path(campaign, site)),
    }
    data |= {slot.key: moment_text(slot.starts_at, slot.timezone, links.language) for slot in slots}
    return _placemark(site.mission, site.presence, slots, data, links)


def _placemark_of_mission(mission: MissionView, links: Links) -> ET.Element:
    data = {name: str(getattr(mission, name)) for name in COLUMNS}
    data["url"] = _mission_url(mission, links)
    return _placemark(mission, Presence.ON_SITE, (), data, links)


def _placemark(
    mission: MissionView,
    presence: Presence,
    slots: tuple[SlotView, ...],
    data: dict[str, str],
    links: Links,
) -> ET.Element:
    """Return a placemark, its children in the order that the schema of KML asks for."""
    placemark = ET.Element("Placemark", id=visible_text(mission.slug))
    _add(placemark, "name", mission.name)
    cautions = _cautions(mission, presence, links)
    if cautions:
        _add(placemark, "description", " ".join(cautions))
    if slots:
        span = ET.SubElement(placemark, "TimeSpan")
        _add(span, "begin", utc_text(min(slot.starts_at for slot in slots)))
        _add(span, "end", utc_text(max(slot.ends_at for slot in slots)))
    _add(placemark, "styleUrl", "#area" if cautions else "#building")
    _add_data(placemark, data)
    point = ET.SubElement(placemark, "Point")
    _add(point, "coordinates", f"{mission.longitude},{mission.latitude}")
    return placemark


def _cautions(mission: MissionView, presence: Presence, links: Links) -> list[str]:
    """Return why nobody should go to the point.

    A viewer may read a description as HTML, so it holds our own sentences and no one else's text.
    """
    say = translator(links.language)
    cautions = [say(MIDDLE_OF_CITY)] if mission.precision == Precision.CITY else []
    return cautions + ([say(NOT_AT_MISSION)] if presence is Presence.REMOTE_ONLY else [])


def _add_data(placemark: ET.Element, data: dict[str, str]) -> None:
    extended = ET.SubElement(placemark, "ExtendedData")
    for name, value in data.items():
        _add(ET.SubElement(extended, "Data", name=visible_text(name)), "value", value)


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = visible_text(text)
