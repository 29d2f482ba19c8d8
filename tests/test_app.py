"""The wired app: bad input, foreign requests, secrets, headers, and a database that is away."""

import re

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Site
from protestcoord.campaigns.rules import Presence
from protestcoord.core.database import unit_of_work
from protestcoord.core.languages import translate
from protestcoord.core.mail import OutboxMail
from protestcoord.core.web import db
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables, good_sign_up
from tests.stored import NOW, store_slot

FORM = "/c/noon/sign-up/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with made.app_context():
        store_slot(db.session)
        db.session.commit()
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app):
    return app.test_client()


def stored(app, query):
    with app.app_context():
        return db.session.scalars(query).all()


def link_of(app):
    with app.app_context():
        group = db.session.scalars(select(Group)).one()
        return f"/s/{app.config['VAULT'].open(group.contact).link_token}/"


def token_in(answer):
    return re.search(r'name="csrf_token" value="([^"]+)"', answer.text).group(1)


def test_a_good_sign_up_is_answered_with_a_neutral_page_and_no_cookie(client, app):
    answer = client.post(FORM, data=good_sign_up())
    assert (answer.status_code, answer.location) == (303, "/c/noon/sign-up/sent/")
    assert "Set-Cookie" not in answer.headers
    assert [s.state for s in stored(app, select(SignUp))] == [SignUpState.PENDING]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Please fill this in"),
        ("name", "x" * 121, "too long"),
        ("name", "a\x07b", "control character"),
        ("name", "\u202e\u2066", "Please fill this in"),
        ("city", "", "Please fill this in"),
        ("expected_number", "0", "number from 1"),
        ("expected_number", "many", "whole number"),
        ("email", "lantern", "not an e-mail address"),
        ("email", "a@b.example, c@d.example", "not an e-mail address"),
        ("email", "=?utf-8?q?x=0D=0ABcc=3A_c=40d.example?=@b.example", "not an e-mail address"),
        ("email", "=?unicode-escape?q?=5Cud800?=@b.example", "not an e-mail address"),
        ("email", "müller@b.example", "not an e-mail address"),
        ("email", "a@b.example\r\nBcc: c@d.example", "one line|not an e-mail"),
        ("slot", "w9-de-berlin-embassy-1", "no sign-ups any more|choose"),
        ("code_of_conduct", None, "accept the code of conduct"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nothing_typed_is_lost(
    client, app, field, value, message
):
    sent = good_sign_up(**{field: value})
    answer = client.post(f"{FORM}?site=de-berlin-embassy", data=sent)
    assert answer.status_code == 422
    assert re.search(message, answer.text)
    kept = [text for name, text in sent.items() if name not in (field, "slot", "code_of_conduct")]
    assert all(text in answer.text for text in kept)
    assert stored(app, select(SignUp)) == []
    assert stored(app, select(OutboxMail)) == []


def test_what_was_typed_comes_back_escaped(client):
    hostile = "<script>alert(1)</script>"
    answer = client.post(FORM, data=good_sign_up(name=hostile, email="bad"))
    assert hostile not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_second_sign_up_with_the_same_address_reads_the_same(client):
    first = client.post(FORM, data=good_sign_up())
    second = client.post(FORM, data=good_sign_up(name="Other"))
    assert (first.status_code, first.data) == (second.status_code, second.data)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/c/nothing/sign-up/",
        "/c/nothing/",
        "/missions/nothing/",
        "/s/wrong/",
        "/ja/nothing",
        "/organize",
    ],
)
def test_an_unknown_address_is_not_found(client, path):
    answer = client.get(path)
    assert answer.status_code in (404, 308) if path == "/organize" else answer.status_code == 404
    assert "Traceback" not in answer.text


def test_an_oversized_body_is_refused(client):
    answer = client.post(FORM, data={"name": "x" * 70_000})
    assert answer.status_code == 413
    assert "too much text" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_sent_from_another_site_is_refused(client, app, headers):
    for path in (FORM, "/s/lost-link/", "/s/any/"):
        assert client.post(path, data=good_sign_up(), headers=headers).status_code == 403
    assert stored(app, select(SignUp)) == []


def test_a_console_form_from_another_site_is_refused_before_anything_else(client):
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/organize/login", headers=headers).status_code == 403
    assert client.post("/organize/new/", headers=headers).status_code == 403


def test_an_international_domain_is_kept_in_its_ascii_form(client, app):
    assert client.post(FORM, data=good_sign_up(email="a@münchen.example")).status_code == 303
    with app.app_context():
        group = db.session.scalars(select(Group)).one()
        assert app.config["VAULT"].open(group.contact).email == "a@xn--mnchen-3ya.example"


@pytest.mark.proves("A3")
def test_a_link_shows_a_button_and_does_nothing_until_it_is_pressed(client, app):
    client.post(FORM, data=good_sign_up())
    link = link_of(app)
    for _ in range(3):
        answer = client.get(link)
        assert answer.status_code == 200
        assert "lantern" not in answer.text.lower()
        assert client.head(link).status_code == 200
    assert [s.state for s in stored(app, select(SignUp))] == [SignUpState.PENDING]
    assert client.post(link).status_code == 303
    assert [s.state for s in stored(app, select(SignUp))] == [SignUpState.OFFERED]
    assert client.post(link).status_code == 303


