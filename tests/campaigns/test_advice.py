from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import elevation
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.campaigns.advice import (
    STEPS,
    AdvicePlace,
    DayOff,
    SiteWarning,
    Step,
    WarningKind,
    advise,
)
from protestcoord.campaigns.site_hours import AskedDay, clocks_of_day, in_daylight
from protestcoord.campaigns.sun import daylights
from protestcoord.campaigns.working_days import DayKind, day_kind
from protestcoord.core.errors import InvalidValue

BERLIN = AdvicePlace("de-berlin-embassy", "Europe/Berlin", "DE", 52.51, 13.42)
SEOUL = AdvicePlace("kr-seoul-embassy", "Asia/Seoul", "KR", 37.57, 126.98)
LIMA = AdvicePlace("pe-lima-embassy", "America/Lima", "PE", -12.1, -77.03)
CAIRO = AdvicePlace("eg-cairo-embassy", "Africa/Cairo", "EG", 30.05, 31.22)
APIA = AdvicePlace("ws-apia-embassy", "Pacific/Apia", "WS", -13.83, -171.77)
NASSAU = AdvicePlace("bs-nassau-embassy", "America/Nassau", "BS", 25.06, -77.35)
TROMSO = AdvicePlace("no-tromso-cg", "Europe/Oslo", "NO", 69.65, 18.96)
LORD_HOWE = AdvicePlace("au-lord-howe-cg", "Australia/Lord_Howe", "AU", -31.55, 159.08)
PLACES = (BERLIN, SEOUL, LIMA, CAIRO, APIA, NASSAU, TROMSO, LORD_HOWE)
FRIDAY = date(2027, 6, 4)
MINUTE = timedelta(minutes=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def counts(advice, name):
    return [getattr(step, name) for step in advice.steps]


def step_at(advice, clock):
    return next(step for step in advice.steps if step.starts_at.strftime("%H:%M") == clock)


def test_a_day_has_96_steps():
    steps = advise([BERLIN], AskedDay(FRIDAY)).steps
    assert len(steps) == STEPS == 96
    assert (steps[0].starts_at, steps[-1].starts_at) == (at("2027-06-04"), at("2027-06-04T23:45"))


def test_a_site_is_awake_while_the_whole_slot_lies_in_its_window():
    """08:00 to 20:00 in Berlin is 06:00 to 18:00 in UTC."""
    advice = advise([BERLIN], AskedDay(FRIDAY, 60))
    awake = [s.starts_at.strftime("%H:%M") for s in advice.steps if s.awake]
    assert (awake[0], awake[-1]) == ("06:00", "17:00")


def test_a_window_may_wrap_past_midnight():
    asked = AskedDay(FRIDAY, 60, time(22), time(2))
    awake = [s.starts_at.strftime("%H:%M") for s in advise([BERLIN], asked).steps if s.awake]
    assert (awake[0], awake[-1], len(awake)) == ("20:00", "23:00", 13)


def test_a_window_may_be_the_whole_day():
    asked = AskedDay(FRIDAY, 1440, time(8), time(8))
    assert set(counts(advise(PLACES, asked), "awake")) == {len(PLACES)}


def test_a_slot_that_ends_after_sunset_is_not_in_daylight():
    """The sun sets in Berlin at 19:21 UTC."""
    advice = advise([BERLIN], AskedDay(FRIDAY, 60))
    assert step_at(advice, "18:15").daylight == 1
    assert step_at(advice, "18:30").daylight == 0


def test_under_the_midnight_sun_there_is_daylight_all_day():
    asked = AskedDay(date(2027, 6, 21), 1440, time(8), time(8))
    assert set(counts(advise([TROMSO], asked), "daylight")) == {1}


def test_in_the_polar_night_there_is_none():
    assert set(counts(advise([TROMSO], AskedDay(date(2027, 12, 21))), "daylight")) == {0}


def test_a_slot_that_reaches_into_the_weekend_is_not_on_a_working_day():
    advice = advise([BERLIN], AskedDay(FRIDAY, 60))
    assert step_at(advice, "21:00").working == 1
    assert step_at(advice, "21:15").working == 0


def test_the_working_day_is_that_of_the_missions_own_date():
    """In Apia it is Saturday already when the UTC Friday is eleven hours old."""
    working = counts(advise([APIA], AskedDay(FRIDAY, 60)), "working")
    assert working == [1] * 41 + [0] * 55


def test_a_site_counts_as_often_as_its_weight():
    three = advise([replace(BERLIN, weight=3), replace(SEOUL, weight=0)], AskedDay(FRIDAY))
    one = advise([BERLIN], AskedDay(FRIDAY))
    assert counts(three, "all_three") == [3 * count for count in counts(one, "all_three")]
    assert {step.sites for step in three.steps} == {3}


def test_ranked_by_all_three_then_awake_and_light_then_awake_then_earlier():
    steps = advise(PLACES, AskedDay(FRIDAY)).ranked
    keys = [(-s.all_three, -s.awake_and_light, -s.awake, s.starts_at) for s in steps]
    assert keys == sorted(keys)
    assert len(set(steps)) == STEPS


def test_without_a_time_the_best_instant_is_warned_of():
    advice = advise(PLACES, AskedDay(FRIDAY))
    assert advice.chosen_at == advice.ranked[0].starts_at


def test_each_site_is_told_what_speaks_against_an_instant():
    advice = advise([BERLIN, CAIRO, NASSAU, SEOUL], AskedDay(FRIDAY), time(7, 10))
    starts_at = at("2027-06-04T07:10")
    assert advice.warnings == (
        SiteWarning("bs-nassau-embassy", "America/Nassau", "BS", WarningKind.NIGHT, starts_at),
        SiteWarning(
            "bs-nassau-embassy",
            "America/Nassau",
            "BS",
            WarningKind.OUTSIDE_WAKING_HOURS,
            starts_at,
        ),
        SiteWarning(
            "bs-nassau-embassy",
            "America/Nassau",
            "BS",
            WarningKind.HOLIDAY,
            starts_at,
            "Randol Fawkes Labour Day",
        ),
        SiteWarning("eg-cairo-embassy", "Africa/Cairo", "EG", WarningKind.WEEKEND, starts_at),
    )


def test_a_chinese_holiday_is_warned_of_everywhere():
    advice = advise([BERLIN, LIMA], AskedDay(date(2027, 10, 1)), time(15))
    found = [(w.key, w.name) for w in advice.warnings if w.kind is WarningKind.CHINESE_HOLIDAY]
    assert found == [(BERLIN.key, "National Day"), (LIMA.key, "National Day")]


def test_a_slot_over_two_days_off_is_warned_of_once():
    saturday = AskedDay(date(2027, 6, 5))
    kinds = [w.kind for w in advise([BERLIN], saturday, time(21, 30)).warnings]
    assert kinds.count(WarningKind.WEEKEND) == 1


def test_at_the_same_local_time_days_off_are_those_of_the_asked_date():
    advice = advise(PLACES, AskedDay(FRIDAY))
    assert advice.days_off == (
        DayOff(NASSAU.key, "BS", DayKind(holiday="Randol Fawkes Labour Day")),
        DayOff(CAIRO.key, "EG", DayKind(weekend=True)),
    )


def test_light_is_told_in_minutes_that_are_light_from_begin_to_end():
    asked = AskedDay(FRIDAY)
    (sun,) = daylights(52.51, 13.42, at("2027-06-04"), at("2027-06-05"))
    begin, end = in_daylight(asked, 52.51, 13.42)[0]
    assert at("2027-06-04") + begin * MINUTE - sun.rises_at < MINUTE
    assert at("2027-06-04") + begin * MINUTE >= sun.rises_at
    assert timedelta(0) <= sun.sets_at - (at("2027-06-04") + end * MINUTE) < MINUTE


def test_a_clock_that_changes_splits_the_day():
    clocks = clocks_of_day(AskedDay(date(2027, 3, 28)), "Europe/Berlin")
    assert [(c.begin, c.end, c.shift) for c in clocks] == [(0, 60, 60), (60, 1500, 120)]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (AskedDay(FRIDAY, 0), "duration_minutes"),
        (AskedDay(FRIDAY, 1441), "duration_minutes"),
        (AskedDay(FRIDAY, 61, time(8), time(9)), "window"),
        (AskedDay(FRIDAY, 60, time(8, 0, 30)), "window"),
        (AskedDay(FRIDAY, 60, time(8), time(20, tzinfo=UTC)), "window"),
        (AskedDay(date(1972, 12, 31)), "day"),
        (AskedDay(date.max), "day"),
        (AskedDay(date.min), "day"),
    ],
)
def test_what_cannot_be_advised_on_is_refused_by_its_field(asked, field):
    with pytest.raises(InvalidValue) as refused:
        advise([BERLIN], asked)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("places", "field"),
    [
        ([], "sites"),
        ([BERLIN, replace(BERLIN, country="AT")], "sites"),
        ([replace(BERLIN, weight=-1)], "sites"),
        ([replace(BERLIN, timezone="Europe/Atlantis")], "timezone"),
    ],
)
def test_places_that_are_none_are_refused(places, field):
    with pytest.raises(InvalidValue) as refused:
        advise(places, AskedDay(FRIDAY))
    assert refused.value.field == field


