import re
import subprocess
import sys
from pathlib import Path

import pytest

from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import (
    COLUMNS,
    lines_of_csv,
    read_catalogue,
    rows_from_text,
    write_catalogue,
)
from protestcoord.missions.rules import MissionKind, MissionStatus, Precision
from tests.missions.planting import BERLIN, PATH, SHIPPED, line_of, planted

DOCS = Path(__file__).parents[2] / "docs" / "data.md"

UNKNOWN = {
    "sy-damascus-embassy",
    "ly-tripoli-embassy",
    "ye-sana-a-embassy",
    "sd-khartoum-embassy",
    "ht-port-au-prince-office",
    "gq-bata-cg",
    "ro-constanta-cg",
}


def test_shipped_catalogue_has_291_missions_in_182_countries() -> None:
    rows = read_catalogue(PATH)
    assert (len(rows), len({row.country for row in rows})) == (291, 182)


def test_shipped_catalogue_is_sorted_by_slug_with_lf_line_ends() -> None:
    slugs = [row.slug for row in read_catalogue(PATH)]
    assert slugs == sorted(slugs)
    assert b"\r" not in PATH.read_bytes()


def test_cells_become_values_of_their_kind() -> None:
    berlin = next(row for row in read_catalogue(PATH) if row.slug == BERLIN)
    assert berlin.kind is MissionKind.EMBASSY
    assert berlin.precision is Precision.BUILDING
    assert (berlin.latitude, berlin.longitude) == pytest.approx((52.51, 13.42), abs=0.01)


def test_missions_whose_working_is_in_doubt_are_unknown_and_all_others_open() -> None:
    rows = read_catalogue(PATH)
    assert {row.slug for row in rows if row.status is MissionStatus.UNKNOWN} == UNKNOWN
    assert {row.status for row in rows if row.slug not in UNKNOWN} == {MissionStatus.OPEN}


def test_written_catalogue_is_the_read_one_byte_for_byte() -> None:
    assert write_catalogue(read_catalogue(PATH)).encode() == PATH.read_bytes()


@pytest.mark.parametrize(
    ("written", "read"),
    [("0.0000100", "0.00001"), ("13", "13"), ("-0.5", "-0.5"), ("52.5100", "52.51")],
)
def test_degrees_are_written_without_exponent_and_without_zeros(written: str, read: str) -> None:
    rows = rows_from_text(planted(latitude=written), "x.csv")
    assert f",{read}," in write_catalogue(rows)


def test_byte_order_mark_and_crlf_of_a_spreadsheet_are_read_over(tmp_path: Path) -> None:
    path = tmp_path / "from-a-spreadsheet.csv"
    path.write_bytes(b"\xef\xbb\xbf" + SHIPPED.replace("\n", "\r\n").encode())
    assert read_catalogue(path) == read_catalogue(PATH)


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("latitude", "north", "“north” is not a number"),
        ("longitude", "181", "181 is not between -180 and 180"),
        ("latitude", "nan", "nan is not between -90 and 90"),
        ("kind", "embasy", "“embasy” is none of embassy, "),
    ],
)
def test_fault_is_named_by_file_line_and_column(column: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        rows_from_text(planted(**{column: text}), "mine.csv")
    assert str(caught.value).startswith(f"mine.csv:{line_of(BERLIN)}: {column}: {reason}")
    assert caught.value.field == column


def test_missing_column_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"^mine\.csv:1: name: this column is missing$"):
        rows_from_text(SHIPPED.replace("slug,name,", "slug,nom,", 1), "mine.csv")


def test_row_with_a_cell_too_many_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"^mine\.csv:293: row: 21 cells under 20 columns$"):
        rows_from_text(SHIPPED + "," * 20 + "\n", "mine.csv")


def test_file_that_is_not_utf_8_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(b"slug,name\nde,M\xfcnchen\n")
    with pytest.raises(InvalidValue, match=r"^latin\.csv:2: row: this is not UTF-8$"):
        read_catalogue(path)


def test_lines_are_those_of_the_file_where_cells_span_lines_or_lines_are_blank() -> None:
    text = 'a,b\n"1\n2",x\n\nlast,y\n'
    assert list(lines_of_csv(text, "x")) == [
        (1, ["a", "b"]),
        (2, ["1\n2", "x"]),
        (5, ["last", "y"]),
    ]


def test_every_column_is_documented() -> None:
    columns = DOCS.read_text(encoding="utf-8").split("\n## ")[1]
    documented = re.findall(r"^\| `(\w+)` \|", columns, re.MULTILINE)
    assert tuple(documented) == COLUMNS


def test_every_unknown_mission_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [slug for slug in sorted(UNKNOWN) if f"`{slug}`" not in text] == []


def test_reading_the_catalogue_loads_no_database_and_no_flask() -> None:
    script = (
        "import sys, protestcoord.missions.catalogue;"
        "print({'sqlalchemy', 'flask', 'babel', 'geopy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
