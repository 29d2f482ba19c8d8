"""Passkeys in the console: set up, given as the second step and again, removed."""

import json
import re
from datetime import timedelta

import pytest

from protestcoord.core import clock
from protestcoord.core.tokens import token_hash
from protestcoord.core.web import db
from protestcoord.organizers.console_sessions import TOKEN as SESSION_TOKEN
from protestcoord.organizers.models import AuditEntry, OrganizerSession
from protestcoord.organizers.models import Passkey as Stored
from protestcoord.organizers.queries import find_organizer, find_second_factor
from protestcoord.organizers.second_factor import remove_second_factor
from protestcoord.organizers.service import add_organizer
from protestcoord.organizers.slowdown import Slowdown
from tests.app_client import new_app_with_tables
from tests.authenticator import PRESENT, Passkey
from tests.console_client import (
    PASSWORD,
    Organizer,
    code_of_now,
    give_phone,
    signed_in,
    stored_in,
)
from tests.stored import NOW

KIM, LEE = "kim@example.org", "lee@example.org"
STEP = "/organize/second-factor/"
GIVE = "/organize/second-factor/passkey/"
CHALLENGE = "/organize/second-factor/passkey/challenge/"
SET_UP = "/organize/second-factor/set-up/passkey/"
SET_UP_CHALLENGE = "/organize/second-factor/set-up/passkey/challenge/"
ACCOUNT = "/organize/account/"
AGAIN = "/organize/again/"
RECOVERY = re.compile(r"<code>([2-9A-Z-]{34})</code>")


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The app with two accounts, made once, and its database as it was before any test."""
    folder = tmp_path_factory.mktemp("passkeys")
    app = new_app_with_tables(folder, BASE_URL="http://localhost:8000")
    with stored_in(app) as session:
        for email in (KIM, LEE):
            give_phone(app, session, add_organizer(session, email, PASSWORD, NOW))
    with app.app_context():
        db.engine.dispose()
    database = folder / "protestcoord.sqlite"
    return app, database, database.read_bytes()


@pytest.fixture
def app(before):
    app, database, content = before
    database.write_bytes(content)
    app.extensions["slowdown"] = Slowdown()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def kim(app):
    return signed_in(app, KIM)


def device(**changes):
    return Passkey(**{"origin": "http://localhost:8000", "rp_id": "localhost"} | changes)


def asked(organizer, path, page=ACCOUNT):
    return organizer.send(path, page=page)


def add(organizer, passkey, name="blue key", page=ACCOUNT, **changes):
    made = passkey.make(asked(organizer, SET_UP_CHALLENGE, page).text, **changes)
    return organizer.send(SET_UP, page=SET_UP, name=name, credential=made)


def half_way(app, email=KIM):
    """Somebody who gave the password just now."""
    organizer = signed_in(app, email)
    with organizer.client.session_transaction() as cookie, stored_in(app) as session:
        own = session.get_one(OrganizerSession, token_hash(cookie[SESSION_TOKEN]))
        own.passed_at = own.fresh_at = None
    return organizer


def give(organizer, passkey, **changes):
    signed = passkey.sign(asked(organizer, CHALLENGE, STEP).text, **changes)
    return organizer.send(GIVE, page=STEP, credential=signed)


def is_in(organizer):
    return organizer.open("/organize/").status_code == 200


def acts(app):
    with stored_in(app) as session:
        return [(entry.act, entry.subject) for entry in session.query(AuditEntry)]


def stored(app):
    with stored_in(app) as session:
        return [(one.name, one.sign_count, one.used_at) for one in session.query(Stored)]


@pytest.fixture
def passkey(app, kim):
    made = device()
    assert add(kim, made).location == ACCOUNT
    return made


def test_a_passkey_is_added_and_all_other_sessions_end(app, kim):
    other = signed_in(app, KIM)
    assert "cannot be phished" in kim.open(ACCOUNT).text
    assert add(kim, device()).location == ACCOUNT
    page = kim.open(ACCOUNT).text
    assert "The passkey is added" in page
    assert "blue key" in page
    assert "Not used yet" in page
    assert is_in(kim)
    assert not is_in(other)
    assert acts(app) == [("passkey.add", "passkey 1")]


def test_a_passkey_opens_the_console_in_a_new_session(app, passkey):
    kim = Organizer(app.test_client())
    kim.give_password(KIM)
    before = kim.client.get_cookie("session").value
    assert "Use a passkey" in kim.open(STEP).text
    assert give(kim, passkey).location == "/organize/"
    assert is_in(kim)
    assert "Last used on" in kim.open(ACCOUNT).text
    kim.client.set_cookie("session", before)
    assert not is_in(kim)


def test_a_passkey_leads_where_one_wanted_to_go(app, passkey):
    kim = half_way(app)
    page = kim.open(kim.open("/organize/log/").location).text
    action = re.search(r'action="([^"]*/passkey/\?next=[^"]+)"', page).group(1)
    signed = passkey.sign(asked(kim, CHALLENGE, STEP).text)
    assert kim.send(action, page=STEP, credential=signed).location == "/organize/log/"


def test_without_a_passkey_the_page_offers_none(app):
    kim = half_way(app)
    page = kim.open(STEP).text
    assert "Use a passkey" not in page
    assert "passkeys.js" not in page
    assert asked(kim, CHALLENGE, STEP).status_code == 404


WRONG_CLIENTS = [
    ({}, {"origin": "https://evil.example"}),
    ({}, {"origin": "http://localhost:8001"}),
    ({}, {"challenge": "b3RoZXI"}),
    ({"rp_id": "evil.example"}, {}),
    ({"flags": PRESENT}, {}),
    ({"count": -1}, {}),
    ({"key": Passkey().key}, {}),
]


@pytest.mark.parametrize(("wrong", "client"), WRONG_CLIENTS)
def test_a_wrong_answer_is_refused_and_nothing_is_changed(app, kim, passkey, wrong, client):
    assert give(half_way(app), passkey).status_code == 303, "the control"
    before, thief = stored(app), half_way(app)
    for name, value in wrong.items():
        setattr(passkey, name, value)
    answer = give(thief, passkey, **client)
    assert answer.status_code == 422
    assert "not taken" in answer.text
    assert not is_in(thief)
    assert stored(app) == before


def test_the_passkey_of_another_organizer_is_refused(app, kim, passkey):
    lee = signed_in(app, LEE)
    hers = device()
    add(lee, hers)
    thief = half_way(app)
    assert give(thief, hers).status_code == 422
    assert not is_in(thief)
    assert give(half_way(app, LEE), hers).status_code == 303, "the control"


def test_an_answer_is_taken_once(app, kim, passkey):
    first = half_way(app)
    signed = passkey.sign(asked(first, CHALLENGE, STEP).text)
    assert first.send(GIVE, page=STEP, credential=signed).status_code == 303
    second = half_way(app)
    asked(second, CHALLENGE, STEP)
    assert second.send(GIVE, page=STEP, credential=signed).status_code == 422
    assert not is_in(second)


def test_a_failed_answer_uses_the_challenge_up(app, passkey):
    kim = half_way(app)
    options = asked(kim, CHALLENGE, STEP).text
    assert kim.send(GIVE, page=STEP, credential="{}").status_code == 422
    assert kim.send(GIVE, page=STEP, credential=passkey.sign(options)).status_code == 422
    assert give(kim, passkey).status_code == 303, "the control: a new one helps"


def test_a_challenge_is_too_old_after_five_minutes(app, passkey):
    kim = half_way(app)
    options = asked(kim, CHALLENGE, STEP).text
    with stored_in(app) as session:
        session.query(OrganizerSession).update({"challenge_until": clock.now()})
    assert kim.send(GIVE, page=STEP, credential=passkey.sign(options)).status_code == 422
    assert not is_in(kim)


def test_a_challenge_of_another_session_is_refused(app, passkey):
    kim, thief = half_way(app), half_way(app)
    options = asked(kim, CHALLENGE, STEP).text
    asked(thief, CHALLENGE, STEP)
    signed = passkey.sign(options)
    assert thief.send(GIVE, page=STEP, credential=signed).status_code == 422
    assert kim.send(GIVE, page=STEP, credential=signed).status_code == 303, "the control"


def test_wrong_passkeys_are_slowed_down_and_the_code_still_helps(app, passkey):
    kim = half_way(app)
    for _ in range(8):
        app.extensions["slowdown"].note_failure(clock.now(), "passkey 1")
    answer = give(kim, passkey)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 8
    assert not is_in(kim)
    assert kim.give_code().location == "/organize/"


def test_a_wrong_passkey_is_counted(app, passkey):
    kim = half_way(app)
    for _ in range(5):
        kim.send(GIVE, page=STEP, credential="{}")
    assert kim.send(GIVE, page=STEP, credential="{}").status_code == 429


@pytest.mark.parametrize(("wrong", "client"), WRONG_CLIENTS[:5])
def test_what_was_made_otherwise_is_not_added(app, kim, wrong, client):
    answer = add(kim, device(**wrong), **client)
    assert answer.status_code == 422
    assert "not taken" in answer.text
    assert 'value="blue key"' in answer.text, "what was typed is kept"
    assert (stored(app), acts(app)) == ([], [])


def test_a_passkey_without_a_name_is_not_added(app, kim):
    answer = add(kim, device(), name=" ")
    assert answer.status_code == 422
    assert "Please fill this in" in answer.text
    assert stored(app) == []


def test_a_passkey_is_added_after_password_and_code_alone(app, kim):
    let_minutes_pass(app)
    for answer in (kim.open(SET_UP), asked(kim, SET_UP_CHALLENGE)):
        assert answer.location.startswith(AGAIN)
    sent = {"name": "x", "credential": "{}"}
    assert kim.send(SET_UP, page=ACCOUNT, **sent).location.startswith(AGAIN)
    assert stored(app) == []


def test_the_password_alone_adds_no_passkey_beside_what_there_is(app, kim, passkey):
    thief = half_way(app)
    assert thief.open(SET_UP).location == STEP
    assert asked(thief, SET_UP_CHALLENGE, STEP).location == STEP
    assert thief.send(SET_UP, page=STEP, name="x", credential="{}").location == STEP
    assert len(stored(app)) == 1


@pytest.fixture
def new(app):
    """Kim with neither app nor passkey, who gave the password."""
    with stored_in(app) as session:
        remove_second_factor(session, find_organizer(session, KIM))
    return half_way(app)


@pytest.fixture
def without_app(new):
    """Kim's first passkey, set up instead of an app."""
    made = device()
    assert add(new, made, page=SET_UP).status_code == 200
    return made


