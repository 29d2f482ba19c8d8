"""Which site acts in which segment of a relay that follows the sun westward?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from protestcoord.campaigns.sharing import SegmentsOf, fewest_sites, shared_out
from protestcoord.campaigns.waves import (
    PlannedSlot,
    RelayKind,
    SchedulePlace,
    WaveRule,
    minute_of_day,
    slot_number_before,
)
from protestcoord.core.clock import MINUTES_PER_DAY, zone

MINUTES_PER_DEGREE = 4  # of longitude, in mean solar time


@dataclass(frozen=True, slots=True)
class Closer:
    """A mission that is no site, whose local hour would close a gap.

    Attributes:
        key: Its slug.
        minutes: How many of the gap's minutes it would cover.
    """

    key: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a relay that no site covers; aware UTC instants.

    Attributes:
        starts_at: When it begins.
        ends_at: When it ends.
        closers: Who would close it, first those that would close most of it, then by slug.
    """

    starts_at: datetime
    ends_at: datetime
    closers: tuple[Closer, ...] = ()

    @property
    def minutes(self) -> int:
        """Elapsed minutes of the gap."""
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Overlap:
    """A segment that several sites share, by their keys; aware UTC instants."""

    starts_at: datetime
    ends_at: datetime
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelayReport:
    """What an occurrence of a relay became.

    Attributes:
        starts_at: Aware UTC.
        ends_at: Aware UTC; after the asked hours where segments do not divide them.
        segments: How many segments there are.
        gaps: Time that no site covers, in order.
        overlaps: Segments with more than one site, in order.
        left_out: Keys of the sites that fit no segment, sorted. Sites that a minimal relay
            does not need are not among them.
    """

    starts_at: datetime
    ends_at: datetime
    segments: int
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Course:
    """The relay's segments: number ``n`` lasts from boundary ``n`` to the next one.

    What many sites ask of it is computed once.
    """

    rule: WaveRule
    boundaries: tuple[datetime, ...]

    @cached_property
    def segments(self) -> range:
        return range(len(self.boundaries) - 1)

    @cached_property
    def window_minutes(self) -> int:
        return self.rule.window_minutes

    @cached_property
    def minutes_after_opening(self) -> tuple[int, ...]:
        """For each boundary the minutes since the window opened on a clock that shows UTC."""
        opening = minute_of_day(self.rule.window_start)
        return tuple(minute_of_day(boundary) - opening for boundary in self.boundaries)

    @cached_property
    def minutes_after_noon(self) -> tuple[float, ...]:
        """For each segment the minutes of its middle since the window's, in UTC."""
        to_middle = (self.rule.duration_minutes - self.window_minutes) / 2
        return tuple(minutes + to_middle for minutes in self.minutes_after_opening[:-1])

    @cached_property
    def inside_by_offset(self) -> dict[int, tuple[int, ...]]:
        """What was computed by ``_minutes_inside`` for zones with one offset throughout."""
        return {}


def plan_relay(
    rule: WaveRule, places: Sequence[SchedulePlace], candidates: Sequence[SchedulePlace] = ()
) -> tuple[list[PlannedSlot], tuple[RelayReport, ...]]:
    """Return a relay's slots, in no promised order, and what each occurrence leaves open.

    The occurrence number of a slot is the site's segment among its own in the relay; in the next
    relay of a repeating wave it goes on after ``slot_number_before``.

    Args:
        rule: A usable relay (``check_wave_rule``).
        places: With distinct keys, sorted by key.
        candidates: Others that a gap may name, sorted by key.
    """
    slots, reports = [], []
    for occurrence, start in enumerate(rule.starts, start=1):
        course = _course_of(rule, start)
        planned, report = _plan_course(course, places, candidates, slot_number_before(occurrence))
        slots += planned
        reports.append(report)
    return slots, tuple(reports)


def _plan_course(
    course: _Course,
    places: Sequence[SchedulePlace],
    candidates: Sequence[SchedulePlace],
    occurrences_before: int,
) -> tuple[list[PlannedSlot], RelayReport]:
    inside = {name: _minutes_inside(course, name) for name in {p.timezone for p in places}}
    choices = {place.key: _choices(course, inside[place.timezone], place) for place in places}
    share = shared_out if course.rule.relay_kind is RelayKind.FULL else fewest_sites
    segments_of = share({key: chosen for key, chosen in choices.items() if chosen})
    slots = [
        _slot(course, place, occurrence, segment, inside[place.timezone][segment])
        for place in places
        for occurrence, segment in enumerate(
            segments_of.get(place.key, ()), start=occurrences_before + 1
        )
    ]
    left_out = tuple(key for key, chosen in choices.items() if not chosen)
    return slots, _report(course, segments_of, left_out, candidates)


def _course_of(rule: WaveRule, start: datetime) -> _Course:
    starts_at = start.replace(tzinfo=UTC)
    length = timedelta(minutes=rule.duration_minutes)
    return _Course(rule, tuple(starts_at + n * length for n in range(rule.segments + 1)))


