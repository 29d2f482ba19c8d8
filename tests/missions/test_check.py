import time

import pytest

from protestcoord.missions.catalogue import COLUMNS
from protestcoord.missions.check import Fault, check_catalogue
from tests.missions.planting import BERLIN, SHIPPED, line_of, planted, rows_of, text_of

PARIS = {"latitude": "48.8534", "longitude": "2.3488"}
SWAPPED = {"latitude": "13.41561", "longitude": "52.51196"}


def faults_of(text: str) -> list[tuple[str, str]]:
    return [(fault.field, fault.message) for fault in check_catalogue(text, "mine.csv")]


def test_shipped_catalogue_has_no_fault() -> None:
    assert check_catalogue(SHIPPED, "embassies.csv") == ()


@pytest.mark.parametrize(
    ("cells", "field", "message"),
    [
        (PARIS, "latitude", "48.8534, 2.3488 lies in FR, not in DE"),
        (SWAPPED, "latitude", "latitude and longitude look swapped"),
        ({"country": "FR"}, "latitude", "lies in DE, not in FR"),
        ({"country": "XX"}, "country", "“XX” is no country's ISO 3166-1 code"),
        ({"country": "de"}, "country", "“de” is no country's ISO 3166-1 code"),
        ({"country": ""}, "country", "“” is no country's ISO 3166-1 code"),
        ({"latitude": "95"}, "latitude", "95 is not between -90 and 90"),
        ({"longitude": "-180.1"}, "longitude", "-180.1 is not between -180 and 180"),
        ({"latitude": ""}, "latitude", "“” is not a number"),
        ({"latitude": "nan"}, "latitude", "nan is not between -90 and 90"),
        ({"latitude": "52,51"}, "latitude", "“52,51” is not a number"),
        ({"timezone": "Europe/Paris"}, "timezone", "lie in Europe/Berlin, not in Europe/Paris"),
        ({"timezone": "Europe/Bonn"}, "timezone", "There is no time zone called “Europe/Bonn”."),
        ({"timezone": ""}, "timezone", "There is no time zone called “”."),
        ({"timezone": "../../etc/passwd"}, "timezone", "There is no time zone called"),
        ({"kind": "embasy"}, "kind", "“embasy” is none of embassy, consulate_general, "),
        ({"precision": "street"}, "precision", "“street” is none of building, city"),
        ({"status": ""}, "status", "“” is none of open, closed, unknown"),
        ({"confidence": "sure"}, "confidence", "“sure” is none of high, medium, low"),
        ({"verified_on": "2026-02-30"}, "verified_on", "“2026-02-30” is no date like"),
        ({"verified_on": "June 2026"}, "verified_on", "“June 2026” is no date like"),
        ({"verified_on": "20260604"}, "verified_on", "“20260604” is no date like"),
        ({"name": ""}, "name", "this is empty"),
        ({"city": " "}, "city", "this is empty"),
        ({"slug": "DE Berlin"}, "slug", "“DE Berlin” is not like de-berlin-embassy"),
        ({"slug": ""}, "slug", "“” is not like de-berlin-embassy"),
        ({"slug": "a" * 81}, "slug", "is not like de-berlin-embassy"),
        ({"slug": "../map"}, "slug", "“../map” is not like de-berlin-embassy"),
        ({"wikidata": "166546"}, "wikidata", "“166546” is not like Q166546"),
        ({"website": "de.china-embassy.gov.cn"}, "website", "is not an address that begins with"),
        ({"website": "javascript:alert(1)"}, "website", "is not an address that begins with"),
        ({"website": "http://[::1"}, "website", "is not an address that begins with"),
        ({"address": "here\x07"}, "address", "there is a control character, U+0007"),
        ({"address": "two\nlines"}, "address", "there is a control character, U+000A"),
        ({"name": "Embassy\u202egnp"}, "name", "there is a control character, U+202E"),
        ({"city": "Berlin "}, "city", "there are spaces around it"),
    ],
)
def test_planted_fault_is_found_with_its_line(
    cells: dict[str, str], field: str, message: str
) -> None:
    faults = check_catalogue(planted(**cells), "mine.csv")
    found = [fault for fault in faults if fault.field == field and message in fault.message]
    assert [fault.line for fault in found] == [line_of(BERLIN)]


@pytest.mark.parametrize("cells", [PARIS, {"country": "XX"}, {"kind": "embasy"}, {"slug": "A"}])
def test_one_mistake_is_one_fault(cells: dict[str, str]) -> None:
    assert len(check_catalogue(planted(**cells), "mine.csv")) == 1


@pytest.mark.parametrize(
    "cells",
    [
        {"verified_on": ""},
        {"verified_on": "2026"},
        {"verified_on": "2026-02"},
        {"verified_on": "2024-02-29"},
        {"website": ""},
        {"website": "https://example.org/berlin"},
        {"wikidata": ""},
        {"name_local": "", "address": "", "postal_code": "", "phone": "", "sources": ""},
        {"address": "کوچه\u200cها"},
    ],
)
def test_what_may_be_left_out_or_said_otherwise_is_no_fault(cells: dict[str, str]) -> None:
    assert faults_of(planted(**cells)) == []


