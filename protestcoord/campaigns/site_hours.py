"""When, on one UTC day, is a site awake, in daylight, at work: intervals of minutes, no clock."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil, floor

from protestcoord.campaigns.sun import nights
from protestcoord.campaigns.waves import minute_of_day
from protestcoord.campaigns.working_days import day_kind
from protestcoord.core.clock import MINUTE, MINUTES_PER_DAY, clock_changes, offset_at, zone

# From a minute to another, counted from the UTC midnight at which the day begins; the second one
# is not in it.
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AskedDay:
    """A UTC day, how long a slot is, and when people are awake.

    Attributes:
        day: Civil date in UTC.
        duration_minutes: Elapsed minutes of a slot, 1 to 1440.
        window_start: Wall clock at the site from which people are awake; whole minutes.
        window_end: Wall clock until which they are. Earlier than ``window_start``, the window
            wraps past midnight; equal to it, it is the whole day.
    """

    day: date
    duration_minutes: int = 60
    window_start: time = time(8)
    window_end: time = time(20)

    @property
    def midnight(self) -> datetime:
        """The aware instant at which the day begins."""
        return datetime.combine(self.day, time(), UTC)

    @property
    def minutes(self) -> int:
        """Until which minute of the day a slot may last that starts on it."""
        return MINUTES_PER_DAY + self.duration_minutes

    @property
    def window_minutes(self) -> int:
        """Wall-clock minutes of the waking window, 1 to 1440."""
        wrapped = minute_of_day(self.window_end) - minute_of_day(self.window_start)
        return wrapped % MINUTES_PER_DAY or MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone's clock while it does not change.

    Attributes:
        begin: Minute of the UTC day from which it goes so.
        end: Minute until which it does.
        shift: Minutes from the local midnight of the same date to the UTC midnight: the offset.
    """

    begin: int
    end: int
    shift: int


def clocks_of_day(asked: AskedDay, zone_name: str) -> tuple[Clock, ...]:
    """Return how a zone's clock goes from the day's begin to the end of its last slot, in order.

    Raises:
        InvalidValue: There is no such zone; ``field`` is timezone.
    """
    zone(zone_name)
    midnight = asked.midnight
    changes = clock_changes(zone_name, midnight, midnight + asked.minutes * MINUTE)
    bounds = [0, *((instant - midnight) // MINUTE for instant in changes), asked.minutes]
    return tuple(
        Clock(begin, end, offset_at(midnight + begin * MINUTE, zone_name) // MINUTE)
        for begin, end in pairwise(bounds)
        if begin < end
    )


def awake(asked: AskedDay, clocks: Iterable[Clock]) -> list[Interval]:
    """Return when the wall clock lies in the waking window."""
    opening = minute_of_day(asked.window_start)

    def window_of(number: int) -> Interval:
        begin = number * MINUTES_PER_DAY + opening
        return begin, begin + asked.window_minutes

    return _local_days(clocks, window_of)


def at_work(asked: AskedDay, clocks: Iterable[Clock], country: str) -> list[Interval]:
    """Return when the date at a mission is a working day.

    Raises:
        HolidaysMissing: The library of holidays is not installed.
    """

    def working_day(number: int) -> Interval:
        begin = number * MINUTES_PER_DAY
        is_working = day_kind(country, asked.day + timedelta(days=number)).is_working
        return begin, begin + MINUTES_PER_DAY * is_working

    return _local_days(clocks, working_day)


def _local_days(clocks: Iterable[Clock], part_of: Callable[[int], Interval]) -> list[Interval]:
    """Return a part of each local day; 0 is the asked date, the one before may reach into it."""
    return _joined(
        (max(begin - clock.shift, clock.begin), min(end - clock.shift, clock.end))
        for clock in clocks
        for number in range(
            (clock.begin + clock.shift) // MINUTES_PER_DAY - 1,
            (clock.end + clock.shift) // MINUTES_PER_DAY + 1,
        )
        for begin, end in [part_of(number)]
    )


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals that come in order of their begin, those that touch joined."""
    joined: list[Interval] = []
    for begin, end in intervals:
        if begin >= end:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


def in_daylight(asked: AskedDay, latitude_deg: float, longitude_deg: float) -> list[Interval]:
    """Return when the sun is up, in whole minutes that are light from begin to end."""
    midnight, last = asked.midnight, asked.midnight + asked.minutes * MINUTE
    dark = [
        (floor((begin - midnight) / MINUTE), ceil((end - midnight) / MINUTE))
        for begin, end in nights(latitude_deg, longitude_deg, midnight, last)
    ]
    dawns, dusks = [0, *(end for _, end in dark)], [*(begin for begin, _ in dark), asked.minutes]
    return [(dawn, dusk) for dawn, dusk in zip(dawns, dusks, strict=True) if dawn < dusk]


def starts_within(intervals: Iterable[Interval], duration_minutes: int) -> list[Interval]:
    """Return when a slot may start that lies wholly in one of the intervals."""
    return [
        (begin, end - duration_minutes + 1)
        for begin, end in intervals
        if end - begin >= duration_minutes
    ]


def shared(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Return what lies in two lists of intervals at once, in order."""
    return [
        (max(begin, other_begin), min(end, other_end))
        for begin, end in some
        for other_begin, other_end in others
        if max(begin, other_begin) < min(end, other_end)
    ]


def has(intervals: Iterable[Interval], minute: int) -> bool:
    """Tell whether a minute lies in one of the intervals."""
    return any(begin <= minute < end for begin, end in intervals)


def local_dates(clocks: Iterable[Clock], begin: int, end: int) -> Iterator[int]:
    """Yield the local dates that a slot touches, each once, as days after the asked date."""
    numbers = {
        minute // MINUTES_PER_DAY
        for clock in clocks
        if max(begin, clock.begin) < min(end, clock.end)
        for minute in (
            max(begin, clock.begin) + clock.shift,
            min(end, clock.end) + clock.shift - 1,
        )
    }
    yield from sorted(numbers)
