"""Does a mission work on a civil day; the only place where the library ``holidays`` is used."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from protestcoord.core.errors import N_, DomainError

if TYPE_CHECKING:
    from holidays import HolidayBase

CHINA = "CN"
SATURDAY = 5


class HolidaysMissing(DomainError):
    """The optional library that knows weekends and holidays is not installed."""

    message = N_(
        "Weekends and holidays are looked up in a library that is not installed: "
        "pip install protestcoord[advice]."
    )


@dataclass(frozen=True, slots=True)
class DayKind:
    """What a civil day is at a mission.

    Attributes:
        weekend: Whether the host country rests on that day of the week.
        holiday: Name of the host country's public holiday in English, or empty.
        chinese_holiday: Name of China's own public holiday in English, or empty.
    """

    weekend: bool = False
    holiday: str = ""
    chinese_holiday: str = ""

    @property
    def is_working(self) -> bool:
        """Whether the mission is likely to work."""
        return not (self.weekend or self.holiday or self.chinese_holiday)


@lru_cache(maxsize=20_000)
def day_kind(country: str, day: date) -> DayKind:
    """Return what a civil day is at a Chinese mission in a country.

    A mission rests on the weekend and the public holidays of its host, and on those of China.
    Regional holidays are not known, nor are Saturdays on which a country works for once. A
    country that the library does not have rests on Saturday and Sunday and has no holidays.

    Args:
        country: ISO 3166-1 alpha-2 of the host; XK allowed.
        day: Civil date at the mission.

    Raises:
        HolidaysMissing: The library is not installed.
    """
    host, china = _calendar(country, day.year), _calendar(CHINA, day.year)
    return DayKind(
        weekend=host.is_weekend(day) if host is not None else day.weekday() >= SATURDAY,
        holiday=_name(host, day),
        chinese_holiday=_name(china, day),
    )


def _name(calendar: "HolidayBase | None", day: date) -> str:
    return "" if calendar is None else str(calendar.get(day) or "")


@lru_cache(maxsize=1024)
def _calendar(country: str, year: int) -> "HolidayBase | None":
    """Return a country's calendar of a year, None if the library does not have the country."""
    try:
        import holidays
    except ImportError as error:
        raise HolidaysMissing from error
    try:
        return holidays.country_holidays(country, years=year, language="en_US")
    except NotImplementedError:
        return None
