"""Passkeys as they are stored: used by their owner, never the last one gone, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import NotFound
from protestcoord.core.tokens import token_hash
from protestcoord.organizers.ceremony import RelyingParty, WrongPasskey, request_options
from protestcoord.organizers.models import Organizer, OrganizerSession
from protestcoord.organizers.models import Passkey as Stored
from protestcoord.organizers.passkeys import (
    MOST_PASSKEYS,
    LastFactor,
    TooManyPasskeys,
    add_passkey,
    give_passkey,
    handle_of,
    remove_passkey,
)
from protestcoord.organizers.queries import has_second_factor, passkeys_of, recovery_codes_left
from protestcoord.organizers.second_factor import remove_second_factor, set_second_factor
from protestcoord.organizers.sessions import begin_session, new_challenge, take_challenge
from protestcoord.organizers.totp import code_at, step_at
from tests.authenticator import Passkey
from tests.stored import NOW, store_organizer

KEY, SECRET = b"k" * 32, b"twenty bytes, shared"
PARTY = RelyingParty("protest.example", "https://protest.example")
CHALLENGE = b"c" * 32
OPTIONS = request_options(PARTY, CHALLENGE, [])
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def kim(session):
    return store_organizer(session)


def add(session, organizer, passkey, name="phone"):
    return add_passkey(session, PARTY, organizer, name, passkey.make(OPTIONS), CHALLENGE, NOW)


def give(session, organizer, passkey):
    give_passkey(session, PARTY, organizer, passkey.sign(OPTIONS), CHALLENGE, LATER)


def set_app_up(session, organizer):
    return set_second_factor(session, KEY, organizer, SECRET, code_at(SECRET, step_at(NOW)), NOW)


def test_the_first_second_factor_brings_recovery_codes_and_a_further_one_does_not(session, kim):
    stored, codes = add(session, kim, Passkey())
    assert (stored.name, stored.added_at, stored.used_at) == ("phone", NOW, None)
    assert len(codes) == 10
    assert add(session, kim, Passkey())[1] == []
    assert recovery_codes_left(session, kim.id) == 10
    lee = store_organizer(session, "lee@example.org")
    set_app_up(session, lee)
    assert add(session, lee, Passkey())[1] == []


def test_a_use_is_counted(session, kim):
    passkey = Passkey()
    stored, _ = add(session, kim, passkey)
    give(session, kim, passkey)
    assert (stored.sign_count, stored.used_at) == (1, LATER)


def test_a_passkey_helps_its_owner_alone(session, kim):
    lee = store_organizer(session, "lee@example.org")
    passkey, other = Passkey(), Passkey()
    stored, _ = add(session, kim, passkey)
    add(session, lee, other)
    for wrong in (other, Passkey()):
        with pytest.raises(WrongPasskey):
            give(session, kim, wrong)
    assert (stored.sign_count, stored.used_at) == (0, None)
    give(session, kim, passkey)


def test_a_copy_whose_count_lags_behind_is_refused_and_nothing_is_changed(session, kim):
    passkey = Passkey()
    stored, _ = add(session, kim, passkey)
    passkey.count = 7
    give(session, kim, passkey)
    passkey.count = 3
    with pytest.raises(WrongPasskey):
        give(session, kim, passkey)
    assert stored.sign_count == 8


def test_a_passkey_is_added_once(session, kim):
    passkey = Passkey()
    add(session, kim, passkey)
    for organizer in (kim, store_organizer(session, "lee@example.org")):
        with pytest.raises(WrongPasskey):
            add(session, organizer, passkey)
    assert session.query(Stored).count() == 1


def test_an_account_has_so_many_passkeys_and_no_more(session, kim):
    for _ in range(MOST_PASSKEYS):
        add(session, kim, Passkey())
    with pytest.raises(TooManyPasskeys):
        add(session, kim, Passkey())


def test_the_last_passkey_stays_unless_there_is_an_app(session, kim):
    first, second = (add(session, kim, Passkey())[0].id for _ in range(2))
    remove_passkey(session, kim, first)
    with pytest.raises(LastFactor):
        remove_passkey(session, kim, second)
    set_app_up(session, kim)
    remove_passkey(session, kim, second)
    assert passkeys_of(session, kim.id) == []
    assert has_second_factor(session, kim.id)


def test_of_two_that_are_removed_at_once_one_stays(sessions):
    with sessions() as session, unit_of_work(session):
        kim = store_organizer(session)
        kim_id, ids = kim.id, [add(session, kim, Passkey())[0].id for _ in range(2)]

    def remove(passkey_id):
        try:
            with sessions() as session, unit_of_work(session):
                remove_passkey(session, session.get_one(Organizer, kim_id), passkey_id)
        except LastFactor:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(remove, ids)) == 1


def test_nobody_removes_the_passkey_of_another(session, kim):
    lee = store_organizer(session, "lee@example.org")
    stored, _ = add(session, kim, Passkey())
    add(session, lee, Passkey())
    with pytest.raises(NotFound):
        remove_passkey(session, lee, stored.id)


def test_a_reset_removes_passkeys_too(session, kim):
    passkey = Passkey()
    add(session, kim, passkey)
    remove_second_factor(session, kim)
    session.expire_all()
    assert not has_second_factor(session, kim.id)
    with pytest.raises(WrongPasskey):
        give(session, kim, passkey)


def test_what_stands_for_an_account_is_its_own_and_says_nothing(session, kim):
    lee = store_organizer(session, "lee@example.org")
    assert handle_of(KEY, kim) == handle_of(KEY, kim)
    assert len({handle_of(KEY, kim), handle_of(KEY, lee), handle_of(b"o" * 32, kim)}) == 3


def opened(session, kim):
    token = begin_session(session, kim, NOW, passed=False, fresh_at=None)
    return session.get_one(OrganizerSession, token_hash(token))


def test_a_challenge_is_taken_once_within_five_minutes_and_in_its_session(session, kim):
    own, other = opened(session, kim), opened(session, kim)
    challenge = new_challenge(session, own, NOW)
    assert take_challenge(session, other, NOW) is None
    assert take_challenge(session, own, NOW + timedelta(minutes=4, seconds=59)) == challenge
    assert take_challenge(session, own, NOW) is None
    new_challenge(session, own, NOW)
    assert take_challenge(session, own, NOW + timedelta(minutes=5)) is None


def test_a_new_challenge_replaces_the_one_before(session, kim):
    own = opened(session, kim)
    first, second = new_challenge(session, own, NOW), new_challenge(session, own, NOW)
    assert first != second
    assert take_challenge(session, own, NOW) == second


def test_one_challenge_is_given_to_one_of_many(sessions):
    with sessions() as session, unit_of_work(session):
        own = opened(session, store_organizer(session))
        new_challenge(session, own, NOW)
        own_hash = own.hash

    def take(_):
        with sessions() as session, unit_of_work(session):
            own = session.get_one(OrganizerSession, own_hash)
            return take_challenge(session, own, NOW) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
