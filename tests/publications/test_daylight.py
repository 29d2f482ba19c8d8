from datetime import timedelta

from protestcoord.publications.daylight import Bar, Tick, day_strip, lanterns
from protestcoord.signups.rules import SlotState
from tests.factories import DAY_AT, make_mission, make_participant, make_seoul, make_site, make_slot

SIX_HOURS = timedelta(hours=6)


def test_lanterns_are_a_path_for_each_state():
    covered = make_site(make_mission(), state=SlotState.COVERED)
    assert lanterns([covered, make_site(make_seoul())]) == {
        SlotState.EMPTY: "M307 38.4h0",
        SlotState.OFFERED: "",
        SlotState.COVERED: "M193.4 23.5h0",
        SlotState.FULL: "",
    }


def test_strip_counts_who_acts_in_each_half_hour():
    held = make_slot(groups=(make_participant(),))
    later = make_slot(starts_at=DAY_AT + timedelta(hours=2, minutes=30))
    strip = day_strip([make_site(make_mission(), held), make_site(make_seoul(), held, later)])
    assert strip is not None
    assert [(bar.acting, bar.covered) for bar in strip.bars] == [
        (100.0, 100.0),
        (100.0, 100.0),
        (0.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
        (50.0, 0.0),
        (50.0, 0.0),
        (0.0, 0.0),
    ]
    assert strip.bars[2] == Bar(25.0, 0.0, 0.0)
    assert (strip.most, strip.step) == (2, 12.5)
    assert strip.ticks[1] == Tick(25.0, DAY_AT + timedelta(hours=1))


def test_ticks_stand_at_hours_that_clocks_show():
    strip = day_strip([make_site(make_mission(), make_slot(ends_at=DAY_AT + 4 * SIX_HOURS))])
    assert strip is not None
    assert [tick.at.hour for tick in strip.ticks] == [12, 15, 18, 21, 0, 3, 6, 9]


def test_a_cancelled_slot_is_not_counted():
    assert day_strip([make_site(make_mission(), make_slot(cancelled=True))]) is None


def test_there_is_no_strip_for_one_hour_nor_for_a_week():
    assert day_strip([make_site()]) is None
    week_later = make_slot(starts_at=DAY_AT + timedelta(days=7))
    assert day_strip([make_site(make_mission(), make_slot(), week_later)]) is None
