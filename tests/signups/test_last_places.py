"""Many groups press their buttons for the last 20 places at the same moment, in real processes."""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

from sqlalchemy import MetaData, UniqueConstraint, select

from protestcoord.core.database import Base, make_sessions
from protestcoord.signups.models import SignUp
from tests.proofs import size
from tests.stored import store_sign_up, store_slot

GROUPS, PLACES, PROCESSES = size(80, full=200), 20, 4


def tables_without_unique_places():
    """The same tables, but for the constraint that no place is given twice."""
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        copy = table.to_metadata(metadata)
        for constraint in list(copy.constraints):
            names = getattr(constraint, "columns", {}).keys()
            if isinstance(constraint, UniqueConstraint) and "place_number" in names:
                copy.constraints.remove(constraint)
    return metadata


@contextmanager
def opened(url):
    sessions = make_sessions(url)
    with sessions() as session:
        yield session
    sessions.kw["bind"].dispose()


def store_pending(url, tables, vault):
    with opened(url) as session:
        tables.create_all(session.get_bind())
        slot = store_slot(session, capacity=PLACES)
        emails = [f"us@group-{n}.example" for n in range(GROUPS)]
        made = [store_sign_up(session, vault, slot, email=email).id for email in emails]
        session.commit()
        return made


def places_held(url):
    return numbers(url, SignUp.place_number)


def numbers(url, column):
    with opened(url) as session:
        return sorted(session.scalars(select(column).where(column.is_not(None))))


def rush(url, start, way, ids):
    """Return what each group was told, and how many processes failed."""
    command = [sys.executable, "-m", "tests.signups.confirm_in_process", url, str(start), way]
    share = len(ids) // PROCESSES
    processes = [
        subprocess.Popen(
            [*command, *map(str, ids[n : n + share])],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for n in range(0, len(ids), share)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    start.touch()
    printed = [process.communicate(timeout=120)[0] for process in processes]
    failed = sum(process.returncode != 0 for process in processes)
    return Counter(line for text in printed for line in text.split()), failed


def test_all_at_once_for_20_places_get_exactly_20(database_url, vault, tmp_path):
    ids = store_pending(database_url, Base.metadata, vault)
    outcomes, failed = rush(database_url, tmp_path / "start", "guarded", ids)
    assert failed == 0
    assert outcomes == {"offered": PLACES, "waitlisted": GROUPS - PLACES}
    assert places_held(database_url) == list(range(1, PLACES + 1))
    assert numbers(database_url, SignUp.waitlist_number) == list(range(1, GROUPS - PLACES + 1))


def test_the_control_without_lock_and_constraint_overbooks(database_url, vault, tmp_path):
    ids = store_pending(database_url, tables_without_unique_places(), vault)
    outcomes, failed = rush(database_url, tmp_path / "start", "naive", ids)
    assert failed == 0
    assert outcomes["offered"] > PLACES
    assert len(places_held(database_url)) > PLACES


def test_the_constraint_alone_keeps_the_slot_from_being_overbooked(database_url, vault, tmp_path):
    ids = store_pending(database_url, Base.metadata, vault)
    _outcomes, failed = rush(database_url, tmp_path / "start", "naive", ids)
    assert failed > 0
    places = places_held(database_url)
    assert len(places) == len(set(places)) <= PLACES
