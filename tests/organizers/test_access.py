import re
from urllib.parse import urljoin

import pytest

from tests.console_client import PASSWORD, Organizer, code_of_now, console_app

KIM = "kim@example.org"


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path, KIM) as made:
        yield made


@pytest.fixture
def kim(app):
    return Organizer(app.test_client())


HALF_WAY = ("second_factor.", "passkey_steps.")
VALUES = {
    "passkey_id": "1",
    "number": "1",
    "sign_up_id": "1",
    "proposal_id": "1",
    "correction_id": "1",
    "member_id": "1",
    "approval_id": "1",
    "undo_id": "1",
    "report_id": "1",
    "message_id": "00000000-0000-0000-0000-000000000001",
    "invitation_id": "00000000-0000-0000-0000-000000000001",
}


def console_rules(app):
    own = {"/organize/login", "/organize/logout", "/organize/invitations/x/"}
    return [r for r in app.url_map.iter_rules() if r.rule.startswith("/organize")], own


@pytest.mark.proves("A8")
def test_no_console_page_opens_to_the_password_alone(app, kim):
    kim.give_password(KIM)
    rules, own = console_rules(app)
    adapter, count = app.url_map.bind("localhost"), 0
    for rule in rules:
        values = {name: VALUES.get(name, "x") for name in rule.arguments}
        for method in rule.methods & {"GET", "POST"}:
            path = adapter.build(rule.endpoint, values, method=method)
            if path in own or rule.endpoint.startswith(HALF_WAY):
                continue
            sent = {"csrf_token": kim.token("/organize/second-factor/")}
            answer = kim.client.open(path, method=method, data=sent if method == "POST" else None)
            assert answer.status_code == 303, path
            assert answer.location.startswith("/organize/second-factor/?next="), path
            count += 1
    assert count > 40
    kim.give_code()
    assert kim.open("/organize/").status_code == 200, "the control"


def test_only_signing_in_and_out_is_there_of_the_library(app):
    rules = {rule.rule for rule in app.url_map.iter_rules() if "security" in rule.endpoint}
    assert rules == {"/organize/login", "/organize/logout"}


@pytest.mark.control("W8")
def test_signing_in_leads_where_one_wanted_to_go(kim):
    wanted = kim.open("/organize/new/?a=1").location
    token = kim.token(wanted)
    sent = {"email": KIM, "password": PASSWORD, "csrf_token": token, "next": "/organize/new/?a=1"}
    answer = kim.client.post(wanted, data=sent)
    assert (answer.status_code, answer.location) == (302, "/organize/new/?a=1")
    asked = kim.open(answer.location).location
    assert asked == "/organize/second-factor/?next=%2Forganize%2Fnew%2F%3Fa%3D1"
    given = kim.send(asked, code=code_of_now())
    assert (given.status_code, given.location) == (303, "/organize/new/?a=1")
    assert kim.open("/organize/new/").status_code == 200


def test_the_page_of_signing_in_carries_on_where_one_wanted_to_go(kim):
    page = kim.open(kim.open("/organize/log/").location).text
    assert re.search(r'name="next" value="/organize/log/"', page)


@pytest.mark.proves("W8")
@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "http:evil.example",
    ],
)
def test_signing_in_never_leads_elsewhere(kim, elsewhere):
    answer = kim.sign_in(KIM, next=elsewhere)
    location = answer.location or "/"
    assert "\\" not in location
    assert urljoin("http://localhost/organize/login", location).startswith("http://localhost/")


def test_a_wrong_password_and_an_unknown_address_read_the_same(kim):
    wrong = kim.sign_in(KIM, "wrong password, wrong")
    unknown = kim.sign_in("nobody@example.org", "wrong password, wrong")
    assert "not right" in wrong.text
    texts = [TOKEN_VALUE.sub("", answer.text) for answer in (wrong, unknown)]
    assert texts[0].replace(KIM, "x") == texts[1].replace("nobody@example.org", "x")


TOKEN_VALUE = re.compile(r'name="csrf_token" value="[^"]+"')


def test_the_typed_address_stays_and_the_password_does_not(kim):
    answer = kim.sign_in(KIM, "wrong password, wrong")
    assert f'value="{KIM}"' in answer.text
    assert "wrong password" not in answer.text


def test_a_session_ends_with_signing_out(kim):
    kim.sign_in(KIM)
    assert kim.open("/organize/").status_code == 200
    assert kim.send("/organize/logout", page="/organize/").status_code == 302
    assert kim.open("/organize/").status_code == 303


def test_nobody_is_signed_out_or_in_by_another_site(kim):
    kim.sign_in(KIM)
    assert kim.client.post("/organize/logout").status_code == 403
    assert kim.open("/organize/logout").status_code == 405
    assert kim.open("/organize/").status_code == 200


def test_a_sign_in_is_not_remembered_after_the_browser_ends(kim):
    answer = kim.sign_in(KIM, remember="y")
    assert answer.status_code == 302
    cookies = answer.headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["session"]
    assert "Expires" not in cookies[0]
    assert "HttpOnly" in cookies[0]


def test_no_token_is_given_to_programs(kim):
    answer = kim.client.post(
        "/organize/login?include_auth_token",
        json={"email": KIM, "password": PASSWORD},
        headers={"Accept": "application/json"},
    )
    assert answer.mimetype == "text/html"
    assert "authentication_token" not in answer.text


def test_a_form_with_a_token_but_nobody_signed_in_does_nothing(kim):
    token = kim.token("/organize/login")
    sent = {"title": "One noon", "statement": "Let them go.", "csrf_token": token}
    answer = kim.client.post("/organize/new/", data=sent)
    assert answer.location == "/organize/login?next=%2Forganize%2F"
    kim.sign_in(KIM)
    assert "One noon" not in kim.open("/organize/").text


def test_the_language_is_kept_while_signing_in(kim):
    answer = kim.open("/ja/organize/new/")
    assert answer.location == "/ja/organize/login?next=%2Fja%2Forganize%2Fnew%2F"


def test_the_log_shows_what_was_done(kim):
    kim.sign_in(KIM)
    assert "Nothing yet" in kim.open("/organize/log/").text
    kim.send("/organize/new/", title="One noon", statement="Let them go.")
    page = kim.open("/organize/log/").text
    assert "Made a campaign" in page
    assert "campaign 1" in page
