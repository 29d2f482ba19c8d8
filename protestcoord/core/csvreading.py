"""What does a table hold that a person exported from somewhere: its encoding, its separator."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protestcoord.core.csvtext import text_from_cell
from protestcoord.core.errors import N_, InvalidValue

SEPARATORS = ",;\t"
ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Record:
    """A row: the number of its first line, from 1 for the header, and its cells by column."""

    line: int
    cells: dict[str, str]


def text_from_bytes(content: bytes) -> str:
    """Return a file's text, which is UTF-8 with or without its mark, or UTF-16 with it.

    Other encodings are refused, not guessed: a wrong guess spoils every name with an accent.

    Raises:
        InvalidValue: It is another encoding, or no text.
    """
    name = next((name for mark, name in ENCODINGS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        message = N_(
            "This file is not in UTF-8, so names with accents would be spoiled. Please save it "
            "as “CSV UTF-8”, or paste its text."
        )
        raise InvalidValue(message) from error
    if "\0" in text:
        raise InvalidValue(N_("This is no CSV file. Please save the table as “CSV UTF-8”."))
    return text


def records_from_text(text: str, columns: Sequence[str], most: int) -> list[Record]:
    """Return the rows of a table whose header names some of the columns, in any order.

    Columns with other names are passed over, so that a table may hold more. An apostrophe that
    was put before a formula (``core.csvtext``) is taken away again.

    Args:
        text: Separated by commas, semicolons or tabs; the header tells by which.
        columns: The names that are known, in small letters.
        most: How many rows there may be.

    Raises:
        InvalidValue: There is no header with a known column, a quote never ends, or there are
            too many rows.
    """
    text = text.removeprefix("\ufeff")
    lines = _lines(text, _separator(text, columns))
    _, first = next(lines, (1, []))
    header = [_column(cell) for cell in first]
    if not set(header) & set(columns):
        message = N_("The first row has to name the columns, such as %(columns)s.")
        raise InvalidValue(message, columns=", ".join(columns[:4]))
    twice = next((name for name in columns if header.count(name) > 1), None)
    if twice:
        raise InvalidValue(N_("There are two columns called “%(column)s”."), column=twice)
    records = [_record(line, header, cells, columns) for line, cells in lines if any(cells)]
    if len(records) > most:
        message = N_("There are %(count)s rows; at most %(most)s can be read at once.")
        raise InvalidValue(message, count=len(records), most=most)
    return records


def _separator(text: str, columns: Sequence[str]) -> str:
    first = text.partition("\n")[0]

    def named(separator: str) -> int:
        return sum(_column(cell) in columns for cell in first.split(separator))

    return max(SEPARATORS, key=named)


def _column(cell: str) -> str:
    return cell.strip().strip('"').strip().casefold().replace(" ", "_").replace("e-mail", "email")


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        message = N_("The table cannot be read from line %(line)s on: is a quote left open?")
        raise InvalidValue(message, line=line) from error


def _record(line: int, header: list[str], cells: list[str], columns: Sequence[str]) -> Record:
    """Make a record; what a row has beyond the header is kept under no name, to be refused."""
    named = dict(zip(header, cells, strict=False))
    known = {name: text_from_cell(named.get(name, "")) for name in columns}
    beyond = "".join(cells[len(header) :])
    return Record(line, known | ({"": beyond} if beyond else {}))
