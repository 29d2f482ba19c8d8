"""How many sign-ups a second are written for good, beside the bare guarded transaction."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import note_public_change, unit_of_work
from protestcoord.signups import places
from protestcoord.signups.contacts import ContactVault
from tests.databases import fresh_postgres, server_url, with_tables
from tests.stored import NOW, store_campaign, store_sign_up, store_slot

SIGN_UPS, CLIENTS = 320, 16
GUARD = text("SELECT id FROM slot_of_bench WHERE id = 1")
LOCKED_GUARD = text("SELECT id FROM slot_of_bench WHERE id = 1 FOR UPDATE")
FAIR_SECONDS = {"sqlite": 1.0, "postgresql": 0.5}


def main() -> None:
    """Print each measure with its target."""
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for url in urls:
            sessions = with_tables(url)
            name = sessions.kw["bind"].dialect.name
            bare = max(commits_a_second(bare_transaction, sessions, n) for n in range(3))
            served = max(confirmations_a_second(sessions, Path(folder), n) for n in range(3))
            print(
                f"{name}: {served:.0f} confirmed sign-ups a second, bare transaction {bare:.0f}: "
                f"ratio {served / bare:.2f} (target at least 0.3)"
            )
            waits = waits_of_clients(sessions, Path(folder))
            print(
                f"{name}: {CLIENTS} clients at once wait {statistics.median(waits):.3f} s, "
                f"{max(waits):.2f} s at most (target at most {FAIR_SECONDS[name]} s)"
            )
            sessions.kw["bind"].dispose()


@contextmanager
def databases(folder: Path) -> Iterator[list[str]]:
    """Give a fresh SQLite file and a fresh PostgreSQL database."""
    with fresh_postgres(server_url()) as postgres:
        yield [f"sqlite:///{folder / 'bench.sqlite'}", postgres]


def bare_transaction(session: Session, number: int) -> None:
    """Lock, count, insert: what no sign-up can do without."""
    session.execute(GUARD if session.get_bind().dialect.name == "sqlite" else LOCKED_GUARD)
    session.scalar(text("SELECT count(*) FROM claim_of_bench WHERE slot_id = :n"), {"n": number})
    session.execute(text("INSERT INTO claim_of_bench (slot_id) VALUES (:n)"), {"n": number})


def commits_a_second(
    act: Callable[[Session, int], None], sessions: sessionmaker[Session], round_number: int
) -> float:
    """Return how many transactions a second one client commits."""
    with sessions() as session, session.begin():
        for table in ("slot_of_bench (id INTEGER)", "claim_of_bench (slot_id INTEGER)"):
            session.execute(text(f"CREATE TABLE IF NOT EXISTS {table}"))
        session.execute(text("INSERT INTO slot_of_bench VALUES (1)"))
    start = time.perf_counter()
    for number in range(SIGN_UPS):
        with sessions() as session, unit_of_work(session):
            act(session, round_number * SIGN_UPS + number)
    return SIGN_UPS / (time.perf_counter() - start)


def pending(sessions: sessionmaker[Session], folder: Path, round_name: str) -> list[int]:
    """Store sign-ups that wait for their confirmation, twenty to a slot; return their ids."""
    vault = ContactVault(KeyFolder(folder / f"keys-{os.getpid()}"), "ab" * 32)
    with sessions() as session, session.begin():
        note_public_change(session)
        campaign = store_campaign(session, f"bench-{round_name}")
        slots = [store_slot(session, campaign, capacity=20) for _ in range(SIGN_UPS // 20)]
        return [
            store_sign_up(session, vault, slots[n // 20], email=f"us@group-{n}.example").id
            for n in range(SIGN_UPS)
        ]


def confirm(sessions: sessionmaker[Session], sign_up_id: int) -> float:
    """Confirm one sign-up in its own unit of work; return how many seconds it took."""
    start = time.perf_counter()
    with sessions() as session, unit_of_work(session):
        places.confirm_sign_up(session, sign_up_id, NOW)
    return time.perf_counter() - start


def confirmations_a_second(
    sessions: sessionmaker[Session], folder: Path, round_number: int
) -> float:
    """Return how many sign-ups a second one client confirms."""
    name = f"{sessions.kw['bind'].dialect.name}-{round_number}"
    ids = pending(sessions, folder, name)
    start = time.perf_counter()
    for sign_up_id in ids:
        confirm(sessions, sign_up_id)
    return SIGN_UPS / (time.perf_counter() - start)


def connected(sessions: sessionmaker[Session]) -> None:
    """Open a connection and keep it for a moment, so that each client gets its own."""
    with sessions() as session:
        session.execute(text("SELECT 1"))
        time.sleep(0.2)


def waits_of_clients(sessions: sessionmaker[Session], folder: Path) -> list[float]:
    """Return how long each confirmation took while 16 clients press at once."""
    ids = pending(sessions, folder, f"{sessions.kw['bind'].dialect.name}-together")
    with ThreadPoolExecutor(CLIENTS) as pool:
        # A server's connections are open already.
        list(pool.map(lambda _: connected(sessions), range(CLIENTS)))
        return list(pool.map(lambda sign_up_id: confirm(sessions, sign_up_id), ids))


if __name__ == "__main__":
    main()
