"""What a volunteer's mail says, as a real SMTP server takes it in."""

from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import delete, select

from protestcoord.campaigns.service import cancel_slot
from protestcoord.config import LANGUAGES, load_settings
from protestcoord.core.consent import block_mail
from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import OutboxMail, delivery, queue_mail, send_due
from protestcoord.signups import places
from protestcoord.volunteers import mails, reminders
from protestcoord.volunteers.addresses import block_proof, open_address
from protestcoord.volunteers.models import Subscription
from tests.journeys.served import Mailbox, free_port
from tests.stored import NOW, STARTS_AT, store_sign_up
from tests.volunteers.asked import EMAIL, ask, reminding_slot, store_confirmed

BASE = "https://example.org"
KINDS = ("volunteers.confirm", "volunteers.reminder", "volunteers.changed")
PAGE = "/c/noon/sites/de-berlin-embassy/"


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path, {"BASE_URL": BASE, "UID_HOST": "uid.example"})


@pytest.fixture
def outbox(sessions, vault, settings, tmp_path):
    """Sends what is in the outbox to a real server and returns what that took in."""
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    deliver = delivery(load_settings(tmp_path, {"SMTP_URL": f"smtp://127.0.0.1:{port}"}))

    def send(now=NOW):
        mailbox.mails.clear()
        send_due(sessions, lambda s, m: mails.compose(s, vault, settings, m), deliver, now)
        return list(mailbox.mails)

    yield send
    controller.stop()


def confirmed(sessions, vault, **changes):
    with sessions() as session, unit_of_work(session):
        made = store_confirmed(session, vault, reminding_slot(session), **changes)
        return open_address(vault, made)


def queue(sessions, kind):
    with sessions() as session, unit_of_work(session):
        queue_mail(session, kind, session.scalars(select(Subscription.id)).one(), NOW)


@pytest.mark.proves("B8", "P9")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_is_plain_says_when_and_where_and_offers_to_leave(
    sessions, vault, outbox, kind, language
):
    address = confirmed(sessions, vault, language=language)
    queue(sessions, kind)
    ((recipients, message),) = outbox()
    prefix = BASE + ("" if language == "en" else f"/{language}")
    leave = f"{prefix}/s/reminders/leave/{address.leave_token}/{block_proof(vault, EMAIL)}/"
    text = message.get_content()
    assert recipients == [EMAIL]
    assert message["To"] == EMAIL
    assert not {"Cc", "Bcc"} & set(message.keys())
    assert message.get_content_type() == "text/plain"
    assert message["List-Unsubscribe"] == f"<{leave}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert leave in text
    assert "12:00 (UTC+01:00)" in text
    assert prefix + PAGE in text
    assert (address.confirm_token in text) == (kind == "volunteers.confirm")
    assert not {"protest", "noon"} & set(message["Subject"].lower().split())
    assert {"en": "9 Jan 2027", "ja": "2027年1月9日", "ko": "2027년 1월 9일"}[language] in text


@pytest.mark.proves("B8")
def test_the_address_to_leave_is_one_line_in_the_raw_mail(session, vault, settings):
    made = store_confirmed(session, vault, reminding_slot(session))
    queue_mail(session, "volunteers.reminder", made.id, NOW)
    session.flush()
    entry = session.scalars(select(OutboxMail)).one()
    raw = mails.compose(session, vault, settings, entry).as_bytes()
    leave = mails.leave_link(settings, vault, made, open_address(vault, made))
    assert f"\r\nList-Unsubscribe: <{leave}>\r\n".encode() in raw
    assert len(leave) > 78, "the control: a line that would be folded"


