"""Nobody learns by asking whether an address is known: not from the answer, not from its time."""

import time
from itertools import count
from statistics import median

import pytest

from protestcoord.core import web
from protestcoord.signups import service
from tests.app_client import app_with_tables, good_sign_up
from tests.console_client import PASSWORD, TOKEN, console_app, stored_in
from tests.proofs import FULL, size
from tests.stored import NOW, store_sign_up, store_slot

KNOWN = "lantern@example.org"
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
    monkeypatch.setattr(web, "EVEN_SECONDS", 0.1)


def lost_link(client, email):
    return client.post("/s/lost-link/", data={"email": email})


def sign_up(client, email):
    form = good_sign_up(email=email, slot=client.application.config["SLOT"])
    return client.post("/c/noon/sign-up/", data=form)


def timed(ask, client, email) -> float:
    began = time.perf_counter()
    ask(client, email)
    return time.perf_counter() - began


def times(app, ask) -> tuple[list[float], list[float]]:
    """Seconds of known and unknown addresses, asked in turn."""
    client, number = app.test_client(), count()
    known, unknown = [], []
    for _ in range(ASKED):
        known.append(timed(ask, client, KNOWN))
        unknown.append(timed(ask, client, f"nobody{next(number)}@example.org"))
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


@pytest.mark.proves("A6")
@pytest.mark.parametrize("work_seconds", [0, 0.03, 0.07])
def test_an_even_pace_is_a_whole_number_of_spans(monkeypatch, work_seconds):
    monkeypatch.setattr(web, "EVEN_SECONDS", 0.05)
    began = time.monotonic()
    web.at_even_pace(lambda: time.sleep(work_seconds))()
    over = (time.monotonic() - began) % 0.05
    assert over < 0.02


@pytest.mark.control("A6")
def test_without_a_pace_it_answers_as_soon_as_it_can():
    began = time.monotonic()
    web.at_even_pace(lambda: None)()
    assert time.monotonic() - began < 0.02


timed_whole = pytest.mark.skipif(not FULL, reason="measures time: in make security")


@timed_whole
@pytest.mark.proves("A6")
@pytest.mark.parametrize("ask", [lost_link, sign_up])
def test_the_time_tells_nothing(app, ask, evenly, record_property):
    known, unknown = times(app, ask)
    gap = abs(median(known) - median(unknown))
    area = area_under_curve(known, unknown)
    told = f"{ask.__name__}: {ASKED} + {ASKED}, gap {gap * 1000:.1f} ms, AUC {area:.2f}"
    record_property("A6", told)
    assert (gap <= MOST_GAP_SECONDS, area <= MOST_AUC) == (True, True), told


@timed_whole
@pytest.mark.control("A6")
def test_without_the_even_pace_the_time_would_tell(app):
    known, unknown = times(app, lost_link)
    assert area_under_curve(known, unknown) > 0.75


@pytest.mark.proves("A6", "A7")
def test_signing_in_takes_as_long_for_nobody(tmp_path, record_property):
    with console_app(tmp_path, KNOWN) as app:

        def sign_in(client, email):
            app.extensions["slowdown"].__init__()
            sent = {"email": email, "password": PASSWORD[1:], "csrf_token": token}
            answer = client.post("/organize/login", data=sent)
            assert answer.status_code == 200, "it was tried, not turned away before"
            return answer

        client = app.test_client()
        token = TOKEN.search(client.get("/organize/login").text).group(1)
        sign_in(client, KNOWN)
        known = [timed(sign_in, client, KNOWN) for _ in range(size(6, full=60))]
        unknown = [timed(sign_in, client, "nobody@example.org") for _ in known]
    told = f"sign-in: {median(known) * 1000:.0f} ms known, {median(unknown) * 1000:.0f} ms unknown"
    record_property("A6", told)
    assert max(median(known), median(unknown)) < 1.5 * min(median(known), median(unknown)), told
