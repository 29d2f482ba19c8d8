"""Divide the finer shapes of countries by region, and find where each country's name stands.

Run it from the top of the checkout after ``npm run convert``, then commit what it wrote:

    .venv/bin/python scripts/basemap/divide.py

Every file is a script that works from a disk: a page loads those of the regions it shows.
"""

import json
import math
from collections import defaultdict
from itertools import pairwise

import click

from protestcoord.config import PACKAGE
from protestcoord.missions.regions import REGION_OF_COUNTRY, region_of

BASEMAP = PACKAGE / "static" / "vendor" / "basemap"
Ring = list[list[float]]
Box = tuple[float, float, float, float]  # south, west, north, east, in degrees
NAMELESS = "none"  # shapes of no one country; drawn with the region around them
STEPS = 40
HALF_THE_WORLD = 180


def main() -> None:
    shapes = json.loads((BASEMAP / "countries-50m.geojson").read_text(encoding="utf-8"))
    by_region = defaultdict(list)
    for feature in shapes["features"]:
        iso2 = feature["properties"]["iso2"]
        if iso2 != "AQ":  # it has no mission, and fills a third of the map
            known = iso2 in REGION_OF_COUNTRY
            by_region[region_of(iso2) if known else NAMELESS].append(feature)
    for region, features in by_region.items():
        bare = [{"type": "Feature", "properties": {}, "geometry": f["geometry"]} for f in features]
        text = json.dumps({"type": "FeatureCollection", "features": bare}, separators=(",", ":"))
        write(
            f"region-{region}.js", f"protestcoordMap.addDetail({region!r}, JSON.parse('{text}'));\n"
        )
    index = {region: boxes_of(features) for region, features in sorted(by_region.items())}
    names = dict(sorted(filter(None, map(name_place, shapes["features"]))))
    told = json.dumps({"regions": index, "names": names}, separators=(",", ":"))
    write("places.js", f"window.protestcoordPlaces = JSON.parse('{told}');\n")


def write(name: str, text: str) -> None:
    (BASEMAP / name).write_text(text, encoding="utf-8")
    click.echo(f"{name}: {len(text)} characters")


def rings_of(feature: dict) -> list[Ring]:
    """Return the outer rings."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    return [polygons[0]] if geometry["type"] == "Polygon" else [parts[0] for parts in polygons]


def boxes_of(features: list[dict]) -> list[Box]:
    """Return one box a country, or two where it lies on both sides of the antimeridian."""
    boxes = []
    for feature in features:
        rings = rings_of(feature)
        _, west, _, east = box_of(rings)
        if east - west <= HALF_THE_WORLD:
            boxes.append(box_of(rings))
            continue
        is_east = [ring[0][0] > 0 for ring in rings]
        sides = [[r for r, e in zip(rings, is_east, strict=True) if e is s] for s in (True, False)]
        boxes += map(box_of, sides)
    return boxes


def box_of(rings: list[Ring]) -> Box:
    points = [point for ring in rings for point in ring]
    east, north = (math.ceil(max(p[n] for p in points)) for n in (0, 1))
    west, south = (math.floor(min(p[n] for p in points)) for n in (0, 1))
    return south, west, north, east


def area(ring: Ring) -> float:
    """Return the area in square degrees, shrunk toward the poles as on a globe."""
    total = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return abs(total) / 2 * math.cos(math.radians(ring[0][1]))


def name_place(feature: dict) -> tuple[str, list[float]] | None:
    """Return a country's code, and where its name stands: latitude, longitude, room in degrees."""
    iso2 = feature["properties"]["iso2"]
    if iso2 not in REGION_OF_COUNTRY:
        return None
    ring = max(rings_of(feature), key=area)
    south, west, north, east = box_of([ring])
    spots = [
        (room, latitude, longitude)
        for row in range(1, STEPS)
        for column in range(1, STEPS)
        for latitude, longitude in [
            (south + (north - south) * row / STEPS, west + (east - west) * column / STEPS)
        ]
        for room in [room_at(ring, latitude, longitude)]
        if room
    ]
    if not spots:
        middle = [sum(p[n] for p in ring) / len(ring) for n in (1, 0)]
        return iso2, [*(round(degrees, 1) for degrees in middle), round(east - west, 1)]
    room, latitude, longitude = max(spots)
    return iso2, [round(latitude, 1), round(longitude, 1), round(room, 1)]


def room_at(ring: Ring, latitude: float, longitude: float) -> float:
    """Return how wide a name may be here, in degrees; 0 outside of the ring."""
    crossings = sorted(
        a[0] + (latitude - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        for a, b in pairwise(ring)
        if (a[1] > latitude) != (b[1] > latitude)
    )
    pairs = zip(crossings[::2], crossings[1::2], strict=False)
    inside = next((pair for pair in pairs if pair[0] < longitude < pair[1]), None)
    if not inside:
        return 0
    beside = [abs(p[1] - latitude) for p in ring if abs(p[0] - longitude) < 3]
    return min(2 * min(longitude - inside[0], inside[1] - longitude), 8 * min(beside, default=90))


if __name__ == "__main__":
    main()
