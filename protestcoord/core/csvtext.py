"""How is a table written as CSV that no spreadsheet takes for formulas: the only CSV writer."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What spreadsheets calculate, also after spaces, quotes and characters of no width.
_FORMULA = re.compile("[\\s\"'\\x00\u200b\ufeff]*[=+\\-@\\t\\r\\x00＝＋－＠]")
# A signed number or a telephone number calculates nothing worse than a number.
_NUMBER = re.compile(r"[+-][ ().-]*[0-9][0-9 ().-]*")


def csv_from_rows(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV: CRLF after every row, quotes only where they are needed.

    A cell that a spreadsheet would calculate gets an apostrophe in front, which
    ``text_from_cell`` takes away again. Numbers, and texts that are only a sign followed by
    digits, spaces, brackets, hyphens and dots (``+49-30-275880``, ``-61.8``) stay as they are.

    Args:
        header: Names of the columns.
        rows: Texts or numbers, as many in a row as there are columns.

    Source:
        RFC 4180 section 2; OWASP, "CSV Injection".
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([cell_from_text(c) if isinstance(c, str) else c for c in row])
    return text.getvalue()


def cell_from_text(text: str) -> str:
    """Return a text as a cell that is only ever a text."""
    return f"'{text}" if _is_formula(text) else text


def text_from_cell(cell: str) -> str:
    """Return the text that ``cell_from_text`` made a cell of."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
