"""What stands in the directory's CSV: typed rows in and out, no database."""

import csv
import dataclasses
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from protestcoord.core.csvtext import cell_from_text, text_from_cell
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.missions.rules import (
    WITHHELD,
    Confidence,
    MissionKind,
    MissionStatus,
    Precision,
    is_withheld,
)


@dataclass(frozen=True)
class CatalogueRow:
    """One mission; the fields are the columns of data/embassies.csv, in its order."""

    slug: str
    name: str
    name_local: str
    kind: MissionKind
    country: str
    city: str
    address: str
    postal_code: str
    latitude: float
    longitude: float
    precision: Precision
    timezone: str
    phone: str
    website: str
    jurisdiction: str
    wikidata: str
    sources: str
    confidence: Confidence
    verified_on: str
    status: MissionStatus

    def __post_init__(self) -> None:
        """Forget what would lead to a mission whose address is withheld: only its city is left.

        SECURITY: whatever is stored or published of a mission was such a row before, so that there
        is nothing to leave out anywhere else.
        """
        if is_withheld(self.address):
            for column, value in _of_the_city(self).items():
                object.__setattr__(self, column, value)


# What is forgotten with the address, or becomes the city's.
WITHHELD_WITH_ADDRESS = (
    *("address", "postal_code", "latitude", "longitude", "precision", "phone"),
)


def _of_the_city(row: CatalogueRow) -> dict[str, Any]:
    # Reads a table of all cities, which hardly any row needs.
    from protestcoord.missions.gazetteer import find_city

    city = find_city(row.city, frozenset({row.country}))
    # A city that nobody knows: some ten kilometres, which is no street.
    point = (round(row.latitude, 1), round(row.longitude, 1))
    if city is not None and city.country == row.country:
        point = (city.latitude, city.longitude)
    values = (WITHHELD, "", *point, Precision.CITY, "")
    return dict(zip(WITHHELD_WITH_ADDRESS, values, strict=True))


COLUMNS = tuple(field.name for field in dataclasses.fields(CatalogueRow))


def latitude_from_text(text: str) -> float:
    """Return degrees north; raise ValueError outside -90 to 90."""
    return _degrees(text, 90)


def longitude_from_text(text: str) -> float:
    """Return degrees east; raise ValueError outside -180 to 180."""
    return _degrees(text, 180)


def _one_of(words: type[StrEnum]) -> Callable[[str], StrEnum]:
    def parse(text: str) -> StrEnum:
        try:
            return words(text)
        except ValueError:
            raise ValueError(f"“{text}” is none of {', '.join(words)}") from None

    return parse


def _degrees(text: str, limit: int) -> float:
    try:
        degrees = float(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a number") from None
    if not -limit <= degrees <= limit:  # also true of nan
        raise ValueError(f"{text} is not between -{limit} and {limit}")
    return degrees


# What turns a cell into a value; every other column is text. Each raises ValueError.
PARSERS: dict[str, Callable[[str], object]] = {
    "kind": _one_of(MissionKind),
    "latitude": latitude_from_text,
    "longitude": longitude_from_text,
    "precision": _one_of(Precision),
    "confidence": _one_of(Confidence),
    "status": _one_of(MissionStatus),
}


def text_from_bytes(content: bytes, name: str) -> str:
    """Return the text of a CSV file, without the mark that spreadsheets put at its beginning.

    Raises:
        InvalidValue: The file is not in UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _fault(name, line, "row", "this is not UTF-8") from error


def lines_of_csv(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's first line number, from 1, and its cells; blank lines are left out.

    An apostrophe that was put before a formula (``core.csvtext``) is taken away again.

    Raises:
        InvalidValue: The text is no CSV, such as a quote that never ends.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, [text_from_cell(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise _fault(name, line, "row", str(error)) from error


def rows_from_text(text: str, name: str) -> tuple[CatalogueRow, ...]:
    """Return the rows of a CSV whose header names every column, in any order.

    Raises:
        InvalidValue: The first cell that has no value of its kind, as ``name:line: column``. What
            a value must be beyond its kind is asked by ``check.check_catalogue`` alone.
    """
    lines = lines_of_csv(text, name)
    _, header = next(lines, (1, []))
    for column in COLUMNS:
        if column not in header:
            raise _fault(name, 1, column, "this column is missing")
    return tuple(_row(name, line, header, cells) for line, cells in lines)


def read_catalogue(path: Path) -> tuple[CatalogueRow, ...]:
    """Return the rows of a CSV file in its order.

    Raises:
        InvalidValue: As ``text_from_bytes`` and ``rows_from_text`` say; the message begins with
            the file's name.
    """
    return rows_from_text(text_from_bytes(path.read_bytes(), path.name), path.name)


def write_catalogue(rows: Iterable[CatalogueRow]) -> str:
    """Return a CSV of the rows in their order, its lines ended by LF.

    What a spreadsheet would calculate gets an apostrophe in front, as in every other table:
    anybody may propose a text, and whoever exports the directory opens it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_cells, rows))
    return text.getvalue()


def _row(name: str, line: int, header: list[str], cells: list[str]) -> CatalogueRow:
    if len(cells) != len(header):
        raise _fault(name, line, "row", f"{len(cells)} cells under {len(header)} columns")
    by_column = dict(zip(header, cells, strict=True))
    values: dict[str, Any] = {}
    for column in COLUMNS:
        try:
            values[column] = PARSERS.get(column, str)(by_column[column])
        except ValueError as error:
            raise _fault(name, line, column, str(error)) from error
    return CatalogueRow(**values)


def _cells(row: CatalogueRow) -> list[str]:
    values = (getattr(row, column) for column in COLUMNS)
    texts = (_plain(value) if isinstance(value, float) else value for value in values)
    return [cell_from_text(text) for text in texts]


def _plain(degrees: float) -> str:
    """Seven decimals are a centimetre; never ``1e-05``, and no zeros at the end."""
    return f"{degrees:.7f}".rstrip("0").rstrip(".")


def _fault(name: str, line: int, column: str, reason: str) -> InvalidValue:
    message = N_("%(file)s:%(line)s: %(column)s: %(reason)s")
    return InvalidValue(message, field=column, file=name, line=line, column=column, reason=reason)
