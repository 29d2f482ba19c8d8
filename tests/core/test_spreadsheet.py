"""A workbook holds texts and numbers, and nothing in it is calculated."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from protestcoord.core.csvtext import cell_from_text
from protestcoord.core.spreadsheet import LONGEST_CELL, xlsx_from_rows
from protestcoord.core.text import visible_text
from tests.core.test_csvtext import COMMANDS, PREFIXES


def sheet_of(content):
    book = load_workbook(io.BytesIO(content))
    return book.active


def live_cells(sheet):
    return [cell.value for row in sheet for cell in row if cell.data_type == "f"]


def test_texts_and_numbers_are_read_back():
    sheet = sheet_of(xlsx_from_rows(["name", "number"], [["Łódź 光 👩‍👧", 5]]))
    assert [[c.value for c in row] for row in sheet] == [["name", "number"], ["Łódź 光 👩‍👧", 5]]


@pytest.mark.proves("E4")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_cell_is_live(prefix):
    texts = [prefix + command for command in COMMANDS]
    content = xlsx_from_rows(["cell"], [[text] for text in texts])
    sheet = sheet_of(content)
    assert live_cells(sheet) == []
    told = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert told == [cell_from_text(visible_text(text)) for text in texts]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


@pytest.mark.control("E4")
def test_a_live_cell_would_be_found():
    """The control: as the library writes it by itself, a formula is one."""
    from openpyxl import Workbook

    book, written = Workbook(), io.BytesIO()
    book.active.append(["=1+1"])
    book.save(written)
    assert live_cells(sheet_of(written.getvalue())) == ["=1+1"]


def test_what_a_workbook_cannot_hold_is_left_out():
    sheet = sheet_of(xlsx_from_rows(["cell"], [["a\x0bb\ud800c"], ["x" * 100_000]]))
    assert sheet["A2"].value == "abc"
    assert len(sheet["A3"].value) == LONGEST_CELL
