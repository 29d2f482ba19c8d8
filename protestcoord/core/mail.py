"""How does a mail leave: written with its cause into the outbox, sent by the worker later."""

import logging
import smtplib
import ssl
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import JSON, Select, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from protestcoord.config import Settings, write_private
from protestcoord.core.database import Base, unit_of_work

LOG = logging.getLogger(__name__)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)

Compose = Callable[[Session, "OutboxMail"], EmailMessage | None]
Deliver = Callable[[EmailMessage], None]


class OutboxMail(Base):
    """A mail to be sent: what it is about and to which contact, never an address or a body."""

    __tablename__ = "outbox_mail"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    contact_id: Mapped[str] = mapped_column(String(36), index=True)
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


def queue_mail(session: Session, kind: str, contact_id: str, now: datetime, **about: Any) -> None:
    """Put a mail into the outbox, in the transaction of what it tells.

    Args:
        session: The unit of work that writes the cause.
        kind: Name of the mail's template.
        contact_id: Who gets it.
        now: This moment.
        about: Ids of what the mail is about; never an address, a name or a text.
    """
    session.add(
        OutboxMail(
            id=str(uuid.uuid4()),
            kind=kind,
            contact_id=contact_id,
            about=about,
            created_at=now,
            due_at=now,
        )
    )


def mails_since(session: Session, contact_id: str, kinds: list[str], since: datetime) -> int:
    """Return how many mails of some kinds a contact was sent since a moment."""
    counted = select(func.count()).where(
        OutboxMail.contact_id == contact_id,
        OutboxMail.kind.in_(kinds),
        OutboxMail.created_at > since,
    )
    return session.scalar(counted) or 0


def send_due(
    sessions: sessionmaker[Session], compose: Compose, deliver: Deliver, now: datetime
) -> int:
    """Send what is due; return how many mails went out.

    Each mail is claimed in a transaction of its own before it is sent, so that a crash delays
    it by one retry and repeats it at most once, under the same Message-ID.
    """
    with sessions() as session:
        due = session.scalars(_due(now).limit(100)).all()
    return sum(_send_one(sessions, mail_id, compose, deliver, now) for mail_id in due)


def _due(now: datetime) -> Select[str]:
    waiting = select(OutboxMail.id).where(
        OutboxMail.sent_at.is_(None), OutboxMail.failed_at.is_(None), OutboxMail.due_at <= now
    )
    return waiting.order_by(OutboxMail.due_at)


def _send_one(
    sessions: sessionmaker[Session],
    mail_id: str,
    compose: Compose,
    deliver: Deliver,
    now: datetime,
) -> bool:
    with sessions() as session:
        with unit_of_work(session):
            if _claim(session, mail_id, now) is None:
                return False
        # Whatever is wrong with one mail is that mail's alone: the others still leave.
        sent = dropped = False
        try:
            message = compose(session, session.get_one(OutboxMail, mail_id))
            dropped = message is None
            if message is not None:
                deliver(message)
                sent = True
        except Exception as error:  # noqa: BLE001
            # The error's words may repeat the address, so only its kind is kept.
            LOG.warning("mail %s was not delivered: %s", mail_id, type(error).__name__)
        with unit_of_work(session):
            _write_result(session, mail_id, now, sent=sent, dropped=dropped)
        return sent


def _claim(session: Session, mail_id: str, now: datetime) -> OutboxMail | None:
    claimed = select(OutboxMail).where(OutboxMail.id.in_(_due(now).where(OutboxMail.id == mail_id)))
    mail = session.scalar(claimed.with_for_update(skip_locked=True))
    if mail is None:
        return None
    mail.due_at = now + min(FIRST_RETRY * 2**mail.attempts, LONGEST_RETRY)
    mail.attempts += 1
    return mail


def _write_result(
    session: Session, mail_id: str, now: datetime, *, sent: bool, dropped: bool
) -> None:
    mail = session.get_one(OutboxMail, mail_id)
    if sent:
        mail.sent_at = now
    elif dropped or now - mail.created_at > GIVE_UP_AFTER:
        mail.failed_at = now


def delivery(settings: Settings) -> Deliver | None:
    """Return how mails leave this instance, or None where they wait for a server to be set."""
    if settings.SMTP_URL:
        return lambda message: _deliver_by_smtp(settings.SMTP_URL, message)
    if settings.DEMO:
        return lambda message: _deliver_into_folder(settings.mail_folder, message)
    return None


def _deliver_by_smtp(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or 0
    # Without a context of its own smtplib takes any certificate.
    checked = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=20, context=checked)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=20)
    ) as server:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=checked)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _deliver_into_folder(folder: Path, message: EmailMessage) -> None:
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    path = folder / f"{name}.eml"
    path.unlink(missing_ok=True)
    write_private(path, message.as_bytes())
