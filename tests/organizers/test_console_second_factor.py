"""Between the password and the console: an app is set up, its code or a recovery code given."""

import html
import re
from datetime import timedelta

import pytest

from protestcoord.core import clock
from protestcoord.organizers.models import AuditEntry
from protestcoord.organizers.queries import find_organizer, find_second_factor
from protestcoord.organizers.second_factor import remove_second_factor
from protestcoord.organizers.service import add_organizer
from protestcoord.organizers.totp import code_at, step_at
from tests.app_client import app_with_tables
from tests.console_client import (
    PASSWORD,
    PHONE,
    Organizer,
    code_of_now,
    console_app,
    forget_used_code,
    give_phone,
    signed_in,
    stored_in,
)
from tests.stored import NOW

KIM = "kim@example.org"
STEP = "/organize/second-factor/"
SET_UP = "/organize/second-factor/set-up/"
RECOVERY = re.compile(r"<code>([2-9A-Z-]{34})</code>")


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path, KIM) as made:
        yield made


@pytest.fixture
def kim(app):
    return Organizer(app.test_client())


@pytest.fixture
def new(app, kim):
    """Kim without a phone, who gave the password."""
    with stored_in(app) as session:
        remove_second_factor(session, find_organizer(session, KIM))
    kim.give_password(KIM)
    return kim


def shown_secret(page):
    text = re.search(r'set-up__secret">([A-Z2-7 ]+)<', page).group(1)
    import base64

    return base64.b32decode(text.replace(" ", ""))


def offer_in(page):
    return html.unescape(re.search(r'name="offer"[^>]* value="([^"]+)"', page).group(1))


def scan(kim):
    page = kim.open(SET_UP).text
    return shown_secret(page), offer_in(page)


def code_for(secret, off=0):
    return code_at(secret, step_at(clock.now()) + off)


def test_who_has_no_phone_sets_one_up_first(new):
    assert new.open(STEP).location == SET_UP
    secret, offer = scan(new)
    answer = new.send(SET_UP, offer=offer, code=code_for(secret))
    assert answer.status_code == 200
    assert len(RECOVERY.findall(answer.text)) == 10
    assert new.open("/organize/").status_code == 200


def test_to_look_at_the_picture_stores_nothing(app, new):
    first, second = scan(new)[0], scan(new)[0]
    assert first != second
    with stored_in(app) as session:
        assert find_second_factor(session, find_organizer(session, KIM).id) is None


def test_a_wrong_first_code_shows_the_same_picture_again(new):
    secret, offer = scan(new)
    answer = new.send(SET_UP, offer=offer, code="000000")
    assert answer.status_code == 422
    assert "not right" in answer.text
    assert shown_secret(answer.text) == secret
    assert new.open("/organize/").status_code == 303


def test_an_offer_that_is_not_ours_is_refused_with_a_new_picture(new):
    secret, _ = scan(new)
    answer = new.send(SET_UP, offer="AAAA", code=code_for(secret))
    assert answer.status_code == 422
    assert "open too long" in answer.text
    assert shown_secret(answer.text) != secret


def test_the_page_of_setting_up_works_without_script_and_is_never_kept(new):
    answer = new.open(SET_UP)
    assert "data:image/svg+xml" in answer.text
    assert "otpauth://totp/" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_password_alone_does_not_put_another_phone_in_place(app, kim):
    kim.give_password(KIM)
    assert kim.open(SET_UP).location == STEP
    sent = {"csrf_token": kim.token(STEP), "offer": "AAAA", "code": "000000"}
    assert kim.client.post(SET_UP, data=sent).location == STEP


def test_the_right_code_opens_the_console_in_a_new_session(kim):
    kim.give_password(KIM)
    before = kim.client.get_cookie("session").value
    assert kim.give_code().location == "/organize/"
    assert kim.open("/organize/").status_code == 200
    kim.client.set_cookie("session", before)
    assert kim.open("/organize/").location.startswith("/organize/login")


def test_a_wrong_code_is_told_beside_the_field(kim):
    kim.give_password(KIM)
    answer = kim.give_code("000000")
    assert answer.status_code == 422
    assert "not right" in answer.text
    assert kim.open("/organize/").status_code == 303


