from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.publications.timeline import Bar, Bin, Tick, runs_of_campaign
from protestcoord.signups.rules import SlotState
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
)

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def slot_at(hours, **changes):
    return make_slot(starts_at=DAY_AT + hours * HOUR, **changes)


def only_run(*sites):
    (run,) = runs_of_campaign(make_campaign(*sites))
    return run


def test_rows_go_from_east_to_west_and_then_by_key():
    lima = make_mission(slug="pe-lima-embassy", longitude=-77.0)
    twin = make_mission(slug="de-berlin-twin")
    run = only_run(*(make_site(mission) for mission in (lima, twin, make_mission(), make_seoul())))
    slugs = [row.site.mission.slug for row in run.rows]
    assert slugs == ["kr-seoul-embassy", "de-berlin-embassy", "de-berlin-twin", "pe-lima-embassy"]


def test_an_axis_goes_from_hour_to_hour_and_is_long_enough_for_day_and_night():
    run = only_run(make_site(make_mission(), slot_at(0.25, ends_at=DAY_AT + HOUR)))
    assert (run.axis_from, run.minutes) == (DAY_AT - 2 * HOUR, 360)
    long = only_run(make_site(make_mission(), slot_at(0), slot_at(9.5, occurrence=2)))
    assert (long.axis_from, long.minutes) == (DAY_AT, 11 * 60)


def test_bars_say_state_and_place_a_line_for_each_slot():
    held = slot_at(0, groups=(make_participant(),))
    row = only_run(make_site(make_mission(), held, slot_at(7.5, occurrence=2))).rows[0]
    assert row.bars == [Bar(SlotState.COVERED, 0, 60, 5), Bar(SlotState.EMPTY, 450, 60, 25)]
    assert row.height == 40


def test_night_is_where_the_sun_is_down_there():
    row = only_run(make_site(make_mission(), slot_at(0), slot_at(11, occurrence=2))).rows[0]
    # On 9 January the sun sets in Berlin at 15:12 UTC; the axis begins at 11:00 and has 12 hours.
    assert row.night == "M252 0h468v40H252z"


def test_each_row_has_a_line_for_each_tick():
    run = only_run(make_site(make_mission(), slot_at(0), slot_at(11, occurrence=2)))
    assert [tick.x for tick in run.ticks[:2]] == [60, 180]
    assert run.rows[0].grid.startswith("M60 0v40M180 0v40M300")


def test_ticks_stand_at_hours_that_clocks_show():
    slots = [slot_at(n * 6, occurrence=n) for n in range(4)]
    run = only_run(make_site(make_mission(), *slots))
    assert run.ticks[0] == Tick(60, DAY_AT + HOUR)
    assert [tick.at.hour for tick in run.ticks] == [12, 14, 16, 18, 20, 22, 0, 2, 4, 6]


def test_bins_count_sites_that_act_and_that_are_covered():
    held = slot_at(0, groups=(make_participant(),))
    run = only_run(
        make_site(make_mission(), held), make_site(make_seoul(), held, slot_at(5, occurrence=2))
    )
    assert run.most == 2
    assert run.bins == [
        Bin(0, 60.0, 60.0),
        Bin(30, 60.0, 60.0),
        Bin(300, 30.0, 0.0),
        Bin(330, 30.0, 0.0),
    ]


@pytest.mark.parametrize(("pause", "runs"), [(11.9, 1), (12, 2)])
def test_a_pause_of_twelve_hours_divides_two_days(pause, runs):
    site = make_site(make_mission(), slot_at(0), slot_at(1 + pause, occurrence=2))
    assert len(runs_of_campaign(make_campaign(site))) == runs


def test_a_noon_round_the_world_on_every_day_is_divided_by_days():
    berlin = make_site(make_mission(), *(slot_at(24 * n, occurrence=n) for n in range(3)))
    seoul = make_site(make_seoul(), *(slot_at(24 * n + 12, occurrence=n) for n in range(3)))
    runs = runs_of_campaign(make_campaign(berlin, seoul))
    assert [run.starts_at - DAY_AT for run in runs] == [n * 24 * HOUR for n in range(3)]
    assert [run.slots for run in runs] == [2, 2, 2]


def test_runs_that_are_not_over_come_before_those_that_are():
    sites = [
        make_site(
            make_mission(slug=f"site-{n}"),
            *(
                make_slot(f"site-{n}", starts_at=DAY_AT + week * WEEK, ended=week < 2)
                for week in range(5)
            ),
        )
        for n in range(500)
    ]
    runs = runs_of_campaign(make_campaign(*sites))
    assert [bool(run.rows) for run in runs] == [False, False, True, True, False]
    assert [run.is_over for run in runs] == [True, True, False, False, False]


def test_a_campaign_that_is_over_shows_its_last_runs():
    site = make_site(make_mission(), *(slot_at(24 * n, ended=True, occurrence=n) for n in range(3)))
    assert all(run.rows for run in runs_of_campaign(make_campaign(site)))


def test_nothing_cancelled_and_no_dropped_site_is_on_it():
    gone = make_site(make_seoul(), make_slot(), dropped=True)
    cancelled = make_site(make_mission(), slot_at(0, cancelled=True))
    assert runs_of_campaign(make_campaign(cancelled, gone)) == []


moments = st.integers(0, 14 * 24 * 4).map(lambda n: DAY_AT + n * timedelta(minutes=15))


@given(st.lists(moments, min_size=1, max_size=30), st.randoms())
def test_every_slot_is_on_one_axis_in_whatever_order_it_comes(starts, random):
    slots = [make_slot(starts_at=at, occurrence=n) for n, at in enumerate(starts)]
    runs = runs_of_campaign(make_campaign(make_site(make_mission(), *slots)))
    assert sum(run.slots for run in runs) == len(slots)
    for run in runs:
        axis_to = run.axis_from + timedelta(minutes=run.minutes)
        assert run.axis_from <= run.starts_at < run.ends_at <= axis_to
        for row in run.rows:
            for slot, bar in zip(row.slots, row.bars, strict=True):
                assert run.axis_from + timedelta(minutes=bar.begin) == slot.starts_at
    random.shuffle(slots)
    site = replace(make_site(), slots=tuple(slots))
    assert runs_of_campaign(make_campaign(site)) == [
        run._replace(rows=[row._replace(site=site) for row in run.rows]) for run in runs
    ]


def test_times_are_whole_minutes_of_utc():
    assert only_run(make_site()).axis_from == datetime(2027, 1, 9, 9, tzinfo=UTC)
