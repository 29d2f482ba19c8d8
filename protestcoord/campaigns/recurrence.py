"""On which days does a wave repeat: a part of RFC 5545's recurrence rules, on a wall clock."""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from protestcoord.core.errors import N_, InvalidValue

if TYPE_CHECKING:
    from dateutil.rrule import rrule

MOST_OCCURRENCES = 60
LONGEST_YEARS = 20
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KEYS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYHOUR")
WEEKDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


class Frequency(enum.StrEnum):
    """What a wave repeats by."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How a wave repeats after its start, which is the first occurrence.

    Attributes:
        frequency: The unit.
        interval: Every how many units, from 1.
        count: How many occurrences in all, from 1 to 60; None if ``until`` says it.
        until: The last day, on the wave's clock; None if ``count`` says it.
        weekdays: ``MO`` to ``SU``; with FREQ=MONTHLY or YEARLY perhaps with a number before
            it, ``1FR`` for the first Friday and ``-1FR`` for the last. Empty: as the start.
        hours: Hours of the day, several a day, at the minute of the start. Empty: as the start.

    Source:
        RFC 5545 section 3.3.10.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    weekdays: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()

    @property
    def weekday_numbers(self) -> tuple[int, ...]:
        """The weekdays from 0 for Monday, without what stands before them."""
        return tuple(WEEKDAYS.index(weekday[-2:]) for weekday in self.weekdays)

    def __str__(self) -> str:
        """Return the rule's text, such as ``FREQ=WEEKLY;COUNT=4``."""
        parts = {
            "FREQ": self.frequency.value,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "COUNT": str(self.count or ""),
            "UNTIL": self.until.strftime("%Y%m%d") if self.until else "",
            "BYDAY": ",".join(self.weekdays),
            "BYHOUR": ",".join(map(str, self.hours)),
        }
        return ";".join(f"{key}={value}" for key, value in parts.items() if value)


def _unusable(message: str, **values: object) -> InvalidValue:
    return InvalidValue(message, field="recurrence", **values)


def recurrence_from_text(text: str) -> Recurrence | None:
    """Return the recurrence that a rule's text says, or None for an empty one.

    Args:
        text: ``FREQ`` with any of INTERVAL, COUNT, UNTIL (a day), BYDAY, BYHOUR.

    Raises:
        InvalidValue: It is no such text; ``field`` is recurrence.
    """
    if not text:
        return None
    pairs = [part.partition("=")[::2] for part in text.upper().split(";") if part]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise _unusable(N_("A repetition says each thing once."))
    if unknown := sorted(parts.keys() - set(KEYS)):
        raise _unusable(N_("A wave's repetition cannot say “%(key)s”."), key=unknown[0])
    try:
        recurrence = _recurrence_from_parts(parts)
    except ValueError:
        message = N_("“%(text)s” is no repetition such as FREQ=WEEKLY;COUNT=4.")
        raise _unusable(message, text=text) from None
    check_recurrence(recurrence)
    return recurrence


def _recurrence_from_parts(parts: Mapping[str, str]) -> Recurrence:
    count, until = parts.get("COUNT"), parts.get("UNTIL")
    return Recurrence(
        Frequency(parts.get("FREQ", "")),
        int(parts.get("INTERVAL", "1")),
        int(count) if count is not None else None,
        _day(until) if until is not None else None,
        tuple(parts["BYDAY"].split(",")) if "BYDAY" in parts else (),
        tuple(sorted({int(hour) for hour in parts["BYHOUR"].split(",")}))
        if "BYHOUR" in parts
        else (),
    )


def _day(text: str) -> date:
    if not (len(text) == len("20270604") and text.isdecimal()):
        raise ValueError(text)
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def check_recurrence(recurrence: Recurrence) -> None:
    """Refuse what repeats without an end, or on days that do not exist.

    Raises:
        InvalidValue: ``field`` is recurrence.
    """
    if (recurrence.count is None) == (recurrence.until is None):
        raise _unusable(N_("Say either how often it takes place, or until which day."))
    if recurrence.count is not None and not 1 <= recurrence.count <= MOST_OCCURRENCES:
        message = N_("A wave takes place between 1 and %(most)s times.")
        raise _unusable(message, most=MOST_OCCURRENCES)
    if not 1 <= recurrence.interval <= MOST_OCCURRENCES:
        message = N_("Between two times lie at most %(most)s days, weeks, months or years.")
        raise _unusable(message, most=MOST_OCCURRENCES)
    if not all(0 <= hour <= 23 for hour in recurrence.hours):
        raise _unusable(N_("Hours of the day are between 0 and 23."))
    _check_weekdays(recurrence)


def _check_weekdays(recurrence: Recurrence) -> None:
    found = [WEEKDAY.fullmatch(weekday) for weekday in recurrence.weekdays]
    numbered_is_fine = recurrence.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    if not all(match and (numbered_is_fine or not match[1]) for match in found):
        raise _unusable(N_("Weekdays are said like MO, TU; in a month also like 1FR."))


def starts_of(start: datetime, recurrence: Recurrence | None) -> tuple[datetime, ...]:
    """Return the wall clocks at which a wave starts, in order; the first is ``start`` itself.

    Days that do not exist (31 April, 29 February in most years) are skipped, as the RFC says.

    Args:
        start: Naive wall clock, whole minutes.
        recurrence: How it repeats, if it does; a usable one.

    Raises:
        InvalidValue: The start is not on a day on which it repeats, or there are more than 60
            occurrences, or the last is over 20 years away; ``field`` is recurrence.
    """
    if recurrence is None:
        return (start,)
    starts = tuple(islice(_rule_of(start, recurrence), MOST_OCCURRENCES + 1))
    if not starts or starts[0] != start:
        raise _unusable(N_("The start is not at one of the times at which it repeats."))
    if len(starts) > MOST_OCCURRENCES:
        message = N_("A wave takes place at most %(most)s times; choose an earlier last day.")
        raise _unusable(message, most=MOST_OCCURRENCES)
    if starts[-1] - start > timedelta(days=366 * LONGEST_YEARS):
        message = N_("A wave lasts at most %(most)s years from its first time to its last.")
        raise _unusable(message, most=LONGEST_YEARS)
    return starts


def _rule_of(start: datetime, recurrence: Recurrence) -> "rrule":
    from dateutil import rrule as library

    weekdays = []
    for weekday in recurrence.weekdays:
        number, name = weekday[:-2], weekday[-2:]
        day = library.weekdays[WEEKDAYS.index(name)]
        weekdays.append(day(int(number)) if number else day)
    return library.rrule(
        getattr(library, recurrence.frequency.value),
        dtstart=start,
        interval=recurrence.interval,
        count=recurrence.count,
        until=recurrence.until and datetime.combine(recurrence.until, time.max),
        byweekday=weekdays or None,
        byhour=recurrence.hours or None,
    )


def are_apart(starts: Iterable[datetime], minutes: int) -> bool:
    """Say whether each occurrence has ended, on the wall clock, when the next one starts."""
    length = timedelta(minutes=minutes)
    return all(after - before >= length for before, after in pairwise(starts))