def test_a_new_organizer_sets_a_passkey_up_instead_of_an_app(app, new):
    assert SET_UP in new.open("/organize/second-factor/set-up/").text
    answer = add(new, device(), page=SET_UP)
    assert answer.status_code == 200
    codes = RECOVERY.findall(answer.text)
    assert len(codes) == 10
    assert is_in(new)
    lost = half_way(app)
    assert lost.send(f"{STEP}?recovery=1", code=codes[0]).location == "/organize/"


def test_who_has_a_passkey_alone_signs_in_with_it(app, without_app):
    kim = half_way(app)
    page = kim.open(STEP).text
    assert 'name="code"' not in page
    assert "Passkeys need JavaScript" in page
    assert "recovery=1" in page
    assert give(kim, without_app).location == "/organize/"


def test_the_password_alone_puts_no_app_beside_a_passkey(app, without_app):
    thief = half_way(app)
    set_up = "/organize/second-factor/set-up/"
    assert thief.open(set_up).location == STEP
    sent = {"offer": "AAAA", "code": "000000"}
    assert thief.send(set_up, page=STEP, **sent).location == STEP
    with stored_in(app) as session:
        assert find_second_factor(session, find_organizer(session, KIM).id) is None


def let_minutes_pass(app):
    with stored_in(app) as session:
        at = clock.now() - timedelta(minutes=5)
        session.query(OrganizerSession).update({"fresh_at": at})


