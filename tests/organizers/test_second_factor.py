"""The second factor as it is stored: sealed, used once, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.crypto import CannotOpen
from protestcoord.core.database import unit_of_work
from protestcoord.organizers.models import Organizer, RecoveryCode, SecondFactor
from protestcoord.organizers.queries import find_second_factor, recovery_codes_left
from protestcoord.organizers.sealing import accounts_key
from protestcoord.organizers.second_factor import (
    OfferTooOld,
    WrongCode,
    fits,
    give_code,
    give_recovery_code,
    offer_secret,
    offered_secret,
    remove_second_factor,
    renew_recovery_codes,
    set_second_factor,
)
from protestcoord.organizers.totp import code_at, step_at
from tests.stored import NOW, store_organizer

KEY = b"k" * 32
SECRET = b"twenty bytes, shared"
LATER = NOW + timedelta(minutes=1)


def code(at=NOW):
    return code_at(SECRET, step_at(at))


@pytest.fixture
def kim(session):
    return store_organizer(session)


def test_an_app_is_set_up_by_its_first_code_alone(session, kim):
    with pytest.raises(WrongCode):
        set_second_factor(session, KEY, kim, SECRET, "000000", NOW)
    assert find_second_factor(session, kim.id) is None
    assert len(set_second_factor(session, KEY, kim, SECRET, code(), NOW)) == 10


@pytest.mark.proves("A8")
def test_a_code_is_taken_once(session, kim):
    set_second_factor(session, KEY, kim, SECRET, code(), NOW)
    with pytest.raises(WrongCode):
        give_code(session, KEY, kim, code(), NOW)
    give_code(session, KEY, kim, code(LATER), LATER)
    with pytest.raises(WrongCode):
        give_code(session, KEY, kim, code(LATER), LATER)


def test_to_ask_whether_a_code_fits_does_not_use_it_up(session, kim):
    set_second_factor(session, KEY, kim, SECRET, code(), NOW)
    assert fits(session, KEY, kim, code(LATER), LATER)
    give_code(session, KEY, kim, code(LATER), LATER)
    assert not fits(session, KEY, kim, code(LATER), LATER)
    assert not fits(session, KEY, None, code(LATER), LATER)


def test_one_code_lets_one_of_many_in(sessions):
    with sessions() as session, unit_of_work(session):
        kim = store_organizer(session)
        set_second_factor(session, KEY, kim, SECRET, code(), NOW)
        kim_id = kim.id

    def give(_):
        try:
            with sessions() as session, unit_of_work(session):
                organizer = session.get_one(Organizer, kim_id)
                give_code(session, KEY, organizer, code(LATER), LATER)
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(give, range(8))) == 1


@pytest.mark.proves("A8")
def test_nothing_stored_is_a_secret_or_a_code(session, kim):
    codes = set_second_factor(session, KEY, kim, SECRET, code(), NOW)
    factor = session.get_one(SecondFactor, kim.id)
    assert SECRET not in factor.sealed_secret
    assert SECRET.hex().encode() not in factor.sealed_secret
    hashes = session.scalars(select(RecoveryCode.hash)).all()
    assert not any(
        code[:4] in stored.upper() and code in stored for code in codes for stored in hashes
    )
    assert {len(stored) for stored in hashes} == {64}


def test_a_secret_opens_in_its_own_row_alone(session, kim):
    lee = store_organizer(session, "lee@example.org")
    for organizer in (kim, lee):
        set_second_factor(session, KEY, organizer, SECRET, code(), NOW)
    give_code(session, KEY, lee, code(LATER), LATER)  # the control
    swapped = session.get_one(SecondFactor, kim.id).sealed_secret
    session.get_one(SecondFactor, lee.id).sealed_secret = swapped
    session.flush()
    with pytest.raises(CannotOpen):
        give_code(session, KEY, lee, code(LATER), LATER)


@pytest.mark.proves("A8")
def test_a_recovery_code_helps_once_and_its_owner_alone(session, kim):
    lee = store_organizer(session, "lee@example.org")
    first, *_ = set_second_factor(session, KEY, kim, SECRET, code(), NOW)
    with pytest.raises(WrongCode):
        give_recovery_code(session, lee, first)
    give_recovery_code(session, kim, first.lower().replace("-", " "))
    assert recovery_codes_left(session, kim.id) == 9
    with pytest.raises(WrongCode):
        give_recovery_code(session, kim, first)


def test_new_recovery_codes_end_the_old_ones(session, kim):
    first, *_ = set_second_factor(session, KEY, kim, SECRET, code(), NOW)
    renewed = renew_recovery_codes(session, kim)
    with pytest.raises(WrongCode):
        give_recovery_code(session, kim, first)
    give_recovery_code(session, kim, renewed[0])


def test_what_is_removed_helps_no_more(session, kim):
    first, *_ = set_second_factor(session, KEY, kim, SECRET, code(), NOW)
    remove_second_factor(session, kim)
    session.expire_all()
    for give in (
        lambda: give_code(session, KEY, kim, code(LATER), LATER),
        lambda: give_recovery_code(session, kim, first),
    ):
        with pytest.raises(WrongCode):
            give()


def test_an_offer_is_for_one_organizer_and_one_hour(session, kim):
    lee = store_organizer(session, "lee@example.org")
    secret, sealed = offer_secret(KEY, kim, NOW)
    assert offered_secret(KEY, kim, sealed, NOW + timedelta(minutes=59)) == secret
    for organizer, text, at in (
        (lee, sealed, NOW),
        (kim, sealed, NOW + timedelta(minutes=61)),
        (kim, "", NOW),
        (kim, "AAAA", NOW),
        (kim, "ж", NOW),
    ):
        with pytest.raises(OfferTooOld):
            offered_secret(KEY, organizer, text, at)


def test_the_key_is_made_once_and_for_us_alone(tmp_path):
    assert accounts_key(tmp_path) == accounts_key(tmp_path)
    assert (tmp_path / "accounts.key").stat().st_mode & 0o077 == 0
