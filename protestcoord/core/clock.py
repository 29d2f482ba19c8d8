"""What time is it, and where: instants in UTC, zones from the package ``tzdata`` alone."""

import importlib.metadata
import zoneinfo
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from protestcoord.core.errors import N_, InvalidValue

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MINUTES_PER_DAY = 1440

# Before the first ZoneInfo: otherwise the system's zone data, which may be older, wins silently.
zoneinfo.reset_tzpath([])


def now() -> datetime:
    """Return this moment as an aware UTC datetime in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone called ``name``.

    Raises:
        InvalidValue: ``tzdata`` has no such zone.
    """
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidValue(
            N_("There is no time zone called “%(zone)s”."), field="timezone", zone=name
        ) from error


def tzdata_version() -> str:
    """Return the version of the zone data that every computed time rests on."""
    return importlib.metadata.version("tzdata")


def utc_text(instant: datetime) -> str:
    """Return an aware instant as ``2027-06-04T10:00:00Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_text(instant: datetime, zone_name: str) -> str:
    """Return an aware instant as wall clock with offset: ``2027-06-04T21:00+09:00``."""
    return instant.astimezone(zone(zone_name)).isoformat(timespec="minutes")


def offset_at(instant: datetime, zone_name: str) -> timedelta:
    """Return the offset from UTC at an aware instant in a zone."""
    return instant.astimezone(zone(zone_name)).utcoffset() or timedelta(0)


def clock_changes(zone_name: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the instants after one and up to another at which a zone's clocks change.

    In order, aware UTC, to the minute. Two changes between two midnights in UTC would not be
    seen; a test looks through every zone for one.
    """
    for year in range(after.astimezone(UTC).year, until.astimezone(UTC).year + 1):
        yield from (at for at in _changes_of_year(zone_name, year) if after < at <= until)


@lru_cache(maxsize=4096)
def _changes_of_year(zone_name: str, year: int) -> tuple[datetime, ...]:
    midnight = datetime(year, 1, 1, tzinfo=UTC)
    changes = []
    while midnight.year == year:
        offset = offset_at(midnight, zone_name)
        if offset_at(midnight + MINUTES_PER_DAY * MINUTE, zone_name) != offset:
            changes.append(_first_change(midnight, offset, zone_name))
        midnight += MINUTES_PER_DAY * MINUTE
    return tuple(changes)


def _first_change(midnight: datetime, offset: timedelta, zone_name: str) -> datetime:
    """Return the first minute after a midnight with another offset, found by halving."""
    minutes = range(1, MINUTES_PER_DAY + 1)
    first = bisect_left(
        minutes, True, key=lambda n: offset_at(midnight + n * MINUTE, zone_name) != offset
    )
    return midnight + minutes[first] * MINUTE


def offset_text(instant: datetime, zone_name: str) -> str:
    """Return the offset from UTC at an instant in a zone, as ``UTC+05:45``."""
    offset = offset_at(instant, zone_name)
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
