"""Forms for anybody: who did the work is believed, everybody else waits for a look."""

import re
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from protestcoord.core.trust import (
    CHALLENGE,
    LOAD_STEPS,
    SOLUTION,
    TRAP,
    UNPROVEN_AN_HOUR,
    Challenge,
    Gate,
    TooManyUnproven,
    Trust,
    is_solution,
)
from protestcoord.organizers.access import WITHOUT_PROOF
from protestcoord.organizers.service import add_organizer
from protestcoord.organizers.slowdown import FREE_OF_ALL_WITHOUT_PROOF, FREE_WITHOUT_PROOF
from protestcoord.signups import places
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables, good_sign_up
from tests.console_client import PASSWORD, Organizer, code_of_now, give_phone, stored_in
from tests.stored import NOW, store_slot

LATER = NOW + timedelta(seconds=5)
PATH = "/c/noon/sign-up/"


@pytest.fixture
def gate():
    return Gate(b"a key")


def solved(challenge):
    number = next(n for n in range(2**30) if is_solution(challenge.text, str(n), challenge.bits))
    return {CHALLENGE: challenge.text, SOLUTION: str(number)}


@pytest.fixture(scope="module")
def cheap():
    """A proof of eight bits is found at once, and judged by the same code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("protestcoord.core.trust.BITS", 8)
        yield


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_a_proof_counts_once_for_its_form_for_ten_minutes(gate):
    sent = solved(gate.challenge("sign-up", NOW))
    assert gate.judge("remind", sent, LATER) is Trust.UNPROVEN
    assert gate.judge("sign-up", sent, NOW + timedelta(minutes=10)) is Trust.UNPROVEN
    assert gate.judge("sign-up", sent, LATER) is Trust.PROVEN
    assert gate.judge("sign-up", sent, LATER) is Trust.UNPROVEN


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_what_is_forged_cheap_or_missing_proves_nothing(gate):
    challenge = gate.challenge("sign-up", NOW)
    form, made_at, _, rest = challenge.text.split(":", 3)
    forged = [
        {CHALLENGE: f"{form}:{made_at}:0:{rest}", SOLUTION: "0"},
        {CHALLENGE: f"{challenge.text}0", SOLUTION: "0"},
        solved(Gate(b"another key").challenge("sign-up", NOW)),
        {CHALLENGE: challenge.text, SOLUTION: _wrong(challenge)},
        {CHALLENGE: challenge.text, SOLUTION: "²"},
        {CHALLENGE: ":::", SOLUTION: "1"},
        {CHALLENGE: "é", SOLUTION: "1"},
        {},
    ]
    judged = [gate.judge("sign-up", sent, LATER) for sent in forged]
    assert judged == [Trust.UNPROVEN] * len(forged)


def _wrong(challenge):
    return next(str(n) for n in range(999) if not is_solution(challenge.text, str(n), 8))


@pytest.mark.control("B4", "B7")
@pytest.mark.usefixtures("cheap")
def test_the_same_proof_untouched_is_believed(gate):
    sent = solved(gate.challenge("sign-up", NOW))
    assert gate.judge("sign-up", sent, LATER) is Trust.PROVEN


@pytest.mark.proves("B7")
@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(("seconds", "typed"), [(2, ""), (5, "https://spam.example")])
def test_who_is_too_quick_or_fills_the_trap_is_looked_at(gate, seconds, typed):
    sent = solved(gate.challenge("sign-up", NOW)) | {TRAP: typed}
    judged = gate.judge("sign-up", sent, NOW + timedelta(seconds=seconds))
    assert judged is Trust.UNPROVEN


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_a_proof_from_before_a_restart_counts_for_nothing(gate):
    sent = solved(gate.challenge("sign-up", NOW))
    assert gate.judge("sign-up", sent, LATER) is Trust.PROVEN
    restarted = Gate(b"a key", since=NOW + timedelta(milliseconds=1))
    assert restarted.judge("sign-up", sent, LATER) is Trust.OUTDATED
    assert restarted.judge("sign-up", {}, LATER) is Trust.UNPROVEN
    sent = solved(restarted.challenge("sign-up", LATER))
    assert restarted.judge("sign-up", sent, LATER + timedelta(seconds=5)) is Trust.PROVEN


@pytest.mark.control("B4")
@pytest.mark.usefixtures("cheap")
def test_a_gate_that_knew_no_start_would_take_it_twice(gate):
    sent = solved(gate.challenge("sign-up", NOW))
    assert gate.judge("sign-up", sent, LATER) is Trust.PROVEN
    assert Gate(b"a key").judge("sign-up", sent, LATER) is Trust.PROVEN


@pytest.mark.proves("B4")
def test_work_becomes_dearer_under_load(gate):
    before = gate.challenge("come", NOW).bits
    for number in range(LOAD_STEPS[1]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("protestcoord.core.trust.UNPROVEN_AN_HOUR", 10_000)
            gate.judge(f"form {number}", {}, NOW)
    assert gate.challenge("come", NOW).bits == before + 2
    assert gate.challenge("come", NOW + timedelta(minutes=1)).bits == before


@pytest.mark.proves("B4")
def test_a_proof_is_checked_in_less_than_a_millisecond(gate, record_property):
    sent = {CHALLENGE: gate.challenge("sign-up", NOW).text, SOLUTION: "1"}
    began = time.perf_counter()
    for _ in range(UNPROVEN_AN_HOUR):
        gate.judge("sign-up", sent, LATER)
    each_ms = (time.perf_counter() - began) / UNPROVEN_AN_HOUR * 1000
    assert each_ms <= 1
    record_property("B4", f"18 bits; checked in {each_ms:.3f} ms")


@pytest.mark.proves("B6")
@pytest.mark.usefixtures("cheap")
def test_a_flood_without_proof_ends_for_itself_and_not_for_who_works(gate):
    for _ in range(UNPROVEN_AN_HOUR):
        gate.judge("sign-up", {}, LATER)
    with pytest.raises(TooManyUnproven):
        gate.judge("sign-up", {}, LATER)
    assert gate.judge("remind", {}, LATER) is Trust.UNPROVEN, "each form has its own budget"
    sent = solved(gate.challenge("sign-up", NOW))
    assert gate.judge("sign-up", sent, LATER) is Trust.PROVEN
    assert gate.judge("sign-up", {}, LATER + timedelta(hours=1)) is Trust.UNPROVEN


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path, PROOF_OF_WORK="1")
    made.config["GATE"] = Gate(b"a key of this test")
    with stored_in(made) as session:
        store_slot(session)
    return made


def send(app, monkeypatch, sent):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: LATER)
    return app.test_client().post(PATH, data=good_sign_up() | sent)


def state_once_confirmed(app):
    with stored_in(app) as session:
        sign_up = session.scalars(select(SignUp)).one()
        return places.confirm_sign_up(session, sign_up.id, LATER)


@pytest.mark.proves("B4", "B7")
@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("proves", [True, False])
def test_without_proof_a_sign_up_waits_although_there_is_a_place(app, monkeypatch, proves):
    sent = solved(app.config["GATE"].challenge("sign-up", NOW)) if proves else {}
    assert send(app, monkeypatch, sent).status_code == 303
    expected = SignUpState.OFFERED if proves else SignUpState.WAITLISTED
    assert state_once_confirmed(app) is expected
    with stored_in(app) as session:
        assert places.promote_where_free(session, LATER) == 0
        places.approve_sign_up(session, session.scalars(select(SignUp)).one().id, LATER)


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_who_had_the_form_open_during_a_restart_sends_it_once_more(app, monkeypatch):
    sent = solved(app.config["GATE"].challenge("sign-up", NOW))
    app.config["GATE"] = Gate(b"a key of this test", since=NOW + timedelta(seconds=1))
    answer = send(app, monkeypatch, sent)
    assert answer.status_code == 422
    assert "started anew" in answer.text
    assert "Lantern circle" in answer.text, "nothing typed is lost"
    challenge = Challenge(re.search(r'name="pow_challenge" value="([^"]+)"', answer.text)[1], 8)
    at = LATER + timedelta(seconds=5)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: at)
    again = app.test_client().post(PATH, data=good_sign_up() | solved(challenge))
    assert again.status_code == 303
    assert state_once_confirmed(app) is SignUpState.OFFERED


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_a_proof_counts_again_if_the_database_was_away(app, monkeypatch):
    def away(*_):
        raise OperationalError("INSERT", {}, TimeoutError())

    sent = solved(app.config["GATE"].challenge("sign-up", NOW))
    with monkeypatch.context() as patch:
        patch.setattr("protestcoord.signups.service.sign_up_group", away)
        assert send(app, monkeypatch, sent).status_code == 503
    assert send(app, monkeypatch, sent).status_code == 303
    assert state_once_confirmed(app) is SignUpState.OFFERED
    assert app.config["GATE"].judge("sign-up", sent, LATER) is Trust.UNPROVEN


KIM = "kim@example.org"


@dataclass
class AtSignIn:
    """A browser at the organizers' sign-in, five seconds after its challenges were made."""

    app: Flask

    def __post_init__(self):
        self.client = Organizer(self.app.test_client())
        self.failures = self.app.extensions["slowdown"]

    def fail(self, times, *who):
        for _ in range(times):
            self.failures.note_failure(LATER, *who)

    def proof(self, form="sign-in"):
        return solved(self.app.config["GATE"].challenge(form, NOW))

    def status(self, password=PASSWORD, **sent):
        return self.client.give_password(KIM, password, **sent).status_code


