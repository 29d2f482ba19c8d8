"""Where is a city, and how many people live near a place? Offline, from GeoNames.

The file is a table with a header, compressed and by latitude: ``scripts/build_gazetteer.py`` makes
it. The last column holds every name of a city, folded as ``search.folded`` does and its own first.
Names are sought in the bytes of that column as they are: a dictionary of all 317,000 would take
ten times the memory, and a search takes milliseconds.

Source:
    GeoNames (https://www.geonames.org/), CC BY 4.0: whoever shows its coordinates credits it.
"""

import gzip
import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from protestcoord.config import shipped
from protestcoord.missions.country_names import countries_called
from protestcoord.missions.distance import within
from protestcoord.missions.search import folded
from protestcoord.missions.spelling import allowed_mistakes, mistakes_between

FILE = shipped("data") / "cities.tsv.gz"
COLUMNS = ("name", "country", "latitude", "longitude", "people", "timezone", "names")
BETWEEN_NAMES = "|"

# A little less than a degree measures anywhere, so that the quick choice leaves nobody out.
KM_OF_DEGREE = 110.0
NEARLY_THE_POLE_DEG = 89.0

# A large city's middle may lie so far from a building at its edge.
SAME_CITY_KM = 75.0


@dataclass(frozen=True, slots=True)
class City:
    """A city with 15,000 people or more, or the seat of an administration.

    Attributes:
        name: In Latin letters, as GeoNames has it.
        country: ISO 3166-1 alpha-2.
        latitude: Degrees north of its middle.
        longitude: Degrees east of its middle.
        people: How many live in it; 0 where GeoNames does not know.
        timezone: IANA zone.
    """

    name: str
    country: str
    latitude: float
    longitude: float
    people: int
    timezone: str


@dataclass(frozen=True)
class _Gazetteer:
    """The cities by latitude, and the same order of lines with their names."""

    cities: tuple[City, ...]
    latitudes: "array[float]"
    names: bytes
    line_starts: "array[int]"


@lru_cache(maxsize=4096)
def people_within(latitude_deg: float, longitude_deg: float, radius_km: float = 50) -> int:
    """Return how many people live in the cities whose middle lies within a distance.

    Districts that GeoNames lists on their own are counted beside their city, so it is a size to
    compare by and no census.

    Args:
        latitude_deg: Degrees north.
        longitude_deg: Degrees east.
        radius_km: Kilometres along the ground, on a sphere.
    """
    near = _cities_about(latitude_deg, longitude_deg, radius_km / KM_OF_DEGREE)
    return sum(city.people for city in within(near, (latitude_deg, longitude_deg), radius_km))


@lru_cache(maxsize=16384)
def find_city(name: str, countries: frozenset[str] = frozenset()) -> City | None:
    """Return the city that a person means by a name in any language, or None.

    A city's own name goes before another city's other name, then one in a preferred country,
    then the one with more people. After a comma may stand a country, which is then preferred, or
    what nobody here knows.

    Args:
        name: As typed; accents, case and punctuation do not count.
        countries: ISO 3166-1 alpha-2 of countries to prefer.
    """
    place, _, rest = name.partition(",")
    preferred = countries_called(rest) or countries
    for text in dict.fromkeys((folded(name), folded(place))):
        found = [
            (is_own, city.country in preferred, city.people, city)
            for is_own, city in _cities_called(text)
        ]
        if found:
            return max(found, key=lambda entry: entry[:3])[3]
    return None


@lru_cache(maxsize=1024)
def find_city_spelled_like(name: str, countries: frozenset[str] = frozenset()) -> City | None:
    """Return the city whose own name a person may have mistyped, or None.

    The fewer mistakes the better, then one in a preferred country, then the larger city.

    Args:
        name: As typed, in Latin letters.
        countries: ISO 3166-1 alpha-2 of countries to prefer.
    """
    typed = folded(name)
    most = allowed_mistakes(typed)
    if not most:
        return None
    found = [
        (-mistakes, city.country in countries, city.people, city)
        for city, own in zip(_gazetteer().cities, _own_names(), strict=True)
        if (mistakes := mistakes_between(typed, own, most)) is not None
    ]
    return max(found, key=lambda entry: entry[:3])[3] if found else None


