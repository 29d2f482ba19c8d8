"""A phone sends "We have started" several times at once: it counts once, without a fault."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from protestcoord.core.database import note_public_change, unit_of_work
from protestcoord.signups import checkins, places
from protestcoord.signups.models import CheckIn, SignUp
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

PRESSES = 8


@pytest.fixture
def confirmed(sessions, vault):
    with sessions() as session, unit_of_work(session):
        made = store_sign_up(session, vault, store_slot(session))
        places.confirm_sign_up(session, made.id, NOW)
        places.approve_sign_up(session, made.id, NOW)
        note_public_change(session)
        return made.id


def press_together(sessions, sign_up_id):
    together = Barrier(PRESSES, timeout=20)

    def press(_number):
        together.wait()
        with sessions() as session, unit_of_work(session):
            checkins.start(session, session.get_one(SignUp, sign_up_id), 12, STARTS_AT)

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(press, range(PRESSES)))


def test_several_presses_at_once_are_one_check_in(sessions, confirmed):
    press_together(sessions, confirmed)
    with sessions() as session:
        assert session.query(CheckIn).count() == 1


# A unit of work on SQLite is alone: there is no lock to leave out.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_control_without_the_lock_fails(sessions, confirmed, monkeypatch):
    monkeypatch.setattr(checkins, "_open", lambda *_: None)
    with pytest.raises(IntegrityError):
        press_until_two_look_at_once(sessions, confirmed)


def press_until_two_look_at_once(sessions, sign_up_id):
    for _ in range(20):
        press_together(sessions, sign_up_id)
        with sessions() as session, unit_of_work(session):
            session.query(CheckIn).delete()
