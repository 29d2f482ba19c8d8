"""Which paths may be reported, and how old are reports."""

from datetime import timedelta

import pytest

from protestcoord.reports.models import Report
from protestcoord.reports.rules import ROWS_AN_HOUR, Subject, median_age, rows_of, subject_of
from tests.stored import NOW


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ("/", Subject()),
        ("/missions/", Subject()),
        ("/missions/quality/", Subject()),
        ("/missions/de-berlin-embassy/", Subject("", "de-berlin-embassy")),
        ("/c/noon/", Subject("noon")),
        ("/c/noon/map/", Subject("noon")),
        ("/c/noon/sites/de-berlin-embassy/", Subject("noon", "de-berlin-embassy")),
        ("/c/noon/slots/w1-de-berlin-embassy-1/come/", Subject("noon")),
        ("/organize/", None),
        ("/s/token/", None),
        ("//evil.example/", None),
        ("/c/noon/../../organize/", None),
        ("/c/noon/?next=x", None),
        ("https://evil.example/", None),
        ("/c/noon/" + "a" * 300 + "/", None),
        ("", None),
    ],
)
def test_only_paths_of_public_pages_are_about_something(about, subject):
    assert subject_of(about) == subject


def test_median_age_is_that_of_the_one_in_the_middle():
    created = [NOW - timedelta(hours=hours) for hours in (1, 2, 30)]
    assert median_age(created, NOW) == timedelta(hours=2)
    assert median_age([], NOW) == timedelta(0)


def reported(about, minute):
    return Report(about=about, created_at=NOW.replace(minute=0) + timedelta(minutes=minute))


@pytest.mark.proves("L8")
def test_a_flood_about_one_item_takes_a_few_rows_an_hour(record_property):
    flood = [reported(f"/c/noon/{n}/", n % 60) for n in range(1000)]
    honest = [reported("/c/dusk/", 59), reported("/missions/de-berlin-embassy/", 59)]
    later = reported("/c/noon/", 60)
    rows = rows_of([*flood, *honest, later])
    assert [len(row) for row in rows] == [1] * (ROWS_AN_HOUR - 1) + [996, 1, 1, 1]
    assert [row[0] for row in rows[ROWS_AN_HOUR:]] == [*honest, later]
    record_property("L8", f"1,000 reports of an item in an hour: {ROWS_AN_HOUR} rows")


@pytest.mark.control("L8")
def test_reports_of_other_items_are_rows_of_their_own():
    each = [reported(f"/c/c{n}/", 1) for n in range(100)]
    assert rows_of(each) == [[report] for report in each]
