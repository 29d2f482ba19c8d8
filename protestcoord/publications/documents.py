"""What do programs read of campaigns, sites, slots and missions: JSON objects from views.

Every object has a stable ``id``, a ``version`` that changes exactly when the object does, and
``links`` with full addresses. ``schemas`` describes them.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

from protestcoord.campaigns.recurrence import Recurrence
from protestcoord.core.clock import local_text, utc_text
from protestcoord.core.links import Links
from protestcoord.core.text import json_bytes
from protestcoord.missions.catalogue import COLUMNS
from protestcoord.publications.events import event_uid
from protestcoord.publications.feeds import ALARM_MINUTES
from protestcoord.publications.snapshot import (
    CampaignView,
    CoverageView,
    MissionView,
    ParticipantView,
    RelayView,
    SiteView,
    SlotView,
    WaveView,
)
from protestcoord.signups.tally import AreaTally

Document = dict[str, Any]

IN_SHORT = ("id", "version", "title", "state", "over", "starts_at", "ends_at")
LINKS_IN_SHORT = ("self", "page", "calendar", "sites", "changes")


def versioned(document: Document) -> Document:
    """Return an object with its ``version``, 16 hexadecimal digits that follow from all it says.

    The digest of its view would not do: a view knows more than is told here, and an object may
    tell more than one view.
    """
    digest = sha256(json_bytes(document)).hexdigest()
    return {"id": document["id"], "version": digest[:16]} | document


def campaigns_json(campaigns: Iterable[CampaignView], links: Links) -> bytes:
    """Return every published or closed campaign, by its first moment."""
    return json_bytes([_in_short(_campaign(campaign, links)) for campaign in campaigns])


def campaign_json(campaign: CampaignView, links: Links) -> bytes:
    """Return a campaign without its sites."""
    return json_bytes(_campaign(campaign, links))


def coverage_json(campaign: CampaignView, _links: Links) -> bytes:
    """Return how much of a campaign is covered."""
    return json_bytes(coverage_figures(campaign.coverage))


def sites_json(read: tuple[CampaignView, str], links: Links) -> bytes:
    """Return the sites that take part as a list; ``read`` is the campaign and the host of UIDs."""
    campaign, uid_host = read
    sites = campaign.live_sites
    return json_bytes([_site(campaign.slug, site, uid_host, links) for site in sites])


def country_json(read: tuple[str, str, tuple[SiteView, ...], str], links: Links) -> bytes:
    """Return the sites of a country; ``read`` is the campaign, the country, them, UIDs' host."""
    campaign, country, sites, uid_host = read
    base = f"/c/{campaign}/countries/{country.lower()}"
    document = {
        "id": country,
        "campaign": campaign,
        "sites": [_site(campaign, site, uid_host, links) for site in sites],
        "links": {
            "self": links.absolute_data(f"{base}.json"),
            "campaign": links.absolute_data(f"/c/{campaign}/campaign.json"),
            "calendar": links.absolute(f"{base}.ics"),
        },
    }
    return json_bytes(versioned(document))


def site_json(read: tuple[str, SiteView, str], links: Links) -> bytes:
    """Return a site with its slots; ``read`` is the campaign's slug, the site, UIDs' host."""
    campaign, site, uid_host = read
    return json_bytes(_site(campaign, site, uid_host, links))


def mission_json(read: tuple[MissionView, tuple[str, ...]], links: Links) -> bytes:
    """Return a mission; ``read`` is it and the slugs of the campaigns it takes part in."""
    mission, campaigns = read
    path = f"/missions/{mission.slug}"
    document: Document = {"id": mission.slug}
    document |= {name: getattr(mission, name) for name in COLUMNS}
    document["region"] = mission.region
    document["links"] = {
        "self": links.absolute_data(f"{path}.json"),
        "page": links.absolute(f"{path}/"),
        "sites": [
            links.absolute_data(f"/c/{campaign}/sites/{mission.slug}.json")
            for campaign in campaigns
        ],
    }
    return json_bytes(versioned(document))


def coverage_figures(coverage: CoverageView) -> Document:
    """Return the figures of ``CoverageView`` by their names.

    ``share_of_posts`` is from 0 to 1; ``covered`` counts the full sites too.
    """
    figures = asdict(coverage)
    remote_only = figures.pop("remote_only")
    del figures["by_region"], figures["by_country"]
    return figures | {
        "share_of_posts": coverage.share_of_posts,
        "remote_only": {name: remote_only[name] for name in ("sites", "covered")},
        "regions": [_area("m49", area) for area in coverage.by_region],
        "by_country": [_area("country", area) for area in coverage.by_country],
    }


def _area(name: str, area: AreaTally) -> Document:
    return {name: area.code, **asdict(area.tally)}


def _in_short(document: Document) -> Document:
    links = {name: document["links"][name] for name in LINKS_IN_SHORT}
    return {name: document[name] for name in IN_SHORT} | {"links": links}


def _campaign(campaign: CampaignView, links: Links) -> Document:
    return versioned(
        {
            "id": campaign.slug,
            "title": campaign.title,
            "state": campaign.state.value,
            "over": campaign.over,
            "starts_at": _moment(campaign.starts_at),
            "ends_at": _moment(campaign.ends_at),
            "statement": campaign.statement,
            "changed_at": utc_text(campaign.last_changed_at),
            "waves": [_wave(campaign, wave, links) for wave in campaign.waves],
            "coverage": coverage_figures(campaign.coverage),
            "links": _links_of_campaign(campaign, links) | _links_of_parts(campaign, links),
        }
    )


