"""How does a campaign look in small: lights on a dark world, and a day as a strip of bars.

Drawn as numbers for SVG, which templates write out; needs no script and knows no language.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from protestcoord.publications.snapshot import SiteView, SlotView
from protestcoord.signups.rules import SlotState

# The frame of static/icons/world.svg: longitude from the west, latitude from the north, in degrees.
WEST_DEG, NORTH_DEG = -180, 76
HELD = frozenset({SlotState.COVERED, SlotState.FULL})

BIN = timedelta(minutes=30)
HOUR = timedelta(hours=1)
WIDTH_PERCENT, HEIGHT_PX = 100.0, 100.0
FEWEST_HOURS, MOST_HOURS = 3, 72  # a shorter day is one bar, a longer one is unreadable
MOST_TICKS = 9
TICK_HOURS = (1, 2, 3, 6, 12, 24)


class Bar(NamedTuple):
    """How many sites act in half an hour, and how many of them are covered.

    Attributes:
        x: Where it begins, in percent of the strip's width.
        acting: Height in pixels for all that act.
        covered: Height in pixels for those that are covered.
    """

    x: float
    acting: float
    covered: float


class Tick(NamedTuple):
    """A full hour below the strip; ``x`` in percent."""

    x: float
    at: datetime


class DayStrip(NamedTuple):
    """The bars, each ``step`` percent wide, and the ticks; in the highest, ``most`` sites act."""

    bars: list[Bar]
    step: float
    ticks: list[Tick]
    most: int


def lanterns(sites: Iterable[SiteView]) -> dict[SlotState, str]:
    """Return the path of each state's dots, as lines of no length that round caps make dots."""
    paths = dict.fromkeys(SlotState, "")
    for site in sites:
        x = round(site.mission.longitude - WEST_DEG, 1)
        y = round(NORTH_DEG - site.mission.latitude, 1)
        paths[site.state] += f"M{x:g} {y:g}h0"
    return paths


def day_strip(sites: Iterable[SiteView]) -> DayStrip | None:
    """Return how many sites act when, or None where one strip cannot show it."""
    sites = list(sites)
    slots = [slot for site in sites for slot in site.open_slots]
    if not slots:
        return None
    starts_at = _hour_of(min(slot.starts_at for slot in slots))
    ends_at = max(slot.ends_at for slot in slots)
    hours = -((starts_at - ends_at) // HOUR)
    if not FEWEST_HOURS <= hours <= MOST_HOURS:
        return None
    counts = _counts(sites, starts_at, hours * 2)
    most = max(acting for acting, _ in counts)
    step = WIDTH_PERCENT / len(counts)
    bars = [
        Bar(round(n * step, 2), _height(acting, most), _height(covered, most))
        for n, (acting, covered) in enumerate(counts)
    ]
    return DayStrip(bars, round(step, 3), _ticks(starts_at, hours), most)


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _height(count: int, most: int) -> float:
    return round(HEIGHT_PX * count / most, 1)


def _counts(sites: list[SiteView], starts_at: datetime, bins: int) -> list[tuple[int, int]]:
    """Return for each half hour how many sites act in it, and how many of them are covered then."""
    acting, covered = [0] * bins, [0] * bins
    for site in sites:
        halves = [(n, slot) for slot in site.open_slots for n in _halves(slot, starts_at)]
        for n in {n for n, _ in halves}:
            acting[n] += 1
        for n in {n for n, slot in halves if slot.state in HELD}:
            covered[n] += 1
    return list(zip(acting, covered, strict=True))


def _halves(slot: SlotView, starts_at: datetime) -> range:
    first = (slot.starts_at - starts_at) // BIN
    return range(first, -((starts_at - slot.ends_at) // BIN))


def _ticks(starts_at: datetime, hours: int) -> list[Tick]:
    every = next(step for step in TICK_HOURS if hours / step < MOST_TICKS)
    first = -starts_at.hour % every
    return [
        Tick(round(WIDTH_PERCENT * hour / hours, 2), starts_at + hour * HOUR)
        for hour in range(first, hours + 1, every)
    ]