def test_a_code_that_was_overheard_is_used_up(app, kim):
    kim.sign_in(KIM)
    thief = Organizer(app.test_client())
    thief.give_password(KIM)
    answer = thief.send(STEP, code=code_of_now())
    assert answer.status_code == 422
    assert thief.open("/organize/").status_code == 303


def test_a_recovery_code_lets_in_once_and_is_written_down(app, kim):
    with stored_in(app) as session:
        first, *_ = give_phone(app, session, find_organizer(session, KIM))
    kim.give_password(KIM)
    assert kim.send(f"{STEP}?recovery=1", code=first).location == "/organize/"
    with stored_in(app) as session:
        acts = [entry.act for entry in session.query(AuditEntry)]
    assert acts == ["recovery_code.use"]
    other = Organizer(app.test_client())
    other.give_password(KIM)
    answer = other.send(f"{STEP}?recovery=1", code=first)
    assert answer.status_code == 422
    assert "none of your recovery codes" in answer.text


def test_wrong_codes_are_slowed_down_and_recovery_codes_still_help(app, kim):
    with stored_in(app) as session:
        first, *_ = give_phone(app, session, find_organizer(session, KIM))
    kim.give_password(KIM)
    for _ in range(8):
        app.extensions["slowdown"].note_failure(clock.now(), "code 1")
    answer = kim.give_code()
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 8
    assert "wrong too often" in answer.text
    assert kim.send(f"{STEP}?recovery=1", code=first).location == "/organize/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/organize/",
        "/\\evil.example/organize/",
        "/organize/\\..\\x y",
        "/organize/\n/x",
        "javascript:/organize/",
        "/other/",
    ],
)
def test_the_second_step_leads_to_the_console_and_nowhere_else(app, kim, elsewhere):
    kim.give_password(KIM)
    page = kim.token(STEP)
    data = {"csrf_token": page, "code": code_of_now()}
    answer = kim.client.post(STEP, query_string={"next": elsewhere}, data=data)
    assert answer.location == "/organize/"


def test_the_language_is_kept_through_the_second_step(kim):
    kim.give_password(KIM)
    asked = kim.open("/ja/organize/log/").location
    assert asked == "/ja/organize/second-factor/?next=%2Fja%2Forganize%2Flog%2F"
    assert kim.send(asked, code=code_of_now()).location == "/ja/organize/log/"


def test_setting_a_phone_up_ends_all_other_sessions(app, kim):
    other = signed_in(app, KIM)
    assert other.open("/organize/").status_code == 200
    kim.sign_in(KIM)
    secret, offer = scan(kim)
    assert kim.send(SET_UP, offer=offer, code=code_for(secret)).status_code == 200
    assert kim.open("/organize/").status_code == 200
    assert other.open("/organize/").status_code == 303
    assert find_step(app) > 0


def find_step(app):
    with stored_in(app) as session:
        return find_second_factor(session, find_organizer(session, KIM).id).last_step


@pytest.mark.control("A8")
def test_the_demonstration_asks_for_a_password_alone(tmp_path):
    app = app_with_tables(tmp_path / "demo", DEMO="1")
    with stored_in(app) as session:
        add_organizer(session, KIM, PASSWORD, NOW)
    kim = Organizer(app.test_client())
    kim.give_password(KIM)
    assert kim.open("/organize/").status_code == 200
    assert kim.open(SET_UP).location == "/organize/"
    assert "The demonstration asks for a password alone" in kim.open("/organize/account/").text
    from protestcoord.core.web import db

    with app.app_context():
        db.engine.dispose()


def test_a_code_is_not_taken_twice_even_at_once_with_another_step(app, kim):
    kim.give_password(KIM)
    with stored_in(app) as session:
        forget_used_code(session)
    newer = code_at(PHONE, step_at(clock.now() + timedelta(seconds=30)))
    assert kim.send(STEP, code=newer).location == "/organize/"
    thief = Organizer(app.test_client())
    thief.give_password(KIM)
    assert thief.send(STEP, code=code_of_now()).status_code == 422
