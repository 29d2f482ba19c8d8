"""What is wrong with a catalogue: every fault of a CSV in one run, without a database."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import COLUMNS, lines_of_csv
from protestcoord.missions.cell_rules import cell_faults
from protestcoord.missions.place_rules import Cells, place_faults, point_of, withheld_faults
from protestcoord.missions.rules import MissionKind, MissionStatus, Precision

NumberedCells = tuple[int, list[str]]
NumberedRow = tuple[int, Cells]


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong in a column, or in a ``row`` as a whole; ``line`` is its first, from 1."""

    line: int
    field: str
    message: str


def check_catalogue(text: str, name: str) -> tuple[Fault, ...]:
    """Return every fault of a CSV, by line; none means that it can be imported.

    Args:
        text: The whole file.
        name: What the file is called; whoever shows a fault writes it before the line.
    """
    lines, faults = _lines(text, name)
    (_, header), *bodies = lines or [(1, [])]
    faults += _header_faults(header)
    faults += _width_faults(header, bodies)
    rows = [
        (line, dict(zip(header, cells, strict=True)))
        for line, cells in bodies
        if len(cells) == len(header)
    ]
    for line, row in rows:
        faults += (Fault(line, field, message) for field, message in cell_faults(row))
        faults += (Fault(line, field, message) for field, message in place_faults(row))
        faults += (Fault(line, field, message) for field, message in withheld_faults(row))
    faults += _twice(rows, _slug, "slug", "has this slug")
    faults += _twice(rows, _site, "city", "is a mission of this kind in this city")
    faults += _twice(rows, _building, "latitude", "stands on this spot")
    return tuple(sorted(faults))


def fault_from_error(error: InvalidValue) -> Fault:
    """Return as a fault what the reader of catalogues raised."""
    values = error.values
    return Fault(int(str(values["line"])), str(values["column"]), str(values["reason"]))


def _lines(text: str, name: str) -> tuple[list[NumberedCells], list[Fault]]:
    lines = []
    try:
        for numbered in lines_of_csv(text, name):
            lines.append(numbered)  # noqa: PERF402 - what came before a fault is kept
    except InvalidValue as error:
        return lines, [fault_from_error(error)]
    return lines, []


def _header_faults(header: list[str]) -> Iterator[Fault]:
    for column in COLUMNS:
        if column not in header:
            yield Fault(1, column, "this column is missing")
    for column, times in Counter(header).items():
        if column not in COLUMNS:
            yield Fault(1, column, "there is no such column")
        if times > 1:
            yield Fault(1, column, "this column is there twice")


def _width_faults(header: list[str], bodies: Sequence[NumberedCells]) -> Iterator[Fault]:
    for line, cells in bodies:
        if len(cells) != len(header):
            yield Fault(line, "row", f"{len(cells)} cells under {len(header)} columns")


def _twice(
    rows: Sequence[NumberedRow], key_of: Callable[[Cells], Hashable], field: str, what: str
) -> Iterator[Fault]:
    """Yield a fault for each row whose key an earlier row has; the key None is nobody's."""
    first: dict[Hashable, int] = {}
    for line, row in rows:
        key = key_of(row)
        if key is not None and first.setdefault(key, line) != line:
            yield Fault(line, field, f"line {first[key]} already {what}")


def _slug(row: Cells) -> Hashable:
    return row.get("slug") or None


def _site(row: Cells) -> Hashable:
    """A city may have several permanent missions, told apart by their names (Geneva)."""
    if _is_closed(row) or not row.get("city"):
        return None
    kind = row.get("kind")
    name = row.get("name") if kind == MissionKind.PERMANENT_MISSION else ""
    return row.get("country"), row["city"].casefold(), kind, name


def _building(row: Cells) -> Hashable:
    if _is_closed(row) or row.get("precision") != Precision.BUILDING:
        return None
    return point_of(row.get("latitude", ""), row.get("longitude", ""))


def _is_closed(row: Cells) -> bool:
    return row.get("status") == MissionStatus.CLOSED
