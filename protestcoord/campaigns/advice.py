"""Which moment of a protest day suits most sites, and whom does it not: no clock, no database."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from protestcoord.campaigns.site_hours import (
    AskedDay,
    Clock,
    Interval,
    at_work,
    awake,
    clocks_of_day,
    has,
    in_daylight,
    local_dates,
    shared,
    starts_within,
)
from protestcoord.campaigns.waves import (
    FIRST_YEAR,
    LAST_YEAR,
    minute_of_day,
)
from protestcoord.campaigns.working_days import DayKind, day_kind
from protestcoord.core.clock import MINUTE, MINUTES_PER_DAY, zone
from protestcoord.core.errors import N_, InvalidValue

STEP_MINUTES = 15
STEPS = MINUTES_PER_DAY // STEP_MINUTES


@dataclass(frozen=True, slots=True)
class AdvicePlace:
    """What a site is to the advisor.

    Attributes:
        key: Slug of its mission.
        timezone: IANA zone.
        country: ISO 3166-1 alpha-2 of the host.
        latitude_deg: -90 to 90.
        longitude_deg: -180 to 180.
        weight: How often it counts, 0 or more; such as the number of groups that will come.
    """

    key: str
    timezone: str
    country: str
    latitude_deg: float
    longitude_deg: float
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """How many sites a slot suits that starts at one instant everywhere; counts are weighted.

    Attributes:
        starts_at: Aware UTC.
        sites: All of them.
        awake: The whole slot lies in their waking hours.
        daylight: The whole slot lies between their sunrise and sunset.
        working: The whole slot lies on working days of the mission.
        awake_and_light: Both of the first two.
        all_three: All three at once.
    """

    starts_at: datetime
    sites: int
    awake: int
    daylight: int
    working: int
    awake_and_light: int
    all_three: int


class WarningKind(enum.StrEnum):
    """What speaks against an instant at a site."""

    NIGHT = "night"
    OUTSIDE_WAKING_HOURS = "outside_waking_hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CHINESE_HOLIDAY = "chinese_holiday"


@dataclass(frozen=True, slots=True)
class SiteWarning:
    """Something that speaks against an instant at a site.

    Attributes:
        key: Slug of the site's mission.
        timezone: IANA zone of the site.
        country: ISO 3166-1 alpha-2 of the host.
        kind: What it is.
        starts_at: The aware instant.
        name: Of the holiday in English; else empty.
    """

    key: str
    timezone: str
    country: str
    kind: WarningKind
    starts_at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class DayOff:
    """A site whose mission rests on the day; ``kind`` says why."""

    key: str
    country: str
    kind: DayKind

    @property
    def reasons(self) -> tuple[tuple[WarningKind, str], ...]:
        """Why it rests, with the name of the holiday where it is one."""
        return tuple(_reasons(self.kind))


@dataclass(frozen=True, slots=True)
class Advice:
    """What the advisor says of a day.

    Attributes:
        asked: The day, the length and the waking hours it is about.
        steps: The UTC day in order, a step every 15 minutes.
        ranked: The same, the best first.
        chosen_at: The aware instant that the warnings are about.
        warnings: What speaks against it, by site and then by kind.
        days_off: For one wall clock at every site: where the mission rests on the day, by site.
    """

    asked: AskedDay
    steps: tuple[Step, ...]
    ranked: tuple[Step, ...]
    chosen_at: datetime
    warnings: tuple[SiteWarning, ...]
    days_off: tuple[DayOff, ...]


@dataclass(frozen=True, slots=True)
class _SiteStarts:
    """At which minutes of the day a slot may start at a site so that it suits it."""

    place: AdvicePlace
    clocks: tuple[Clock, ...]
    awake: list[Interval]
    daylight: list[Interval]
    working: list[Interval]


def advise(places: Iterable[AdvicePlace], asked: AskedDay, at: time | None = None) -> Advice:
    """Return how each instant of a day suits the sites, and what speaks against one of them.

    The result depends on the set of places, not on their order.

    Args:
        places: The sites.
        asked: The day and the slot.
        at: Time of day in UTC of the instant that is warned of; None takes the best.

    Raises:
        InvalidValue: With ``field`` one of day, duration_minutes, window, at, sites, timezone.
        HolidaysMissing: The library of holidays is not installed.
    """
    check_asked_day(asked)
    if at is not None and not _is_whole_minute(at):
        raise InvalidValue(N_("The time is given in hours and minutes, in UTC."), field="at")
    known = _distinct(places)
    sites = list(_starts_of_sites(known, asked))
    steps = _steps(sites, asked)
    ranked = tuple(sorted(steps, key=_rank))
    minute = minute_of_day(ranked[0].starts_at if at is None else at)
    return Advice(
        asked=asked,
        steps=steps,
        ranked=ranked,
        chosen_at=asked.midnight + minute * MINUTE,
        warnings=tuple(w for site in sites for w in _warnings(site, asked, minute)),
        days_off=tuple(_days_off(known, asked.day)),
    )


def check_asked_day(asked: AskedDay) -> None:
    """Refuse a day, a length or waking hours from which no advice follows.

    Raises:
        InvalidValue: With ``field`` one of day, duration_minutes, window.
    """
    if not FIRST_YEAR <= asked.day.year <= LAST_YEAR:
        message = N_("The day lies between the years %(first)s and %(last)s.")
        raise InvalidValue(message, field="day", first=FIRST_YEAR, last=LAST_YEAR)
    if not 1 <= asked.duration_minutes <= MINUTES_PER_DAY:
        message = N_("The length is between 1 and %(most)s minutes.")
        raise InvalidValue(message, field="duration_minutes", most=MINUTES_PER_DAY)
    if not (_is_whole_minute(asked.window_start) and _is_whole_minute(asked.window_end)):
        message = N_("The waking hours are given in hours and minutes at the site.")
        raise InvalidValue(message, field="window")
    if asked.window_minutes < asked.duration_minutes:
        raise InvalidValue(N_("The waking hours are shorter than the slot."), field="window")


def _is_whole_minute(moment: time) -> bool:
    return moment.tzinfo is None and not moment.second and not moment.microsecond


def _distinct(places: Iterable[AdvicePlace]) -> list[AdvicePlace]:
    distinct = set(places)
    by_key = {place.key: place for place in distinct}
    if not by_key:
        raise InvalidValue(N_("Advice needs at least one site."), field="sites")
    if len(by_key) < len(distinct):
        raise InvalidValue(N_("A site is listed twice with different places."), field="sites")
    if any(place.weight < 0 for place in distinct):
        raise InvalidValue(N_("A site counts at least zero times."), field="sites")
    for name in sorted({place.timezone for place in distinct}):
        zone(name)
    return [by_key[key] for key in sorted(by_key)]


def _starts_of_sites(places: Sequence[AdvicePlace], asked: AskedDay) -> Iterator[_SiteStarts]:
    clocks = {name: clocks_of_day(asked, name) for name in {p.timezone for p in places}}
    length = asked.duration_minutes
    for place in places:
        here = clocks[place.timezone]
        light = in_daylight(asked, place.latitude_deg, place.longitude_deg)
        yield _SiteStarts(
            place,
            here,
            starts_within(awake(asked, here), length),
            starts_within(light, length),
            starts_within(at_work(asked, here, place.country), length),
        )


def _steps(sites: Sequence[_SiteStarts], asked: AskedDay) -> tuple[Step, ...]:
    every = sum(site.place.weight for site in sites)
    awake_and_light = [shared(site.awake, site.daylight) for site in sites]
    columns = (
        [site.awake for site in sites],
        [site.daylight for site in sites],
        [site.working for site in sites],
        awake_and_light,
        [shared(both, site.working) for both, site in zip(awake_and_light, sites, strict=True)],
    )
    weights = [site.place.weight for site in sites]
    counts = zip(*(_counts(column, weights) for column in columns), strict=True)
    return tuple(
        Step(asked.midnight + number * STEP_MINUTES * MINUTE, every, *row)
        for number, row in enumerate(counts)
    )


def _counts(column: Iterable[Iterable[Interval]], weights: Iterable[int]) -> list[int]:
    """Return for each step the weight of the sites in one of whose intervals it lies."""
    # Only where an interval begins or ends is written down: the work grows with the sites alone.
    changes = [0] * (STEPS + 1)
    for intervals, weight in zip(column, weights, strict=True):
        for begin, end in intervals:
            changes[_first_step(begin)] += weight
            changes[_first_step(end)] -= weight
    return list(accumulate(changes[:STEPS]))


def _first_step(minute: int) -> int:
    return min(-(-minute // STEP_MINUTES), STEPS)


def _rank(step: Step) -> tuple[int, int, int, datetime]:
    return -step.all_three, -step.awake_and_light, -step.awake, step.starts_at


def _warnings(site: _SiteStarts, asked: AskedDay, minute: int) -> Iterator[SiteWarning]:
    place, starts_at = site.place, asked.midnight + minute * MINUTE

    def warning(kind: WarningKind, name: str = "") -> SiteWarning:
        return SiteWarning(place.key, place.timezone, place.country, kind, starts_at, name)

    if not has(site.daylight, minute):
        yield warning(WarningKind.NIGHT)
    if not has(site.awake, minute):
        yield warning(WarningKind.OUTSIDE_WAKING_HOURS)
    if not has(site.working, minute):
        end = minute + asked.duration_minutes
        days = [asked.day + timedelta(n) for n in local_dates(site.clocks, minute, end)]
        found = dict.fromkeys(r for d in days for r in _reasons(day_kind(place.country, d)))
        for kind in WarningKind:
            yield from (warning(*reason) for reason in found if reason[0] is kind)


def _reasons(kind: DayKind) -> Iterator[tuple[WarningKind, str]]:
    if kind.weekend:
        yield WarningKind.WEEKEND, ""
    if kind.holiday:
        yield WarningKind.HOLIDAY, kind.holiday
    if kind.chinese_holiday:
        yield WarningKind.CHINESE_HOLIDAY, kind.chinese_holiday


def _days_off(places: Iterable[AdvicePlace], day: date) -> Iterator[DayOff]:
    for place in places:
        kind = day_kind(place.country, day)
        if not kind.is_working:
            yield DayOff(place.key, place.country, kind)
