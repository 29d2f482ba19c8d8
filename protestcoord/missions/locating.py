"""Which missions have an address but only their city's coordinates, and where is the building?

Asked of a Nominatim server, on the command line alone and only if somebody asks for it: the server
learns which addresses this site looks up. Readers are never sent there.
"""

from collections.abc import Iterable
from dataclasses import replace

from protestcoord.missions.catalogue import CatalogueRow
from protestcoord.missions.distance import address_finder, km_between
from protestcoord.missions.rules import MissionStatus, Precision, is_withheld

AGENT = "protestcoord (directory of missions)"

# A building farther from the middle of its city is more likely a namesake elsewhere.
FARTHEST_KM = 50.0


def in_question(rows: Iterable[CatalogueRow]) -> list[CatalogueRow]:
    """Return the rows that have an address and no building, without closed missions."""
    return [
        row
        for row in rows
        if row.address
        and not is_withheld(row.address)
        and row.precision is Precision.CITY
        and row.status is not MissionStatus.CLOSED
    ]


def locate_all(
    rows: Iterable[CatalogueRow], server: str, month: str, pause_seconds: float = 1.0
) -> list[tuple[CatalogueRow, str]]:
    """Return each row, with the building's coordinates if they were found, and what was found.

    Args:
        rows: Those to ask for.
        server: Of Nominatim, without a path.
        month: Such as ``2026-11``: a row that changes names it with its source.
        pause_seconds: Between two questions.
    """
    find = address_finder(server, AGENT, pause_seconds)
    done = []
    for row in rows:
        try:
            point = find(_question(row), row.country)
        except ConnectionError as error:
            done.append((row, f"the server does not answer: {error}"))
            break
        done.append(_located(row, point, month))
    return done


def _question(row: CatalogueRow) -> str:
    more = (part for part in (row.postal_code, row.city) if part and part not in row.address)
    return ", ".join((row.address, *more))


def _located(
    row: CatalogueRow, point: tuple[float, float] | None, month: str
) -> tuple[CatalogueRow, str]:
    if point is None:
        return row, "not found"
    away_km = km_between((row.latitude, row.longitude), point)
    where = f"{point[0]}, {point[1]}, {away_km:.1f} km from the middle of {row.city}"
    if away_km > FARTHEST_KM:
        return row, f"too far: {where}"
    latitude, longitude = (round(degrees, 7) for degrees in point)
    sources = ";".join(filter(None, (row.sources, f"openstreetmap-{month}")))
    changed = replace(
        row, latitude=latitude, longitude=longitude, precision=Precision.BUILDING, sources=sources
    )
    return changed, where
