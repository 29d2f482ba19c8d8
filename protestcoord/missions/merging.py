"""What would the directory gain from Wikidata, and where do they disagree? Pure; ours is kept.

A cell of ours is never changed because Wikidata has another value, for ours may be somebody's
correction: that is a conflict, to be shown and decided one by one. Only empty cells are filled,
and a place that is only its city's gets the building's coordinates.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from protestcoord.missions.catalogue import WITHHELD_WITH_ADDRESS, CatalogueRow
from protestcoord.missions.distance import km_between
from protestcoord.missions.naming import names_of
from protestcoord.missions.rules import MissionStatus, Precision, is_withheld
from protestcoord.missions.search import folded
from protestcoord.missions.wikidata import WikidataItem

TEXT_COLUMNS = ("name_local", "address", "postal_code", "phone", "website")
PLACE = "place"

# Two points for one building, and the farthest that a building lies from the middle of its city.
SAME_BUILDING_KM = 0.2
SAME_CITY_KM = 50.0


class Outcome(StrEnum):
    """What becomes of one value of Wikidata's."""

    FILLED = "filled"
    TAKEN = "taken"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True)
class Finding:
    """One value that Wikidata has and the directory has not.

    Attributes:
        slug: Of the mission.
        column: Of the catalogue; ``place`` for coordinates with their precision.
        ours: What stands in the directory, or empty.
        theirs: What Wikidata has; several values are separated by a bar.
        outcome: Whether an empty cell was filled, a conflict decided for Wikidata
            (``taken``) or for us (``kept``), or the row would get a fault (``refused``).
        reason: Which fault that is.
    """

    slug: str
    column: str
    ours: str
    theirs: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class Merge:
    """The directory with what Wikidata adds.

    Attributes:
        rows: All rows, in their order.
        findings: By slug and column.
        unknown: Items that no row is about and that have not ended, with their cities.
        gone: Slugs of rows whose item the answer lacks.
    """

    rows: tuple[CatalogueRow, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[WikidataItem, ...]
    gone: tuple[str, ...]

    def without(self, before: Sequence[CatalogueRow], faults: Mapping[str, str]) -> "Merge":
        """Return the merge in which some rows stay as they were.

        Args:
            before: The rows of the directory, in the same order.
            faults: What would be wrong with a row, by its slug.
        """
        pairs = zip(before, self.rows, strict=True)
        return replace(
            self,
            rows=tuple(old if old.slug in faults else new for old, new in pairs),
            findings=tuple(_refused(finding, faults) for finding in self.findings),
        )


def _refused(finding: Finding, faults: Mapping[str, str]) -> Finding:
    if finding.slug not in faults or finding.outcome is Outcome.KEPT:
        return finding
    return replace(finding, outcome=Outcome.REFUSED, reason=faults[finding.slug])


def merged(
    rows: Sequence[CatalogueRow],
    items: Iterable[WikidataItem],
    month: str,
    take: Collection[tuple[str, str]] = (),
) -> Merge:
    """Return what the directory becomes with Wikidata's values.

    Args:
        rows: The directory.
        items: What Wikidata has.
        month: When that was, such as ``2026-11``; a row that changes names it as a source.
        take: Slug and column of the conflicts in which Wikidata's first value is taken.
    """
    by_number = {item.item: item for item in items}
    pairs = _pairs(rows, by_number)
    findings: list[Finding] = []
    done = []
    for row in rows:
        item = pairs.get(row.slug)
        of_row = list(_findings(row, item, take)) if item else []
        findings += of_row
        done.append(_changed(row, item, of_row, month) if item else row)
    told = {item.item for item in pairs.values()}
    return Merge(
        rows=tuple(done),
        findings=tuple(findings),
        unknown=tuple(i for i in by_number.values() if i.item not in told and not i.has_ended),
        gone=tuple(row.slug for row in rows if row.wikidata and row.wikidata not in by_number),
    )


def _pairs(rows: Sequence[CatalogueRow], items: dict[str, WikidataItem]) -> dict[str, WikidataItem]:
    """Bring together by item; what is left by country, kind and city, where that is one alone."""
    pairs = {row.slug: items[row.wikidata] for row in rows if row.wikidata in items}
    told = {item.item for item in pairs.values()}
    free = [item for item in items.values() if item.item not in told and not item.has_ended]
    for row in rows:
        if row.wikidata or row.status is MissionStatus.CLOSED:
            continue
        alike = [item for item in free if _is_about(item, row)]
        if len(alike) == 1:
            pairs[row.slug] = alike[0]
    claimed = [item.item for item in pairs.values()]
    return {slug: item for slug, item in pairs.items() if claimed.count(item.item) == 1}


def _is_about(item: WikidataItem, row: CatalogueRow) -> bool:
    if item.country != row.country or row.kind not in item.kinds:
        return False
    names = names_of(row)
    return bool(set(map(folded, item.cities)) & {*names.city, *names.other_city})


def _findings(
    row: CatalogueRow, item: WikidataItem, take: Collection[tuple[str, str]]
) -> Iterator[Finding]:
    if not row.wikidata:
        yield Finding(row.slug, "wikidata", "", item.item, Outcome.FILLED)
    # Of a mission whose address is withheld nobody wants to know where it is.
    hidden = WITHHELD_WITH_ADDRESS if is_withheld(row.address) else ()
    for column in (column for column in TEXT_COLUMNS if column not in hidden):
        ours, theirs = getattr(row, column), item.values[column]
        if theirs and not any(_says_the_same(column, ours, text) for text in theirs):
            fills = not ours and len(theirs) == 1
            yield _finding(row, column, ours, " | ".join(theirs), take, fills=fills)
    if item.points and not hidden and (finding := _place_finding(row, item.points, take)):
        yield finding
    if item.has_ended and row.status is not MissionStatus.CLOSED:
        yield _finding(row, "status", row.status, MissionStatus.CLOSED, take, fills=False)


def _place_finding(
    row: CatalogueRow, points: tuple[tuple[float, float], ...], take: Collection[tuple[str, str]]
) -> Finding | None:
    here = (row.latitude, row.longitude)
    nearest = min(points, key=lambda point: km_between(here, point))
    away_km = km_between(here, nearest)
    is_building = row.precision is Precision.BUILDING
    if is_building and away_km <= SAME_BUILDING_KM:
        return None
    theirs = f"{nearest[0]}, {nearest[1]} ({away_km:.1f} km away)"
    ours = f"{row.latitude}, {row.longitude}" if is_building else "the city"
    fills = not is_building and len(points) == 1 and away_km <= SAME_CITY_KM
    return _finding(row, PLACE, ours, theirs, take, fills=fills)


def _finding(
    row: CatalogueRow,
    column: str,
    ours: str,
    theirs: str,
    take: Collection[tuple[str, str]],
    *,
    fills: bool,
) -> Finding:
    is_taken = (row.slug, column) in take
    outcome = Outcome.FILLED if fills else Outcome.TAKEN if is_taken else Outcome.KEPT
    return Finding(row.slug, column, ours, theirs, outcome)


def _changed(
    row: CatalogueRow, item: WikidataItem, findings: Iterable[Finding], month: str
) -> CatalogueRow:
    used = [finding for finding in findings if finding.outcome is not Outcome.KEPT]
    if not used:
        return row
    values: dict[str, Any] = {}
    for finding in used:
        values |= _values(row, item, finding.column)
    sources = dict.fromkeys((*filter(None, row.sources.split(";")), f"wikidata-{month}"))
    return replace(
        row, **values, sources=";".join(sources), verified_on=max(row.verified_on, month)
    )


def _values(row: CatalogueRow, item: WikidataItem, column: str) -> dict[str, Any]:
    if column == "wikidata":
        return {column: item.item}
    if column == "status":
        return {column: MissionStatus.CLOSED}
    if column == PLACE:
        here = (row.latitude, row.longitude)
        latitude, longitude = min(item.points, key=lambda point: km_between(here, point))
        return {"latitude": latitude, "longitude": longitude, "precision": Precision.BUILDING}
    return {column: item.values[column][0]}


def _says_the_same(column: str, ours: str, theirs: str) -> bool:
    """Whether two cells differ in spelling alone; of two addresses one may say more."""
    one, other = (PLAIN.get(column, folded)(text) for text in (ours, theirs))
    says_more = column == "address" and ours and (one in other or other in one)
    return bool(one == other or says_more)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _website(text: str) -> str:
    """Without scheme, www and a slash at the end: these lead to the same page."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    return f"{parts.netloc.removeprefix('www.').lower()}{parts.path.rstrip('/')}?{parts.query}"


PLAIN: dict[str, Callable[[str], str]] = {"phone": _digits, "website": _website}
