"""Do country, coordinates and time zone of a catalogue's row agree?"""

from collections.abc import Iterator, Mapping

from protestcoord.missions.catalogue import latitude_from_text, longitude_from_text
from protestcoord.missions.countries import country_at, has_shape, may_lie_in
from protestcoord.missions.rules import Precision, is_withheld

Cells = Mapping[str, str]
Point = tuple[float, float]


def place_faults(row: Cells) -> Iterator[tuple[str, str]]:
    """Yield column and message where a row contradicts itself about its place.

    A zone is only asked of coordinates that lie in the country: that of a wrong place says
    nothing. Coordinates that are no numbers are the business of ``cell_rules``.
    """
    country, latitude, longitude = (
        row.get(column, "") for column in ("country", "latitude", "longitude")
    )
    point, swapped = point_of(latitude, longitude), point_of(longitude, latitude)
    if point and may_lie_in(country, *point):
        yield from _zone_faults(point, row.get("timezone", ""))
    elif swapped and has_shape(country) and may_lie_in(country, *swapped):
        yield "latitude", "latitude and longitude look swapped"
    elif point:
        found = country_at(*point) or "no country"
        yield "latitude", f"{latitude}, {longitude} lies in {found}, not in {country}"


def withheld_faults(row: Cells) -> Iterator[tuple[str, str]]:
    """Yield column and message where a row tells what its withheld address is to hide.

    An import would forget it; but whoever has the file reads it there.
    """
    if not is_withheld(row.get("address", "")):
        return
    if row.get("precision") == Precision.BUILDING:
        yield "precision", "the address is withheld, so give the city and its coordinates"
    for column in ("postal_code", "phone"):
        if row.get(column):
            yield column, "the address is withheld, so this is left empty"


def point_of(latitude: str, longitude: str) -> Point | None:
    """Return the point that two cells mean, if they mean one."""
    try:
        return latitude_from_text(latitude), longitude_from_text(longitude)
    except ValueError:
        return None


def _zone_faults(point: Point, timezone: str) -> Iterator[tuple[str, str]]:
    zones = _zones_at(point)
    if timezone and timezone not in zones:
        yield "timezone", f"the coordinates lie in {' or '.join(zones)}, not in {timezone}"


def _zones_at(point: Point) -> list[str]:
    """Return the IANA zones of a point: several where a border is disputed."""
    import tzfpy

    latitude, longitude = point
    return sorted(tzfpy.get_tzs(longitude, latitude))
