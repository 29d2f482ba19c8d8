"""How is a table written as an XLSX workbook in which nothing is calculated: the only writer.

openpyxl brings numpy along, which every start would pay for: it is imported when a workbook is.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from protestcoord.core.csvtext import cell_from_text
from protestcoord.core.text import visible_text

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A limit of the format; what is longer would make a workbook that does not open.
LONGEST_CELL = 32_767


def xlsx_from_rows(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return a table as a workbook of one sheet, its first row fixed.

    Texts are stored as texts, and get the apostrophe of ``cell_from_text`` besides: a sheet that
    is saved as CSV must not come alive. Numbers stay numbers.

    Args:
        header: Names of the columns.
        rows: Texts or numbers, as many in a row as there are columns.

    Source:
        ECMA-376 part 1, section 18.3.1.4 (cells, their types and their limits).
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "protestcoord"
    sheet: WriteOnlyWorksheet = book.create_sheet("Table")
    sheet.freeze_panes = "A2"
    for row in (header, *rows):
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def locked_xlsx(book: bytes, password: str) -> bytes:
    """Return a workbook that opens with a password alone, in any usual spreadsheet program.

    Args:
        book: The workbook in clear.
        password: As it will be typed.

    Source:
        [MS-OFFCRYPTO] section 2.3.4.10, agile encryption: AES-256, 100,000 rounds of SHA-512.
    """
    from msoffcrypto.format.ooxml import OOXMLFile

    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(book)).encrypt(password, locked)
    return locked.getvalue()


def _cell(sheet: "WriteOnlyWorksheet", value: str | int) -> "Cell":
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    # In this order, or a tab that was the reason of an apostrophe would be gone with it.
    text = cell_from_text(visible_text(value))[:LONGEST_CELL]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
