import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestcoord.core.csvtext import cell_from_text, csv_from_rows, text_from_cell
from tests.proofs import size

COMMANDS = ["=1+1", "+SUM(1)", "-1+1", "@SUM(1)", "\tx", "\rx", "\0x", "＝1", "＋a", "－a", "＠a"]
PREFIXES = [
    "",
    " ",
    "   ",
    "\u00a0",
    "\u3000",
    '"',
    "'",
    "\n",
    ' "',
    "\0",
    "\ufeff",
    "\u200b",
    "\t ",
]
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)))


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.proves("E4")
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("command", COMMANDS)
def test_cell_that_would_be_calculated_gets_an_apostrophe(prefix, command):
    assert cell_from_text(prefix + command) == f"'{prefix}{command}"
    assert text_from_cell(cell_from_text(prefix + command)) == prefix + command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Berlin",
        "a=b",
        "1+1",
        "+49-30-275880",
        "+1 (613) 455.0117",
        "-61.83812",
        "'quoted'",
        "中",
    ],
)
def test_plain_text_and_signed_number_stay_as_they_are(text):
    assert cell_from_text(text) == text


@pytest.mark.parametrize("text", ["-", "+", "+49\n=1", "-2+3", "+49;=1", "+４９"])
def test_what_only_resembles_a_number_gets_an_apostrophe(text):
    assert cell_from_text(text) == f"'{text}"


@given(ANY_TEXT)
def test_any_text_comes_back_from_its_cell(text):
    assert text_from_cell(cell_from_text(text)) == text


@pytest.mark.proves("E4")
@settings(max_examples=size(100, full=2_000))
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT)))
def test_any_table_comes_back_from_its_csv(rows):
    text = csv_from_rows(["a", "b"], rows)
    assert [tuple(map(text_from_cell, row)) for row in read(text)[1:]] == rows


def test_rows_end_with_crlf_and_only_what_needs_quotes_has_them():
    text = csv_from_rows(["name", "n", "x"], [["a,b", 1, -0.5], ['say "hi"', None, ""]])
    assert text == 'name,n,x\r\n"a,b",1,-0.5\r\n"say ""hi""",,\r\n'


def test_header_is_defused_too():
    assert csv_from_rows(["=1"], []) == "'=1\r\n"
