from dataclasses import replace

import pytest

from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.quality import Doubt, Fact, doubts_of, quality_of
from protestcoord.missions.rules import Confidence, MissionStatus, Precision
from tests.factories import make_mission
from tests.missions.planting import PATH

ROWS = read_catalogue(PATH)
GOOD = make_mission(phone="+49-30-27588-0", sources="wikidata-2022-11;mfa-site")


def test_numbers_of_the_shipped_catalogue_add_up() -> None:
    quality = quality_of(ROWS)
    assert quality.missions == len(ROWS) == 291
    assert quality.with_fact[Fact.BUILDING] == sum(row.precision == "building" for row in ROWS)
    assert quality.with_fact[Fact.ADDRESS] == sum(bool(row.address) for row in ROWS)
    assert sum(quality.by_confidence.values()) == 291
    assert sum(count for _, count in quality.by_year) == 291


def test_years_come_newest_first_and_undated_last() -> None:
    years = [year for year, _ in quality_of(ROWS).by_year]
    assert years == sorted(years, reverse=True)
    assert years[-1] == ""


def test_those_with_an_unknown_state_are_checked_first() -> None:
    first = quality_of(ROWS).first[:7]
    assert {item.mission.status for item in first} == {MissionStatus.UNKNOWN}


def test_closed_mission_is_counted_nowhere() -> None:
    assert quality_of([replace(GOOD, status=MissionStatus.CLOSED)]).missions == 0


def test_good_row_has_nothing_to_doubt() -> None:
    assert doubts_of(GOOD, 2022) == ()
    assert quality_of([GOOD]).first == ()


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"status": MissionStatus.UNKNOWN}, Doubt.UNSURE_IF_OPEN),
        ({"confidence": Confidence.LOW}, Doubt.LOW_CONFIDENCE),
        ({"confidence": Confidence.MEDIUM}, Doubt.MEDIUM_CONFIDENCE),
        ({"verified_on": ""}, Doubt.UNDATED),
        ({"verified_on": "2018"}, Doubt.OLD),
        ({"address": ""}, Doubt.NO_ADDRESS),
        ({"precision": Precision.CITY}, Doubt.CITY_ONLY),
    ],
)
def test_each_weakness_is_a_doubt(changes: dict[str, str], doubt: Doubt) -> None:
    assert doubts_of(replace(GOOD, **changes), 2022) == (doubt,)


def test_website_of_the_naming_scheme_is_not_counted() -> None:
    guessed = replace(GOOD, sources="mfa-site;website-pattern")
    assert quality_of([GOOD, guessed]).with_fact[Fact.WEBSITE] == 1