@cache
def largest_city(country: str) -> City | None:
    """Return the city of a country (ISO 3166-1 alpha-2) in which most people live, if any."""
    there = (city for city in _gazetteer().cities if city.country == country)
    return max(there, key=lambda city: city.people, default=None)


@lru_cache(maxsize=1024)
def names_of_city(name: str, country: str, latitude: float, longitude: float) -> tuple[str, ...]:
    """Return what a city is called, folded and its own name first; empty if it is not known.

    Args:
        name: One of its names.
        country: ISO 3166-1 alpha-2.
        latitude: Degrees north of a point in or near it, by which it is told from its namesakes.
        longitude: Degrees east of the same.
    """
    own, cities, here = folded(name), _gazetteer().cities, (latitude, longitude)
    called = _lines_by_own_name().get(own) or [number for number, _ in _lines_called(own)]
    there = {cities[number]: number for number in called if cities[number].country == country}
    city = max(within(there, here, SAME_CITY_KM), key=lambda city: city.people, default=None)
    return _names_in_line(there[city]) if city else ()


def _names_in_line(number: int) -> tuple[str, ...]:
    known = _gazetteer()
    ends = (*known.line_starts[number + 1 : number + 2], len(known.names))
    line = known.names[known.line_starts[number] : ends[0]].decode()
    return tuple(filter(None, line.split(BETWEEN_NAMES)))


@cache
def _own_names() -> tuple[str, ...]:
    known = _gazetteer()
    ends = (known.names.index(BETWEEN_NAMES.encode(), start + 1) for start in known.line_starts)
    return tuple(
        known.names[start + 1 : end].decode()
        for start, end in zip(known.line_starts, ends, strict=True)
    )


@cache
def _lines_by_own_name() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, name in enumerate(_own_names()):
        found.setdefault(name, []).append(number)
    return found


@cache
def _gazetteer() -> _Gazetteer:
    _, *lines = gzip.decompress(FILE.read_bytes()).decode().splitlines()
    cities, names, starts, length = [], [], array("l"), 0
    for line in lines:
        name, country, latitude, longitude, people, timezone, of_city = line.split("\t")
        cities.append(City(name, country, float(latitude), float(longitude), int(people), timezone))
        names.append(f"{BETWEEN_NAMES}{of_city}{BETWEEN_NAMES}".encode())
        starts.append(length)
        length += len(names[-1])
    latitudes = array("d", [city.latitude for city in cities])
    return _Gazetteer(tuple(cities), latitudes, b"".join(names), starts)


def _cities_about(latitude: float, longitude: float, reach: float) -> Iterator[City]:
    """Yield the cities in a band of latitude and, but near a pole, of longitude; all in degrees."""
    known = _gazetteer()
    first = bisect_left(known.latitudes, latitude - reach)
    end = bisect_right(known.latitudes, latitude + reach)
    farthest = min(abs(latitude) + reach, NEARLY_THE_POLE_DEG)
    wide = reach / math.cos(math.radians(farthest))
    for city in known.cities[first:end]:
        if farthest == NEARLY_THE_POLE_DEG or abs(_turn(city.longitude - longitude)) <= wide:
            yield city


def _turn(degrees: float) -> float:
    """The shorter way round: -180 to 180."""
    return (degrees + 180) % 360 - 180


def _cities_called(text: str) -> Iterator[tuple[bool, City]]:
    """Yield the cities that have a folded name, and whether it is their own."""
    for number, is_own in _lines_called(text):
        yield is_own, _gazetteer().cities[number]


def _lines_called(text: str) -> Iterator[tuple[int, bool]]:
    if not text:
        return
    known = _gazetteer()
    wanted = f"{BETWEEN_NAMES}{text}{BETWEEN_NAMES}".encode()
    at = known.names.find(wanted)
    while at >= 0:
        number = bisect_right(known.line_starts, at) - 1
        yield number, at == known.line_starts[number]
        at = known.names.find(wanted, at + 1)
