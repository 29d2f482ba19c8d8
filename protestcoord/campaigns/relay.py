"""Which site acts in which segment of a relay that follows the sun westward?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from protestcoord.campaigns.sharing import SegmentsOf, fewest_sites, shared_out
from protestcoord.campaigns.waves import (
    MINUTES_PER_DAY,
    MOST_SEGMENTS,
    PlannedSlot,
    RelayKind,
    SchedulePlace,
    WaveRule,
    minute_of_day,
)
from protestcoord.core.clock import zone

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


@dataclass(frozen=True, slots=True)
class _Course:
    """The relay's segments: number ``n`` lasts from boundary ``n`` to the next one."""

    rule: WaveRule
    boundaries: tuple[datetime, ...]

    @property
    def segments(self) -> range:
        return range(len(self.boundaries) - 1)


def plan_relay(
    rule: WaveRule, places: Sequence[SchedulePlace], candidates: Sequence[SchedulePlace] = ()
) -> tuple[list[PlannedSlot], tuple[RelayReport, ...]]:
    """Return a relay's slots, in no promised order, and what each occurrence leaves open.

    The occurrence number of a slot is the site's segment among its own in the relay; in the
    second relay of a repeating wave it goes on after 1440, so that a slot's identity does not
    depend on how many segments the site had in the first.

    Args:
        rule: A usable relay (``check_wave_rule``).
        places: With distinct keys, sorted by key.
        candidates: Others that a gap may name, sorted by key.
    """
    slots, reports = [], []
    for number, start in enumerate(rule.starts):
        course = _course_of(rule, start)
        planned, report = _plan_course(course, places, candidates, number * MOST_SEGMENTS)
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
    local = [boundary.astimezone(here) for boundary in course.boundaries]
    offsets = [moment.utcoffset() for moment in local]
    return tuple(
        _minutes_of_plain_segment(course.rule, local[segment])
        if offsets[segment] == offsets[segment + 1]
        else _minutes_of_changing_segment(course, segment, zone_name)
        for segment in course.segments
    )


def _minutes_of_plain_segment(rule: WaveRule, local_start: datetime) -> int:
    begin = _minutes_after_opening(rule, local_start)
    end = begin + rule.duration_minutes
    today = max(0, min(end, rule.window_minutes) - begin)
    return today + max(0, min(end - MINUTES_PER_DAY, rule.window_minutes))


def _minutes_of_changing_segment(course: _Course, segment: int, zone_name: str) -> int:
    """Count minute by minute, since the clocks change within the segment."""
    here = zone(zone_name)
    starts_at = course.boundaries[segment]
    minutes = (
        (starts_at + timedelta(minutes=minute)).astimezone(here)
        for minute in range(course.rule.duration_minutes)
    )
    window = course.rule.window_minutes
    return sum(_minutes_after_opening(course.rule, minute) < window for minute in minutes)


def _minutes_after_opening(rule: WaveRule, local: datetime) -> int:
    return (minute_of_day(local) - minute_of_day(rule.window_start)) % MINUTES_PER_DAY


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
    return {segment: _distance_of_sun(course, segment, place) for segment in whole}


def _distance_of_sun(course: _Course, segment: int, place: SchedulePlace) -> int:
    """Return how many minutes the sun is away from the middle of the window, 0 to 720.

    Mean solar time, not the clock: a zone may span a continent, and the many sites of one zone
    are to be shared out along the sun's way.
    """
    utc_middle = minute_of_day(course.boundaries[segment]) + course.rule.duration_minutes / 2
    solar = utc_middle + MINUTES_PER_DEGREE * place.longitude_deg
    asked = minute_of_day(course.rule.window_start) + course.rule.window_minutes / 2
    away = round(solar - asked) % MINUTES_PER_DAY
    return min(away, MINUTES_PER_DAY - away)
