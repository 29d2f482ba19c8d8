"""The open pages of reminders: the same answer for all, buttons that act, GETs that do not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.service import cancel_slot
from protestcoord.core import clock
from protestcoord.core.consent import MailBlock
from protestcoord.core.mail import OutboxMail
from protestcoord.volunteers import reminders
from protestcoord.volunteers.addresses import block_proof, open_address
from protestcoord.volunteers.models import Subscription
from protestcoord.volunteers.rules import Moment
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, STARTS_AT
from tests.volunteers.asked import EMAIL, ask, reminding_slot, store_confirmed

REMIND = "/c/noon/slots/w1-de-berlin-embassy-1/remind/"
FORM = {"email": EMAIL, "moments": ["day", "hours"]}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FOREIGN = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def moment(monkeypatch):
    """What the clock of the views shows; a test may turn it."""
    shown = [NOW]
    monkeypatch.setattr(clock, "now", lambda: shown[0])
    return shown


@pytest.fixture
def app(tmp_path, moment):
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        reminding_slot(session)
    return app


@pytest.fixture
def client(app):
    return app.test_client(use_cookies=False)


def counted(app, table=Subscription):
    with stored_in(app) as session:
        return len(session.scalars(select(table)).all())


def address_of(app, make=ask):
    with stored_in(app) as session:
        vault = app.config["VAULT"]
        return open_address(vault, make(session, vault, session.scalars(select(Slot)).one()))


def ask_late(session, vault, slot):
    return ask(session, vault, slot, at=STARTS_AT - timedelta(hours=3), moments=[Moment.HOURS])


def proof_of(app, email=EMAIL):
    return block_proof(app.config["VAULT"], email)


def leave_path(app, address):
    return f"leave/{address.leave_token}/{proof_of(app)}/"


def is_confirmed(app):
    with stored_in(app) as session:
        return session.scalars(select(Subscription)).one().confirmed_at is not None


def test_the_answer_is_the_same_for_known_blocked_and_unknown_addresses(app, client):
    address = address_of(app, store_confirmed)
    unknown = client.post(REMIND, data=FORM | {"email": "new@example.org"})
    known = client.post(REMIND, data=FORM)
    client.post(f"/s/reminders/never/{address.leave_token}/{proof_of(app)}/")
    blocked = client.post(REMIND, data=FORM)
    often = [client.post(REMIND, data=FORM | {"email": "new@example.org"}) for _ in range(4)][-1]
    answers = {
        (a.status_code, a.headers["Location"], a.text) for a in (unknown, known, blocked, often)
    }
    assert len(answers) == 1
    assert unknown.headers.getlist("Set-Cookie") == []
    assert "on its way" in client.get(unknown.headers["Location"]).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "nobody", "This is not an e-mail address"),
        ("email", "", "Please fill this in."),
        ("email", "a@b.example\r\nBcc: c@d.example", "This has to be on one line."),
        ("moments", [], "Please choose at least one."),
        ("moments", ["year"], "Please look at this again"),
    ],
)
def test_a_wrong_field_is_said_beside_it_and_nothing_is_saved(app, client, field, value, words):
    answer = client.post(REMIND, data=FORM | {field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert (counted(app), counted(app, OutboxMail)) == (0, 0)


def test_a_script_that_types_many_addresses_is_told_to_wait(app, client, moment, monkeypatch):
    monkeypatch.setattr(reminders, "MOST_UNCONFIRMED_AN_HOUR", 2)
    address = address_of(app)
    client.post(REMIND, data=FORM | {"email": "b@example.org"})
    refused = client.post(REMIND, data=FORM | {"email": "c@example.org"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert "Please try again in an hour" in refused.text
    assert 'value="c@example.org"' in refused.text, "what was typed is kept"
    assert counted(app) == 2
    client.post(f"/s/reminders/confirm/{address.confirm_token}/")
    assert client.post(REMIND, data=FORM | {"email": "c@example.org"}).status_code == 303
    moment[0] += timedelta(hours=1)
    assert client.post(REMIND, data=FORM | {"email": "d@example.org"}).status_code == 303


def test_the_form_offers_only_moments_ahead_and_is_gone_with_the_last(client, moment):
    assert 'value="week"' in client.get(REMIND).text
    moment[0] = STARTS_AT - timedelta(days=3)
    shown = client.get(REMIND).text
    assert ('value="week"' in shown, 'value="day"' in shown) == (False, True)
    moment[0] = STARTS_AT - timedelta(hours=1)
    assert client.get(REMIND).status_code == 404


def test_a_form_that_another_site_sends_is_refused(app, client):
    assert client.post(REMIND, data=FORM, headers=FOREIGN).status_code == 403
    assert counted(app) == 0


@pytest.mark.proves("B8")
def test_scanners_that_open_the_links_change_nothing(app, client):
    address = address_of(app)
    for _ in range(5):
        for path in (
            f"confirm/{address.confirm_token}/",
            f"leave/{address.leave_token}/{proof_of(app)}/",
        ):
            assert client.get(f"/s/reminders/{path}").status_code == 200
            assert client.head(f"/s/reminders/{path}").status_code == 200
    assert not is_confirmed(app)
    answer = client.post(f"/s/reminders/confirm/{address.confirm_token}/")
    assert "You will be reminded" in answer.text
    assert answer.headers.getlist("Set-Cookie") == []
    assert is_confirmed(app)


def test_no_page_of_a_link_shows_what_is_private(app, client):
    address = address_of(app)
    for path in (
        f"confirm/{address.confirm_token}/",
        f"leave/{address.leave_token}/{proof_of(app)}/",
    ):
        assert "walker" not in client.get(f"/s/reminders/{path}").text


def test_a_link_that_is_too_old_confirms_nothing(app, client, moment):
    path = f"/s/reminders/confirm/{address_of(app).confirm_token}/"
    moment[0] = NOW + timedelta(hours=24)
    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)
    assert not is_confirmed(app)


def test_who_confirms_reads_when_the_mails_come(app, client):
    shown = client.post(f"/s/reminders/confirm/{address_of(app).confirm_token}/").text
    for local in ("2 Jan 2027, 12:00", "8 Jan 2027, 12:00", "9 Jan 2027, 10:00"):
        assert local in shown
    assert "too late" not in shown


def test_who_confirms_too_late_is_promised_nothing(app, client, moment):
    moment[0] = STARTS_AT - timedelta(hours=3)
    path = f"/s/reminders/confirm/{address_of(app, ask_late).confirm_token}/"
    moment[0] = STARTS_AT - timedelta(hours=1)
    shown = client.post(path).text
    assert "It is too late for a reminder." in shown
    assert "You will be reminded" not in shown


@pytest.mark.proves("B8")
def test_who_confirms_what_was_called_off_is_told_not_to_go(app, client):
    path = f"/s/reminders/confirm/{address_of(app).confirm_token}/"
    with stored_in(app) as session:
        cancel_slot(session, session.scalars(select(Slot)).one(), NOW)
    shown = client.post(path).text
    assert "Please do not go." in shown
    assert "When we remind you" not in shown


@pytest.mark.proves("B8")
def test_one_click_leaves_without_cookie_and_from_a_mail_provider(app, client):
    token = address_of(app, store_confirmed).leave_token
    path = f"/s/reminders/leave/{token}/{proof_of(app)}/"
    assert client.get(path, headers=FOREIGN).status_code == 200
    assert counted(app) == 1
    answer = client.post(path, data=ONE_CLICK, headers=FOREIGN)
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
    assert counted(app) == 0
    again = client.post(path, data=ONE_CLICK, headers=FOREIGN, content_type="multipart/form-data")
    assert (again.status_code, again.text) == (200, answer.text)


@pytest.mark.control("B8")
@pytest.mark.proves("B5", "B8")
def test_only_one_click_may_come_from_elsewhere(app, client):
    """The control: the other buttons of the same page are refused."""
    address = address_of(app)
    for path in (
        f"never/{address.leave_token}/{proof_of(app)}/",
        f"confirm/{address.confirm_token}/",
    ):
        assert client.post(f"/s/reminders/{path}", headers=FOREIGN).status_code == 403
    assert (counted(app), counted(app, MailBlock)) == (1, 0)


def test_never_again_needs_no_account_and_holds_for_sign_ups_too(app, client):
    token = address_of(app, store_confirmed).leave_token
    answer = client.post(f"/s/reminders/never/{token}/{proof_of(app)}/")
    assert "you get no mail because of it" in answer.text
    assert (counted(app), counted(app, MailBlock)) == (0, 1)
    client.post(REMIND, data=FORM)
    assert (counted(app), counted(app, OutboxMail)) == (0, 0)
    again = client.post(f"/s/reminders/never/{token}/{proof_of(app)}/")
    assert (again.status_code, counted(app, MailBlock)) == (200, 1)


def test_who_left_by_one_click_can_still_refuse_all_mail(app, client):
    token = address_of(app, store_confirmed).leave_token
    left = client.post(f"/s/reminders/leave/{token}/{proof_of(app)}/", data=ONE_CLICK)
    assert "Never mail me again" in left.text
    assert client.post(f"/s/reminders/never/{token}/{proof_of(app)}/").status_code == 200
    assert counted(app, MailBlock) == 1


def test_a_forged_link_blocks_nobody(app, client):
    token = address_of(app, store_confirmed).leave_token
    assert client.post(f"/s/reminders/never/{token}/{'0' * 128}/").status_code == 404
    assert (counted(app), counted(app, MailBlock)) == (1, 0)


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_the_language_of_the_page_is_that_of_the_mails(app, client, language):
    client.post(f"/{language}{REMIND}", data=FORM)
    with stored_in(app) as session:
        assert session.scalars(select(Subscription.language)).one() == language
