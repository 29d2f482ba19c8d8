"""The command ``schedule preview``: what it prints, what it refuses, how long it takes."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from protestcoord.campaigns.cli import schedule
from protestcoord.config import shipped
from protestcoord.core.clock import now, offset_at, tzdata_version
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.rules import MissionStatus

CATALOGUE = read_catalogue(shipped("data") / "embassies.csv")
OPEN = {row.slug for row in CATALOGUE if row.status is MissionStatus.OPEN}
BERLIN_AND_NEPAL = ("--missions", "de-berlin-embassy,NP")


def preview(sync: str, start: str, *more: str) -> Result:
    return CliRunner().invoke(schedule, ["preview", "--sync", sync, "--start", start, *more])


def records(sync: str, start: str, *more: str) -> list[dict[str, str]]:
    result = preview(sync, start, "--json", *more)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_json_has_the_six_values_of_each_slot():
    assert records("same_local_time", "2024-03-31T02:30", *BERLIN_AND_NEPAL) == [
        {
            "mission": "np-kathmandu-embassy",
            "timezone": "Asia/Kathmandu",
            "starts_at": "2024-03-30T20:45:00Z",
            "ends_at": "2024-03-30T21:45:00Z",
            "local_start": "2024-03-31T02:30+05:45",
            "note": "",
        },
        {
            "mission": "de-berlin-embassy",
            "timezone": "Europe/Berlin",
            "starts_at": "2024-03-31T01:30:00Z",
            "ends_at": "2024-03-31T02:30:00Z",
            "local_start": "2024-03-31T03:30+02:00",
            "note": "02:30 does not exist there that day; moved forward to 03:30.",
        },
    ]


def test_table_has_local_time_utc_and_the_zone_data():
    version = tzdata_version()
    is_winter = offset_at(now(), "Europe/Berlin") == timedelta(hours=1)
    changing = 1 if is_winter else 0  # Kathmandu keeps its clocks
    result = preview("same_instant", "2027-06-04T12:00", "--minutes", "90", *BERLIN_AND_NEPAL)
    assert result.stdout.splitlines() == [
        "mission               city       local start             UTC                note",
        "de-berlin-embassy     Berlin     2027-06-04 14:00+02:00  2027-06-04 12:00Z",
        "np-kathmandu-embassy  Kathmandu  2027-06-04 17:45+05:45  2027-06-04 12:00Z",
        "",
        f"Slots: 2, of 90 minutes each; sites: 2; with a note: 0; zone data: tzdata {version}.",
        f"Clocks change between now and then at {changing} of these sites.",
    ]


def test_every_open_mission_is_taken_by_default():
    slots = records("same_instant", "2027-06-04T12:00")
    assert {slot["mission"] for slot in slots} == OPEN
    assert {slot["starts_at"] for slot in slots} == {"2027-06-04T12:00:00Z"}


def test_full_relay_gives_each_open_mission_one_slot_in_the_window():
    slots = records("relay", "2027-06-04T00:00", "--window", "09:00-19:00", "--hours", "24")
    assert sorted(slot["mission"] for slot in slots) == sorted(OPEN)
    assert all("09:00" <= slot["local_start"][11:16] <= "18:00" for slot in slots)


def test_minimal_relay_of_every_open_mission_is_unbroken_with_two():
    slots = records("relay", "2027-06-04T00:00", "--relay", "minimal")
    assert len({slot["mission"] for slot in slots}) == 2
    assert [slot["starts_at"] for slot in slots[1:]] == [slot["ends_at"] for slot in slots[:-1]]
    assert (slots[0]["starts_at"], slots[-1]["ends_at"]) == (
        "2027-06-04T00:00:00Z",
        "2027-06-05T00:00:00Z",
    )


def test_relay_says_what_it_leaves_open():
    result = preview("relay", "2027-06-04T00:00", "--hours", "12", *BERLIN_AND_NEPAL)
    assert "Relay of 12 segments from 2027-06-04 00:00Z to 2027-06-04 12:00Z." in result.stdout
    assert "Uncovered: 2027-06-04 00:00Z to 2027-06-04 08:00Z, 480 minutes." in result.stdout
    assert result.stderr == ""


def test_relay_says_which_sites_it_leaves_out():
    result = preview("relay", "2027-06-04T20:00", "--hours", "2", *BERLIN_AND_NEPAL)
    assert "Left out" in result.stdout
    assert "de-berlin-embassy, np-kathmandu-embassy." in result.stdout


def test_what_a_relay_leaves_open_stands_beside_its_json():
    result = preview("relay", "2027-06-04T00:00", "--json", *BERLIN_AND_NEPAL)
    assert len(json.loads(result.stdout)) == 2
    assert "Uncovered: " in result.stderr


def test_named_mission_is_taken_whatever_its_status():
    unknown = next(row.slug for row in CATALOGUE if row.status is not MissionStatus.OPEN)
    slots = records("same_instant", "2027-06-04T12:00", "--missions", unknown.upper())
    assert [slot["mission"] for slot in slots] == [unknown]


def test_mission_named_twice_has_one_slot():
    slots = records("same_instant", "2027-06-04T12:00", "--missions", "np, np-kathmandu-embassy")
    assert [slot["mission"] for slot in slots] == ["np-kathmandu-embassy"]


def test_past_start_is_allowed():
    assert records("same_instant", "2004-06-04T12:00", *BERLIN_AND_NEPAL)


def test_relay_option_of_another_wave_is_named_as_useless():
    result = preview("same_instant", "2027-06-04T12:00", "--hours", "3", *BERLIN_AND_NEPAL)
    assert result.exit_code == 0
    assert result.stderr == "--hours is for a relay; it changed nothing here.\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--sync", "same_time"),
        ("--start", "tomorrow"),
        ("--start", "2027-06-04"),
        ("--start", "2027-02-30T12:00"),
        ("--start", "2027-06-04T12:00Z"),
        ("--start", "2027-06-04T12:00+02:00"),
        ("--start", "2027-06-04T12:00:30"),
        ("--start", "0001-01-01T00:00"),
        ("--minutes", "0"),
        ("--minutes", "1441"),
        ("--minutes", "an hour"),
        ("--window", "8-20"),
        ("--window", "08:00"),
        ("--window", "08:00-25:00"),
        ("--window", "08:00-08:59"),
        ("--hours", "0"),
        ("--hours", "169"),
        ("--relay", "half"),
        ("--missions", ""),
        ("--missions", "de-berlin-embassy,,NP"),
        ("--missions", "QQ"),
        ("--missions", "de-atlantis-embassy"),
    ],
)
def test_bad_value_is_one_line_that_names_the_option(option, value):
    options = {"--sync": "relay", "--start": "2027-06-04T12:00", option: value}
    words = [word for pair in options.items() for word in pair]
    result = CliRunner().invoke(schedule, ["preview", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert f"'{option}'" in result.stderr


@pytest.mark.parametrize("given", ["--sync", "--start"])
def test_missing_option_is_one_line_that_names_it(given):
    values = {"--sync": "relay", "--start": "2027-06-04T12:00"}
    missing = next(option for option in values if option != given)
    result = CliRunner().invoke(schedule, ["preview", given, values[given]])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert f"'{missing}'" in result.stderr


def test_window_may_be_the_whole_day():
    for window in ("00:00-24:00", "08:00-08:00"):
        assert len(records("relay", "2027-06-04T12:00", "--hours", "1", "--window", window)) == len(
            OPEN
        )


def test_command_loads_nothing_heavy():
    code = (
        "import sys; from protestcoord.campaigns.cli import schedule\n"
        "schedule(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'flask', 'sqlalchemy', 'babel', 'folium', 'icalendar', 'werkzeug', 'geopy',"
        " 'astral', 'holidays', 'dateutil'}\n"
        "sys.exit(str(heavy & sys.modules.keys()) if heavy & sys.modules.keys() else 0)"
    )
    words = ["preview", "--sync", "relay", "--start", "2027-06-04T12:00", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wave_repeats():
    rows = records(
        "same_local_time", "2027-06-04T12:00", "--repeat", "FREQ=WEEKLY;COUNT=2", *BERLIN_AND_NEPAL
    )
    assert [row["local_start"] for row in rows] == [
        "2027-06-04T12:00+05:45",
        "2027-06-04T12:00+02:00",
        "2027-06-11T12:00+05:45",
        "2027-06-11T12:00+02:00",
    ]


def test_a_repetition_that_is_none_is_refused_by_its_option():
    result = preview("same_instant", "2027-06-04T12:00", "--repeat", "FREQ=HOURLY;COUNT=2")
    assert result.exit_code == 2
    assert "'--repeat'" in result.stderr