@pytest.mark.control("A3")
def test_one_press_alone_would_be_seen_to_act(client, app):
    client.post(FORM, data=good_sign_up())
    client.post(link_of(app))
    assert [s.state for s in stored(app, select(SignUp))] != [SignUpState.PENDING]


def test_a_wrong_token_and_a_missing_session_read_the_same(client):
    assert client.get("/s/wrong/").text.replace("/s/wrong/", "/s/") == client.get("/s/").text
    assert client.post("/s/wrong/").status_code == 404


def test_a_group_page_refuses_a_post_without_its_token(client, app):
    client.post(FORM, data=good_sign_up())
    client.post(link_of(app))
    sign_up = stored(app, select(SignUp))[0].id
    for path in (f"/s/sign-ups/{sign_up}/withdraw/", f"/s/sign-ups/{sign_up}/", "/s/group/"):
        assert client.post(path, data={"name": "x", "city": "y"}).status_code == 403
    assert [s.state for s in stored(app, select(SignUp))] == [SignUpState.OFFERED]
    good = client.post(
        f"/s/sign-ups/{sign_up}/withdraw/", data={"csrf_token": token_in(client.get("/s/"))}
    )
    assert good.status_code == 303
    assert [s.state for s in stored(app, select(SignUp))] == [SignUpState.WITHDRAWN]


@pytest.mark.proves("A4")
def test_a_group_cannot_touch_the_sign_up_of_another(client, app):
    client.post(FORM, data=good_sign_up())
    client.post(link_of(app))
    token = token_in(client.get("/s/"))
    client.post(FORM, data=good_sign_up(email="other@example.org"))
    foreign = stored(app, select(SignUp).order_by(SignUp.id.desc()))[0].id
    answer = client.post(f"/s/sign-ups/{foreign}/withdraw/", data={"csrf_token": token})
    assert answer.status_code == 404


def test_a_sign_up_form_of_a_bad_edit_keeps_what_was_typed(client, app):
    client.post(FORM, data=good_sign_up())
    client.post(link_of(app))
    sign_up = stored(app, select(SignUp))[0].id
    answer = client.post(
        f"/s/sign-ups/{sign_up}/",
        data={
            "csrf_token": token_in(client.get("/s/")),
            "expected_number": "-1",
            "meeting_point": "At the fountain",
        },
    )
    assert answer.status_code == 422
    assert "At the fountain" in answer.text


@pytest.mark.parametrize("path", ["/s/lost-link/", "/nothing", FORM, "/s/wrong/", "/healthz/live"])
def test_every_live_answer_is_guarded_and_kept_by_nobody(client, path):
    headers = client.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers


def test_without_the_database_a_form_says_so_and_comes_back_with_it(client, app, tmp_path):
    database, away = tmp_path / "protestcoord.sqlite", tmp_path / "away"
    with app.app_context():
        db.engine.dispose()
    database.rename(away)
    answer = client.post(FORM, data=good_sign_up())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Traceback" not in answer.text
    with app.app_context():
        db.engine.dispose()
    away.replace(database)
    assert client.post(FORM, data=good_sign_up()).status_code == 303


def test_an_unexpected_error_shows_no_trace(client, app, monkeypatch):
    def fail(*_):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("protestcoord.signups.service.sign_up_group", fail)
    answer = client.post(FORM, data=good_sign_up())
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/ja", "ja"), ("/ko", "ko")])
def test_the_language_is_in_the_path(client, prefix, language):
    answer = client.get(f"{prefix}/s/lost-link/", headers={"Accept-Language": "fr"})
    assert f'<html lang="{language}"' in answer.text
    answer = client.post(f"{prefix}{FORM}", data=good_sign_up())
    assert answer.location == f"{prefix}/c/noon/sign-up/sent/"


@pytest.mark.proves("W8")
@pytest.mark.parametrize("language", ["ja", "ko"])
def test_an_error_is_told_in_the_language_of_its_page(client, language):
    text = client.get(f"/{language}/c/no-such/sign-up/").text
    for told in ("Not found", "There is no such page."):
        assert translate(told, language) in text
        assert told not in text
    foreign = client.post(f"/{language}/s/lost-link/", headers={"Origin": "https://other.example"})
    assert translate("This did not work", language) in foreign.text


def test_the_host_header_reaches_no_page(client):
    answer = client.get("/s/lost-link/", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text


def test_a_group_in_solidarity_is_asked_where_it_acts_itself(client, app):
    there = client.get(f"{FORM}?site=de-berlin-embassy").text
    assert "Meeting point" in there
    with app.app_context(), unit_of_work(db.session()) as session:
        session.scalars(select(Site)).one().presence = Presence.REMOTE_ONLY
    page = client.get(f"{FORM}?site=de-berlin-embassy").text
    assert "Act in solidarity" in page
    assert "Where you act: a place, or a web address" in page
    assert "Meeting point" not in page
    assert "Notice and permits" not in page, "what the mission's country asks for is not asked here"
