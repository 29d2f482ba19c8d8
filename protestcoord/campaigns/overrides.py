"""What is different at one site of a wave: another time there, another length, or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from protestcoord.campaigns.waves import Synchronisation, WaveRule
from protestcoord.core.clock import MINUTES_PER_DAY
from protestcoord.core.errors import N_, InvalidValue

EVERY_OCCURRENCE = 0
FARTHEST_DAYS = 31


@dataclass(frozen=True, slots=True)
class Override:
    """What one site does otherwise than its wave says.

    Attributes:
        key: Slug of the site's mission.
        occurrence: Which occurrence, from 1; 0 for every one that has no override of its own.
        is_cancelled: Nothing takes place here; what follows does not count then.
        local_day: Civil day at the site, only for one occurrence; None as the wave says.
        local_time: Wall clock at the site, naive, whole minutes; None as the wave says.
        duration_minutes: Elapsed minutes, 1 to 1440; None as the wave says.
    """

    key: str
    occurrence: int = EVERY_OCCURRENCE
    is_cancelled: bool = False
    local_day: date | None = None
    local_time: time | None = None
    duration_minutes: int | None = None

    @property
    def is_moved(self) -> bool:
        """Whether the site starts at a time of its own."""
        return self.local_day is not None or self.local_time is not None

    def local_start(self, planned: datetime) -> datetime:
        """Return the site's own start for the wave's, both naive wall clocks at the site."""
        return datetime.combine(self.local_day or planned.date(), self.local_time or planned.time())


def check_override(rule: WaveRule, override: Override) -> None:
    """Refuse an override from which no slot follows.

    Raises:
        InvalidValue: With ``field`` one of occurrence, is_cancelled, local_day, local_time,
            duration_minutes.
    """
    if rule.synchronisation is Synchronisation.RELAY:
        _check_of_relay(override)
    elif not 0 <= override.occurrence <= len(rule.starts):
        raise InvalidValue(N_("The wave has no such occurrence."), field="occurrence")
    if override.is_cancelled:
        return
    if not override.is_moved and override.duration_minutes is None:
        message = N_("Please say what is different at this site.")
        raise InvalidValue(message, field="local_time")
    _check_length(override)
    _check_time(rule, override)
    _check_day(rule, override)


def _check_of_relay(override: Override) -> None:
    if not override.is_cancelled or override.occurrence != EVERY_OCCURRENCE:
        # Its time follows from the sun, and a shorter segment would leave a gap.
        message = N_("A site can only be left out of a relay as a whole.")
        raise InvalidValue(message, field="is_cancelled")


def _check_length(override: Override) -> None:
    minutes = override.duration_minutes
    if minutes is not None and not 1 <= minutes <= MINUTES_PER_DAY:
        message = N_("The length is between 1 and %(most)s minutes.")
        raise InvalidValue(message, field="duration_minutes", most=MINUTES_PER_DAY)


def _check_time(rule: WaveRule, override: Override) -> None:
    moment = override.local_time
    if moment and (moment.tzinfo or moment.second or moment.microsecond):
        message = N_("The time is given in hours and minutes at the site.")
        raise InvalidValue(message, field="local_time")
    several_a_day = rule.recurrence is not None and len(rule.recurrence.hours) > 1
    if moment and several_a_day and override.occurrence == EVERY_OCCURRENCE:
        message = N_("The wave acts several times a day; choose which of them has another time.")
        raise InvalidValue(message, field="local_time")


def _check_day(rule: WaveRule, override: Override) -> None:
    if override.local_day is None:
        return
    if override.occurrence == EVERY_OCCURRENCE and rule.recurrence:
        message = N_("A day of its own is for one occurrence; choose which one.")
        raise InvalidValue(message, field="local_day")
    planned = rule.starts[max(override.occurrence, 1) - 1]
    if abs(override.local_day - planned.date()) > timedelta(days=FARTHEST_DAYS):
        message = N_("A site's own day is at most %(most)s days from the wave's.")
        raise InvalidValue(message, field="local_day", most=FARTHEST_DAYS)


def overrides_by_identity(overrides: Iterable[Override]) -> Mapping[tuple[str, int], Override]:
    """Return the overrides of a wave by site and occurrence.

    Raises:
        InvalidValue: Two are for the same; ``field`` is occurrence.
    """
    found: dict[tuple[str, int], Override] = {}
    for override in overrides:
        identity = (override.key, override.occurrence)
        if found.setdefault(identity, override) != override:
            message = N_("A site has two different times for the same occurrence.")
            raise InvalidValue(message, field="occurrence")
    return found
