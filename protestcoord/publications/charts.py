"""What does a map look like on paper: the sites of the world or of a region as SVG and PNG.

It is drawn from the shapes of countries that we ship, without tiles and without a script.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from itertools import pairwise
from typing import Any

from protestcoord.campaigns.rules import Presence
from protestcoord.core import templates
from protestcoord.core.errors import N_
from protestcoord.core.languages import moment_text, territory_name, translate, translator
from protestcoord.core.links import STATIC, Links
from protestcoord.publications.fitting import brief, width_of
from protestcoord.publications.png import png_from_svg
from protestcoord.publications.printers import families_of
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import CampaignView, SiteView, View
from protestcoord.signups.rules import SLOT_STATE_LABELS, SlotState

BASEMAP = STATIC / "vendor" / "basemap"
WORLD = "001"  # UN M49
ENDINGS = ("png", "svg")
WIDTH, TOP, MOST_HEIGHT = 1600, 120, 1000
ROOM = 19  # for a mark, each way
NORTH_DEG, SOUTH_DEG = 83, -56
AS_OF = N_("As of %(moment)s")
REMOTE = N_("Not on site: groups act elsewhere")

# A point on the paper, from its upper left corner.
Point = tuple[float, float]
# Takes latitude and longitude in degrees.
Projection = Callable[[float, float], Point]


@dataclass(frozen=True)
class ChartSite(View):
    """A site on the map; latitude and longitude in degrees, to the tenth: a city's."""

    city: str
    latitude_deg: float
    longitude_deg: float
    state: SlotState
    remote: bool


@dataclass(frozen=True)
class ChartSlice(View):
    """What a map shows: the sites of an area, a UN M49 code, and when they last changed."""

    demo: bool
    title: str
    area: str
    sites: tuple[ChartSite, ...]
    changed_at: datetime


@dataclass(frozen=True)
class Chart:
    """A way to draw an area: how points are projected, how high it is, its land as a path."""

    project: Projection
    height: float
    land: str


def chart_png(chart: ChartSlice, links: Links) -> bytes:
    """Return a map as PNG.

    Raises:
        MissingPrinter: The system cannot draw.
    """
    return png_from_svg(chart_svg(chart, links).decode())


def chart_svg(chart: ChartSlice, links: Links) -> bytes:
    """Return a map as SVG; texts are texts."""
    is_world = chart.area == WORLD
    drawing = _world() if is_world else _region(chart.sites)
    say, bottom = translator(links.language), TOP + drawing.height
    marks = [_mark(site, drawing.project) for site in _by_weight(chart.sites)]
    if not is_world:
        marks = _side_by_side(marks)
    area = territory_name(chart.area, links.language)
    as_of = moment_text(chart.changed_at, "UTC", links.language).replace(" (UTC+00:00)", " UTC")
    return templates.render(
        "prints/map.svg",
        links,
        demo=chart.demo,
        title=brief(chart.title, 80),
        area=area[:1].upper() + area[1:],
        families=partial(families_of, language=links.language),
        top=TOP,
        bottom=bottom,
        height=bottom + 100,
        land=drawing.land,
        marks=marks,
        scale=0.75 if is_world else 1,
        labels=[] if is_world else list(_labels(marks, TOP, bottom)),
        legend=_legend(chart.sites, links.language),
        as_of=say(AS_OF, moment=as_of),
    ).encode()


def charts_of(campaign: CampaignView, *, demo: bool) -> Iterator[Publication]:
    """Yield the maps of a campaign: of the world, and of each region in which there are sites."""
    sites, changed_at = campaign.live_sites, campaign.last_changed_at
    for area in area_codes(site.mission.region for site in sites):
        there = tuple(_chart_site(site) for site in sites if area in (WORLD, site.mission.region))
        chart = ChartSlice(demo, campaign.title, area, there, changed_at)
        yield Publication(chart_path(campaign.slug, area, "svg"), chart, chart_svg)
        yield Publication(chart_path(campaign.slug, area, "png"), chart, chart_png)


def area_codes(regions: Iterable[str]) -> list[str]:
    """Return the areas of which there are maps, the world first, by the regions of the sites."""
    found = sorted(set(regions))
    return [WORLD, *found] if found else []