def _slot(
    course: _Course, place: SchedulePlace, occurrence: int, segment: int, minutes_inside: int
) -> PlannedSlot:
    return PlannedSlot(
        place.key,
        occurrence,
        course.boundaries[segment],
        course.boundaries[segment + 1],
        place.timezone,
        minutes_outside=course.rule.duration_minutes - minutes_inside,
    )


def _report(
    course: _Course,
    segments_of: SegmentsOf,
    left_out: tuple[str, ...],
    candidates: Sequence[SchedulePlace],
) -> RelayReport:
    takers: dict[int, list[str]] = {}
    for key in sorted(segments_of):
        for segment in segments_of[key]:
            takers.setdefault(segment, []).append(key)
    return RelayReport(
        course.boundaries[0],
        course.boundaries[-1],
        len(course.segments),
        tuple(_gaps(course, takers.keys(), candidates)),
        tuple(
            Overlap(course.boundaries[n], course.boundaries[n + 1], tuple(keys))
            for n, keys in sorted(takers.items())
            if len(keys) > 1
        ),
        left_out,
    )


def _gaps(
    course: _Course, covered: Collection[int], candidates: Sequence[SchedulePlace]
) -> Iterator[Gap]:
    for is_covered, together in groupby(course.segments, key=covered.__contains__):
        if not is_covered:
            segments = list(together)
            yield Gap(
                course.boundaries[segments[0]],
                course.boundaries[segments[-1] + 1],
                _closers(course, segments, candidates),
            )


def _closers(
    course: _Course, gap: Sequence[int], candidates: Sequence[SchedulePlace]
) -> tuple[Closer, ...]:
    """Return whose whole segments fill a gap; in a full relay a site has one of them."""
    length = course.rule.duration_minutes
    most = 1 if course.rule.relay_kind is RelayKind.FULL else len(gap)
    fitting = {}
    for name in {place.timezone for place in candidates}:
        inside = _minutes_inside(course, name)
        fitting[name] = min(most, sum(inside[segment] == length for segment in gap))
    closers = (Closer(p.key, fitting[p.timezone] * length) for p in candidates)
    found = [closer for closer in closers if closer.minutes]
    return tuple(sorted(found, key=lambda closer: (-closer.minutes, closer.key)))


def _minutes_inside(course: _Course, zone_name: str) -> tuple[int, ...]:
    """Return for each segment how many of its minutes lie in the window of the day there."""
    here = zone(zone_name)
    offsets = [boundary.astimezone(here).utcoffset() for boundary in course.boundaries]
    if offsets.count(offsets[0]) < len(offsets):
        return tuple(
            _minutes_of_plain_segment(course, segment, _minutes(offset))
            if offset == offsets[segment + 1]
            else _minutes_of_changing_segment(course, segment, here)
            for segment, offset in enumerate(offsets[:-1])
        )
    minutes = _minutes(offsets[0])
    if minutes not in course.inside_by_offset:
        course.inside_by_offset[minutes] = tuple(
            _minutes_of_plain_segment(course, segment, minutes) for segment in course.segments
        )
    return course.inside_by_offset[minutes]


def _minutes(duration: timedelta | None) -> int:
    return (duration or timedelta(0)) // timedelta(minutes=1)


def _minutes_of_plain_segment(course: _Course, segment: int, offset_minutes: int) -> int:
    begin = (course.minutes_after_opening[segment] + offset_minutes) % MINUTES_PER_DAY
    end = begin + course.rule.duration_minutes
    today = max(0, min(end, course.window_minutes) - begin)
    return today + max(0, min(end - MINUTES_PER_DAY, course.window_minutes))


def _minutes_of_changing_segment(course: _Course, segment: int, here: ZoneInfo) -> int:
    """Count minute by minute, since the clocks change within the segment."""
    starts_at = course.boundaries[segment]
    opening = minute_of_day(course.rule.window_start)
    minutes = (
        minute_of_day((starts_at + timedelta(minutes=minute)).astimezone(here)) - opening
        for minute in range(course.rule.duration_minutes)
    )
    return sum(minute % MINUTES_PER_DAY < course.window_minutes for minute in minutes)


def _choices(course: _Course, inside: Sequence[int], place: SchedulePlace) -> Mapping[int, int]:
    """Return the segments in which a site may act, with the sun's distance in each.

    They are those that lie wholly in the window. In a full relay a site that fits none may act in
    the one with most of its minutes, at least half, in the window: in that way every site has a
    segment if the relay goes once round the world, however long its segments are.
    """
    length = course.rule.duration_minutes
    whole = [segment for segment in course.segments if inside[segment] == length]
    if not whole and course.rule.relay_kind is RelayKind.FULL:
        best = max(course.segments, key=inside.__getitem__)
        whole = [best] if 2 * inside[best] >= length else []
    east = MINUTES_PER_DEGREE * place.longitude_deg
    return {
        segment: _away_from_noon(course.minutes_after_noon[segment] + east) for segment in whole
    }


def _away_from_noon(minutes: float) -> int:
    """Return how many minutes the sun is away from the middle of the window, 0 to 720.

    Mean solar time, not the clock: a zone may span a continent, and the many sites of one zone
    are to be shared out along the sun's way.
    """
    away = round(minutes) % MINUTES_PER_DAY
    return min(away, MINUTES_PER_DAY - away)
