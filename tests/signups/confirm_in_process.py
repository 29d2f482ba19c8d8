"""A process of its own that confirms some sign-ups at once, in threads: started by a test.

Arguments: database address, a file to wait for, a way of ``WAYS``, then ids of sign-ups.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import create_engine, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import sessionmaker

from protestcoord.config import Settings
from protestcoord.core.database import engine_options, unit_of_work
from protestcoord.signups import places, queries
from protestcoord.signups.claims import clashes_with_held
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.stored import NOW


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


def main(url, start, way, *ids):
    # As many at once as four such processes may have of PostgreSQL's hundred.
    sessions = sessionmaker(create_engine(url, **engine_options(url, connections=22)))
    act = WAYS[way]
    with sessions() as session:
        session.get(SignUp, int(ids[0]))
    print("ready", flush=True)
    while not Path(start).exists():
        time.sleep(0.001)
    with ThreadPoolExecutor(len(ids)) as pool:
        for outcome in pool.map(lambda sign_up_id: act(sessions, int(sign_up_id)), ids):
            print(outcome, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