def chart_path(campaign: str, area: str, ending: str) -> str:
    """Return the path of a map, without language."""
    return f"/c/{campaign}/maps/{area}.{ending}"


def _chart_site(site: SiteView) -> ChartSite:
    mission = site.mission
    return ChartSite(
        mission.city,
        round(mission.latitude, 1),
        round(mission.longitude, 1),
        site.state,
        site.presence is Presence.REMOTE_ONLY,
    )


@dataclass(frozen=True)
class Mark:
    """A site on the paper."""

    x: float
    y: float
    state: str
    remote: bool
    text: str


@dataclass(frozen=True)
class Label:
    """A city's name on the paper."""

    x: float
    y: float
    anchor: str
    text: str


def _by_weight(sites: Iterable[ChartSite]) -> list[ChartSite]:
    """Return the sites with those in front last that say most."""
    order = list(SlotState)
    return sorted(sites, key=lambda site: order.index(site.state))


def _mark(site: ChartSite, project: Projection) -> Mark:
    x, y = project(site.latitude_deg, site.longitude_deg)
    return Mark(round(x, 1), round(y, 1), site.state.value, site.remote, site.city)


def _side_by_side(marks: list[Mark]) -> list[Mark]:
    """Return marks of which none hides another: a city with several sites shows them in a row."""
    free: list[Mark] = []
    for mark in reversed(marks):
        while any(abs(mark.x - other.x) < ROOM and abs(mark.y - other.y) < ROOM for other in free):
            mark = replace(mark, x=round(mark.x + ROOM + 2, 1))  # noqa: PLW2901 - moved on
        free.append(mark)
    return free[::-1]


def _legend(sites: Iterable[ChartSite], language: str) -> list[dict[str, Any]]:
    """Return what each mark means, and how many there are, from left to right."""
    sites = list(sites)
    counts = {state: sum(site.state is state for site in sites) for state in SlotState}
    entries = [
        (state.value, f"{translate(SLOT_STATE_LABELS[state], language)}: {count}")
        for state, count in counts.items()
    ]
    remote = sum(site.remote for site in sites)
    if remote:
        entries.append(("remote", f"{translate(REMOTE, language)}: {remote}"))
    legend, x = [], 40
    for mark, text in entries:
        legend.append({"x": x, "mark": mark, "text": text})
        x += 80 + 11 * width_of(text)
    return legend


Box = tuple[float, float, float, float]


def _labels(marks: list[Mark], top: float, bottom: float) -> Iterator[Label]:
    """Yield the names that have room beside their marks; those in front first."""
    taken: list[Box] = [(mark.x - 10, mark.y - 10, mark.x + 10, mark.y + 10) for mark in marks]
    named: set[str] = set()
    for mark in reversed(marks):
        for label, box in _places_for(mark):
            inside = box[0] > 0 and box[2] < WIDTH and box[1] > top and box[3] < bottom
            if mark.text not in named and inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                named.add(mark.text)
                yield label


def _places_for(mark: Mark) -> Iterator[tuple[Label, Box]]:
    """Yield where a name can stand: right, left, above, below."""
    x, y, width = mark.x, mark.y, 10.3 * width_of(mark.text)
    for at, baseline, anchor, left in (
        (x + 15, y + 5, "start", x + 12),
        (x - 15, y + 5, "end", x - 15 - width),
        (x, y - 16, "middle", x - width / 2),
        (x, y + 27, "middle", x - width / 2),
    ):
        label = Label(round(at, 1), round(baseline, 1), anchor, mark.text)
        yield label, (left, baseline - 16, left + width + 3, baseline + 5)


def _meet(one: Box, other: Box) -> bool:
    apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    return not apart