def _links_of_campaign(campaign: CampaignView, links: Links) -> Document:
    base = f"/c/{campaign.slug}/"
    ends = ("map", "timeline", "day", "wall", "text", "subscribe")
    pages = {"page": ""} | {name: f"{name}/" for name in ends}
    texts = {
        "calendar": "calendar.ics",
        "changes": "changes.atom",
        "map_file": "map.html",
        "sites_geojson": "sites.geojson",
        "sites_kml": "sites.kml",
    }
    data = {
        "self": "campaign.json",
        "sites": "sites.json",
        "sites_csv": "sites.csv",
        "coverage": "coverage.json",
        "day_data": "day.json",
    }
    found = {name: links.absolute(base + end) for name, end in (pages | texts).items()}
    return found | {name: links.absolute_data(base + end) for name, end in data.items()}


def _links_of_parts(campaign: CampaignView, links: Links) -> Document:
    base = f"/c/{campaign.slug}/"
    missions = [site.mission for site in campaign.live_sites]
    countries = sorted({mission.country.lower() for mission in missions})
    regions = sorted({mission.region for mission in missions})
    return {
        "countries": [links.absolute_data(f"{base}countries/{code}.json") for code in countries],
        "calendars_of_countries": [
            links.absolute(f"{base}countries/{code}.ics") for code in countries
        ],
        "calendars_of_regions": [links.absolute(f"{base}regions/{code}.ics") for code in regions],
        "calendars_with_alarm": [
            links.absolute(f"{base}calendar-alarm-{minutes}.ics") for minutes in ALARM_MINUTES
        ],
    }


def _wave(campaign: CampaignView, wave: WaveView, links: Links) -> Document:
    document = {
        "id": wave.number,
        "title": wave.title,
        "synchronisation": wave.synchronisation.value,
        "start": wave.start.strftime("%Y-%m-%dT%H:%M"),
        "duration_minutes": wave.duration_minutes,
        "relay": wave.relay and _relay(wave.relay),
        "recurrence": wave.recurrence and _recurrence(wave.recurrence),
        "links": {"calendar": links.absolute(f"/c/{campaign.slug}/waves/{wave.number}.ics")},
    }
    return versioned(document)


def _relay(relay: RelayView) -> Document:
    return {
        "kind": relay.kind.value,
        "window_start": relay.window_start.isoformat("minutes"),
        "window_end": relay.window_end.isoformat("minutes"),
        "hours": relay.hours,
    }


def _recurrence(recurrence: Recurrence) -> Document:
    return {
        "frequency": recurrence.frequency.value,
        "interval": recurrence.interval,
        "count": recurrence.count,
        "until": recurrence.until and recurrence.until.isoformat(),
        "weekdays": recurrence.weekdays,
        "hours": recurrence.hours,
    }


def _site(campaign: str, site: SiteView, uid_host: str, links: Links) -> Document:
    mission, path = site.mission, f"/c/{campaign}/sites/{site.mission.slug}"
    slots = {slot: _slot(campaign, slot, uid_host, links) for slot in site.slots}
    document = {
        "id": mission.slug,
        "campaign": campaign,
        "mission": mission.slug,
        "name": mission.name,
        "name_local": mission.name_local,
        "country": mission.country,
        "region": mission.region,
        "city": mission.city,
        "precision": mission.precision,
        "latitude": mission.latitude,
        "longitude": mission.longitude,
        "presence": site.presence.value,
        "dropped": site.dropped,
        "state": site.state.value,
        "timezone": mission.timezone,
        "meeting_point": site.meeting_point,
        "url": links.absolute(f"{path}/"),
        "slots": [told for slot, told in slots.items() if not slot.cancelled],
        "cancelled_slots": [told for slot, told in slots.items() if slot.cancelled],
        "links": {
            "self": links.absolute_data(f"{path}.json"),
            "page": links.absolute(f"{path}/"),
            "calendar": links.absolute(f"{path}.ics"),
            "mission": links.absolute_data(f"/missions/{mission.slug}.json"),
        },
    }
    return versioned(document)


def _slot(campaign: str, slot: SlotView, uid_host: str, links: Links) -> Document:
    document = {
        "id": slot.key,
        "uid": event_uid(campaign, slot, uid_host),
        "sequence": slot.sequence,
        "wave": slot.wave,
        "occurrence": slot.occurrence,
        "starts_at": utc_text(slot.starts_at),
        "ends_at": utc_text(slot.ends_at),
        "local_start": local_text(slot.starts_at, slot.timezone),
        "state": slot.state.value,
        "capacity": slot.capacity,
        "confirmed": slot.confirmed,
        "offered": slot.offered,
        "turnout": slot.turnout,
        "changed_at": utc_text(slot.changed_at),
        "groups": [_group(campaign, group, links) for group in slot.groups],
        "links": {"calendar": links.absolute(f"/c/{campaign}/slots/{slot.key}.ics")},
    }
    return versioned(document)


def _group(campaign: str, group: ParticipantView, links: Links) -> Document:
    document = {
        "id": group.key,
        "name": group.name,
        "city": group.city,
        "meeting_point": group.meeting_point,
        "accessibility": group.accessibility,
        "languages": group.languages,
        "leads": group.leads,
        "links": {"calendar": links.absolute(f"/c/{campaign}/groups/{group.key}.ics")},
    }
    return versioned(document)


def _moment(instant: datetime | None) -> str | None:
    return utc_text(instant) if instant else None
