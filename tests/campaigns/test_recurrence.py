from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.campaigns.recurrence import (
    WEEKDAYS,
    Frequency,
    Recurrence,
    are_apart,
    check_recurrence,
    recurrence_from_text,
    starts_of,
)
from protestcoord.core.errors import InvalidValue

FRIDAY_NOON = datetime(2027, 6, 4, 12)  # noqa: DTZ001 - a wall clock


def days(text, start=FRIDAY_NOON):
    return [f"{at:%m-%d %H:%M}" for at in starts_of(start, recurrence_from_text(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["06-04 12:00"]),
        ("FREQ=DAILY;COUNT=3", ["06-04 12:00", "06-05 12:00", "06-06 12:00"]),
        ("FREQ=WEEKLY;COUNT=3", ["06-04 12:00", "06-11 12:00", "06-18 12:00"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=2", ["06-04 12:00", "06-18 12:00"]),
        ("FREQ=WEEKLY;UNTIL=20270611", ["06-04 12:00", "06-11 12:00"]),
        ("FREQ=WEEKLY;UNTIL=20270610", ["06-04 12:00"]),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=FR,SU", ["06-04 12:00", "06-06 12:00", "06-11 12:00"]),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", ["06-04 12:00", "07-02 12:00", "08-06 12:00"]),
        ("FREQ=DAILY;COUNT=3;BYHOUR=12,18", ["06-04 12:00", "06-04 18:00", "06-05 12:00"]),
        ("freq=yearly;count=2", ["06-04 12:00", "06-04 12:00"]),
    ],
)
def test_a_rule_gives_the_days_that_it_says(text, expected):
    assert days(text) == expected


def test_days_that_do_not_exist_are_skipped():
    last_of_may = datetime(2027, 5, 31, 12)  # noqa: DTZ001 - a wall clock
    assert days("FREQ=MONTHLY;COUNT=3", last_of_may) == [
        "05-31 12:00",
        "07-31 12:00",
        "08-31 12:00",
    ]
    leap_day = datetime(2028, 2, 29, 12)  # noqa: DTZ001 - a wall clock
    yearly = starts_of(leap_day, recurrence_from_text("FREQ=YEARLY;COUNT=2"))
    assert [at.year for at in yearly] == [2028, 2032]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FREQ=HOURLY;COUNT=2", "is no repetition"),
        ("COUNT=2", "is no repetition"),
        ("FREQ=WEEKLY;COUNT=two", "is no repetition"),
        ("FREQ=WEEKLY;UNTIL=2027-06-04", "is no repetition"),
        ("FREQ=WEEKLY;UNTIL=2027064", "is no repetition"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "each thing once"),
        ("FREQ=WEEKLY;COUNT=2;BYSECOND=1", "cannot say “BYSECOND”"),
        ("FREQ=WEEKLY", "either how often"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20280101", "either how often"),
        ("FREQ=WEEKLY;COUNT=61", "between 1 and 60 times"),
        ("FREQ=WEEKLY;COUNT=0", "between 1 and 60 times"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "at most 60"),
        ("FREQ=DAILY;COUNT=2;BYHOUR=24", "between 0 and 23"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=XX", "Weekdays"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=1FR", "Weekdays"),
    ],
)
def test_what_is_no_rule_is_refused(text, message):
    with pytest.raises(InvalidValue, match=message) as raised:
        recurrence_from_text(text)
    assert raised.value.field == "recurrence"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FREQ=WEEKLY;COUNT=2;BYDAY=MO", "not at one of the times"),
        ("FREQ=DAILY;COUNT=2;BYHOUR=9", "not at one of the times"),
        ("FREQ=WEEKLY;UNTIL=20270601", "not at one of the times"),
        ("FREQ=DAILY;UNTIL=20280101", "at most 60 times"),
        ("FREQ=YEARLY;COUNT=22", "at most 20 years"),
    ],
)
def test_a_start_that_the_rule_does_not_give_is_refused(text, message):
    with pytest.raises(InvalidValue, match=message):
        days(text)


recurrences = st.builds(
    Recurrence,
    st.sampled_from(Frequency),
    st.integers(1, 5),
    st.integers(1, 60),
    weekdays=st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple),
    hours=st.lists(st.integers(0, 23), unique=True).map(lambda hours: tuple(sorted(hours))),
)


@given(recurrences)
def test_a_rule_is_its_text(recurrence):
    assert recurrence_from_text(str(recurrence)) == recurrence


@given(st.integers(1, 9), st.integers(1, 60), st.integers(0, 4000))
def test_every_few_weeks_is_counted_right(interval, count, day):
    start = FRIDAY_NOON + timedelta(days=day)
    weekly = Recurrence(Frequency.WEEKLY, interval, count)
    week = timedelta(weeks=interval)
    assert starts_of(start, weekly) == tuple(start + n * week for n in range(count))


def test_until_is_the_last_day_as_a_whole():
    late = datetime(2027, 6, 4, 23, 30)  # noqa: DTZ001 - a wall clock
    assert len(starts_of(late, Recurrence(Frequency.DAILY, until=date(2027, 6, 6)))) == 3


def test_occurrences_are_apart_if_each_ends_before_the_next():
    starts = starts_of(FRIDAY_NOON, recurrence_from_text("FREQ=DAILY;COUNT=2;BYHOUR=12,13"))
    assert are_apart(starts, 60)
    assert not are_apart(starts, 61)


def test_a_rule_made_by_hand_is_checked_as_well():
    with pytest.raises(InvalidValue):
        check_recurrence(Recurrence(Frequency.DAILY))