def sign_in_at(folder, monkeypatch, **environment):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: LATER)
    app = app_with_tables(folder, **environment)
    app.config["GATE"] = Gate(b"a key of this test", asks_for_work=app.config["GATE"].asks_for_work)
    with stored_in(app) as session:
        give_phone(app, session, add_organizer(session, KIM, PASSWORD, NOW))
    return AtSignIn(app)


@pytest.fixture
def sign_in(tmp_path, monkeypatch):
    return sign_in_at(tmp_path, monkeypatch, PROOF_OF_WORK="1")


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_after_three_failures_of_an_account_signing_in_asks_for_work(sign_in):
    sign_in.fail(2, f"account {KIM}")
    assert "pow_challenge" not in sign_in.client.open("/organize/login").text
    assert sign_in.status("a third wrong password") == 200
    answer = sign_in.client.give_password(KIM)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "pow_challenge" in answer.text
    assert sign_in.status(**sign_in.proof("sign-up")) == 429, "the proof of another form"
    proof = sign_in.proof()
    assert sign_in.status("a fourth wrong password", **proof) == 200
    assert sign_in.status(**proof) == 429, "the same proof again"
    assert sign_in.status(**sign_in.proof()) == 302


@pytest.mark.proves("B4")
@pytest.mark.usefixtures("cheap")
def test_under_many_failures_everybody_is_asked_and_nobody_is_kept_out(sign_in):
    sign_in.fail(FREE_OF_ALL_WITHOUT_PROOF + 9, WITHOUT_PROOF)
    assert "pow_challenge" in sign_in.client.open("/organize/login").text
    assert sign_in.status() == 429
    assert sign_in.status(code="000000") == 429
    assert sign_in.status(code=code_of_now()) == 302, "without scripts, with the phone"
    sign_in.client = Organizer(sign_in.app.test_client())
    assert sign_in.status(**sign_in.proof()) == 302, "with scripts"