def test_a_meeting_point_is_told_once_it_is_public(session, vault, settings):
    slot = reminding_slot(session)
    made = store_confirmed(session, vault, slot)
    sign_up = store_sign_up(session, vault, slot, meeting_point="At the clock", hides_point=True)
    places.confirm_sign_up(session, sign_up.id, NOW)
    session.execute(delete(OutboxMail))

    def text(at):
        queue_mail(session, "volunteers.reminder", made.id, at, mail_id=at.isoformat())
        session.flush()
        entry = session.get_one(OutboxMail, at.isoformat())
        return mails.compose(session, vault, settings, entry).get_content()

    last_day = STARTS_AT - timedelta(hours=24)
    assert "At the clock" not in text(last_day + timedelta(hours=1)), "not confirmed yet"
    places.approve_sign_up(session, sign_up.id, NOW)
    assert "At the clock" not in text(last_day - timedelta(seconds=1))
    assert "Meeting point: At the clock" in text(last_day)


def test_a_moved_and_a_cancelled_slot_read_differently(sessions, vault, outbox):
    confirmed(sessions, vault)
    with sessions() as session, unit_of_work(session):
        slot = session.scalars(select(Subscription)).one().slot
        slot.starts_at, slot.ends_at = (
            STARTS_AT + timedelta(hours=1),
            STARTS_AT + timedelta(hours=2),
        )
        session.flush()
        reminders.tell_changes(session, NOW)
    ((_, moved),) = outbox()
    assert moved["Subject"] == "The time has changed"
    assert "13:00 (UTC+01:00)" in moved.get_content()
    with sessions() as session, unit_of_work(session):
        cancel_slot(session, session.scalars(select(Subscription)).one().slot, NOW)
        reminders.tell_changes(session, NOW)
    ((_, cancelled),) = outbox()
    assert cancelled["Subject"] == "Called off"
    assert "Please do not go." in cancelled.get_content()
    assert "Meeting point" not in cancelled.get_content()


def test_a_reminder_that_waited_past_the_start_is_not_sent(sessions, vault, outbox):
    confirmed(sessions, vault)
    with sessions() as session, unit_of_work(session):
        reminders.queue_due(session, STARTS_AT - timedelta(hours=1))
    assert outbox(STARTS_AT) == []
    with sessions() as session, unit_of_work(session):
        entry = session.scalars(select(OutboxMail)).one()
        assert (entry.sent_at, entry.failed_at) == (None, STARTS_AT)
        entry.failed_at, entry.due_at = None, NOW
    assert len(outbox(STARTS_AT - timedelta(seconds=1))) == 1, "the control"


def test_a_reminder_of_what_was_called_off_meanwhile_is_not_sent(sessions, vault, outbox):
    confirmed(sessions, vault)
    with sessions() as session, unit_of_work(session):
        reminders.queue_due(session, STARTS_AT - timedelta(hours=1))
        cancel_slot(session, session.scalars(select(Subscription)).one().slot, NOW)
    assert outbox(STARTS_AT - timedelta(hours=1)) == []


def test_who_left_or_was_purged_gets_nothing(session, vault, settings):
    ask(session, vault, reminding_slot(session))
    entry = session.scalars(select(OutboxMail)).one()
    assert mails.compose(session, vault, settings, entry) is not None
    vault.keys.destroy("noon")
    assert mails.compose(session, vault, settings, entry) is None
    entry.contact_id = "gone"
    assert mails.compose(session, vault, settings, entry) is None


def test_who_is_blocked_gets_nothing_of_what_was_confirmed_before(session, vault, settings):
    made = store_confirmed(session, vault, reminding_slot(session))
    queue_mail(session, "volunteers.reminder", made.id, NOW)
    session.flush()
    entry = session.scalars(select(OutboxMail)).one()
    assert mails.compose(session, vault, settings, entry) is not None, "the control"
    block_mail(session, vault.anywhere_index(EMAIL), NOW)
    assert mails.compose(session, vault, settings, entry) is None


@pytest.mark.proves("E6")
def test_hostile_text_stays_in_the_body(session, vault, settings):
    slot = reminding_slot(session)
    slot.site.campaign.title = "Noon\r\nBcc: evil@example.org\r\n\r\n%(x)s {{ 7 * 7 }} <b>"
    ask(session, vault, slot)
    entry = session.scalars(select(OutboxMail)).one()
    message = mails.compose(session, vault, settings, entry)
    assert "Bcc" not in message
    assert "%(x)s {{ 7 * 7 }} <b>" in message.get_content()
