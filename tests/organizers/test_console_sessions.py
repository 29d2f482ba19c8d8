"""When a session ends: by itself, by signing out, from elsewhere; and how sign-in slows down."""

import time
from datetime import timedelta

import pytest

from protestcoord.core import clock
from protestcoord.organizers.console_sessions import SEEN_AT
from protestcoord.organizers.console_sessions import TOKEN as SESSION_TOKEN
from protestcoord.organizers.models import AuditEntry, OrganizerSession
from protestcoord.organizers.queries import find_organizer
from tests.console_client import (
    PASSWORD,
    Organizer,
    code_of_now,
    console_app,
    forget_used_code,
    give_phone,
    signed_in,
    stored_in,
)

KIM = "kim@example.org"
WRONG = "wrong password, wrong"


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path, KIM) as made:
        yield made


@pytest.fixture
def kim(app):
    return Organizer(app.test_client())


def is_in(organizer):
    return organizer.open("/organize/").status_code == 200


def age(app, **columns):
    with stored_in(app) as session:
        session.query(OrganizerSession).update(columns)


@pytest.mark.proves("A9")
def test_a_copied_cookie_opens_nothing_after_signing_out(app, kim):
    kim.sign_in(KIM)
    thief = Organizer(app.test_client())
    thief.client.set_cookie("session", kim.client.get_cookie("session").value)
    assert is_in(thief), "the control: before, the copy is as good as the cookie"
    kim.send("/organize/logout", page="/organize/")
    assert not is_in(thief)


@pytest.mark.control("A9")
def test_signing_out_here_leaves_other_browsers_alone(app, kim):
    other = signed_in(app, KIM)
    kim.sign_in(KIM)
    kim.send("/organize/logout", page="/organize/")
    assert is_in(other)


@pytest.mark.proves("A9")
def test_a_session_from_before_signing_in_is_not_carried_on(app, kim):
    kim.open("/organize/login")
    with kim.client.session_transaction() as cookie:
        cookie[SESSION_TOKEN] = "planted"
    kim.sign_in(KIM)
    with kim.client.session_transaction() as cookie:
        assert cookie[SESSION_TOKEN] != "planted"


@pytest.mark.parametrize(("minutes", "open_"), [(29, True), (30, False)])
@pytest.mark.proves("A9")
def test_a_session_ends_after_30_minutes_without_a_page(app, minutes, open_):
    kim = signed_in(app, KIM)
    seen_at = int((clock.now() - timedelta(minutes=minutes)).timestamp())
    with kim.client.session_transaction() as cookie:
        cookie[SEEN_AT] = seen_at
    assert is_in(kim) is open_
    with kim.client.session_transaction() as cookie:
        assert cookie.get(SEEN_AT, 0) != seen_at


@pytest.mark.parametrize(("minutes", "open_"), [(719, True), (721, False)])
@pytest.mark.proves("A9")
def test_a_session_ends_after_12_hours_at_the_latest(app, minutes, open_):
    kim = signed_in(app, KIM)
    age(app, started_at=clock.now() - timedelta(minutes=minutes))
    assert is_in(kim) is open_


def test_no_page_of_a_session_that_goes_on_sets_a_cookie_each_time(app):
    kim = signed_in(app, KIM)
    kim.open("/organize/")
    assert "Set-Cookie" not in kim.open("/organize/").headers


def test_neither_cookie_nor_database_says_where_somebody_is(app, kim):
    kim.client.environ_base |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "Canary/9"}
    kim.sign_in(KIM)
    assert is_in(kim)
    with kim.client.session_transaction() as cookie:
        assert set(cookie) <= {
            "_user_id",
            "_fresh",
            "fs_cc",
            "fs_paa",
            "session_token",
            "seen_at",
            "csrf_token",
        }
    stored = b"".join(path.read_bytes() for path in app.config["SETTINGS"].instance.glob("*.sq*"))
    assert b"203.0.113" not in stored
    assert b"Canary" not in stored
    assert b"kim@example.org" in stored, "the control"


def fail(organizer, times, email=KIM):
    token = organizer.token("/organize/login")
    for _ in range(times):
        sent = {"email": email, "password": WRONG, "csrf_token": token}
        answer = organizer.client.post("/organize/login", data=sent)
    return answer


def slow_down(app, email=KIM, failures=9):
    for _ in range(failures):
        app.extensions["slowdown"].note_failure(clock.now(), f"account {email}")


@pytest.mark.parametrize("email", [KIM, "nobody@example.org"])
@pytest.mark.proves("A9")
def test_after_five_failures_the_next_is_not_even_looked_at(app, kim, email):
    assert fail(kim, 4, email).status_code == 200
    slow_down(app, email)
    began = time.perf_counter()
    answer = kim.give_password(email)
    assert time.perf_counter() - began < 1, "no thread sleeps"
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 42
    assert "wrong too often" in answer.text
    assert f'value="{email}"' in answer.text


@pytest.mark.proves("A9")
def test_strangers_keep_nobody_out_who_has_the_phone(app, kim):
    slow_down(app, failures=200)
    assert kim.give_password(KIM).status_code == 429
    assert kim.give_password(KIM, code="000000").status_code == 429
    answer = kim.give_password(KIM, code=code_of_now())
    assert (answer.status_code, answer.location) == (302, "/organize/")
    assert is_in(kim), "password and code together are both steps"


def test_a_recovery_code_helps_too_once_and_is_written_down(app, kim):
    with stored_in(app) as session:
        first, *_ = give_phone(app, session, find_organizer(session, KIM))
    slow_down(app, failures=200)
    wrong = first.replace(first[0], "9" if first[0] != "9" else "8")
    assert kim.give_password(KIM, code=wrong).status_code == 429
    assert kim.give_password(KIM, code=first).status_code == 302
    assert is_in(kim)
    slow_down(app, failures=200)
    assert Organizer(app.test_client()).give_password(KIM, code=first).status_code == 429
    with stored_in(app) as session:
        assert [entry.act for entry in session.query(AuditEntry)] == ["recovery_code.use"]


def test_the_code_alone_is_no_way_in(app, kim):
    slow_down(app, failures=200)
    answer = kim.give_password(KIM, WRONG, code=code_of_now())
    assert answer.status_code == 200
    assert not is_in(kim)
    assert kim.give_password(KIM, code=code_of_now()).status_code == 429, "it is used up"


def test_a_code_that_was_not_asked_for_does_not_replace_the_second_step(app, kim):
    with stored_in(app) as session:
        forget_used_code(session)
    kim.give_password(KIM, code=code_of_now())
    assert not is_in(kim)


def test_a_network_that_tries_many_addresses_is_slowed_down(app, monkeypatch):
    at = clock.now()
    # However slow the machine is, the wait after the fifth is not over at the tenth.
    monkeypatch.setattr(clock, "now", lambda: at)
    attacker = Organizer(app.test_client())
    attacker.client.environ_base["REMOTE_ADDR"] = "203.0.113.5"
    for number in range(9):
        fail(attacker, 1, f"nobody-{number}@example.org")
    attacker.client.environ_base["REMOTE_ADDR"] = "203.0.113.200"
    assert fail(attacker, 1, "another@example.org").status_code == 429
    elsewhere = Organizer(app.test_client())
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.5"
    assert elsewhere.give_password(KIM, PASSWORD).status_code == 302
