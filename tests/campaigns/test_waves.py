"""Which rules are usable, and what a person is told about an adjusted time."""
# ruff: noqa: DTZ001 - a wall clock is naive on purpose

import dataclasses
from datetime import UTC, datetime, time

import pytest

from protestcoord.campaigns.waves import (
    Adjustment,
    Note,
    PlannedSlot,
    Synchronisation,
    WaveRule,
    check_wave_rule,
    note_of_adjustment,
)
from protestcoord.core.errors import InvalidValue

RELAY = WaveRule(Synchronisation.RELAY, datetime(2027, 6, 4, 12), 60)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": datetime(2027, 6, 4, 12, tzinfo=UTC)}),
        ("start", {"start": datetime(2027, 6, 4, 12, 0, 30)}),
        ("start", {"start": datetime(2027, 6, 4, 12, 0, 0, 1)}),
        ("start", {"start": datetime(1972, 12, 31)}),
        ("start", {"start": datetime(3000, 1, 1)}),
        ("duration_minutes", {"duration_minutes": 0}),
        ("duration_minutes", {"duration_minutes": -60}),
        ("duration_minutes", {"duration_minutes": 1441}),
        ("duration_minutes", {"duration_minutes": 6, "relay_hours": 168}),
        ("relay_hours", {"relay_hours": 0}),
        ("relay_hours", {"relay_hours": 169}),
        ("relay_hours", {"duration_minutes": 61, "relay_hours": 1}),
        ("window", {"window_start": time(12), "window_end": time(12, 59)}),
        ("window", {"window_start": time(23, 30), "window_end": time(0, 29)}),
        ("window", {"window_start": time(8, 0, 1)}),
        ("window", {"window_end": time(20, tzinfo=UTC)}),
    ],
)
def test_unusable_value_is_refused_beside_its_field(field, changes):
    with pytest.raises(InvalidValue) as refusal:
        check_wave_rule(dataclasses.replace(RELAY, **changes))
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"duration_minutes": 1},
        {"duration_minutes": 720},
        {"duration_minutes": 1440, "window_start": time(5), "window_end": time(5)},
        {"duration_minutes": 7, "relay_hours": 168},
        {"duration_minutes": 60, "relay_hours": 1},
        {"window_start": time(23, 30), "window_end": time(0, 30)},
        {"start": datetime(2004, 6, 4, 12)},
    ],
)
def test_values_at_the_limits_are_usable(changes):
    check_wave_rule(dataclasses.replace(RELAY, **changes))


def test_relay_values_are_not_asked_of_other_waves():
    rule = dataclasses.replace(
        RELAY, synchronisation=Synchronisation.SAME_INSTANT, relay_hours=0, window_end=time(8, 1)
    )
    check_wave_rule(rule)


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [
        (time(8), time(20), 720),
        (time(20), time(8), 720),
        (time(23, 30), time(0, 15), 45),
        (time(0), time(0), 1440),
        (time(9), time(9), 1440),
    ],
)
def test_window_wraps_past_midnight(begin, end, minutes):
    rule = dataclasses.replace(RELAY, window_start=begin, window_end=end)
    assert rule.window_minutes == minutes


def test_unadjusted_slot_has_no_note():
    starts_at = datetime(2027, 6, 4, 10, tzinfo=UTC)
    slot = PlannedSlot("de-berlin-embassy", 1, starts_at, starts_at, "Europe/Berlin")
    assert slot.note is None
    local_asked = datetime(2027, 6, 4, 12)
    assert dataclasses.replace(slot, local_asked=local_asked).note is None


def test_note_of_missing_time_says_both_times():
    note = note_of_adjustment(
        Adjustment.MOVED_FORWARD,
        datetime(2027, 3, 28, 2, 30),
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        "Europe/Berlin",
    )
    assert str(note) == "02:30 does not exist there that day; moved forward to 03:30."


def test_note_of_a_missing_day_says_the_day_as_well():
    note = note_of_adjustment(
        Adjustment.MOVED_FORWARD,
        datetime(2011, 12, 30, 12),
        datetime(2011, 12, 30, 22, tzinfo=UTC),
        "Pacific/Apia",
    )
    assert str(note) == "12:00 does not exist there that day; moved forward to 2011-12-31 12:00."


def test_note_of_time_that_happens_twice_says_which_is_meant():
    note = note_of_adjustment(
        Adjustment.FIRST_OF_TWO,
        datetime(2027, 11, 7, 1, 30),
        datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
        "America/New_York",
    )
    assert note == Note(
        "%(asked)s happens twice there that day; the first is meant.", {"asked": "01:30"}
    )
    assert str(note) == "01:30 happens twice there that day; the first is meant."


def test_note_of_segment_that_leaves_the_window_says_by_how_much():
    starts_at = datetime(2027, 6, 4, 6, 30, tzinfo=UTC)
    slot = PlannedSlot("x", 1, starts_at, starts_at, "Asia/Kathmandu", minutes_outside=15)
    assert str(slot.note) == "Minutes outside the asked window of the day: 15."
