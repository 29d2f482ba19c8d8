"""Which missions does a person look for, and which are near the place that was named instead?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from protestcoord.missions import distance
from protestcoord.missions.country_names import countries_called
from protestcoord.missions.gazetteer import (
    City,
    find_city,
    find_city_spelled_like,
    largest_city,
)
from protestcoord.missions.models import Mission
from protestcoord.missions.naming import Names, names_of
from protestcoord.missions.queries import missions_of
from protestcoord.missions.ranking import (
    is_citys_name,
    place_in_search,
    ranked,
    ranked_if_mistyped,
)
from protestcoord.missions.rules import MissionStatus

# As many as this, and nobody needs to be shown what is near as well.
ENOUGH = 5

IN_CITY_KM = 25.0


@dataclass(frozen=True)
class NearPlace:
    """The missions nearest to a city of the gazetteer.

    Attributes:
        city: The city that the text means.
        missions: With their distance in km, the nearest first.
        is_guess: Whether the text is no name of the city, only much like one.
    """

    city: City
    missions: tuple[tuple[float, Mission], ...]
    is_guess: bool

    def is_answered_by(self, mission: Mission) -> bool:
        """Whether a mission that was found anyway stands in the city."""
        distance_km, nearest = self.missions[0]
        return nearest is mission and distance_km <= IN_CITY_KM


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        missions: The best first; by slug if no text was searched for.
        is_guess: Whether nothing has the words as they were typed, and these come close.
        near: What is near the place that the text names, if it names one and that helps.
    """

    missions: tuple[Mission, ...]
    is_guess: bool = False
    near: NearPlace | None = None


def missions_matching(session: Session, text: str = "", country: str = "", kind: str = "") -> Found:
    """Return what a search finds; an empty argument asks for nothing.

    Args:
        session: Where to look.
        text: As typed: names of a mission, its city, country, kind, district or address.
        country: ISO 3166-1 alpha-2, in small letters too.
        kind: A ``MissionKind``; one that does not exist finds nothing.
    """
    return missions_found(missions_of(session, country, kind), text, country)


def missions_found(missions: Sequence[Mission], text: str, country: str = "") -> Found:
    """Return which of the missions a text means, however it is written, and what is near.

    Args:
        missions: What may be found.
        text: Words as typed; case, accents, script and single mistakes do not count.
        country: ISO 3166-1 alpha-2 of the country in which a place is meant first.
    """
    if not text:
        return Found(tuple(missions))
    names = [names_of(mission) for mission in missions]
    found = _chosen(missions, ranked(text, names))
    if len(found) >= ENOUGH or (found and is_citys_name(text, names_of(found[0]))):
        return Found(found, near=_near_country(missions, text, found))
    near = _near(missions, city_meant(text, country)) or _near_country(missions, text, found)
    if near and not (found and near.is_answered_by(found[0])):
        return Found(found, near=near)
    return Found(found) if found else _guessed(missions, names, text, country)


def _guessed(missions: Sequence[Mission], names: Sequence[Names], text: str, country: str) -> Found:
    if guessed := ranked_if_mistyped(text, names):
        return Found(_chosen(missions, guessed), is_guess=True)
    city = find_city_spelled_like(place_in_search(text), _one(country))
    return Found((), near=_near(missions, city, is_guess=True))


def _near_country(
    missions: Sequence[Mission], text: str, found: Sequence[Mission]
) -> NearPlace | None:
    """What is near the largest city of a country that the text names and nothing found is in."""
    countries = countries_called(place_in_search(text))
    if len(countries) != 1 or any(mission.country in countries for mission in found):
        return None
    return _near(missions, largest_city(min(countries)))


def city_meant(text: str, country: str = "") -> City | None:
    """Return the city that a text names, perhaps beside a country or a kind, or None.

    A country's name is no city's, though some cities have it too.

    Args:
        text: As typed; behind the city, with or without a comma, may stand its country.
        country: ISO 3166-1 alpha-2 of the country in which a place is meant first.
    """
    words = place_in_search(text).split()
    if countries_called(text) or countries_called(" ".join(words)):
        return None
    in_country = (
        f"{' '.join(words[:at])}, {' '.join(words[at:])}"
        for at in range(1, len(words))
        if countries_called(" ".join(words[at:]))
    )
    places = (text, *in_country, " ".join(words))
    return next(filter(None, (find_city(place, _one(country)) for place in places)), None)


def _one(country: str) -> frozenset[str]:
    return frozenset(filter(None, [country.upper()]))


def _chosen(missions: Sequence[Mission], numbers: Sequence[int]) -> tuple[Mission, ...]:
    return tuple(missions[number] for number in numbers)


def _near(
    missions: Sequence[Mission], city: City | None, *, is_guess: bool = False
) -> NearPlace | None:
    there = [mission for mission in missions if mission.status is not MissionStatus.CLOSED]
    if city is None or not there:
        return None
    nearest = distance.nearest(there, city.latitude, city.longitude)
    return NearPlace(city, tuple(nearest), is_guess)
