"""The own account: password, recovery codes, sessions, and being asked again."""

import re
from datetime import timedelta

import pytest

from protestcoord.core import clock
from protestcoord.organizers.models import AuditEntry, OrganizerSession
from tests.console_client import (
    PASSWORD,
    Organizer,
    code_of_now,
    console_app,
    forget_used_code,
    signed_in,
    stored_in,
)

KIM = "kim@example.org"
ACCOUNT = "/organize/account/"
AGAIN = "/organize/again/"
CODES = "/organize/account/recovery-codes/"
OTHER = "lantern orbit velvet seven"
RECOVERY = re.compile(r"<code>([2-9A-Z-]{34})</code>")


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path, KIM) as made:
        yield made


@pytest.fixture
def kim(app):
    return signed_in(app, KIM)


def is_in(organizer):
    return organizer.open("/organize/").status_code == 200


def change(kim, current=PASSWORD, password=OTHER, repeated=OTHER):
    sent = {"current": current, "password": password, "repeated": repeated}
    return kim.send(ACCOUNT, **sent)


def acts(app):
    with stored_in(app) as session:
        return [entry.act for entry in session.query(AuditEntry).order_by(AuditEntry.number)]


def let_minutes_pass(app, minutes=5):
    with stored_in(app) as session:
        at = clock.now() - timedelta(minutes=minutes)
        session.query(OrganizerSession).update({"fresh_at": at})
        forget_used_code(session)


def test_a_changed_password_ends_all_other_sessions(app, kim):
    other = signed_in(app, KIM)
    assert change(kim).location == ACCOUNT
    assert "all other sessions have ended" in kim.open(ACCOUNT).text
    assert is_in(kim)
    assert not is_in(other)
    assert acts(app) == ["password.change"]
    anew = Organizer(app.test_client())
    assert anew.sign_in(KIM).status_code == 200, "the old one fits no more"
    assert anew.sign_in(KIM, OTHER).status_code == 302


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"current": "wrong password, wrong"}, "not your current password"),
        ({"password": "short", "repeated": "short"}, "15 to 128 characters"),
        ({"password": "passwordpassword", "repeated": "passwordpassword"}, "first that are tried"),
        ({"repeated": "another one, longer"}, "not the same"),
        ({"password": ""}, "Please fill this in"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_changed(app, kim, sent, said):
    answer = change(kim, **sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert OTHER not in answer.text
    assert acts(app) == []
    assert Organizer(app.test_client()).sign_in(KIM).status_code == 302


def test_guesses_at_the_password_of_today_are_slowed_down(app, kim):
    for _ in range(9):
        app.extensions["slowdown"].note_failure(clock.now(), "password 1")
    answer = change(kim)
    assert answer.status_code == 422
    assert "wrong too often" in answer.text
    assert acts(app) == []


def test_all_other_sessions_can_be_ended(app, kim):
    other = signed_in(app, KIM)
    assert "signed in in 2 browsers" in kim.open(ACCOUNT).text
    kim.send("/organize/account/sign-out-everywhere/", page=ACCOUNT)
    assert is_in(kim)
    assert not is_in(other)
    assert acts(app) == ["sessions.end"]


def test_new_recovery_codes_are_shown_once(app, kim):
    answer = kim.send(CODES)
    codes = RECOVERY.findall(answer.text)
    assert len(codes) == 10
    page = kim.open(ACCOUNT).text
    assert "You have 10 recovery codes left" in page
    assert not RECOVERY.findall(page)
    lost = Organizer(app.test_client())
    lost.give_password(KIM)
    assert lost.send("/organize/second-factor/?recovery=1", code=codes[0]).status_code == 303
    assert "You have 9 recovery codes left" in kim.open(ACCOUNT).text


def test_after_five_minutes_password_and_code_are_asked_for_again(app, kim):
    let_minutes_pass(app)
    answer = kim.send(CODES, page=ACCOUNT)
    assert answer.location == "/organize/again/?next=%2Forganize%2F"
    assert kim.open(CODES).location.startswith("/organize/again/?next=%2Forganize%2Faccount%2F")
    set_up = kim.open("/organize/second-factor/set-up/").location
    assert set_up == "/organize/again/?next=%2Forganize%2Fsecond-factor%2Fset-up%2F"
    given = kim.send(set_up, password=PASSWORD, code=code_of_now())
    assert given.location == "/organize/second-factor/set-up/"
    assert kim.open("/organize/second-factor/set-up/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"password": "wrong password, wrong"}, "not your password"),
        ({"code": "000000"}, "not right"),
        ({"code": ""}, "Please fill this in"),
    ],
)
def test_both_are_needed_again(app, kim, sent, said):
    let_minutes_pass(app)
    answer = kim.send(AGAIN, **{"password": PASSWORD, "code": code_of_now()} | sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert kim.send(CODES, page=ACCOUNT).status_code == 303


def test_guesses_at_both_are_slowed_down(app, kim):
    for _ in range(9):
        app.extensions["slowdown"].note_failure(clock.now(), "code 1")
    answer = kim.send(AGAIN, password=PASSWORD, code=code_of_now())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


def test_pages_of_the_account_change_nothing_when_looked_at(app, kim):
    for path in (ACCOUNT, CODES, AGAIN, "/organize/second-factor/set-up/"):
        assert kim.open(path).status_code == 200
    assert acts(app) == []
    assert is_in(kim)


def test_to_end_the_other_sessions_makes_this_one_no_fresher(app, kim):
    """Whoever finds a session open has shown nothing of being the organizer."""
    let_minutes_pass(app, 6)
    assert kim.open(CODES).location.startswith(AGAIN)
    assert kim.send(f"{ACCOUNT}sign-out-everywhere/", ACCOUNT).status_code == 303
    assert kim.open(CODES).location.startswith(AGAIN)