@cache
def _world() -> Chart:
    """Return the world in Natural Earth's projection, without Antarctica.

    Source:
        Šavrič, Jenny, Patterson, Petrovič, Hurni: A polynomial equation for the Natural Earth
        projection, 2011.
    """
    radius = WIDTH / (2 * math.pi * 0.8707) * 0.98
    north = _natural_earth(NORTH_DEG, 0)[1]

    def project(latitude_deg: float, longitude_deg: float) -> Point:
        x, y = _natural_earth(latitude_deg, longitude_deg)
        return WIDTH / 2 + radius * x, TOP + 6 + radius * (north - y)

    height = round(radius * (north - _natural_earth(SOUTH_DEG, 0)[1]) + 12)
    rings = (ring for ring in _rings("110m") if max(point[1] for point in ring) > SOUTH_DEG)
    return Chart(project, height, _path(rings, project))


def _natural_earth(latitude_deg: float, longitude_deg: float) -> Point:
    phi, lam = math.radians(latitude_deg), math.radians(longitude_deg)
    p2 = phi * phi
    p4 = p2 * p2
    x = lam * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)))
    y = phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)))
    return x, y


def _region(sites: Iterable[ChartSite]) -> Chart:
    """Return the part of the world in which sites lie, with a margin; degrees are nearly true."""
    sites = list(sites)
    west, east = _longitudes(site.longitude_deg for site in sites)
    south = max(min(site.latitude_deg for site in sites) - 4, -60)
    north = min(max(site.latitude_deg for site in sites) + 4, 84)
    narrowed = math.cos(math.radians((north + south) / 2))
    wanted = (north - south) / narrowed * WIDTH / MOST_HEIGHT
    spare = max(wanted - (east - west) - 8, 0) / 2 + 4
    west, east = west - spare, east + spare
    scale = WIDTH / (east - west)
    height = round(max((north - south) * scale / narrowed, 500))
    middle = (north + south) / 2

    def project(latitude_deg: float, longitude_deg: float) -> Point:
        x = scale * ((longitude_deg - west) % 360)
        return x, TOP + height / 2 + scale / narrowed * (middle - latitude_deg)

    def straight(latitude_deg: float, longitude_deg: float) -> Point:
        y = TOP + height / 2 + scale / narrowed * (middle - latitude_deg)
        return scale * (longitude_deg - west), y

    return Chart(
        project, height, _path(_rings_within(west, east, south - 20, north + 20), straight)
    )


def _longitudes(found: Iterable[float]) -> tuple[float, float]:
    """Return the shortest arc that holds all longitudes, its east perhaps above 180."""
    known = sorted(set(found))
    if len(known) == 1:
        return known[0], known[0]
    gaps = [(after - before, after) for before, after in pairwise([*known, known[0] + 360])]
    widest, west = max(gaps)
    west = west if west <= 180 else west - 360
    return west, west + 360 - widest


Ring = list[list[float]]


def _rings_within(west: float, east: float, south: float, north: float) -> Iterator[Ring]:
    """Yield the rings of the land that meet a frame, moved by whole turns to where it is."""
    for ring in _rings("50m"):
        latitudes = [point[1] for point in ring]
        if max(latitudes) < south or min(latitudes) > north:
            continue
        low, high = min(point[0] for point in ring), max(point[0] for point in ring)
        for turn in (-360, 0, 360):
            if high + turn >= west and low + turn <= east:
                yield [[point[0] + turn, point[1]] for point in ring]


def _path(rings: Iterable[Ring], project: Projection) -> str:
    """Return rings as one path, to the tenth of a unit, without points that do not show."""
    parts = []
    for ring in rings:
        points = (project(latitude, longitude) for longitude, latitude in ring)
        written = dict.fromkeys(f"{x:.1f} {y:.1f}" for x, y in points)
        if len(written) > 2:
            parts.append(f"M{'L'.join(written)}z")
    return "".join(parts)


@cache
def _rings(scale: str) -> tuple[Ring, ...]:
    """Return the rings of all countries; points are longitude, latitude in degrees."""
    name = "countries-50m.geojson" if scale == "50m" else "countries-110m.js"
    text = (BASEMAP / name).read_text(encoding="utf-8")
    # The script holds the same GeoJSON between its outermost braces.
    shapes = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return tuple(
        ring
        for feature in shapes["features"]
        for polygon in _polygons(feature["geometry"])
        for ring in polygon
    )


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    coordinates: list[Any] = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "Polygon" else coordinates
