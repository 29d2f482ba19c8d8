"""How far is it to a mission: the only place where geopy is used."""

import heapq
from collections.abc import Iterable

from protestcoord.missions.catalogue import CatalogueRow


def nearest_missions(
    rows: Iterable[CatalogueRow], latitude: float, longitude: float, count: int = 5
) -> list[tuple[float, CatalogueRow]]:
    """Return the nearest missions to a point in range, with their distance in km, nearest first.

    They are chosen on a sphere, which is quick, and measured on the ellipsoid WGS 84. To a
    mission of city precision it is the distance to the middle of its city.
    """
    from geopy.distance import geodesic, great_circle

    here = (latitude, longitude)
    chosen = heapq.nsmallest(count, rows, key=lambda row: great_circle(here, _point(row)).km)
    return [(geodesic(here, _point(row)).km, row) for row in chosen]


def _point(row: CatalogueRow) -> tuple[float, float]:
    return row.latitude, row.longitude


def km_between(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return how far apart two points are, in km on the ellipsoid WGS 84.

    Args:
        here: Latitude and longitude in degrees.
        there: The same of the other point; the shorter way is taken across the date line.
    """
    from geopy.distance import geodesic

    return float(geodesic(here, there).km)
