"""Groups that press their buttons at the same moment, in several processes with many threads."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import sessionmaker

from protestcoord.config import Settings
from protestcoord.core.database import engine_options, make_sessions, unit_of_work
from protestcoord.signups import places, queries
from protestcoord.signups.claims import clashes_with_held
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.processes import APART
from tests.stored import NOW

PROCESSES = 4


def confirm(sessions, sign_up_id):
    """Press until there is an answer: one of so many may wait too long for its turn."""
    while True:
        try:
            with sessions() as session, unit_of_work(session):
                return places.confirm_sign_up(session, sign_up_id, NOW).value
        except (OperationalError, NoConnection):
            continue


def confirm_apart(sessions, sign_up_id):
    try:
        return confirm(sessions, sign_up_id)
    except places.ClashingSlots:
        return "clashes"


def confirm_apart_naively(sessions, sign_up_id):
    """The control: compares, then writes, without a lock between the two."""
    with sessions() as session:
        sign_up = session.get_one(SignUp, sign_up_id)
        if clashes_with_held(session, sign_up, Settings.TRAVEL_KMH):
            return "clashes"
    with sessions() as session, unit_of_work(session):
        return places.confirm_sign_up(session, sign_up_id, NOW, accepts_clashes=True).value


def confirm_naively(sessions, sign_up_id):
    """The control: counts, then writes, without a lock between the two."""
    with sessions() as session:
        slot = session.get_one(SignUp, sign_up_id).slot
        taken = len(queries.taken_places(session, [slot.id]))
        capacity = slot.capacity
    if taken >= capacity:
        return SignUpState.WAITLISTED.value
    with sessions() as session, unit_of_work(session):
        place = {"state": SignUpState.OFFERED, "place_number": taken + 1}
        session.execute(update(SignUp).where(SignUp.id == sign_up_id).values(place))
    return SignUpState.OFFERED.value


WAYS = {
    "guarded": confirm,
    "naive": confirm_naively,
    "apart": confirm_apart,
    "apart naively": confirm_apart_naively,
}


together = None


def wait_for_each_other(barrier):
    """Be one of the processes that begin when all of them are ready."""
    global together  # noqa: PLW0603 - what a process is given when it starts
    together = barrier


def confirm_all(url, way, ids):
    """Confirm some sign-ups at once, each in a thread; return what each group was told."""
    # As many at once as four such processes may have of PostgreSQL's hundred.
    sessions = sessionmaker(create_engine(url, **engine_options(url, connections=22)))
    with sessions() as session:
        session.get(SignUp, ids[0])
    together.wait(60)
    with ThreadPoolExecutor(len(ids)) as pool:
        return list(pool.map(partial(WAYS[way], sessions), ids))


def rush(url, way, ids):
    """Return what each group was told, and how many processes failed."""
    share = len(ids) // PROCESSES
    with ProcessPoolExecutor(
        PROCESSES, APART, wait_for_each_other, [APART.Barrier(PROCESSES)]
    ) as pool:
        presses = [
            pool.submit(confirm_all, url, way, ids[n : n + share])
            for n in range(0, len(ids), share)
        ]
    failed = sum(press.exception() is not None for press in presses)
    told = Counter(o for press in presses if not press.exception() for o in press.result())
    return told, failed


@contextmanager
def opened(url):
    sessions = make_sessions(url)
    with sessions() as session:
        yield session
    sessions.kw["bind"].dispose()


def places_held(url):
    return numbers(url, SignUp.place_number)


def numbers(url, column):
    with opened(url) as session:
        return sorted(session.scalars(select(column).where(column.is_not(None))))