def test_all_faults_are_found_in_one_run() -> None:
    rows = rows_of(SHIPPED)
    rows[0]["kind"] = "embasy"
    rows[0]["status"] = "shut"
    rows[7]["wikidata"] = "Q0"
    rows[-1]["verified_on"] = "soon"
    faults = check_catalogue(text_of(rows), "mine.csv")
    assert [(fault.line, fault.field) for fault in faults] == [
        (2, "kind"),
        (2, "status"),
        (9, "wikidata"),
        (292, "verified_on"),
    ]


def test_second_row_with_a_slug_names_the_first() -> None:
    first, second = line_of(BERLIN), line_of("de-hamburg-cg")
    faults = check_catalogue(planted("de-hamburg-cg", slug=BERLIN), "mine.csv")
    assert faults == (Fault(second, "slug", f"line {first} already has this slug"),)


def test_second_embassy_in_a_city_is_a_fault_but_second_permanent_mission_is_none() -> None:
    text = planted("de-munich-cg", city="HAMBURG")
    line = line_of("de-hamburg-cg")
    assert faults_of(text) == [
        ("city", f"line {line} already is a mission of this kind in this city")
    ]
    assert sum(row["city"] == "Geneva" for row in rows_of(SHIPPED)) == 2


def test_second_permanent_mission_of_the_same_name_is_a_fault() -> None:
    names = {row["slug"]: row["name"] for row in rows_of(SHIPPED)}
    text = planted("ch-geneva-wto-mission", name=names["ch-geneva-un-mission"])
    assert [field for field, _ in faults_of(text)] == ["city"]


def test_second_mission_in_a_building_is_a_fault_but_in_the_middle_of_a_city_is_none() -> None:
    berlin = next(row for row in rows_of(SHIPPED) if row["slug"] == BERLIN)
    spot = {column: berlin[column] for column in ("latitude", "longitude")}
    on_building = planted("de-hamburg-cg", **spot, precision="building")
    in_city = planted("de-hamburg-cg", **spot, precision="city")
    assert faults_of(on_building) == [
        ("latitude", f"line {line_of(BERLIN)} already stands on this spot")
    ]
    assert faults_of(in_city) == []


def test_closed_mission_leaves_its_place_to_another() -> None:
    rows = rows_of(SHIPPED)
    berlin = next(row for row in rows if row["slug"] == BERLIN)
    rows.append({**berlin, "slug": "de-berlin-old-embassy", "status": "closed"})
    assert faults_of(text_of(rows)) == []


def test_lines_after_a_cell_of_two_lines_are_those_of_the_file() -> None:
    rows = rows_of(SHIPPED)
    rows[0]["address"] = "two\nlines"
    rows[1]["kind"] = "embasy"
    faults = check_catalogue(text_of(rows), "mine.csv")
    assert [(fault.line, fault.field) for fault in faults] == [(2, "address"), (4, "kind")]


def test_missing_unknown_and_repeated_columns_are_named() -> None:
    text = SHIPPED.replace("slug,name,name_local", "slug,nom,slug", 1)
    assert [(f.line, f.field, f.message) for f in check_catalogue(text, "x") if f.line == 1] == [
        (1, "name", "this column is missing"),
        (1, "name_local", "this column is missing"),
        (1, "nom", "there is no such column"),
        (1, "slug", "this column is there twice"),
    ]


def test_other_faults_are_found_though_a_column_is_missing() -> None:
    rows = [{k: v for k, v in row.items() if k != "phone"} for row in rows_of(SHIPPED)]
    rows[3]["kind"] = "embasy"
    assert [field for field, _ in faults_of(text_of(rows))] == ["phone", "kind"]


def test_columns_in_another_order_are_no_fault() -> None:
    rows = [dict(reversed(row.items())) for row in rows_of(SHIPPED)]
    assert faults_of(text_of(rows)) == []


def test_row_of_another_width_is_a_fault() -> None:
    assert check_catalogue(SHIPPED + "de-bonn-cg,Bonn\n", "x") == (
        Fault(293, "row", "2 cells under 20 columns"),
    )


def test_quote_that_never_ends_is_a_fault_beside_those_before_it() -> None:
    faults = check_catalogue(planted(kind="embasy") + 'x,"and so on\n', "x")
    assert [(fault.line, fault.field) for fault in faults] == [
        (line_of(BERLIN), "kind"),
        (293, "row"),
    ]


def test_empty_file_lacks_every_column() -> None:
    assert {fault.field for fault in check_catalogue("", "x")} == set(COLUMNS)


def test_check_of_the_shipped_catalogue_takes_less_than_two_seconds() -> None:
    began = time.process_time()
    check_catalogue(SHIPPED, "embassies.csv")
    assert time.process_time() - began < 2
