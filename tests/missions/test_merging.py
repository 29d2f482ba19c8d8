"""What Wikidata may change, and above all what it may not."""

from dataclasses import replace

import pytest

from protestcoord.missions.catalogue import CatalogueRow, read_catalogue
from protestcoord.missions.merging import Finding, Merge, Outcome, merged
from protestcoord.missions.rules import MissionStatus, Precision
from protestcoord.missions.wikidata import items_from_answer
from tests.missions.answers import BERLIN_ITEM, answer_of, answer_row
from tests.missions.planting import BERLIN, PATH

ROWS = {row.slug: row for row in read_catalogue(PATH)}
OURS = replace(
    ROWS[BERLIN],
    address="Märkisches Ufer 54",
    phone="+49-30-27588-0",
    website="http://de.china-embassy.gov.cn/",
    postal_code="",
    sources="news",
    verified_on="2022",
)
CITY = replace(OURS, precision=Precision.CITY, latitude=52.52437, longitude=13.41053)


def merge(row: CatalogueRow, *take: tuple[str, str], **cells: str) -> Merge:
    return merged([row], items_from_answer(answer_of(answer_row(**cells))), "2026-11", take)


def only(found: Merge) -> tuple[str, str, Outcome]:
    (finding,) = found.findings
    return finding.column, finding.theirs, finding.outcome


def test_empty_cell_is_filled_and_the_source_is_named() -> None:
    found = merge(OURS, postal_code="10179")
    assert only(found) == ("postal_code", "10179", Outcome.FILLED)
    expected = replace(
        OURS, postal_code="10179", sources="news;wikidata-2026-11", verified_on="2026-11"
    )
    assert found.rows == (expected,)


@pytest.mark.parametrize(
    ("column", "theirs"),
    [
        ("address", "Brückenstraße 10"),
        ("phone", "+49 30 88668282"),
        ("website", "https://www.chinabotschaft.example/"),
    ],
)
def test_correction_of_ours_is_kept_and_the_conflict_shown(column: str, theirs: str) -> None:
    found = merge(OURS, **{column: theirs})
    assert only(found) == (column, theirs, Outcome.KEPT)
    assert found.findings[0].ours == getattr(OURS, column)
    assert found.rows == (OURS,)


def test_conflict_is_decided_for_wikidata_when_that_is_asked_for() -> None:
    """The control of the test above: only where it is asked for."""
    found = merge(OURS, (BERLIN, "phone"), phone="+49 30 1", address="Elsewhere 1")
    assert {f.column: f.outcome for f in found.findings} == {
        "address": Outcome.KEPT,
        "phone": Outcome.TAKEN,
    }
    assert (found.rows[0].phone, found.rows[0].address) == ("+49 30 1", OURS.address)


@pytest.mark.parametrize(
    ("column", "theirs"),
    [
        ("address", "MARKISCHES UFER 54"),
        ("address", "Märkisches Ufer 54, 10179 Berlin"),
        ("phone", "+49 (30) 275880"),
        ("website", "https://www.de.china-embassy.gov.cn"),
    ],
)
def test_same_value_in_another_spelling_is_no_conflict(column: str, theirs: str) -> None:
    assert merge(OURS, **{column: theirs}) == Merge((OURS,), (), (), ())


def test_of_several_values_none_fills_a_cell() -> None:
    items = items_from_answer(
        answer_of(answer_row(postal_code="10179"), answer_row(postal_code="10117"))
    )
    found = merged([OURS], items, "2026-11")
    assert only(found) == ("postal_code", "10117 | 10179", Outcome.KEPT)


def test_building_takes_the_place_of_a_city() -> None:
    found = merge(CITY, coordinates="Point(13.41561 52.51196)")
    (row,) = found.rows
    assert (row.latitude, row.longitude, row.precision) == (52.51196, 13.41561, "building")
    assert found.findings[0].outcome is Outcome.FILLED


@pytest.mark.parametrize("row", [OURS, CITY])
def test_building_far_away_is_a_conflict(row: CatalogueRow) -> None:
    found = merge(row, coordinates="Point(7.0982 50.7374)")
    assert (found.findings[0].column, found.findings[0].outcome) == ("place", Outcome.KEPT)
    assert found.rows == (row,)


def test_same_building_is_no_conflict() -> None:
    point = f"Point({OURS.longitude + 0.001} {OURS.latitude})"
    assert merge(OURS, coordinates=point).findings == ()


def test_mission_is_not_closed_because_wikidata_says_so() -> None:
    found = merge(OURS, ended="2020-07-24T00:00:00Z")
    assert only(found) == ("status", "closed", Outcome.KEPT)
    assert found.rows == (OURS,)
    taken = merge(OURS, (BERLIN, "status"), ended="2020-07-24T00:00:00Z")
    assert taken.rows[0].status is MissionStatus.CLOSED


def test_row_without_item_is_found_by_country_kind_and_city() -> None:
    found = merge(replace(OURS, wikidata=""))
    assert only(found) == ("wikidata", BERLIN_ITEM, Outcome.FILLED)
    assert found.unknown == ()


@pytest.mark.parametrize(
    "cells", [{"country": "AT"}, {"kind": "consulate"}, {"city": "Bonn"}, {"ended": "2020"}]
)
def test_row_is_not_taken_for_another_mission(cells: dict[str, str]) -> None:
    assert merge(replace(OURS, wikidata=""), **cells).findings == ()


def test_two_items_for_one_city_are_nobodys() -> None:
    items = items_from_answer(answer_of(answer_row("Q1"), answer_row("Q2")))
    found = merged([replace(OURS, wikidata="")], items, "2026-11")
    assert found.findings == ()
    assert [item.item for item in found.unknown] == ["Q1", "Q2"]


def test_what_only_one_of_both_has_is_told() -> None:
    items = items_from_answer(answer_of(answer_row("Q5", city="Atlantis")))
    found = merged([OURS], items, "2026-11")
    assert ([item.item for item in found.unknown], found.gone) == (["Q5"], (BERLIN,))


def test_faulty_row_stays_as_it_was_and_says_why() -> None:
    found = merge(OURS, postal_code="10179", phone="+49 30 1").without([OURS], {BERLIN: "no"})
    assert found.rows == (OURS,)
    assert found.findings == (
        Finding(BERLIN, "postal_code", "", "10179", Outcome.REFUSED, "no"),
        Finding(BERLIN, "phone", OURS.phone, "+49 30 1", Outcome.KEPT),
    )
