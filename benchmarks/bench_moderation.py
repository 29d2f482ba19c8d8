"""How long an organizer waits for a thousand declined sign-ups, and for their undoing."""

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.bench_signups import databases
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import note_public_change, unit_of_work
from protestcoord.members.rules import Areas
from protestcoord.signups import places
from protestcoord.signups.bulk import decline_many
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp, Undo
from protestcoord.signups.queue import clusters_in
from protestcoord.signups.undo import keep_sign_ups, undo_act
from tests.databases import with_tables
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

DECLINED, WAITING, SLOTS = 1000, 200, 50


def main() -> None:
    """Print each measure with its target."""
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for url in urls:
            sessions = with_tables(url)
            name = sessions.kw["bind"].dialect.name
            ids = flooded(sessions, Path(folder))
            alike = seconds(sessions, find_alike)
            declined = seconds(sessions, partial(decline, ids=ids))
            undone = seconds(sessions, undo)
            print(
                f"{name}: {DECLINED} sign-ups declined in {declined:.2f} s, with {WAITING} who "
                f"move up (target at most 5 s); undone in {undone:.2f} s; what is alike among "
                f"{DECLINED + WAITING} found in {alike:.2f} s (target at most 1 s)"
            )
            sessions.kw["bind"].dispose()


def flooded(sessions: sessionmaker[Session], folder: Path) -> list[int]:
    """Store sign-ups that hold all places of their slots, and some that wait behind them."""
    vault = ContactVault(KeyFolder(folder / f"keys-{os.getpid()}"), "ab" * 32)
    with sessions() as session, unit_of_work(session):
        note_public_change(session)
        campaign = store_campaign(session)
        slots = [store_slot(session, campaign, capacity=DECLINED // SLOTS) for _ in range(SLOTS)]
        ids = []
        for n in range(DECLINED + WAITING):
            sign_up = store_sign_up(session, vault, slots[n % SLOTS], email=f"us@group-{n}.example")
            places.confirm_sign_up(session, sign_up.id, NOW)
            ids.append(sign_up.id)
        return ids[:DECLINED]


def seconds(sessions: sessionmaker[Session], act: Callable[[Session], object]) -> float:
    """Return how long an act in its own unit of work took, its commit included."""
    start = time.perf_counter()
    with sessions() as session, unit_of_work(session):
        act(session)
    return time.perf_counter() - start


def find_alike(session: Session) -> None:
    """Compare all with all."""
    clusters_in(session, 1, Areas(), confirmed_too=True)


def decline(session: Session, ids: list[int]) -> None:
    """Do what the console's button does."""
    chosen = session.scalars(select(SignUp).where(SignUp.id.in_(ids))).all()
    keep_sign_ups(session, store_organizer(session), "sign_ups.decline", chosen, NOW)
    if decline_many(session, chosen, NOW).done != DECLINED:
        raise RuntimeError("not all were declined")


def undo(session: Session) -> None:
    """Take it back; who moved up meanwhile keeps the place."""
    undo_act(session, session.scalars(select(Undo)).one(), NOW)


if __name__ == "__main__":
    main()
