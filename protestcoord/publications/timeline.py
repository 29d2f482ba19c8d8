"""How do a campaign's slots lie on one axis: runs of slots, rows from east to west, day and night.

Views in, numbers for SVG out; a template writes them. It reads no clock and knows no language.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from protestcoord.campaigns.sun import nights
from protestcoord.core.clock import MINUTE
from protestcoord.publications.snapshot import CampaignView, MissionView, SiteView, SlotView
from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import COVERED

HOUR = timedelta(hours=1)
MINUTES_PER_HOUR = 60
# A pause as long as this ends a run: what belongs to one day stands on one axis.
PAUSE = timedelta(hours=12)
# A longer run, such as a noon round the world on every day of a month, is divided by days.
LONGEST = timedelta(hours=48)
# A shorter axis would not show day and night.
FEWEST_HOURS = 6
# More rows than this would make the page heavy for a phone; one run is always shown whole.
MOST_SLOTS = 1000

# An axis is as many units wide as it has minutes.
LINE_HEIGHT, BAR_HEIGHT = 20, 10
BIN_MINUTES, HISTOGRAM_HEIGHT = 30, 60
MOST_TICKS = 10
TICK_HOURS = (1, 2, 3, 6, 12, 24, 48, 168)


class Bar(NamedTuple):
    """A slot on the axis: from which minute, how long, and how far below the top of its row."""

    state: SlotState
    begin: int
    minutes: int
    y: int


class Row(NamedTuple):
    """A site with its slots in a run, by start.

    Attributes:
        height: Of the row, a line for each slot.
        night: Path of the hours in which the sun is down there.
        grid: Path of a line for each tick.
    """

    site: SiteView
    slots: list[SlotView]
    bars: list[Bar]
    height: int
    night: str
    grid: str


class Tick(NamedTuple):
    """A full hour in UTC; ``x`` in minutes of the axis."""

    x: int
    at: datetime


class Bin(NamedTuple):
    """How many sites act in half an hour of the axis, as heights up to ``HISTOGRAM_HEIGHT``."""

    x: int
    acting: float
    covered: float


class Run(NamedTuple):
    """Slots without a long pause, or those of one day in UTC, on one axis.

    Attributes:
        starts_at: When the first slot starts.
        ends_at: When the last slot ends.
        is_over: Whether all of them have ended.
        slots: How many there are.
        axis_from: Instant at which the axis begins, a full hour in UTC.
        minutes: How long the axis is.
        ticks: Hours below it.
        bins: How many sites act when; in the highest ``most`` do.
        rows: From east to west. Empty where the run is only named.
    """

    starts_at: datetime
    ends_at: datetime
    is_over: bool
    slots: int
    axis_from: datetime
    minutes: int
    ticks: list[Tick]
    bins: list[Bin]
    most: int
    rows: list[Row]


Place = tuple[SiteView, SlotView]


def runs_of_campaign(campaign: CampaignView) -> list[Run]:
    """Return the runs of a campaign by start; those that are too many have no rows.

    Rows are kept for the runs that come first and are not over.
    """
    places = [(site, slot) for site in campaign.live_sites for slot in site.open_slots]
    places.sort(key=lambda place: (place[1].starts_at, place[1].key))
    runs = list(_divided(places))
    shown = _shown(runs)
    return [_run(together, with_rows=n in shown) for n, together in enumerate(runs)]


def places_of_the_day(campaign: CampaignView) -> list[Place]:
    """Return the slots of the run that is next or goes on, else of the last, by start.

    What was called off is there too, if it was to be at that time.
    """
    every = [(site, slot) for site in campaign.sites for slot in site.slots]
    every.sort(key=lambda place: (place[1].starts_at, place[1].key))
    runs = list(_divided(place for place in every if not is_called_off(place)))
    if not runs:
        return every
    run = next((run for run in runs if not _is_over(run)), runs[-1])
    begin, end = run[0][1].starts_at - PAUSE, _ends_at(run) + PAUSE
    called_off = (place for place in every if is_called_off(place))
    run += [place for place in called_off if begin <= place[1].starts_at < end]
    return sorted(run, key=lambda place: (place[1].starts_at, place[1].key))


def is_called_off(place: Place) -> bool:
    """Say whether a slot was cancelled, or its site dropped."""
    site, slot = place
    return slot.cancelled or site.dropped


def _divided(places: Iterable[Place]) -> Iterator[list[Place]]:
    for run in _without_pause(places):
        if _ends_at(run) - run[0][1].starts_at <= LONGEST:
            yield run
        else:
            yield from (list(together) for _, together in groupby(run, key=_day_of))


def _day_of(place: Place) -> date:
    return place[1].starts_at.astimezone(UTC).date()


def _ends_at(run: list[Place]) -> datetime:
    return max(slot.ends_at for _, slot in run)


def _without_pause(places: Iterable[Place]) -> Iterator[list[Place]]:
    run: list[Place] = []
    ends_at = datetime.min.replace(tzinfo=UTC)
    for site, slot in places:
        if run and slot.starts_at - ends_at >= PAUSE:
            yield run
            run = []
        run.append((site, slot))
        ends_at = max(ends_at, slot.ends_at)
    if run:
        yield run


def _shown(runs: list[list[Place]]) -> set[int]:
    """Return the numbers of the runs whose rows fit on the page."""
    ahead = [n for n, run in enumerate(runs) if not _is_over(run)]
    shown: set[int] = set()
    slots = 0
    for n in ahead or range(len(runs) - 1, -1, -1):
        slots += len(runs[n])
        if shown and slots > MOST_SLOTS:
            break
        shown.add(n)
    return shown


def _is_over(run: list[Place]) -> bool:
    return all(slot.ended for _, slot in run)


def _run(places: list[Place], *, with_rows: bool) -> Run:
    starts_at = places[0][1].starts_at
    ends_at = _ends_at(places)
    axis_from, minutes = _axis(starts_at, ends_at)
    ticks = _ticks(axis_from, minutes)
    counts = _counts(places, axis_from, minutes)
    most = max(acting for acting, _ in counts)
    return Run(
        starts_at,
        ends_at,
        _is_over(places),
        len(places),
        axis_from,
        minutes,
        ticks,
        [
            Bin(n * BIN_MINUTES, _height(acting, most), _height(covered, most))
            for n, (acting, covered) in enumerate(counts)
            if acting
        ],
        most,
        _rows(places, axis_from, minutes, ticks) if with_rows else [],
    )


def _axis(starts_at: datetime, ends_at: datetime) -> tuple[datetime, int]:
    """Return from which full hour an axis goes, and how many minutes."""
    begin = starts_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = -((begin - ends_at) // HOUR)
    missing = max(0, FEWEST_HOURS - hours)
    begin -= missing // 2 * HOUR
    return begin, (hours + missing) * MINUTES_PER_HOUR


def _ticks(axis_from: datetime, minutes: int) -> list[Tick]:
    hours = minutes // MINUTES_PER_HOUR
    every = next((step for step in TICK_HOURS if hours / step < MOST_TICKS), TICK_HOURS[-1])
    first = -axis_from.hour % every
    return [
        Tick(hour * MINUTES_PER_HOUR, axis_from + hour * HOUR)
        for hour in range(first, hours + 1, every)
    ]


def _counts(places: list[Place], axis_from: datetime, minutes: int) -> list[tuple[int, int]]:
    """Return for each half hour how many sites act in it, and how many of them are covered then."""
    bins = minutes // BIN_MINUTES
    acting: list[set[str]] = [set() for _ in range(bins)]
    covered: list[set[str]] = [set() for _ in range(bins)]
    for site, slot in places:
        first = (slot.starts_at - axis_from) // MINUTE // BIN_MINUTES
        last = -((axis_from - slot.ends_at) // MINUTE // BIN_MINUTES)
        for n in range(first, min(last, bins)):
            acting[n].add(site.mission.slug)
            if slot.state in COVERED:
                covered[n].add(site.mission.slug)
    return [(len(a), len(c)) for a, c in zip(acting, covered, strict=True)]


def _height(count: int, most: int) -> float:
    return round(HISTOGRAM_HEIGHT * count / most, 1)


def _rows(places: list[Place], axis_from: datetime, minutes: int, ticks: list[Tick]) -> list[Row]:
    by_site: dict[str, tuple[SiteView, list[SlotView]]] = {}
    for site, slot in places:
        by_site.setdefault(site.mission.slug, (site, []))[1].append(slot)
    eastward = sorted(by_site.values(), key=lambda row: _from_east(row[0].mission))
    return [_row(site, slots, axis_from, minutes, ticks) for site, slots in eastward]


def _row(
    site: SiteView, slots: list[SlotView], axis_from: datetime, minutes: int, ticks: list[Tick]
) -> Row:
    height = LINE_HEIGHT * len(slots)
    bars = [_bar(line, slot, axis_from) for line, slot in enumerate(slots)]
    night = _night(site.mission, axis_from, minutes, height)
    grid = "".join(f"M{tick.x} 0v{height}" for tick in ticks)
    return Row(site, slots, bars, height, night, grid)


def _from_east(mission: MissionView) -> tuple[float, str]:
    return (-mission.longitude, mission.slug)


def _bar(line: int, slot: SlotView, axis_from: datetime) -> Bar:
    begin = (slot.starts_at - axis_from) // MINUTE
    length = (slot.ends_at - slot.starts_at) // MINUTE
    return Bar(slot.state, begin, length, line * LINE_HEIGHT + (LINE_HEIGHT - BAR_HEIGHT) // 2)


def _night(mission: MissionView, axis_from: datetime, minutes: int, height: int) -> str:
    dark = nights(mission.latitude, mission.longitude, axis_from, axis_from + minutes * MINUTE)
    path = ""
    for begins_at, ends_at in dark:
        begin, end = ((at - axis_from) // MINUTE for at in (begins_at, ends_at))
        path += f"M{begin} 0h{end - begin}v{height}H{begin}z"
    return path
