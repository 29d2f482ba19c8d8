"""Where do the lines of the advisor's chart run: geometry from steps, and nothing drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from protestcoord.campaigns.advice import STEP_MINUTES, Advice, Step
from protestcoord.campaigns.waves import minute_of_day
from protestcoord.core.clock import MINUTES_PER_DAY

TOP_PX, HEIGHT_PX = 44, 220
MOST_RULES = 4
HOURS_PER_TICK, HOURS_PER_MAJOR_TICK = 1, 3
# From there on a mark's text would leave the chart on the right, or on the left.
ALIGN_END_PERCENT, ALIGN_START_PERCENT = 85, 15


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line: how many sites it stands for, and pixels from the top of the chart."""

    count: int
    y_px: float


@dataclass(frozen=True, slots=True)
class Tick:
    """An hour of the UTC day, 0 to 24, in percent of the chart's width."""

    hour: int
    x_percent: float
    is_major: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """An upright line at an instant; ``anchor`` is where its text hangs (start, middle, end)."""

    at: datetime
    x_percent: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The geometry of a chart.

    Attributes:
        area: Path of what suits in all three ways, closed below. Like each path here it has one
            unit a minute across and one a pixel down, from the plot's upper left corner.
        lines: Path by the name of a step's count.
        rules: Level lines, from below.
        ticks: Hours.
        best: The best instant.
        chosen: The one that is warned of, if another.
    """

    area: str
    lines: dict[str, str]
    rules: tuple[Rule, ...]
    ticks: tuple[Tick, ...]
    best: Mark
    chosen: Mark | None
    top_px: int = TOP_PX
    height_px: int = HEIGHT_PX
    width_minutes: int = MINUTES_PER_DAY


def chart_from_advice(advice: Advice) -> Chart:
    """Return the chart of a day; its full height is the count of all sites."""
    most = max(advice.steps[0].sites, 1)
    names = ("all_three", "awake", "daylight", "working")
    lines = {name: _line(_levels(advice.steps, name, most)) for name in names}
    best = advice.ranked[0].starts_at
    return Chart(
        area=f"{lines['all_three']}V{HEIGHT_PX}H0z",
        lines=lines,
        rules=tuple(_rules(most)),
        ticks=tuple(_ticks()),
        best=_mark(best),
        chosen=None if advice.chosen_at == best else _mark(advice.chosen_at),
    )


def _levels(steps: Sequence[Step], name: str, most: int) -> list[float]:
    return [_level(getattr(step, name), most) for step in steps]


def _level(count: int, most: int) -> float:
    return round(HEIGHT_PX * (1 - count / most), 1)


def _line(levels: Sequence[float]) -> str:
    """Return stairs: what a step counts holds until the next one. What is level is one piece."""
    path = f"M0 {levels[0]:g}"
    for number in range(1, len(levels)):
        if levels[number] != levels[number - 1]:
            path += f"H{number * STEP_MINUTES}V{levels[number]:g}"
    return f"{path}H{MINUTES_PER_DAY}"


def _rules(most: int) -> Iterator[Rule]:
    """Yield level lines at round counts and at all sites, with room between their numbers."""
    distance = _round_distance(most)
    for count in range(0, most, distance):
        if most - count >= distance / 2 or not count:
            yield Rule(count, TOP_PX + _level(count, most))
    yield Rule(most, TOP_PX)


def _round_distance(most: int) -> int:
    distances = (digit * int(10**zeros) for zeros in range(18) for digit in (1, 2, 5))
    return next(distance for distance in distances if distance * MOST_RULES >= most)


def _ticks() -> Iterator[Tick]:
    for hour in range(0, 25, HOURS_PER_TICK):
        yield Tick(hour, round(100 * hour / 24, 3), hour % HOURS_PER_MAJOR_TICK == 0)


def _mark(at: datetime) -> Mark:
    x_percent = round(100 * minute_of_day(at) / MINUTES_PER_DAY, 3)
    if x_percent > ALIGN_END_PERCENT:
        return Mark(at, x_percent, "end")
    return Mark(at, x_percent, "start" if x_percent < ALIGN_START_PERCENT else "middle")
