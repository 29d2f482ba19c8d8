"""When is it day at a place: sunrise and sunset; the only place where astral is used."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from protestcoord.core.clock import MINUTE

if TYPE_CHECKING:
    from astral import Observer

# Beyond it, rounding would put the observer on the pole, where there is no sunrise.
NEAREST_TO_POLE_DEG = 89.8
HORIZON_DEG = -0.833  # the sun's upper edge, lifted by the air
GOOD_ENOUGH_DEG = 0.3
DAY = timedelta(days=1)
HALF_DAY = timedelta(hours=12, minutes=1)  # two noons may be half a minute more than a day apart


class Daylight(NamedTuple):
    """From a sunrise to the sunset after it; aware UTC instants."""

    rises_at: datetime
    sets_at: datetime


@lru_cache(maxsize=20_000)
def _daylight_near(latitude_deg: float, longitude_deg: float, day: date) -> Daylight | None:
    """Return the daylight round the noon that is in a UTC day; None in a polar night.

    In a polar day it lasts from midnight to midnight.
    """
    from astral import Observer
    from astral.sun import elevation, noon, sunrise, sunset

    latitude = max(-NEAREST_TO_POLE_DEG, min(NEAREST_TO_POLE_DEG, latitude_deg))
    observer = Observer(latitude, longitude_deg)

    def height(instant: datetime) -> float:
        return elevation(observer, instant, with_refraction=False) - HORIZON_DEG

    middle = noon(observer, day)
    if height(middle) <= 0:
        return None
    return Daylight(
        _crossing(sunrise, observer, day, middle - HALF_DAY, middle, height),
        _crossing(sunset, observer, day, middle, middle + HALF_DAY, height),
    )


def _crossing(
    library: Callable[..., datetime],
    observer: "Observer",
    day: date,
    begin: datetime,
    end: datetime,
    height: Callable[[datetime], float],
) -> datetime:
    """Return when the sun crosses the horizon between a midnight and the noon beside it.

    The library answers for a UTC day and, where a crossing is near UTC midnight, sometimes with
    a moment hours away; then it is searched for between the two.
    """
    try:
        found = begin + (library(observer, day) - begin) % DAY
    except ValueError:  # no crossing on that UTC day
        found = begin
    if begin <= found <= end and abs(height(found)) < GOOD_ENOUGH_DEG:
        return found
    rises = height(end) > height(begin)
    midnight = begin if rises else end
    if height(midnight) > 0:
        return midnight
    minutes = range(round((end - begin) / MINUTE) + 1)
    first = bisect_left(
        minutes, True, key=lambda minute: (height(begin + minute * MINUTE) > 0) is rises
    )
    return begin + first * MINUTE


def daylights(
    latitude_deg: float, longitude_deg: float, starts_at: datetime, ends_at: datetime
) -> Iterator[Daylight]:
    """Yield when the sun is up at a place between two instants, in order, cut to them.

    Args:
        latitude_deg: -90 to 90.
        longitude_deg: -180 to 180.
        starts_at: Aware.
        ends_at: Aware.

    Source:
        The upper edge of the sun at the horizon, refraction included, as the library has it;
        good to some two minutes.
    """
    first = starts_at.astimezone(UTC).date() - DAY
    days = (ends_at.astimezone(UTC).date() - first).days + 2
    told = starts_at
    for number in range(days):
        light = _daylight_near(latitude_deg, longitude_deg, first + number * DAY)
        if light is None:
            continue
        rises_at, sets_at = max(light.rises_at, told), min(light.sets_at, ends_at)
        if rises_at < sets_at:
            yield Daylight(rises_at, sets_at)
            told = sets_at


def nights(
    latitude_deg: float, longitude_deg: float, starts_at: datetime, ends_at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield when the sun is down at a place between two instants, in order, cut to them."""
    told = starts_at
    for light in daylights(latitude_deg, longitude_deg, starts_at, ends_at):
        if light.rises_at > told:
            yield told, light.rises_at
        told = light.sets_at
    if told < ends_at:
        yield told, ends_at
