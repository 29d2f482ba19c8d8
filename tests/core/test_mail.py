"""The outbox: what is due leaves once, what fails is tried again, and no address is kept."""

import email
import stat
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import delete, select

from protestcoord.config import load_settings
from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import LEASE, OutboxMail, delivery, queue_mail, send_due
from tests.journeys.served import Mailbox, free_port
from tests.stored import NOW


def message(_session, mail):
    made = EmailMessage()
    made["From"], made["To"] = "us@example.org", "lantern@example.org"
    made["Subject"], made["Message-ID"] = "Your link", f"<{mail.id}@example.org>"
    made.set_content("日本語\n")
    return made


@pytest.fixture
def queued(sessions):
    with sessions() as session, unit_of_work(session):
        queue_mail(session, "link", "contact-1", NOW, sign_up=1)
    return sessions


@pytest.fixture
def smtp():
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, f"smtp://127.0.0.1:{port}"
    controller.stop()


def only(sessions):
    with sessions() as session:
        return session.scalars(select(OutboxMail)).one()


def by_smtp(tmp_path, url):
    return delivery(load_settings(tmp_path, {"SMTP_URL": url}))


def test_a_due_mail_reaches_a_real_server_once(queued, smtp, tmp_path):
    mailbox, url = smtp
    deliver = by_smtp(tmp_path, url)
    assert send_due(queued, message, deliver, NOW) == 1
    assert send_due(queued, message, deliver, NOW + timedelta(days=1)) == 0
    (recipients, received), *others = mailbox.mails
    assert (recipients, others) == (["lantern@example.org"], [])
    assert received.get_content().strip() == "日本語"
    assert only(queued).sent_at == NOW


@pytest.mark.proves("P9")
def test_neither_text_nor_address_of_a_mail_is_in_the_database_when_it_is_sent(
    queued, smtp, tmp_path
):
    mailbox, url = smtp
    send_due(queued, message, by_smtp(tmp_path, url), NOW)
    ((_, received),) = mailbox.mails
    with queued() as session:
        (row,) = session.execute(select(OutboxMail.__table__)).mappings()
    kept = [str(value) for value in row.values()]
    said = [received.get_content().strip(), received["To"], received["Subject"]]
    assert [word for word in said if any(word in value for value in kept)] == []
    assert any("contact-1" in value for value in kept), "the control: what is kept is seen"


def test_a_server_that_is_down_delays_and_never_loses(queued, smtp, tmp_path, caplog):
    down = by_smtp(tmp_path, f"smtp://127.0.0.1:{free_port()}")
    assert send_due(queued, message, down, NOW) == 0
    waiting = only(queued)
    assert (waiting.attempts, waiting.due_at) == (1, NOW + timedelta(seconds=30))
    assert send_due(queued, message, down, NOW + timedelta(seconds=29)) == 0
    assert only(queued).attempts == 1
    mailbox, url = smtp
    assert send_due(queued, message, by_smtp(tmp_path, url), NOW + timedelta(seconds=30)) == 1
    assert len(mailbox.mails) == 1
    assert "lantern" not in caplog.text
    assert "was not delivered" in caplog.text


def test_after_a_day_of_failures_it_is_given_up(queued, tmp_path):
    down = by_smtp(tmp_path, f"smtp://127.0.0.1:{free_port()}")
    send_due(queued, message, down, NOW + timedelta(hours=24, seconds=1))
    assert only(queued).failed_at is not None


def test_a_mail_that_nobody_can_get_any_more_is_dropped(queued):
    assert send_due(queued, lambda *_: None, lambda _: None, NOW) == 0
    assert only(queued).failed_at == NOW


def test_a_crash_after_sending_repeats_it_under_the_same_id(queued):
    seen = []

    def crash(sent):
        seen.append(sent["Message-ID"])
        if len(seen) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_due(queued, message, crash, NOW)
    assert send_due(queued, message, crash, NOW + LEASE) == 1
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_an_entry_that_is_deleted_while_it_is_sent_holds_no_other_up(queued):
    with queued() as session, unit_of_work(session):
        queue_mail(session, "link", "contact-2", NOW)

    def deliver(sent):
        mail_id = sent["Message-ID"].strip("<>").partition("@")[0]
        with queued() as session, unit_of_work(session):
            session.execute(delete(OutboxMail).where(OutboxMail.id == mail_id))

    assert send_due(queued, message, deliver, NOW) == 2
    with queued() as session:
        assert session.scalars(select(OutboxMail)).all() == []


def test_the_demonstration_keeps_mails_as_files_of_its_owner(queued, tmp_path):
    deliver = delivery(load_settings(tmp_path, {"DEMO": "1"}))
    assert send_due(queued, message, deliver, NOW) == 1
    (path,) = (tmp_path / "mail").iterdir()
    assert path.name == f"{only(queued).id}.eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = email.message_from_bytes(path.read_bytes(), policy=default)
    assert read["To"] == "lantern@example.org"


def test_without_a_server_mails_wait(tmp_path):
    assert delivery(load_settings(tmp_path, {})) is None


def test_a_mail_that_cannot_be_written_holds_no_other_up(queued):
    with queued() as session, unit_of_work(session):
        queue_mail(session, "link", "contact-2", NOW)

    def compose(session, mail):
        if mail.contact_id == "contact-1":
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")
        return message(session, mail)

    assert send_due(queued, compose, lambda _: None, NOW) == 1


def order_of(sessions, mails):
    """In which order mails leave that came one second after another, some of them by a form."""
    left = []

    def deliver(sent):
        left.append(sent["Message-ID"].strip("<>").partition("@")[0])

    with sessions() as session, unit_of_work(session):
        for number, (mail_id, by_form) in enumerate(mails):
            at = NOW + timedelta(seconds=number)
            queue_mail(session, "x", "contact", at, mail_id=mail_id, asked_by_form=by_form)
    send_due(sessions, message, deliver, NOW + timedelta(hours=1))
    return left


@pytest.mark.proves("B1")
def test_a_crowd_at_a_form_holds_up_neither_what_groups_are_told_nor_who_comes_next(sessions):
    crowd = [(f"crowd-{number:03}", True) for number in range(150)]
    told = [("moved", False), ("cancelled", False)]
    left = order_of(sessions, [*crowd[:100], *told, *crowd[100:], ("honest", True)])
    assert left[:4] == ["moved", "cancelled", "honest", "crowd-149"]
    assert len(left) == 100, "a batch"


@pytest.mark.control("B1")
def test_in_the_order_of_their_coming_the_crowd_would_be_first(sessions):
    crowd = [(f"crowd-{number:03}", False) for number in range(150)]
    left = order_of(sessions, [*crowd, ("moved", False), ("honest", False)])
    assert {"moved", "honest"}.isdisjoint(left)


def test_what_failed_before_holds_up_no_other_of_its_kind(sessions):
    now = NOW + timedelta(hours=1)
    with sessions() as session, unit_of_work(session):
        for mail_id, by_form in (("a", True), ("b", True), ("c", False), ("d", False)):
            queue_mail(session, "x", "contact", NOW, mail_id=mail_id, asked_by_form=by_form)
        for failed in ("a", "c"):
            session.get_one(OutboxMail, failed).attempts = 1
    left = []
    send_due(sessions, message, lambda sent: left.append(sent["Message-ID"][1]), now)
    assert left == ["d", "c", "b", "a"]
