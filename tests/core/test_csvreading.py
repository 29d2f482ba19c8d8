"""Tables from anywhere are read, or refused with what to do about it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.core.csvreading import records_from_text, text_from_bytes
from protestcoord.core.csvtext import csv_from_rows
from protestcoord.core.errors import InvalidValue

COLUMNS = ("name", "city", "email")
TEXT = "name,city\nŁódź circle,Łódź\n"


def cells(text, most=10):
    return [
        {name: cell for name, cell in record.cells.items() if cell}
        for record in records_from_text(text, COLUMNS, most)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_usual_encodings_are_read(encoding):
    assert cells(text_from_bytes(TEXT.encode(encoding))) == [
        {"name": "Łódź circle", "city": "Łódź"}
    ]


def test_utf_16_of_the_other_order_is_read():
    assert text_from_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT


@pytest.mark.parametrize(
    "content",
    [
        "name\nKöln".encode("windows-1252"),
        "name\n東京".encode("shift_jis"),
        b"\xff\xfea",
        b"\xef\xbb\xbf\xff",
    ],
)
def test_other_encodings_are_refused_with_what_to_do(content):
    with pytest.raises(InvalidValue, match="CSV UTF-8"):
        text_from_bytes(content)


@pytest.mark.parametrize("content", [TEXT.encode("utf-16-le"), b"PK\x03\x04\x00\x00"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(InvalidValue, match=r"no CSV file|CSV UTF-8"):
        text_from_bytes(content)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_header_tells_the_separator(separator, end):
    text = end.join(separator.join(row) for row in (("Name", "E-Mail"), ("A", "a@b.example")))
    assert cells(text) == [{"name": "A", "email": "a@b.example"}]


def test_columns_stand_in_any_order_and_others_are_passed_over():
    assert cells("phone,City,Name\n1,Bonn,A\n") == [{"name": "A", "city": "Bonn"}]


def test_lines_are_counted_as_an_editor_does():
    records = records_from_text('name\n"A\nB"\n\nC\n', COLUMNS, 10)
    assert [(record.line, record.cells["name"]) for record in records] == [(2, "A\nB"), (5, "C")]


def test_a_row_may_be_short_and_what_it_has_too_much_is_kept_aside():
    assert cells("name,city\nA\nB,Bonn,,x\n") == [
        {"name": "A"},
        {"name": "B", "city": "Bonn", "": "x"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name the columns"),
        ("a,b\n1,2\n", "name the columns"),
        ("name,Name\n1,2\n", "two columns called “name”"),
        ('name\n"A\n', "line 2"),
        ("name\n" + "A\n" * 11, "There are 11 rows"),
        ("name\n" + "x" * 200_000, "line 2"),
    ],
)
def test_what_cannot_be_read_is_said(text, said):
    with pytest.raises(InvalidValue, match=said):
        records_from_text(text, COLUMNS, 10)


@pytest.mark.parametrize("name", ["=1+1", "@SUM(1)", "＝1", "-1+1", "+49 30 1"])
def test_what_an_export_made_of_a_formula_is_read_back(name):
    assert cells(csv_from_rows(COLUMNS, [[name, "", ""]])) == [{"name": name}]


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_is_read_or_refused(text):
    with suppress(InvalidValue):
        records_from_text(text, COLUMNS, 10)
