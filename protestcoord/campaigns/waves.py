"""What is a wave's rule, is it usable, and what is a slot before it is stored?"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time

from protestcoord.campaigns.recurrence import Recurrence, are_apart, check_recurrence, starts_of
from protestcoord.core.clock import MINUTES_PER_DAY, zone
from protestcoord.core.errors import N_, InvalidValue

LONGEST_RELAY_HOURS = 168
MOST_SEGMENTS = 1440
# From 1973 on every zone's offset is in whole minutes (Liberia was the last, in January 1972).
FIRST_YEAR, LAST_YEAR = 1973, 2999


class Synchronisation(enum.StrEnum):
    """What the sites of a wave have in common."""

    SAME_INSTANT = "same_instant"
    SAME_LOCAL_TIME = "same_local_time"
    RELAY = "relay"


class RelayKind(enum.StrEnum):
    """Whether every site takes part in a relay, or only the fewest that it needs."""

    FULL = "full"
    MINIMAL = "minimal"


class Adjustment(enum.StrEnum):
    """How the asked wall clock became one that exists once at the site."""

    NONE = "none"
    MOVED_FORWARD = "moved_forward"
    FIRST_OF_TWO = "first_of_two"


@dataclass(frozen=True, slots=True)
class WaveRule:
    """A rule for when: a synchronisation, a start, a length.

    Attributes:
        synchronisation: What the sites have in common.
        start: Naive, whole minutes; UTC for *same instant* and *relay*, a wall clock at each
            site for *same local time*.
        duration_minutes: Elapsed minutes of a slot, 1 to 1440; for a relay, of one segment.
        relay_kind: Relay only, as are all that follow.
        window_start: Wall clock at the site from which it may act; whole minutes.
        window_end: Wall clock by which it is done. Earlier than ``window_start``, the window
            wraps past midnight; equal to it, the window is the whole day.
        relay_hours: Elapsed hours that the segments fill, 1 to 168. Where they do not divide,
            the last segment is as long as the others and ends later.
        recurrence: How it repeats after the start, on the same clock; None if it does not.
    """

    synchronisation: Synchronisation
    start: datetime
    duration_minutes: int
    relay_kind: RelayKind = RelayKind.FULL
    window_start: time = time(8)
    window_end: time = time(20)
    relay_hours: int = 24
    recurrence: Recurrence | None = None

    @property
    def starts(self) -> tuple[datetime, ...]:
        """The start of each occurrence, in order; naive like ``start``."""
        return starts_of(self.start, self.recurrence)

    @property
    def window_minutes(self) -> int:
        """Wall-clock minutes of the window of the day, 1 to 1440."""
        wrapped = minute_of_day(self.window_end) - minute_of_day(self.window_start)
        return wrapped % MINUTES_PER_DAY or MINUTES_PER_DAY

    @property
    def segments(self) -> int:
        """How many segments fill the relay's hours; the last one may end after them."""
        return -(-self.relay_hours * 60 // self.duration_minutes)


@dataclass(frozen=True, slots=True)
class SchedulePlace:
    """What a site is to a schedule: its mission's slug, its IANA zone, where it lies."""

    key: str
    timezone: str
    longitude_deg: float
    latitude_deg: float


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for people: English text marked for translation, and what fills its places."""

    message: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.message % self.values


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """One occurrence of a wave at one site, as computed.

    Attributes:
        key: Slug of the site's mission.
        occurrence: From 1; with wave and site the slot's identity, for life.
        starts_at: Aware UTC.
        ends_at: Aware UTC, the wave's length later in elapsed time.
        timezone: IANA zone of the site.
        adjustment: What became of the asked wall clock.
        local_asked: The asked wall clock, naive; only for *same local time*, and where a site
            has a time of its own.
        is_own_time: Whether the site has a time or length of its own.
        minutes_outside: Relay only: how many of its minutes lie outside the asked window.
    """

    key: str
    occurrence: int
    starts_at: datetime
    ends_at: datetime
    timezone: str
    adjustment: Adjustment = Adjustment.NONE
    local_asked: datetime | None = None
    is_own_time: bool = False
    minutes_outside: int = 0

    @property
    def note(self) -> Note | None:
        """What a person must know about this slot's time, if there is anything."""
        if self.minutes_outside:
            message = N_("Minutes outside the asked window of the day: %(minutes)s.")
            return Note(message, {"minutes": self.minutes_outside})
        if self.local_asked is None:
            return None
        return note_of_adjustment(self.adjustment, self.local_asked, self.starts_at, self.timezone)


def note_of_adjustment(
    adjustment: Adjustment, local_asked: datetime, starts_at: datetime, zone_name: str
) -> Note | None:
    """Return the sentence that tells how a wall clock was adjusted, or None if it was not.

    Args:
        adjustment: As computed.
        local_asked: The wave's wall clock, naive.
        starts_at: The slot's aware instant.
        zone_name: IANA zone of the site.
    """
    if adjustment is Adjustment.NONE:
        return None
    asked = local_asked.strftime("%H:%M")
    if adjustment is Adjustment.FIRST_OF_TWO:
        message = N_("%(asked)s happens twice there that day; the first is meant.")
        return Note(message, {"asked": asked})
    local = starts_at.astimezone(zone(zone_name))
    # A zone that crosses the date line loses a whole day: then the day has to be said as well.
    moved = local.strftime("%H:%M" if local.date() == local_asked.date() else "%Y-%m-%d %H:%M")
    message = N_("%(asked)s does not exist there that day; moved forward to %(moved)s.")
    return Note(message, {"asked": asked, "moved": moved})


def check_wave_rule(rule: WaveRule) -> None:
    """Refuse a rule from which no schedule follows.

    Raises:
        InvalidValue: With ``field`` one of start, duration_minutes, relay_hours, window,
            recurrence.
    """
    _check_start(rule.start)
    if not 1 <= rule.duration_minutes <= MINUTES_PER_DAY:
        raise InvalidValue(
            N_("The length is between 1 and %(most)s minutes."),
            field="duration_minutes",
            most=MINUTES_PER_DAY,
        )
    if rule.synchronisation is Synchronisation.RELAY:
        _check_hours(rule)
        _check_window(rule)
    if rule.recurrence:
        check_recurrence(rule.recurrence)
        _check_apart(rule)


def _check_apart(rule: WaveRule) -> None:
    if not are_apart(rule.starts, minutes_of_wave(rule)):
        message = N_("One time would start before the one before it has ended.")
        raise InvalidValue(message, field="recurrence")


def minutes_of_wave(rule: WaveRule) -> int:
    """Return how many elapsed minutes one occurrence lasts: of a relay, all its segments."""
    is_relay = rule.synchronisation is Synchronisation.RELAY
    return rule.duration_minutes * (rule.segments if is_relay else 1)


def _check_start(start: datetime) -> None:
    if start.tzinfo is not None:
        raise InvalidValue(N_("The start is given without an offset from UTC."), field="start")
    if start.second or start.microsecond:
        raise InvalidValue(N_("The start is in whole minutes."), field="start")
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise InvalidValue(
            N_("The start lies between the years %(first)s and %(last)s."),
            field="start",
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )


def _check_hours(rule: WaveRule) -> None:
    if not 1 <= rule.relay_hours <= LONGEST_RELAY_HOURS:
        raise InvalidValue(
            N_("A relay lasts between 1 and %(most)s hours."),
            field="relay_hours",
            most=LONGEST_RELAY_HOURS,
        )
    if rule.relay_hours * 60 < rule.duration_minutes:
        raise InvalidValue(
            N_("The relay is shorter than one of its segments."), field="relay_hours"
        )
    if rule.segments > MOST_SEGMENTS:
        raise InvalidValue(
            N_("A relay has at most %(most)s segments; make them longer."),
            field="duration_minutes",
            most=MOST_SEGMENTS,
        )


def _check_window(rule: WaveRule) -> None:
    for end in (rule.window_start, rule.window_end):
        if end.tzinfo is not None or end.second or end.microsecond:
            raise InvalidValue(
                N_("The window of the day is given in hours and minutes at the site."),
                field="window",
            )
    if rule.window_minutes < rule.duration_minutes:
        raise InvalidValue(N_("The window of the day is shorter than one segment."), field="window")


def minute_of_day(moment: time | datetime) -> int:
    """Return how many wall-clock minutes a moment lies after midnight."""
    return moment.hour * 60 + moment.minute


def agree_on(occurrences: Iterable[int], before: WaveRule, after: WaveRule) -> bool:
    """Say whether two rules differ in nothing but how they repeat, and not in some occurrences.

    Args:
        occurrences: Numbers from 1.
        before: A usable rule.
        after: Another one.
    """
    if replace(before, recurrence=None) != replace(after, recurrence=None):
        return False
    old, new = before.starts, after.starts
    return all(old[n - 1 : n] == new[n - 1 : n] for n in occurrences)


def renumbers(before: WaveRule, after: WaveRule) -> bool:
    """Say whether a start that stays gets another number: its groups would change their day."""
    numbers = {start: number for number, start in enumerate(before.starts)}
    return any(numbers.get(start, number) != number for number, start in enumerate(after.starts))


def occurrence_of_slot(synchronisation: Synchronisation, number: int) -> int:
    """Return the occurrence of a wave, from 1, to which a slot with an occurrence number belongs.

    In a relay a site may have several slots in one occurrence (``slot_number_before``).
    """
    if synchronisation is Synchronisation.RELAY:
        return (number - 1) // MOST_SEGMENTS + 1
    return number


def slot_number_before(occurrence: int) -> int:
    """Return after which number a relay counts a site's slots in an occurrence from 1.

    The price of a jump to 1441 is paid so that a slot keeps its number when the site gets one
    segment more in an earlier occurrence; a relay has at most 1440 segments.
    """
    return (occurrence - 1) * MOST_SEGMENTS
