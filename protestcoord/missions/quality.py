"""How good are the directory's rows, and which should somebody look at first? Pure counting."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from protestcoord.missions.rules import Confidence, MissionStatus, Precision, is_withheld

UNCONFIRMED_WEBSITE = "website-pattern"

# So many years behind the newest source of the directory, and a row is old.
OLD_YEARS = 4


class Fact(StrEnum):
    """What a row may have or lack."""

    BUILDING = "building"
    ADDRESS = "address"
    PHONE = "phone"
    NAME_LOCAL = "name_local"
    WEBSITE = "website"
    WIKIDATA = "wikidata"


class Doubt(StrEnum):
    """Why a row should be looked at, the heaviest first."""

    UNSURE_IF_OPEN = "unsure_if_open"
    LOW_CONFIDENCE = "low_confidence"
    UNDATED = "undated"
    OLD = "old"
    MEDIUM_CONFIDENCE = "medium_confidence"
    NO_ADDRESS = "no_address"
    CITY_ONLY = "city_only"


WEIGHTS = {
    Doubt.UNSURE_IF_OPEN: 40,
    Doubt.LOW_CONFIDENCE: 30,
    Doubt.UNDATED: 12,
    Doubt.OLD: 8,
    Doubt.MEDIUM_CONFIDENCE: 6,
    Doubt.NO_ADDRESS: 3,
    Doubt.CITY_ONLY: 2,
}


class Row(Protocol):
    """What of a mission is counted; the names are the catalogue's columns."""

    @property
    def slug(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def confidence(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def name_local(self) -> str: ...
    @property
    def website(self) -> str: ...
    @property
    def wikidata(self) -> str: ...
    @property
    def sources(self) -> str: ...
    @property
    def verified_on(self) -> str: ...


@dataclass(frozen=True)
class Doubtful:
    """A mission with the reasons to look at it, the heaviest first."""

    mission: Row
    doubts: tuple[Doubt, ...]

    @property
    def weight(self) -> int:
        """How much there is to doubt."""
        return sum(WEIGHTS[doubt] for doubt in self.doubts)


@dataclass(frozen=True)
class Quality:
    """The directory in numbers; closed missions are counted nowhere.

    Attributes:
        missions: How many there are.
        with_fact: How many have each fact. A website that only follows the ministry's naming
            scheme is none.
        by_confidence: How many there are of each confidence.
        by_year: How many have their newest source in a year, the newest first; then undated ones
            under an empty text.
        first: Those with most to doubt, the worst first.
    """

    missions: int
    with_fact: dict[Fact, int]
    by_confidence: dict[Confidence, int]
    by_year: tuple[tuple[str, int], ...]
    first: tuple[Doubtful, ...]


HAS: dict[Fact, Callable[[Row], bool]] = {
    Fact.BUILDING: lambda row: row.precision == Precision.BUILDING,
    Fact.ADDRESS: lambda row: bool(row.address) and not is_withheld(row.address),
    Fact.PHONE: lambda row: bool(row.phone),
    Fact.NAME_LOCAL: lambda row: bool(row.name_local),
    Fact.WEBSITE: lambda row: bool(row.website) and UNCONFIRMED_WEBSITE not in row.sources,
    Fact.WIKIDATA: lambda row: bool(row.wikidata),
}


def quality_of(missions: Iterable[Row], most: int = 30) -> Quality:
    """Return how good the rows of the missions are, and at most so many to check first."""
    rows = [row for row in missions if row.status != MissionStatus.CLOSED]
    years = Counter(row.verified_on[:4] for row in rows)
    return Quality(
        missions=len(rows),
        with_fact={fact: sum(map(has, rows)) for fact, has in HAS.items()},
        by_confidence={level: sum(row.confidence == level for row in rows) for level in Confidence},
        by_year=tuple(sorted(years.items(), reverse=True)),
        first=_to_check_first(rows, most),
    )


def doubts_of(row: Row, newest_year: int) -> tuple[Doubt, ...]:
    """Return the reasons to look at a row, the heaviest first.

    Args:
        row: What is doubted.
        newest_year: Of the directory's newest source; age is counted from it, since a publication
            reads no clock.
    """
    year = row.verified_on[:4]
    is_so = {
        Doubt.UNSURE_IF_OPEN: row.status == MissionStatus.UNKNOWN,
        Doubt.LOW_CONFIDENCE: row.confidence == Confidence.LOW,
        Doubt.UNDATED: not year,
        Doubt.OLD: bool(year) and newest_year - int(year) >= OLD_YEARS,
        Doubt.MEDIUM_CONFIDENCE: row.confidence == Confidence.MEDIUM,
        Doubt.NO_ADDRESS: not row.address,
        Doubt.CITY_ONLY: row.precision == Precision.CITY and not is_withheld(row.address),
    }
    return tuple(doubt for doubt in Doubt if is_so[doubt])


def _to_check_first(rows: Sequence[Row], most: int) -> tuple[Doubtful, ...]:
    newest = max((int(row.verified_on[:4]) for row in rows if row.verified_on), default=0)
    doubtful = (Doubtful(row, doubts_of(row, newest)) for row in rows)
    worst = sorted(filter(_has_doubts, doubtful), key=_worst_first)
    return tuple(worst[:most])


def _has_doubts(doubtful: Doubtful) -> bool:
    return bool(doubtful.doubts)


def _worst_first(doubtful: Doubtful) -> tuple[int, str, str]:
    return -doubtful.weight, doubtful.mission.verified_on, doubtful.mission.slug
