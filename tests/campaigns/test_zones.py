"""Golden tables of clocks that change, and every zone there and back for twenty years."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources

import pytest

from protestcoord.campaigns.schedule import Adjustment, slot_opens_at
from protestcoord.core.clock import (
    clock_changes,
    local_text,
    offset_at,
    offset_text,
    utc_text,
    zone,
)

NONE, MOVED, FIRST = Adjustment.NONE, Adjustment.MOVED_FORWARD, Adjustment.FIRST_OF_TWO
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone_name", "asked", "opens_at", "local", "adjustment"),
    [
        # Morocco kept a Ramadan clock until 2026 and keeps UTC from then on.
        ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30", "02:30+01:00", FIRST),
        ("Africa/Casablanca", "2026-03-01T12:00", "2026-03-01T12:00", "12:00+00:00", NONE),
        ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:30", "03:30+01:00", MOVED),
        ("Africa/Casablanca", "2026-06-04T12:00", "2026-06-04T11:00", "12:00+01:00", NONE),
        ("Africa/Casablanca", "2027-02-20T12:00", "2027-02-20T12:00", "12:00+00:00", NONE),
        ("Africa/Casablanca", "2027-06-04T12:00", "2027-06-04T12:00", "12:00+00:00", NONE),
        # British Columbia does not put its clocks back in November 2026, nor ever after.
        ("America/Vancouver", "2025-11-02T01:30", "2025-11-02T08:30", "01:30-07:00", FIRST),
        ("America/Vancouver", "2026-03-08T02:30", "2026-03-08T10:30", "03:30-07:00", MOVED),
        ("America/Vancouver", "2026-11-01T01:30", "2026-11-01T08:30", "01:30-07:00", NONE),
        ("America/Vancouver", "2027-01-09T12:00", "2027-01-09T19:00", "12:00-07:00", NONE),
        ("America/Vancouver", "2027-03-14T02:30", "2027-03-14T09:30", "02:30-07:00", NONE),
        # Paraguay changed for the last time in October 2024, at midnight.
        ("America/Asuncion", "2024-03-23T23:30", "2024-03-24T02:30", "23:30-03:00", FIRST),
        ("America/Asuncion", "2024-10-06T00:30", "2024-10-06T04:30", "01:30-03:00", MOVED),
        ("America/Asuncion", "2025-03-23T00:00", "2025-03-23T03:00", "00:00-03:00", NONE),
        # Cuba changes at midnight in spring and at one in autumn.
        ("America/Havana", "2026-03-08T00:30", "2026-03-08T05:30", "01:30-04:00", MOVED),
        ("America/Havana", "2027-11-07T00:30", "2027-11-07T04:30", "00:30-04:00", FIRST),
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:30", "03:30-04:00", MOVED),
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30", "01:30-04:00", FIRST),
        ("Africa/Cairo", "2027-04-30T00:30", "2027-04-29T22:30", "01:30+03:00", MOVED),
        ("Africa/Cairo", "2027-10-28T23:30", "2027-10-28T20:30", "23:30+03:00", FIRST),
        ("Asia/Beirut", "2027-03-28T00:30", "2027-03-27T22:30", "01:30+03:00", MOVED),
        ("Europe/Dublin", "2027-03-28T01:30", "2027-03-28T01:30", "02:30+01:00", MOVED),
        ("Europe/Dublin", "2027-10-31T01:30", "2027-10-31T00:30", "01:30+01:00", FIRST),
        ("Pacific/Chatham", "2027-09-26T03:00", "2027-09-25T14:15", "04:00+13:45", MOVED),
        ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-02T15:45", "02:45+11:00", MOVED),
        ("Asia/Kathmandu", "2027-06-04T12:00", "2027-06-04T06:15", "12:00+05:45", NONE),
        # The first and the last noon of one day are 25 hours apart, across the date line.
        ("Pacific/Kiritimati", "2027-06-04T12:00", "2027-06-03T22:00", "12:00+14:00", NONE),
        ("Pacific/Pago_Pago", "2027-06-04T12:00", "2027-06-04T23:00", "12:00-11:00", NONE),
    ],
)
def test_slot_opens_at_the_known_instant(zone_name, asked, opens_at, local, adjustment):
    wall_clock = datetime.fromisoformat(asked)
    opened = slot_opens_at(wall_clock.date(), wall_clock.time(), zone(zone_name))
    assert (utc_text(opened[0]), opened[1]) == (f"{opens_at}:00Z", adjustment)
    assert local_text(opened[0], zone_name).endswith(f"T{local}")


@pytest.mark.parametrize(
    ("zone_name", "changes"),
    [
        (
            "Africa/Casablanca",
            ["2026-02-15 UTC+00:00", "2026-03-22 UTC+01:00", "2026-09-20 UTC+00:00"],
        ),
        ("America/Vancouver", ["2026-03-08 UTC-07:00"]),
        ("Europe/Berlin", ["2026-03-29 UTC+02:00", "2026-10-25 UTC+01:00"]),
        ("Asia/Kathmandu", []),
    ],
)
def test_clock_changes_of_2026_are_the_known_ones(zone_name, changes):
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = clock_changes(zone_name, *year)
    assert [f"{at:%Y-%m-%d} {offset_text(at, zone_name)}" for at in found] == changes


def different_zones() -> list[str]:
    """One name for each set of rules; most names are second names."""
    root = resources.files("tzdata.zoneinfo")
    rules = {}
    for name in sorted(zoneinfo.available_timezones()):
        rules.setdefault(root.joinpath(*name.split("/")).read_bytes(), name)
    return sorted(rules.values())


def test_no_zone_changes_its_clocks_twice_between_two_midnights():
    """What ``clock_changes`` relies on."""
    for name in different_zones():
        midnight = datetime(2024, 1, 1, tzinfo=UTC)
        while midnight.year < 2027:
            noon = offset_at(midnight + DAY / 2, name)
            assert noon in (offset_at(midnight, name), offset_at(midnight + DAY, name))
            midnight += DAY


def test_every_zone_leads_there_and_back_round_each_change_of_twenty_years():
    """Each quarter of an hour within a day of each change: a wall clock names its instant."""
    zones = different_zones()
    assert len(zones) > 300
    changes = 0
    for name in zones:
        here = zone(name)
        for change in clock_changes(name, BEGIN, END):
            changes += 1
            for step in range(-96, 97):
                instant = change + step * QUARTER
                local = instant.astimezone(here).replace(tzinfo=None)
                opens_at, adjustment = slot_opens_at(local.date(), local.time(), here)
                if adjustment is FIRST:
                    assert opens_at <= instant
                    assert opens_at.astimezone(here).replace(tzinfo=None) == local
                else:
                    assert (opens_at, adjustment) == (instant, NONE)
    assert changes > 3000


@pytest.mark.parametrize("zone_name", ["Pacific/Apia", "Asia/Kathmandu", "America/St_Johns"])
def test_a_leap_day_is_a_day_like_any_other(zone_name):
    opens_at, adjustment = slot_opens_at(date(2028, 2, 29), time(12), zone(zone_name))
    assert adjustment is NONE
    assert local_text(opens_at, zone_name).startswith("2028-02-29T12:00")
