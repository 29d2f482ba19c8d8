"""The command ``schedule advise``: what it prints and what it refuses."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from protestcoord.campaigns import working_days
from protestcoord.campaigns.cli import schedule
from protestcoord.campaigns.working_days import HolidaysMissing
from protestcoord.config import shipped
from protestcoord.core.clock import tzdata_version
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.rules import MissionStatus

THREE = ("--missions", "de-berlin-embassy,NP,BS")


def advise(*words: str) -> Result:
    return CliRunner().invoke(schedule, ["advise", "--day", "2027-06-04", *words])


def advice(*words: str) -> dict[str, Any]:
    result = advise("--json", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_json_says_day_steps_best_warnings_and_days_off():
    told = advice(*THREE, "--at", "14:10")
    assert list(told) == ["day", "tzdata", "steps", "best", "warnings", "same_local_time"]
    assert (told["day"], told["tzdata"]) == ("2027-06-04", tzdata_version())
    assert len(told["steps"]) == 96
    assert told["steps"][40] == {
        "starts_at": "2027-06-04T10:00:00Z",
        "sites": 3,
        "awake": 2,
        "daylight": 2,
        "working": 2,
        "all": 2,
    }
    assert told["warnings"] == [
        {
            "mission": "bs-nassau-embassy",
            "kind": "holiday",
            "local_start": "2027-06-04T10:10-04:00",
            "name": "Randol Fawkes Labour Day",
        },
        {
            "mission": "np-kathmandu-embassy",
            "kind": "night",
            "local_start": "2027-06-04T19:55+05:45",
            "name": "",
        },
        {
            "mission": "np-kathmandu-embassy",
            "kind": "outside_waking_hours",
            "local_start": "2027-06-04T19:55+05:45",
            "name": "",
        },
    ]
    assert told["same_local_time"] == [
        {
            "mission": "bs-nassau-embassy",
            "weekend": False,
            "holiday": "Randol Fawkes Labour Day",
            "chinese_holiday": "",
        }
    ]


def test_json_has_the_ten_best_in_order_of_rank():
    told = advice(*THREE)
    best = {step["starts_at"]: step["all"] for step in told["steps"]}
    assert len(told["best"]) == 10
    counts = [best[starts_at] for starts_at in told["best"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == max(best.values())


def test_every_open_mission_is_asked_by_default():
    catalogue = read_catalogue(shipped("data") / "embassies.csv")
    sites = sum(row.status is MissionStatus.OPEN for row in catalogue)
    assert {step["sites"] for step in advice()["steps"]} == {sites}


def test_text_has_the_best_a_chart_the_warnings_and_the_days_off():
    result = advise(*THREE, "--at", "14:10")
    first = "Same instant: slots of 60 minutes on 2027-06-04 in UTC; sites: 3; zone data: "
    assert result.stdout.splitlines() == [
        f"{first}tzdata {tzdata_version()}.",
        "",
        "UTC    all three  awake  daylight  working day",
        "12:00  2          3      3         2",
        "06:00  2          2      2         2",
        "06:15  2          2      2         2",
        "06:30  2          2      2         2",
        "06:45  2          2      2         2",
        "07:00  2          2      2         2",
        "07:15  2          2      2         2",
        "07:30  2          2      2         2",
        "07:45  2          2      2         2",
        "08:00  2          2      2         2",
        "",
        "UTC          00    03    06    09    12    15    18    21",
        "all three         ▃▃▃▃▃▃▃▅▅▅▅▅▅▅▅▅▅▅▅▅▃▃▃▃▃▃▃▃▃▃",
        "awake             ▃▃▃▃▃▃▃▅▅▅▅▅▅▅▅▅▅▅▅███▅▅▅▅▅▅▅▅▃▃▃▃▃▃▃▃▃▃▃▃",
        "daylight     ▃▃▃▃▃▃▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅████▅▅▅▅▅▅▅▅▅▅▅▅▃▃▃▃▃▃▃▃▃ ▃",
        "working day  ███████▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▃▃▃▃▃▃▃▃",
        "",
        "What speaks against 14:10 UTC:",
        "  It is night at 1: Kathmandu 19:55 (UTC+05:45)",
        "  Outside waking hours at 1: Kathmandu 19:55 (UTC+05:45)",
        "  Holiday at 1: Nassau 10:10 (UTC-04:00), Randol Fawkes Labour Day",
        "",
        "Same local time: where 2027-06-04 is a weekend or a holiday:",
        "  Holiday (Randol Fawkes Labour Day) at 1: BS",
    ]


def test_text_says_so_where_nothing_speaks_against_it():
    lines = advise("--missions", "DE").stdout.splitlines()
    assert lines[-4:] == [
        "  Nothing.",
        "",
        "Same local time: where 2027-06-04 is a weekend or a holiday:",
        "  Nowhere.",
    ]


def test_a_long_list_of_sites_is_cut_and_the_rest_counted():
    (line,) = [line for line in advise().stdout.splitlines() if line.startswith("  It is night")]
    assert line.count("(UTC") == 6
    assert line.endswith(" more")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--day", "tomorrow"),
        ("--day", "2027-02-30"),
        ("--day", "20270604"),
        ("--day", "2027-W22-5"),
        ("--day", "1972-06-04"),
        ("--day", "9999-12-31"),
        ("--minutes", "0"),
        ("--minutes", "1441"),
        ("--minutes", "an hour"),
        ("--minutes", "721"),
        ("--window", "8-20"),
        ("--window", "08:00-25:00"),
        ("--window", "08:00-08:59"),
        ("--at", "24:00"),
        ("--at", "noon"),
        ("--at", "12+01"),
        ("--missions", ""),
        ("--missions", "QQ"),
    ],
)
def test_bad_value_is_one_line_that_names_an_option(option, value):
    result = advise(option, value)
    named = "--window" if value == "721" else option
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert f"'{named}'" in result.stderr


def test_missing_day_is_one_line_that_names_it():
    result = CliRunner().invoke(schedule, ["advise"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "'--day'" in result.stderr


def test_without_the_library_of_holidays_it_says_how_to_install_it(monkeypatch):
    def missing(*_asked):
        raise HolidaysMissing

    monkeypatch.setattr(working_days, "_calendar", missing)
    working_days.day_kind.cache_clear()
    result = advise(*THREE)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "pip install protestcoord[advice]" in result.stderr
