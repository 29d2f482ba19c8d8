"""Nobody learns by asking whether an address is known: not from the answer, not from its time."""

import time

import pytest
from flask import Flask

from protestcoord.core import clock, web
from protestcoord.organizers.access import SIGN_IN_SPANS, SignInForm
from tests.proofs import FULL
from tests.security.asking import (
    KNOWN,
    REPETITIONS,
    Trial,
    app_that_knows,
    lost_link,
    repeated,
    send_password,
    sign_in,
    sign_up,
    timed,
)

pytestmark = pytest.mark.long

EVEN_SECONDS = web.EVEN_SECONDS
MOST_AUC = 0.55
MOST_AUC_WHEN_BUSY = 0.65
MOST_GAP_SECONDS = 0.005


def no_hash(_password):
    return ""


NO_PACE = {"protestcoord.core.web.EVEN_SECONDS": 0}
NO_HASH_FOR_NOBODY = {"flask_security.forms.hash_password": no_hash}
NO_NAPS = {"protestcoord.core.web.NAPS_END_BEFORE_SECONDS": (0,)}
TRIALS = {
    "lost_link": Trial(lost_link),
    "sign_up": Trial(sign_up),
    "sign_in": Trial(sign_in),
}
# A system that is busy adds to the times of some; so fewer are asked here, and more is let pass.
BUSY = {"sign_up beside two that work all the time": Trial(sign_up, asked=150, beside=2)}
CONTROLS = {
    "no pace": Trial(lost_link, without=NO_PACE),
    "no pace, no hash for nobody": Trial(sign_in, 50, NO_PACE | NO_HASH_FOR_NOBODY),
}
BUSY_CONTROLS = {"no naps": Trial(sign_up, 150, NO_NAPS, beside=2)}


@pytest.fixture
def app(tmp_path):
    with app_that_knows(lost_link, tmp_path) as made:
        yield made


@pytest.fixture
def console(tmp_path):
    with app_that_knows(sign_in, tmp_path) as made:
        yield made


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


@pytest.mark.proves("A6", "A7")
def test_signing_in_waits_out_its_span_and_refuses_alike_whoever_it_is(console, monkeypatch):
    monkeypatch.setattr(web, "EVEN_SECONDS", EVEN_SECONDS)
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


timed_whole = pytest.mark.skipif(not FULL, reason="measures time: in make security")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Three repetitions of each trial, of which the middle one counts.

    Those that wait more than they work are made beside each other, the others one by one.
    """
    folder = tmp_path_factory.mktemp("asked")
    waiting = repeated(TRIALS, folder, at_once=REPETITIONS * len(TRIALS))
    return waiting | repeated(CONTROLS | BUSY | BUSY_CONTROLS, folder, at_once=1)


def assert_alike(measured, name, most_auc, record_property):
    middle = measured[name][REPETITIONS // 2]
    areas = ", ".join(f"{one.area_under_curve:.2f}" for one in measured[name])
    asked = f"{REPETITIONS} x ({len(middle.known)} + {len(middle.unknown)})"
    told = f"{name}: {asked}, gap {middle.gap_seconds * 1000:.1f} ms, AUC {areas}"
    record_property("A6", told)
    print(told)
    assert middle.gap_seconds <= MOST_GAP_SECONDS
    assert middle.area_under_curve <= most_auc


@timed_whole
@pytest.mark.proves("A6", "A7")
@pytest.mark.parametrize("name", TRIALS)
def test_the_time_tells_nothing(measured, name, record_property):
    assert_alike(measured, name, MOST_AUC, record_property)


@timed_whole
@pytest.mark.proves("A6")
@pytest.mark.parametrize("name", BUSY)
def test_nor_does_it_on_a_busy_machine(measured, name, record_property):
    assert_alike(measured, name, MOST_AUC_WHEN_BUSY, record_property)


@timed_whole
@pytest.mark.control("A6")
@pytest.mark.parametrize(
    ("name", "least"),
    [*((name, 0.75) for name in CONTROLS), *((name, 0.7) for name in BUSY_CONTROLS)],
)
def test_without_what_hides_it_the_time_would_tell(measured, name, least):
    areas = [one.area_under_curve for one in measured[name]]
    print(f"{name}: AUC {areas}")
    assert areas[REPETITIONS // 2] > least