def again(organizer, passkey, password=PASSWORD, **changes):
    signed = passkey.sign(asked(organizer, CHALLENGE, AGAIN).text, **changes)
    path = f"{AGAIN}?next=%2Forganize%2Flog%2F"
    return organizer.send(path, password=password, code="", credential=signed)


def test_a_passkey_is_taken_again_in_place_of_the_code(app, kim, passkey):
    let_minutes_pass(app)
    assert kim.open(SET_UP).location.startswith(AGAIN)
    assert again(kim, passkey).location == "/organize/log/"
    assert kim.open(SET_UP).status_code == 200


@pytest.mark.parametrize(
    ("password", "client", "said"),
    [
        ("wrong password, wrong", {}, "not your password"),
        (PASSWORD, {"origin": "https://evil.example"}, "not taken"),
        (PASSWORD, {"challenge": "b3RoZXI"}, "not taken"),
    ],
)
def test_password_and_passkey_are_both_needed_again(app, kim, passkey, password, client, said):
    let_minutes_pass(app)
    before = stored(app)
    answer = again(kim, passkey, password, **client)
    assert answer.status_code == 422
    assert said in answer.text
    assert kim.open(SET_UP).location.startswith(AGAIN)
    assert stored(app) == before


def test_who_has_no_app_is_not_let_in_again_by_the_password_alone(app, without_app):
    kim = half_way(app)
    give(kim, without_app)
    let_minutes_pass(app)
    for sent in ({}, {"credential": ""}, {"code": "000000"}):
        answer = kim.send(AGAIN, password=PASSWORD, **sent)
        assert answer.status_code == 422
        assert kim.open(SET_UP).location.startswith(AGAIN)
    assert again(kim, without_app).status_code == 303, "the control"


