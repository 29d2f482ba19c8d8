"""In which country does a coordinate lie: the shipped shapes of countries, without a database."""

import json
import math
from functools import cache
from itertools import pairwise
from typing import Any

from protestcoord.config import PACKAGE

SHAPES = PACKAGE / "static" / "vendor" / "basemap" / "countries-50m.geojson"

# The shapes are coarse. Of the 291 missions 34 lie outside their country's, the farthest by 7 km
# (an atoll), and none of these lies in another's. So much is forgiven off the coast, and less
# where another country begins.
COAST_TOLERANCE_KM = 25.0
BORDER_TOLERANCE_KM = 5.0

KM_OF_DEGREE = 111.195

# Of a country all rings, outer ones and holes alike; a point is (longitude, latitude).
Rings = list[list[tuple[float, float]]]


@cache
def shapes_of_countries() -> dict[str, Rings]:
    """Return the rings of each country, by ISO 3166-1 alpha-2; small territories are missing."""
    shapes: dict[str, Rings] = {}
    for feature in json.loads(SHAPES.read_text(encoding="utf-8"))["features"]:
        if country := feature["properties"]["iso2"]:
            shapes.setdefault(country, []).extend(_rings(feature["geometry"]))
    return shapes


def has_shape(country: str) -> bool:
    """Whether anything can be said of where a country (ISO 3166-1 alpha-2) lies."""
    return country in shapes_of_countries()


def country_at(latitude: float, longitude: float) -> str:
    """Return the country whose shape holds a point, or an empty text."""
    for country, rings in shapes_of_countries().items():
        if _holds(rings, latitude, longitude):
            return country
    return ""


def may_lie_in(country: str, latitude: float, longitude: float) -> bool:
    """Whether a point lies in a country as far as its shape can tell.

    Args:
        country: ISO 3166-1 alpha-2; where there is no shape of it, everything may lie in it.
        latitude: Degrees north, -90 to 90.
        longitude: Degrees east, -180 to 180.
    """
    rings = shapes_of_countries().get(country)
    if rings is None or _holds(rings, latitude, longitude):
        return True
    distance_km = _distance_km(rings, latitude, longitude)
    if distance_km > COAST_TOLERANCE_KM:
        return False
    return distance_km <= BORDER_TOLERANCE_KM or not country_at(latitude, longitude)


def _rings(geometry: dict[str, Any]) -> Rings:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return [ring for polygon in polygons for ring in polygon]


def _holds(rings: Rings, latitude: float, longitude: float) -> bool:
    """Whether a ray to the west crosses the rings an odd number of times; holes cancel out."""
    odd = False
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > latitude) != (y2 > latitude):
                odd ^= x1 + (latitude - y1) * (x2 - x1) / (y2 - y1) < longitude
    return odd


def _distance_km(rings: Rings, latitude: float, longitude: float) -> float:
    """On a plane that touches the globe at the point: true nearby, and large far away."""
    east_km = KM_OF_DEGREE * math.cos(math.radians(latitude))
    return min(
        _segment_km(start, end)
        for ring in rings
        for start, end in pairwise(
            ((x - longitude) * east_km, (y - latitude) * KM_OF_DEGREE) for x, y in ring
        )
    )


def _segment_km(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Distance from (0, 0) to the segment between two points of the plane."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    square = dx * dx + dy * dy
    along = max(0.0, min(1.0, -(x * dx + y * dy) / square)) if square else 0.0
    return math.hypot(x + along * dx, y + along * dy)
