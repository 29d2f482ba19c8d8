"""How far is it to a place, and where is an address: the only place where geopy is used."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Point = tuple[float, float]


class Place(Protocol):
    """What lies somewhere: degrees north, degrees east."""

    @property
    def latitude(self) -> float:
        """Degrees north."""

    @property
    def longitude(self) -> float:
        """Degrees east."""


P = TypeVar("P", bound=Place)


def nearest(
    places: Iterable[P], latitude: float, longitude: float, count: int = 5
) -> list[tuple[float, P]]:
    """Return the nearest places to a point in range, with their distance in km, nearest first.

    They are chosen on a sphere, which is quick, and measured on the ellipsoid WGS 84. To a
    mission of city precision it is the distance to the middle of its city.
    """
    from geopy.distance import great_circle

    here = (latitude, longitude)
    chosen = heapq.nsmallest(
        count, places, key=lambda place: great_circle(here, point_of(place)).km
    )
    return [(km_between(here, point_of(place)), place) for place in chosen]


def address_finder(
    server: str, agent: str, pause_seconds: float = 1.0
) -> Callable[[str, str], Point | None]:
    """Return what asks a Nominatim server where an address (and a country's code) is.

    The answer is latitude and longitude in degrees, or None where the server knows no such place.

    Args:
        server: Such as ``https://nominatim.openstreetmap.org``, without a path.
        agent: What this program calls itself, as the server's terms ask.
        pause_seconds: The least time between two questions; the public server asks for a second.

    Raises:
        ConnectionError: By what is returned, when the server does not answer as it should.

    Source:
        https://operations.osmfoundation.org/policies/nominatim/
    """
    from geopy.exc import GeopyError
    from geopy.extra.rate_limiter import RateLimiter
    from geopy.geocoders import Nominatim

    scheme, _, domain = server.partition("://")
    asked = Nominatim(user_agent=agent, domain=domain, scheme=scheme, timeout=10)
    geocode = RateLimiter(
        asked.geocode, min_delay_seconds=pause_seconds, max_retries=0, swallow_exceptions=False
    )

    def find(address: str, country: str) -> Point | None:
        try:
            found = geocode(address, country_codes=country.lower())
        except GeopyError as error:
            raise ConnectionError(str(error)) from error
        return (found.latitude, found.longitude) if found else None

    return find


def within(places: Iterable[P], here: Point, radius_km: float) -> Iterator[P]:
    """Yield the places that lie within a distance of a point, on a sphere, in their order."""
    from geopy.distance import great_circle

    for place in places:
        if great_circle(here, point_of(place)).km <= radius_km:
            yield place


def km_between(here: Point, there: Point) -> float:
    """Return how far apart two points are, in km on the ellipsoid WGS 84.

    Args:
        here: Latitude and longitude in degrees.
        there: The same of the other point; the shorter way is taken across the date line.
    """
    from geopy.distance import geodesic

    return float(geodesic(here, there).km)


def point_of(place: Place) -> Point:
    """Return where a place lies: latitude and longitude in degrees."""
    return place.latitude, place.longitude
