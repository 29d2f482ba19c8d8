"""What does Wikidata say of China's missions: the answer to the query in docs/data.md, as items.

The answer is CSV with one row for each combination of values, so an item that has two addresses
has two rows. No database, and nothing is fetched: somebody saves the answer as a file.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from protestcoord.core.errors import N_, DomainError
from protestcoord.missions.rules import MissionKind

ANSWER_COLUMNS = (
    "item", "kind", "country", "city", "chinese", "coordinates", "address", "postal_code",
    "phone", "website", "ended",
)  # fmt: skip

# By the English names of classes; many consulates-general are only called consulates there.
KINDS_OF_CLASS = {
    "embassy": {MissionKind.EMBASSY},
    "consulate general": {MissionKind.CONSULATE_GENERAL},
    "consulate-general": {MissionKind.CONSULATE_GENERAL},
    "consulate": {MissionKind.CONSULATE, MissionKind.CONSULATE_GENERAL},
}

ITEM = re.compile(r"https?://www\.wikidata\.org/entity/(Q[1-9][0-9]*)")
POINT = re.compile(r"Point\((-?[0-9.]+) (-?[0-9.]+)\)", re.IGNORECASE)


class NotAnAnswer(DomainError):
    """The file is no answer to the query: a column is missing, or it names no item."""

    message = N_("This is not the answer to the query in docs/data.md: %(reason)s.")
    field = "file"


@dataclass(frozen=True)
class WikidataItem:
    """One mission as Wikidata has it; of each value all that are given, in a stable order.

    Attributes:
        item: Such as ``Q166546``.
        kinds: Those that its classes say; empty where they say none of ours.
        country: ISO 3166-1 alpha-2 of the host, or empty.
        cities: Names in English of where it is.
        values: By column of the catalogue: ``name_local``, ``address``, ``postal_code``,
            ``phone`` and ``website``.
        points: Latitude and longitude in degrees.
        has_ended: Whether Wikidata has a date on which it was closed.
    """

    item: str
    kinds: frozenset[MissionKind]
    country: str
    cities: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    points: tuple[tuple[float, float], ...]
    has_ended: bool


def items_from_answer(text: str) -> tuple[WikidataItem, ...]:
    """Return the items of an answer, in the order of their numbers.

    Raises:
        NotAnAnswer: A column is missing, or a row names no item.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for column in ANSWER_COLUMNS:
        if column not in (reader.fieldnames or ()):
            raise NotAnAnswer(reason=f"there is no column {column}")
    rows: dict[str, list[dict[str, str]]] = {}
    for row in reader:
        rows.setdefault(_number(row["item"]), []).append(row)
    return tuple(_item(number, rows[number]) for number in sorted(rows, key=lambda q: int(q[1:])))


def _number(address: str) -> str:
    found = ITEM.fullmatch((address or "").strip())
    if not found:
        raise NotAnAnswer(reason=f"“{address}” is no item")
    return found[1]


def _item(number: str, rows: list[dict[str, str]]) -> WikidataItem:
    kinds = (KINDS_OF_CLASS.get(name.lower(), set()) for name in _all(rows, "kind"))
    return WikidataItem(
        item=number,
        kinds=frozenset().union(*kinds),
        country=next(iter(_all(rows, "country")), ""),
        cities=_all(rows, "city"),
        values={
            "name_local": _all(rows, "chinese"),
            **{name: _all(rows, name) for name in ("address", "postal_code", "phone", "website")},
        },
        points=tuple(_points(_all(rows, "coordinates"))),
        has_ended=bool(_all(rows, "ended")),
    )


def _all(rows: list[dict[str, str]], column: str) -> tuple[str, ...]:
    texts = {" ".join((row[column] or "").split()) for row in rows}
    return tuple(sorted(text for text in texts if text))


def _points(texts: Iterable[str]) -> list[tuple[float, float]]:
    """Wikidata writes longitude first."""
    found = filter(None, map(POINT.fullmatch, texts))
    return [(round(float(point[2]), 7), round(float(point[1]), 7)) for point in found]