def test_the_code_is_still_taken_again_where_there_is_a_passkey(app, kim, passkey):
    let_minutes_pass(app)
    answer = kim.send(AGAIN, password=PASSWORD, code="")
    assert (answer.status_code, "Please fill this in" in answer.text) == (422, True)
    assert kim.send(AGAIN, password=PASSWORD, code=code_of_now()).status_code == 303


REMOVE = "/organize/account/passkeys/1/remove/"


def test_a_removed_passkey_helps_no_more_and_all_other_sessions_end(app, kim, passkey):
    other = half_way(app)
    give(other, passkey)
    assert "blue key" in kim.open(REMOVE).text
    assert is_in(other), "to look changes nothing"
    assert kim.send(REMOVE).location == ACCOUNT
    assert "The passkey is removed" in kim.open(ACCOUNT).text
    assert not is_in(other)
    assert acts(app) == [("passkey.add", "passkey 1"), ("passkey.remove", "passkey 1")]
    kim = half_way(app)
    sent = kim.send(GIVE, page=STEP, credential="{}")
    assert (sent.status_code, is_in(kim)) == (422, False)


def test_the_last_second_factor_is_not_removed(app, without_app):
    kim = half_way(app)
    give(kim, without_app)
    answer = kim.send(REMOVE)
    assert answer.status_code == 422
    assert "all you have beside the password" in answer.text
    assert len(stored(app)) == 1
    assert is_in(kim)


def test_nobody_sees_or_removes_the_passkey_of_another(app, kim, passkey):
    lee = signed_in(app, LEE)
    assert lee.open(REMOVE).status_code == 404
    assert lee.send(REMOVE, page=ACCOUNT).status_code == 404
    assert kim.open(REMOVE).status_code == 200, "the control"


def test_a_passkey_is_removed_after_password_and_code_alone(app, kim, passkey):
    let_minutes_pass(app)
    assert kim.open(REMOVE).location.startswith(AGAIN)
    assert kim.send(REMOVE, page=ACCOUNT).location.startswith(AGAIN)
    assert len(stored(app)) == 1


def test_host_and_origin_are_those_of_the_settings_whatever_the_request_says(app, passkey):
    kim = half_way(app)
    token = kim.token(STEP)
    headers = {
        "Cookie": f"session={kim.client.get_cookie('session').value}",
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
    }
    answer = app.test_client(use_cookies=False).post(
        CHALLENGE, data={"csrf_token": token}, headers=headers
    )
    assert json.loads(answer.text)["rpId"] == "localhost"
    assert "evil.example" not in answer.text


def test_a_challenge_is_for_our_own_pages_alone(app, passkey):
    answer = asked(half_way(app), CHALLENGE, STEP)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert half_way(app).client.post(CHALLENGE, headers=foreign).status_code == 403


def test_a_site_whose_address_is_a_number_offers_no_passkeys(tmp_path):
    app = new_app_with_tables(tmp_path / "number", BASE_URL="http://127.0.0.1:8000")
    kim = signed_in(app, KIM)
    assert "Add a passkey" not in kim.open(ACCOUNT).text
    assert kim.open(SET_UP).location == "/organize/second-factor/set-up/"
    assert asked(kim, SET_UP_CHALLENGE).status_code == 404
    with app.app_context():
        db.engine.dispose()


def test_nothing_of_the_device_is_stored(app, passkey):
    columns = {column.name for column in Stored.__table__.columns}
    assert columns == {
        "id",
        "organizer_id",
        "name",
        "credential_id",
        "public_key",
        "sign_count",
        "added_at",
        "used_at",
    }
