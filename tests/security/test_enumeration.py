"""Nobody learns by asking whether an address is known: not from the answer, not from its time."""

import random
import time
from statistics import median

import pytest
from flask import Flask

from protestcoord.core import clock, web
from protestcoord.organizers.access import SIGN_IN_SPANS, SignInForm
from protestcoord.signups import service
from tests.app_client import app_with_tables, good_sign_up
from tests.console_client import PASSWORD, TOKEN, console_app, stored_in
from tests.proofs import FULL
from tests.stored import NOW, store_sign_up, store_slot

pytestmark = pytest.mark.long

KNOWN = "lantern@example.org"
EVEN_SECONDS = web.EVEN_SECONDS
ASKED = 500
MOST_AUC = 0.55
MOST_GAP_SECONDS = 0.005


def area_under_curve(one: list[float], other: list[float]) -> float:
    """How well a time tells which of two kinds it is: 0.5 is chance, 1 is always."""
    wins = sum((a > b) + (a == b) / 2 for a in one for b in other)
    share = wins / (len(one) * len(other))
    return max(share, 1 - share)


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        slot = store_slot(session)
        sign_up = store_sign_up(session, app.config["VAULT"], slot, email=KNOWN)
        service.open_link(session, sign_up.group, NOW)
        app.config["SLOT"] = slot.key
    return app


@pytest.fixture
def evenly(monkeypatch):
    monkeypatch.setattr(web, "EVEN_SECONDS", EVEN_SECONDS)


def lost_link(client, email):
    return client.post("/s/lost-link/", data={"email": email})


def sign_up(client, email):
    form = good_sign_up(email=email, slot=client.application.config["SLOT"])
    return client.post("/c/noon/sign-up/", data=form)


def timed(ask, client, email) -> float:
    began = time.perf_counter()
    ask(client, email)
    return time.perf_counter() - began


def times(app, ask, asked=ASKED) -> tuple[list[float], list[float]]:
    """Seconds of known and unknown addresses, asked in an order that favours neither."""
    client, chance = app.test_client(), random.Random(6)  # noqa: S311 - the same order every time
    known, unknown = [], []
    for number in range(asked):
        pair = [(known, KNOWN), (unknown, f"nobody{number}@example.org")]
        for taken, email in chance.sample(pair, 2):
            taken.append(timed(ask, client, email))
    return known, unknown


@pytest.mark.proves("A6")
@pytest.mark.parametrize("ask", [lost_link, sign_up])
def test_the_answer_is_the_same_byte_for_byte(app, ask):
    client = app.test_client()
    known, unknown = ask(client, KNOWN), ask(client, "nobody@example.org")
    assert known.status_code == unknown.status_code
    assert known.headers.to_wsgi_list() == unknown.headers.to_wsgi_list()
    assert known.text.replace(KNOWN, "") == unknown.text.replace("nobody@example.org", "")


TAKE_AN_ADDRESS = ("signups.send_sign_up", "signups.send_lost_link", "volunteers.remind")


@pytest.mark.proves("A6")
def test_each_form_that_takes_an_address_answers_evenly(app):
    paced = {name for name, view in app.view_functions.items() if hasattr(view, "is_paced")}
    assert paced == set(TAKE_AN_ADDRESS)
    assert hasattr(SignInForm._try, "is_paced"), "signing in, whose view is of a library"


def paced_seconds(work_seconds, spans=1):
    """How long a paced view takes that works for a while."""
    with Flask("paced").app_context():
        began = time.monotonic()
        web.at_even_pace(spans)(lambda: time.sleep(work_seconds))()
        web.wait_for_even_pace()
        return time.monotonic() - began


@pytest.mark.proves("A6")
@pytest.mark.parametrize(("work_seconds", "spans"), [(0, 1), (0.03, 1), (0.07, 1), (0.03, 3)])
def test_an_even_pace_is_a_whole_number_of_spans(monkeypatch, work_seconds, spans):
    monkeypatch.setattr(web, "EVEN_SECONDS", 0.05)
    assert paced_seconds(work_seconds, spans) % (0.05 * spans) < 0.02


@pytest.mark.control("A6")
def test_without_a_pace_it_answers_as_soon_as_it_can():
    assert paced_seconds(0) < 0.02


timed_whole = pytest.mark.skipif(not FULL, reason="measures time: in make security")


def assert_alike(known, unknown, ask, record_property) -> None:
    gap = abs(median(known) - median(unknown))
    area = area_under_curve(known, unknown)
    asked = f"{len(known)} + {len(unknown)}"
    told = f"{ask.__name__}: {asked}, gap {gap * 1000:.1f} ms, AUC {area:.2f}"
    record_property("A6", told)
    print(told)
    assert gap <= MOST_GAP_SECONDS
    assert area <= MOST_AUC


@timed_whole
@pytest.mark.proves("A6")
@pytest.mark.parametrize("ask", [lost_link, sign_up])
def test_the_time_tells_nothing(app, ask, evenly, record_property):
    assert_alike(*times(app, ask), ask, record_property)


@timed_whole
@pytest.mark.control("A6")
def test_without_the_even_pace_the_time_would_tell(app):
    known, unknown = times(app, lost_link)
    assert area_under_curve(known, unknown) > 0.75


@pytest.fixture
def console(tmp_path):
    with console_app(tmp_path, KNOWN) as made:
        yield made


def send_password(client, email):
    if "PAGE_TOKEN" not in client.application.config:
        page = client.get("/organize/login").text
        client.application.config["PAGE_TOKEN"] = TOKEN.search(page).group(1)
    token = client.application.config["PAGE_TOKEN"]
    sent = {"email": email, "password": PASSWORD[1:], "csrf_token": token}
    return client.post("/organize/login", data=sent)


def sign_in(client, email):
    """Try a password; each address as if it were the first try."""
    client.application.extensions["slowdown"].__init__()
    answer = send_password(client, email)
    assert answer.status_code == 200, "it was tried, not turned away before"
    return answer


@pytest.mark.proves("A6", "A7")
def test_signing_in_waits_out_its_span_and_refuses_alike_whoever_it_is(
    console, evenly, monkeypatch
):
    client, addresses, at = console.test_client(), (KNOWN, "nobody@example.org"), clock.now()
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: at)
    for email in addresses:
        assert timed(sign_in, client, email) >= SIGN_IN_SPANS * EVEN_SECONDS
    console.extensions["slowdown"].__init__()
    for email in addresses * 9:
        console.extensions["slowdown"].note_failure(at, f"account {email}")
    known, unknown = (send_password(client, email) for email in addresses)
    assert (known.status_code, unknown.status_code) == (429, 429)
    assert known.text.replace(KNOWN, "") == unknown.text.replace("nobody@example.org", "")


@timed_whole
@pytest.mark.proves("A6", "A7")
def test_the_time_of_signing_in_tells_nothing(console, evenly, record_property):
    assert_alike(*times(console, sign_in), sign_in, record_property)


@timed_whole
@pytest.mark.control("A6")
def test_a_sign_in_that_looks_only_for_those_it_knows_would_tell(console, monkeypatch):
    """Without the pace, and without the hash that the library makes for nobody."""
    monkeypatch.setattr("flask_security.forms.hash_password", lambda _password: "")
    known, unknown = times(console, sign_in, 50)
    assert area_under_curve(known, unknown) > 0.75
