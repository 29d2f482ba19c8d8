"""How fast and how heavy is a whole instance: start, memory, and a change until it can be read."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from benchmarks.bench_door import free_port
from protestcoord.campaigns.models import Site, Slot
from protestcoord.config import load_settings
from protestcoord.core import clock
from protestcoord.core.database import make_sessions, note_public_change, unit_of_work
from protestcoord.missions.models import Mission
from protestcoord.publications.capture import take_snapshot
from protestcoord.publications.health import health_of
from protestcoord.publications.snapshot import kept
from protestcoord.worker import build_from, store_of

PAGES = 1000
# So long after a start the worker has at hand what a change needs.
REHEARSAL_SECONDS = 10
# What shows every slot, in pages and in large files, and last what shows only those of a mission.
SHOWN = ("/", "/c/demo/", "/c/demo/calendar.ics", "/c/demo/sites.json", "/missions/{mission}/")


def main() -> None:
    """Make a demonstration of the whole directory, and print each measure with its target."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "instance"
        run("demo", "--no-serve", folder=folder)
        report_rebuild(folder)
        report_serving(folder)


def run(*arguments: str, folder: Path) -> None:
    """Run a command on the instance."""
    command = [sys.executable, "-m", "protestcoord", *arguments, "--instance", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment(folder))


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return what an instance of the demonstration is run with."""
    return os.environ | {"DEMO": "1", "PROTESTCOORD_INSTANCE": str(folder)} | more


def report_rebuild(folder: Path) -> None:
    """Compare a build of everything with one after a slot changed, in one process."""
    settings = load_settings(folder, environment(folder))
    sessions = make_sessions(settings.database_url)
    store = store_of(settings)
    (folder / "built.json").unlink()
    with sessions() as session:
        snapshot = take_snapshot(session, clock.now())
        all_cpu = timed(lambda: build_from(snapshot, store, settings, clock.now()))
    times = []
    for number in range(3):
        change(sessions, number)
        with sessions() as session:
            before, started = snapshot, time.process_time()
            snapshot = kept(take_snapshot(session, clock.now()), before)
            result = build_from(snapshot, store, settings, clock.now())
            times.append(time.process_time() - started)
    files = result.built + result.unchanged
    print(
        f"demo of {files} files: all of them {all_cpu:.1f} s CPU; after one slot changed ", end=""
    )
    print(f"{min(times):.2f} s, {result.built} files: {min(times) / all_cpu:.2f} of all")


def timed(act) -> float:
    """Return the CPU seconds of an act."""
    started = time.process_time()
    act()
    return time.process_time() - started


def change(sessions, number: int, minutes: int = 1) -> None:
    """Move a slot by some minutes, as a change would be stored."""
    with sessions() as session, unit_of_work(session):
        slot = session.scalars(select(Slot).order_by(Slot.id)).all()[number]
        slot.starts_at += timedelta(minutes=minutes)
        slot.sequence += 1
        slot.changed_at = clock.now()
        note_public_change(session)


def mission_of_slot(sessions, number: int) -> str:
    """Return the slug of the mission whose slot ``change`` moves."""
    found = select(Mission.slug).join(Site).join(Slot).order_by(Slot.id)
    with sessions() as session:
        return session.scalars(found).all()[number]


def report_serving(folder: Path) -> None:
    """Measure the start, the memory after many pages, and how soon a change can be read."""
    port = free_port()
    starts = [seconds_to_start(folder, free_port()) for _ in range(3)]
    print(f"start to first page: {min(starts):.2f} s, the best of 3 (target at most 1.5 s)")
    with served(folder, port) as process:
        get(port, "/c/demo/")
        paths = [p for p in public_paths(folder) if p.endswith("/")][:PAGES]
        for path in paths:
            get(port, path)
        sizes = [rss_mb(pid) for pid in children_of(process.pid)]
        print(f"memory after {len(paths)} pages, each process: ", end="")
        print(", ".join(f"{size:.0f}" for size in sorted(sizes)), "MB (target at most 150 MB)")
        while not is_current(folder):
            time.sleep(0.2)
        time.sleep(REHEARSAL_SECONDS)
        report_freshness(folder, port)


def seconds_to_start(folder: Path, port: int) -> float:
    """Return how long it takes from the command to the first page."""
    started = time.monotonic()
    with served(folder, port):
        get(port, "/c/demo/")
        return time.monotonic() - started


def is_current(folder: Path) -> bool:
    """Tell whether the worker has built all there is."""
    health = health_of(load_settings(folder, environment(folder)), clock.now())
    return not health.stale and health.current_ago is not None and not health.is_too_old


def report_freshness(folder: Path, port: int) -> None:
    """Change slots and wait until the feed and the data say so."""
    sessions = make_sessions(load_settings(folder, environment(folder)).database_url)
    waits: list[list[float]] = []
    for number in range(5):
        mission = mission_of_slot(sessions, number)
        paths = [path.format(mission=mission) for path in SHOWN]
        before = [tag(port, path) for path in paths]
        change(sessions, number, minutes=7)
        started = time.monotonic()
        waits.append(
            [seconds_until_new(port, *seen, started) for seen in zip(paths, before, strict=True)]
        )
        time.sleep(3)
    slowest = [
        f"{of_path[0]:.2f} then {max(of_path[1:]):.2f}" for of_path in zip(*waits, strict=True)
    ]
    told = ", ".join(f"{path} {seconds} s" for path, seconds in zip(SHOWN, slowest, strict=True))
    print(
        "a change can be read after (target at most 2 s), the first since the start and the ",
        end="",
    )
    print(f"slowest of 4 more: {told}")


def seconds_until_new(port: int, path: str, before: str, started: float) -> float:
    """Return how long after the start a file had another tag than before."""
    while tag(port, path) == before:
        time.sleep(0.05)
    return time.monotonic() - started


def tag(port: int, path: str) -> str:
    """Return the ETag of a file."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method="HEAD")
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return answer.headers["ETag"]


@contextmanager
def served(folder: Path, port: int):
    """Serve the instance and end it by its process id."""
    command = [sys.executable, "-m", "protestcoord", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(folder))
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def get(port: int, path: str) -> str:
    """Return what is answered, as soon as there is an answer."""
    for _ in range(500):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.read().decode(errors="replace")
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(path)


def public_paths(folder: Path) -> list[str]:
    """Return the addresses of all pages."""
    public = folder / "public"
    names = (p.relative_to(public).as_posix() for p in public.rglob("index.html"))
    return sorted("/" + name.removesuffix("index.html") for name in names)


def children_of(pid: int) -> list[int]:
    """Return a process and those below it."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = [pid]
    for child, parent in sorted(pairs):
        if parent in found:
            found.append(child)
    return found


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    main()
