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

from protestcoord.config import LANGUAGES, shipped
from protestcoord.core.languages import locale_of
from protestcoord.missions.distance import within
from protestcoord.missions.search import folded

FILE = shipped("data") / "cities.tsv.gz"
COLUMNS = ("name", "country", "latitude", "longitude", "people", "timezone", "names")
BETWEEN_NAMES = "|"

# A little less than a degree measures anywhere, so that the quick choice leaves nobody out.
KM_OF_DEGREE = 110.0
NEARLY_THE_POLE_DEG = 89.0


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
    preferred = _countries_called(folded(rest)) or countries
    for text in dict.fromkeys((folded(name), folded(place))):
        found = [
            (is_own, city.country in preferred, city.people, city)
            for is_own, city in _cities_called(text)
        ]
        if found:
            return max(found, key=lambda entry: entry[:3])[3]
    return None


@cache
def _country_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, called in locale_of(language).territories.items():
            found.setdefault(folded(called), set()).add(code)
    return {called: frozenset(codes) for called, codes in found.items()}


def _countries_called(text: str) -> frozenset[str]:
    return _country_names().get(text, frozenset())


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
    if not text:
        return
    known = _gazetteer()
    wanted = f"{BETWEEN_NAMES}{text}{BETWEEN_NAMES}".encode()
    at = known.names.find(wanted)
    while at >= 0:
        number = bisect_right(known.line_starts, at) - 1
        yield at == known.line_starts[number], known.cities[number]
        at = known.names.find(wanted, at + 1)
