"""What time is it, and where: instants in UTC, zones from the package ``tzdata`` alone."""

import importlib.metadata
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from protestcoord.core.errors import N_, InvalidValue

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


def offset_text(instant: datetime, zone_name: str) -> str:
    """Return the offset from UTC at an instant in a zone, as ``UTC+05:45``."""
    offset = instant.astimezone(zone(zone_name)).utcoffset() or timedelta(0)
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
