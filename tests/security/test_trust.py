"""Forms for anybody: who did the work is believed, everybody else waits for a look."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.trust import (
    CHALLENGE,
    LOAD_STEPS,
    SOLUTION,
    TRAP,
    UNPROVEN_AN_HOUR,
    Gate,
    TooManyUnproven,
    Trust,
    is_solution,
)
from protestcoord.signups import places
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables, good_sign_up
from tests.console_client import stored_in
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
