"""When slots open: known clock changes, and any zone on any day against a plain search."""
# ruff: noqa: DTZ001 - a wall clock is naive on purpose

import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protestcoord.campaigns.recurrence import Frequency
from protestcoord.campaigns.schedule import (
    Adjustment,
    PlannedSlot,
    Recurrence,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    relay_reports,
    slot_opens_at,
    slots_of_wave,
)
from protestcoord.core.clock import local_text, utc_text, zone
from protestcoord.core.errors import InvalidValue

MINUTE = timedelta(minutes=1)
ZONES = sorted(zoneinfo.available_timezones())
NONE, MOVED, FIRST = Adjustment.NONE, Adjustment.MOVED_FORWARD, Adjustment.FIRST_OF_TWO

wall_clocks = st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
lengths = st.integers(1, 1440)
zone_names = st.sampled_from(ZONES)
places = st.lists(
    st.builds(
        SchedulePlace,
        key=st.text("abcdef", min_size=1, max_size=3),
        timezone=zone_names,
        longitude_deg=st.sampled_from((-180.0, -74.0, 0.0, 13.4, 180.0)),
        latitude_deg=st.just(0.0),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda place: place.key,
)


def make_place(timezone="Europe/Berlin", key="", **changes):
    values = {"longitude_deg": 0.0, "latitude_deg": 0.0, **changes}
    return SchedulePlace(key or timezone, timezone, **values)


def local_minutes_around(asked, zone_name):
    """Yield each instant within 39 hours, and the wall clock there."""
    here = zone(zone_name)
    instant = asked.replace(tzinfo=UTC) - timedelta(hours=39)
    for _ in range(78 * 60):
        yield instant, instant.astimezone(here).replace(tzinfo=None)
        instant += MINUTE


def searched_opening(asked, zone_name):
    """Find when clocks show a time; where they skip it, move it by what they skip."""
    minutes = list(local_minutes_around(asked, zone_name))
    shown = [instant for instant, local in minutes if local == asked]
    if shown:
        return shown[0], NONE if len(shown) == 1 else FIRST
    before, after = next(
        (local, later) for (_, local), (_, later) in pairwise(minutes) if local < asked < later
    )
    moved = asked + (after - before - MINUTE)
    return next(instant for instant, local in minutes if local == moved), MOVED


@pytest.mark.parametrize(
    ("zone_name", "asked", "opens_at", "local", "adjustment"),
    [
        # Lord Howe's clocks change by half an hour.
        ("Australia/Lord_Howe", "2024-10-06T01:59", "10-05T15:29", "06T01:59+10:30", NONE),
        ("Australia/Lord_Howe", "2024-10-06T02:00", "10-05T15:30", "06T02:30+11:00", MOVED),
        ("Australia/Lord_Howe", "2024-10-06T02:15", "10-05T15:45", "06T02:45+11:00", MOVED),
        ("Australia/Lord_Howe", "2024-10-06T02:30", "10-05T15:30", "06T02:30+11:00", NONE),
        ("Australia/Lord_Howe", "2024-04-07T01:29", "04-06T14:29", "07T01:29+11:00", NONE),
        ("Australia/Lord_Howe", "2024-04-07T01:45", "04-06T14:45", "07T01:45+11:00", FIRST),
        ("Australia/Lord_Howe", "2024-04-07T02:00", "04-06T15:30", "07T02:00+10:30", NONE),
        ("Pacific/Chatham", "2024-06-04T12:00", "06-03T23:15", "04T12:00+12:45", NONE),
        ("Pacific/Chatham", "2024-09-29T03:00", "09-28T14:15", "29T04:00+13:45", MOVED),
        ("Pacific/Chatham", "2024-04-07T03:00", "04-06T13:15", "07T03:00+13:45", FIRST),
        ("Asia/Kathmandu", "2024-06-04T12:00", "06-04T06:15", "04T12:00+05:45", NONE),
        ("Pacific/Kiritimati", "2024-06-04T12:00", "06-03T22:00", "04T12:00+14:00", NONE),
        # Morocco goes back for Ramadan, and forward after it.
        ("Africa/Casablanca", "2024-03-10T02:30", "03-10T01:30", "10T02:30+01:00", FIRST),
        ("Africa/Casablanca", "2024-03-20T12:00", "03-20T12:00", "20T12:00+00:00", NONE),
        ("Africa/Casablanca", "2024-04-14T02:30", "04-14T02:30", "14T03:30+01:00", MOVED),
        ("Africa/Casablanca", "2024-06-04T12:00", "06-04T11:00", "04T12:00+01:00", NONE),
        ("America/New_York", "2024-03-10T02:30", "03-10T07:30", "10T03:30-04:00", MOVED),
        ("America/New_York", "2024-03-10T03:00", "03-10T07:00", "10T03:00-04:00", NONE),
        ("America/New_York", "2024-11-03T01:30", "11-03T05:30", "03T01:30-04:00", FIRST),
        ("America/New_York", "2024-11-03T02:00", "11-03T07:00", "03T02:00-05:00", NONE),
        ("Europe/Berlin", "2024-03-31T02:30", "03-31T01:30", "31T03:30+02:00", MOVED),
        ("Europe/Berlin", "2024-10-27T02:30", "10-27T00:30", "27T02:30+02:00", FIRST),
        # Cairo and Beirut change at midnight: the missing hour is the day's first.
        ("Africa/Cairo", "2024-04-26T00:30", "04-25T22:30", "26T01:30+03:00", MOVED),
        ("Africa/Cairo", "2024-10-31T23:30", "10-31T20:30", "31T23:30+03:00", FIRST),
        ("Asia/Beirut", "2024-03-31T00:00", "03-30T22:00", "31T01:00+03:00", MOVED),
        ("Asia/Beirut", "2024-10-26T23:30", "10-26T20:30", "26T23:30+03:00", FIRST),
        # Dublin's winter time is the one that the zone data call saving.
        ("Europe/Dublin", "2024-03-31T01:30", "03-31T01:30", "31T02:30+01:00", MOVED),
        ("Europe/Dublin", "2024-10-27T01:30", "10-27T00:30", "27T01:30+01:00", FIRST),
    ],
)
def test_slot_opens_at_the_known_instant(zone_name, asked, opens_at, local, adjustment):
    wall_clock = datetime.fromisoformat(asked)
    opened = slot_opens_at(wall_clock.date(), wall_clock.time(), zone(zone_name))
    assert (utc_text(opened[0]), opened[1]) == (f"2024-{opens_at}:00Z", adjustment)
    assert local_text(opened[0], zone_name).endswith(f"-{local}")


def test_day_that_a_zone_skipped_moves_to_the_next():
    opens_at, adjustment = slot_opens_at(date(2011, 12, 30), time(12), zone("Pacific/Apia"))
    assert local_text(opens_at, "Pacific/Apia") == "2011-12-31T12:00+14:00"
    assert adjustment is MOVED


@settings(max_examples=100)
@example(datetime(2028, 3, 12, 2, fold=1), "America/Denver")
@given(wall_clocks, zone_names)
def test_slot_opens_as_a_search_minute_by_minute_finds_it(asked, zone_name):
    assert slot_opens_at(asked.date(), asked.time(), zone(zone_name)) == searched_opening(
        asked, zone_name
    )


@pytest.mark.parametrize("hour", range(4))
@pytest.mark.parametrize("asked", ["2024-03-31", "2024-10-27", "2024-10-06", "2024-04-07"])
@pytest.mark.parametrize("zone_name", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut"])
def test_slot_opens_on_days_of_change_as_a_search_finds_it(zone_name, asked, hour):
    wall_clock = datetime.fromisoformat(f"{asked}T{hour:02}:30")
    assert slot_opens_at(wall_clock.date(), wall_clock.time(), zone(zone_name)) == (
        searched_opening(wall_clock, zone_name)
    )


@given(wall_clocks, lengths, places)
def test_slots_of_same_instant_share_one_instant(start, minutes, sites):
    slots = slots_of_wave(WaveRule(Synchronisation.SAME_INSTANT, start, minutes), sites)
    starts_at = start.replace(tzinfo=UTC)
    assert slots == tuple(
        PlannedSlot(place.key, 1, starts_at, starts_at + minutes * MINUTE, place.timezone)
        for place in sorted(sites, key=lambda place: place.key)
    )


@given(wall_clocks, lengths, places)
def test_slots_of_same_local_time_show_the_asked_wall_clock_or_say_that_they_do_not(
    start, minutes, sites
):
    slots = slots_of_wave(WaveRule(Synchronisation.SAME_LOCAL_TIME, start, minutes), sites)
    assert sorted(slot.key for slot in slots) == sorted(place.key for place in sites)
    for slot in slots:
        local = slot.starts_at.astimezone(zone(slot.timezone)).replace(tzinfo=None)
        assert (local == start) == (slot.adjustment is not MOVED)
        assert local >= start
        assert (slot.note is None) == (slot.adjustment is NONE)


@given(st.sampled_from(list(Synchronisation)), wall_clocks, st.integers(15, 720), places)
def test_lengths_are_exact_in_elapsed_time(synchronisation, start, minutes, sites):
    for slot in slots_of_wave(WaveRule(synchronisation, start, minutes), sites):
        assert slot.starts_at.tzinfo is slot.ends_at.tzinfo is UTC
        assert slot.ends_at - slot.starts_at == minutes * MINUTE


@given(st.sampled_from(list(Synchronisation)), wall_clocks, places, st.randoms())
def test_slots_depend_on_the_set_of_places_alone(synchronisation, start, sites, random):
    rule = WaveRule(synchronisation, start, 60)
    slots = slots_of_wave(rule, sites)
    shuffled = random.sample(sites, len(sites))
    assert slots_of_wave(rule, iter(shuffled + shuffled)) == slots
    assert list(slots) == sorted(slots, key=lambda slot: (slot.starts_at, slot.key))


def test_slot_across_a_clock_change_keeps_its_elapsed_length():
    rule = WaveRule(Synchronisation.SAME_LOCAL_TIME, datetime(2024, 10, 27, 1, 30), 120)
    (slot,) = slots_of_wave(rule, [make_place()])
    assert utc_text(slot.starts_at) == "2024-10-26T23:30:00Z"
    assert local_text(slot.ends_at, slot.timezone) == "2024-10-27T02:30+01:00"


def test_planned_slot_says_how_it_was_adjusted():
    rule = WaveRule(Synchronisation.SAME_LOCAL_TIME, datetime(2024, 3, 31, 2, 30), 60)
    berlin, tokyo = make_place(), make_place("Asia/Tokyo")
    notes = {slot.key: str(slot.note or "") for slot in slots_of_wave(rule, [berlin, tokyo])}
    assert notes == {
        "Asia/Tokyo": "",
        "Europe/Berlin": "02:30 does not exist there that day; moved forward to 03:30.",
    }


@pytest.mark.parametrize(
    ("field", "sites"),
    [
        ("sites", []),
        ("sites", [make_place(), make_place(longitude_deg=1.0)]),
        ("timezone", [make_place(), make_place("Europe/Atlantis")]),
        ("timezone", [make_place("../etc/passwd")]),
    ],
)
@pytest.mark.parametrize("synchronisation", Synchronisation)
def test_unusable_places_are_refused_by_every_synchronisation(synchronisation, field, sites):
    with pytest.raises(InvalidValue) as refusal:
        slots_of_wave(WaveRule(synchronisation, datetime(2027, 6, 4, 12), 60), sites)
    assert refusal.value.field == field


def test_unusable_rule_is_refused():
    with pytest.raises(InvalidValue) as refusal:
        slots_of_wave(WaveRule(Synchronisation.RELAY, datetime(2027, 6, 4, 12), 0), [make_place()])
    assert refusal.value.field == "duration_minutes"


def test_only_a_relay_has_a_report():
    with pytest.raises(InvalidValue) as refusal:
        relay_reports(
            WaveRule(Synchronisation.SAME_INSTANT, datetime(2027, 6, 4, 12), 60), [make_place()]
        )
    assert refusal.value.field == "synchronisation"


recurrences = st.none() | st.builds(
    Recurrence, st.sampled_from(Frequency), st.integers(1, 3), st.integers(1, 4)
)


@given(
    st.sampled_from([Synchronisation.SAME_INSTANT, Synchronisation.SAME_LOCAL_TIME]),
    wall_clocks,
    lengths,
    recurrences,
    places,
)
def test_each_occurrence_is_what_a_wave_at_its_start_would_be(
    synchronisation, start, minutes, recurrence, sites
):
    rule = WaveRule(synchronisation, start, minutes, recurrence=recurrence)
    slots = slots_of_wave(rule, sites)
    assert len(slots) == len(rule.starts) * len(sites)
    for number, local_start in enumerate(rule.starts, start=1):
        alone = slots_of_wave(WaveRule(synchronisation, local_start, minutes), sites)
        occurrence = [replace(slot, occurrence=1) for slot in slots if slot.occurrence == number]
        assert sorted(occurrence, key=by_key) == sorted(alone, key=by_key)


def by_key(slot):
    return slot.key