def test_a_time_of_day_that_is_no_whole_minute_is_refused():
    with pytest.raises(InvalidValue) as refused:
        advise([BERLIN], AskedDay(FRIDAY), time(8, 0, 1))
    assert refused.value.field == "at"


@pytest.mark.parametrize("day", [date(1973, 1, 1), date(2999, 12, 31)])
def test_first_and_last_day_have_an_advice(day):
    assert len(advise(PLACES, AskedDay(day, 1440, time(8), time(8))).steps) == STEPS


@given(st.lists(st.sampled_from(PLACES), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_places_does_not_count(places, chance):
    shuffled = chance.sample(places, len(places))
    assert advise(shuffled, AskedDay(FRIDAY)) == advise(places, AskedDay(FRIDAY))


# An independent check, minute by minute: no interval, no offset, no table of clock changes.

DAYS = st.one_of(
    st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    st.sampled_from(
        [
            date(2027, 3, 28),  # clocks go forward in Europe
            date(2027, 10, 31),  # and back
            date(2027, 4, 3),  # Lord Howe: by half an hour
            date(2027, 10, 2),
            date(2011, 12, 29),  # Apia leaves out the 30th
            date(2011, 12, 30),
            date(2027, 10, 1),
            date(2026, 12, 31),
        ]
    ),
)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
ASKED = st.builds(AskedDay, DAYS, st.integers(1, 300), TIMES, TIMES).filter(
    lambda asked: asked.window_minutes >= asked.duration_minutes
)


def minutes_of(step, asked):
    return [step.starts_at + n * MINUTE for n in range(asked.duration_minutes)]


def is_awake(place, asked, instant):
    clock = instant.astimezone(ZoneInfo(place.timezone)).time()
    begin, end = asked.window_start, asked.window_end
    if begin < end:
        return begin <= clock < end
    return clock >= begin or clock < end


def works(place, instant):
    local = instant.astimezone(ZoneInfo(place.timezone))
    return day_kind(place.country, local.date()).is_working


@given(st.sets(st.sampled_from(PLACES), min_size=1, max_size=3), ASKED, st.integers(0, STEPS - 1))
def test_counts_are_those_of_looking_at_each_minute(places, asked, number):
    step = advise(places, asked).steps[number]
    minutes = minutes_of(step, asked)
    awake = {p for p in places if all(is_awake(p, asked, m) for m in minutes)}
    working = {p for p in places if all(works(p, m) for m in minutes)}
    light = {p for p in places if _is_light(p, step, asked)}
    assert step == Step(
        starts_at=step.starts_at,
        sites=len(places),
        awake=len(awake),
        daylight=len(light),
        working=len(working),
        awake_and_light=len(awake & light),
        all_three=len(awake & light & working),
    )


def _is_light(place, step, asked):
    """Between one sunrise and sunset; what touches is one daylight, as under the midnight sun."""
    begin, end = step.starts_at, step.starts_at + asked.duration_minutes * MINUTE
    lights = daylights(place.latitude_deg, place.longitude_deg, begin, end)
    return sum((light.sets_at - light.rises_at for light in lights), timedelta()) == end - begin


@given(st.sampled_from(PLACES), ASKED, st.integers(0, STEPS - 1))
def test_daylight_is_when_the_sun_stands_above_the_horizon(place, asked, number):
    step = advise([place], asked).steps[number]
    observer = Observer(place.latitude_deg, place.longitude_deg)
    heights = [elevation(observer, m, with_refraction=False) for m in minutes_of(step, asked)]
    if abs(min(heights) + 0.833) > 0.5:  # twilight is nobody's
        assert step.daylight == (min(heights) > -0.833)


@given(st.sampled_from(PLACES), ASKED, st.integers(0, STEPS - 1))
def test_warnings_say_what_the_counts_leave_out(place, asked, number):
    step = advise([place], asked).steps[number]
    clock = step.starts_at.time()
    kinds = {warning.kind for warning in advise([place], asked, clock).warnings}
    assert (WarningKind.NIGHT in kinds) == (step.daylight == 0)
    assert (WarningKind.OUTSIDE_WAKING_HOURS in kinds) == (step.awake == 0)
    rest = {WarningKind.WEEKEND, WarningKind.HOLIDAY, WarningKind.CHINESE_HOLIDAY}
    assert bool(kinds & rest) == (step.working == 0)
    assert (not kinds) == (step.all_three == 1)


def test_many_sites_are_the_sum_of_each():
    places = [replace(place, weight=number % 4) for number, place in enumerate(PLACES)]
    together = advise(places, AskedDay(FRIDAY, 45))
    each = [advise([place], AskedDay(FRIDAY, 45)) for place in places]
    for name in ("sites", "awake", "daylight", "working", "awake_and_light", "all_three"):
        sums = [sum(numbers) for numbers in zip(*(counts(a, name) for a in each), strict=True)]
        assert counts(together, name) == sums
