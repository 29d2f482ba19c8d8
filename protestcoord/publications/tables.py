"""What do the directory and the sites look like as tables: CSV and JSON from views."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from protestcoord.core.csvtext import csv_from_rows
from protestcoord.core.links import Links
from protestcoord.core.text import json_bytes, visible_text
from protestcoord.missions.catalogue import COLUMNS
from protestcoord.publications.geodata import site_path, slot_properties
from protestcoord.publications.snapshot import CampaignView, MissionView, SiteView

SITE_COLUMNS = (
    "mission",
    "name",
    "country",
    "city",
    "precision",
    "presence",
    "state",
    "timezone",
    "meeting_point",
    "url",
)
SLOT_COLUMNS = ("slot", "wave", "starts_at", "ends_at", "local_start", "slot_state", "groups")


def missions_csv(
    missions: Iterable[MissionView],
    links: Links,  # noqa: ARG001 - every builder has this signature
) -> bytes:
    """Return the directory with the columns of data/embassies.csv; the import reads it back."""
    return _csv(COLUMNS, (_cells_of_mission(mission) for mission in missions))


def missions_json(
    missions: Iterable[MissionView],
    links: Links,  # noqa: ARG001 - every builder has this signature
) -> bytes:
    """Return the directory as a list of objects with the CSV's keys, in its order."""
    return json_bytes(
        [dict(zip(COLUMNS, _cells_of_mission(mission), strict=True)) for mission in missions]
    )


def sites_csv(campaign: CampaignView, links: Links) -> bytes:
    """Return a row for every slot that is not cancelled, and one for a site that has none.

    ``state`` is the site's, ``slot_state`` the slot's; ``groups`` are the names of the confirmed
    ones, separated by semicolons.
    """
    rows = (row for site in campaign.live_sites for row in _rows_of_site(campaign, site, links))
    return _csv(SITE_COLUMNS + SLOT_COLUMNS, rows)


def _cells_of_mission(mission: MissionView) -> list[Any]:
    return [getattr(mission, name) for name in COLUMNS]


def _place_of_site(campaign: CampaignView, site: SiteView, links: Links) -> list[str]:
    mission = site.mission
    return [
        mission.slug,
        mission.name,
        mission.country,
        mission.city,
        mission.precision,
        site.presence.value,
        site.state.value,
        mission.timezone,
        site.meeting_point,
        links.absolute(site_path(campaign, site)),
    ]


def _rows_of_site(
    campaign: CampaignView, site: SiteView, links: Links
) -> Iterator[Sequence[object]]:
    place = _place_of_site(campaign, site, links)
    for slot in site.open_slots:
        told = slot_properties(slot, links)
        times = [told["starts_at"], told["ends_at"], told["local_start"]]
        groups = "; ".join(slot.group_names)
        yield [*place, slot.key, slot.wave, *times, told["state"], groups]
    if not site.open_slots:
        yield place + [""] * len(SLOT_COLUMNS)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    visible = ([visible_text(c) if isinstance(c, str) else c for c in row] for row in rows)
    return csv_from_rows(header, visible).encode()
