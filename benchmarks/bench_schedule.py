"""How long do schedules and advice take, and does it grow in step with the sites, in one run."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from benchmarks.bench_builders import best
from protestcoord.campaigns.advice import AdvicePlace, advise
from protestcoord.campaigns.schedule import (
    RelayKind,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    slots_of_wave,
)
from protestcoord.campaigns.site_hours import AskedDay
from protestcoord.config import shipped
from protestcoord.missions.catalogue import read_catalogue

SITES, WAVES = 300, 50
ROWS = read_catalogue(shipped("data") / "embassies.csv")
ROWS = (ROWS + ROWS)[:SITES]
LONG_RELAY = WaveRule(
    Synchronisation.RELAY,
    datetime(2027, 6, 4, 12),  # noqa: DTZ001 - a wall clock
    7,
    relay_hours=168,
)


def main() -> None:
    """Print each measure with its target."""
    places = [
        SchedulePlace(f"{number}-{row.slug}", row.timezone, row.longitude, row.latitude)
        for number, row in enumerate(ROWS)
    ]
    for synchronisation in Synchronisation:
        measure(
            f"{WAVES} waves x {SITES} sites, {synchronisation}",
            lambda sites, kind=synchronisation: schedule(kind, sites),
            places,
        )
    for kind in RelayKind:
        rule = replace(LONG_RELAY, relay_kind=kind)
        cpu = best(lambda rule=rule: slots_of_wave(rule, places))
        print(f"{kind} relay of a week in segments of 7 minutes: {cpu:.2f} s CPU")
    for share in (1, 3):
        print(
            f"advice for a day at {SITES // share} sites, nothing remembered: "
            f"{advice_seconds(share):.2f} s CPU (target at most 0.5 s)"
        )
    print(f"schedule preview, whole process: {preview_seconds():.2f} s (target at most 0.6 s)")


def measure(name: str, act: Callable[[list], object], places: list) -> None:
    """Print the CPU time at all places, and beside it at a third of them."""
    whole, third = best(lambda: act(places)), best(lambda: act(places[::3]))
    print(
        f"{name}: {whole:.2f} s CPU (target at most 0.5 s); "
        f"at a third of the sites {whole / third:.1f} times less"
    )


def schedule(synchronisation: Synchronisation, places: list[SchedulePlace]) -> None:
    """Compute 50 waves."""
    for day in range(WAVES):
        start = datetime(2027, 3, 1, 12) + timedelta(days=day)  # noqa: DTZ001 - a wall clock
        slots_of_wave(WaveRule(synchronisation, start, 60), places)


def advice_seconds(share: int) -> float:
    """Return the CPU seconds of the best of three processes that advise once, imports left out."""
    code = f"from benchmarks.bench_schedule import advise_once; print(advise_once({share}))"
    runs = [
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        for _ in range(3)
    ]
    return min(float(run.stdout) for run in runs)


def advise_once(share: int) -> float:
    """Return the CPU seconds of one piece of advice; what it looks up is not remembered yet."""
    places = [
        AdvicePlace(f"{number}-{row.slug}", row.timezone, row.country, row.latitude, row.longitude)
        for number, row in enumerate(ROWS)
    ]
    import astral.sun  # noqa: F401 - imports are no part of the measure
    import holidays  # noqa: F401

    start = time.process_time()
    advise(places[::share], AskedDay(date(2027, 6, 4)))
    return time.process_time() - start


def preview_seconds() -> float:
    """Return the seconds on the wall of the best of three whole processes."""
    command = [sys.executable, "-m", "protestcoord", "schedule", "preview", "--sync", "relay"]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(
            [*command, "--start", "2027-06-04T12:00"], check=True, stdout=subprocess.DEVNULL
        )
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