@pytest.mark.control("B4")
def test_where_no_work_is_asked_for_three_failures_cost_nothing(tmp_path, monkeypatch):
    sign_in = sign_in_at(tmp_path, monkeypatch)
    sign_in.fail(FREE_WITHOUT_PROOF, f"account {KIM}")
    sign_in.fail(FREE_OF_ALL_WITHOUT_PROOF + 9, WITHOUT_PROOF)
    assert "pow_challenge" not in sign_in.client.open("/organize/login").text
    assert sign_in.status() == 302


@pytest.mark.proves("B6")
def test_when_too_many_came_the_answer_says_when_to_try_again(app, monkeypatch):
    monkeypatch.setattr("protestcoord.core.trust.UNPROVEN_AN_HOUR", 1)
    assert send(app, monkeypatch, {}).status_code == 303
    answer = send(app, monkeypatch, {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "Lantern circle" in answer.text, "what was typed can be sent again"


@pytest.mark.control("B6")
def test_without_the_budget_the_flood_would_go_on(app, monkeypatch):
    monkeypatch.setattr("protestcoord.core.trust.UNPROVEN_AN_HOUR", 10)
    assert [send(app, monkeypatch, {}).status_code for _ in range(5)] == [303] * 5


@pytest.mark.proves("B7")
def test_a_reader_of_screens_never_meets_the_trap(app):
    shown = app.test_client().get(f"{PATH}?slot=w1-de-berlin-embassy-1").text
    trap = shown[shown.index("proof__trap") : shown.index('name="website"') + 60]
    assert 'aria-hidden="true"' in trap
    assert 'tabindex="-1" autocomplete="off"' in trap
