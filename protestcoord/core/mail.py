"""How does a mail leave: written with its cause into the outbox, sent by the worker later."""

import logging
import smtplib
import ssl
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import JSON, ColumnElement, Select, String, case, false, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from protestcoord.config import Settings, is_loopback, write_private
from protestcoord.core.database import Base, unit_of_work

LOG = logging.getLogger(__name__)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
AT_ONCE = 100
# How long a batch goes on, and how long nobody else takes a mail that is being sent: a batch, and
# the slowest answers to each command of SMTP after it, must fit in, or a mail would leave twice.
BATCH_SECONDS = 20
LEASE = timedelta(minutes=4)
SMTP_TIMEOUT_SECONDS = 20
PERMANENT = range(500, 600)

Compose = Callable[[Session, "OutboxMail"], EmailMessage | None]
Deliver = Callable[[EmailMessage], None]


class OutboxMail(Base):
    """A mail to be sent: what it is about and to which contact, never an address or a body.

    ``failed_at`` is set when it is given up; ``refused_at`` as well, if the server of the
    recipient said for good that it cannot be delivered. From ``useless_at`` on it is not sent.
    ``asked_by_form`` says that anybody may have asked for it, with any address.
    """

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
    refused_at: Mapped[datetime | None]
    useless_at: Mapped[datetime | None]
    asked_by_form: Mapped[bool] = mapped_column(default=False, server_default=false())


class Refused(Exception):
    """The server said for good that this recipient gets no mail."""


class ServerUnreachable(Exception):
    """No mail can leave now; that is no fault of any one of them."""


def queue_mail(
    session: Session,
    kind: str,
    contact_id: str,
    now: datetime,
    *,
    mail_id: str = "",
    useless_at: datetime | None = None,
    asked_by_form: bool = False,
    **about: Any,
) -> None:
    """Put a mail into the outbox, in the transaction of what it tells.

    Args:
        session: The unit of work that writes the cause.
        kind: Name of the mail's template.
        contact_id: Who gets it.
        now: This moment.
        mail_id: Its id for ever, where the same mail must not be written twice; else a new one.
        useless_at: From when on nobody wants it any more, if there is such a moment.
        asked_by_form: Whether a form for anybody asked for it; then it leaves after all others.
        about: Ids of what the mail is about; never an address, a name or a text.
    """
    session.add(
        OutboxMail(
            id=mail_id or str(uuid.uuid4()),
            kind=kind,
            contact_id=contact_id,
            about=about,
            created_at=now,
            due_at=now,
            useless_at=useless_at,
            asked_by_form=asked_by_form,
        )
    )


def mail_to(settings: Settings, mail_id: str, address: str, text: str) -> EmailMessage:
    """Return a mail in plain text to one address.

    Args:
        settings: Who sends it.
        mail_id: Its identity, the same however often it is tried.
        address: Who gets it, and nobody else.
        text: The subject on the first line, then the body.
    """
    subject, _, body = text.partition("\n")
    local, _, domain = address.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.MAIL_FROM
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = subject.strip()
    message["Message-ID"] = f"<{mail_id}@{settings.UID_HOST}>"
    message["Auto-Submitted"] = "auto-generated"
    # A link stays on one line and readable in the raw mail where the text allows it.
    encoding = "7bit" if body.isascii() else None
    message.set_content(body.strip() + "\n", charset="utf-8", cte=encoding)
    return message


def mails_since(session: Session, contact_id: str, kinds: list[str], since: datetime) -> int:
    """Return how many mails of some kinds a contact was sent since a moment."""
    counted = select(func.count()).where(
        OutboxMail.contact_id == contact_id,
        OutboxMail.kind.in_(kinds),
        OutboxMail.created_at > since,
    )
    return session.scalar(counted) or 0


@dataclass(frozen=True)
class OutboxHealth:
    """How the outbox fares: what waits, since when, and what was given up within a day."""

    waiting: int
    oldest_at: datetime | None
    failed: int
    refused: int


def outbox_health(session: Session, now: datetime) -> OutboxHealth:
    """Return how the outbox fares."""
    unsent = OutboxMail.sent_at.is_(None) & OutboxMail.failed_at.is_(None)
    waited = select(func.count(), func.min(OutboxMail.created_at)).where(unsent)
    ended = select(func.count(), func.count(OutboxMail.refused_at))
    waiting, oldest_at = session.execute(waited).one()
    lately = OutboxMail.failed_at > now - timedelta(days=1)
    failed, refused = session.execute(ended.where(lately)).one()
    return OutboxHealth(waiting, oldest_at, failed, refused)


def send_due(
    sessions: sessionmaker[Session], compose: Compose, deliver: Deliver, now: datetime
) -> int:
    """Send what is due; return how many mails went out.

    Each mail is claimed in a transaction of its own before it is sent, so that a crash delays
    it by one lease and repeats it at most once, under the same Message-ID. Several processes
    share the work: what one has claimed, no other takes.
    """
    with sessions() as session:
        due = session.scalars(_due(now).limit(AT_ONCE)).all()
    connection = deliver if isinstance(deliver, AbstractContextManager) else nullcontext()
    started, sent = time.monotonic(), 0
    with connection:
        for mail_id in due:
            try:
                sent += _send_one(sessions, mail_id, compose, deliver, now)
            except ServerUnreachable:
                return sent
            if time.monotonic() - started > BATCH_SECONDS:
                return sent
    return sent


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OutboxMail.sent_at.is_(None), OutboxMail.failed_at.is_(None), OutboxMail.due_at <= now


def _due(now: datetime) -> Select[str]:
    waiting = select(OutboxMail.id).where(*_is_due(now))
    # SECURITY: a crowd that fills a form in ten thousand times holds up neither what groups are
    # told nor the next honest group: what forms ask for leaves last, and the newest of it first.
    newest_of_forms = case((OutboxMail.asked_by_form, OutboxMail.created_at)).desc()
    return waiting.order_by(
        OutboxMail.asked_by_form,
        # What failed before stands behind: a thousand mails to a server that is down hold up none.
        OutboxMail.attempts,
        newest_of_forms,
        OutboxMail.due_at,
        OutboxMail.id,
    )


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
        problem: Exception | None = None
        message: EmailMessage | None = None
        # Whatever is wrong with one mail is that mail's alone: the others still leave.
        try:
            mail = session.get_one(OutboxMail, mail_id)
            is_useless = mail.useless_at is not None and now >= mail.useless_at
            message = None if is_useless else compose(session, mail)
            if message is not None:
                deliver(message)
        except Exception as error:  # noqa: BLE001
            # The error's words may repeat the address, so only its kind is kept.
            LOG.warning("mail %s was not delivered: %s", mail_id, type(error).__name__)
            problem = error
        with unit_of_work(session):
            # Its recipient may have left while it was sent, and taken the entry along.
            if left := session.get(OutboxMail, mail_id):
                _write_result(left, now, message, problem)
    if isinstance(problem, ServerUnreachable):
        raise problem
    return message is not None and problem is None


def _claim(session: Session, mail_id: str, now: datetime) -> OutboxMail | None:
    # The conditions are on the locked row itself: PostgreSQL looks at them again after another
    # worker's commit, and would not look again into a subquery.
    claimed = select(OutboxMail).where(OutboxMail.id == mail_id, *_is_due(now))
    mail = session.scalar(claimed.with_for_update(skip_locked=True))
    if mail is None:
        return None
    mail.due_at = now + LEASE
    mail.attempts += 1
    return mail


def _write_result(
    mail: OutboxMail, now: datetime, message: EmailMessage | None, problem: Exception | None
) -> None:
    if problem is None:
        mail.sent_at, mail.failed_at = (now, None) if message is not None else (None, now)
    elif isinstance(problem, Refused):
        mail.failed_at = mail.refused_at = now
    elif now - mail.created_at > GIVE_UP_AFTER:
        mail.failed_at = now
    else:
        mail.due_at = now + min(FIRST_RETRY * 2 ** (mail.attempts - 1), LONGEST_RETRY)


def delivery(settings: Settings) -> Deliver | None:
    """Return how mails leave this instance, or None where they wait for a server to be set."""
    if settings.SMTP_URL:
        return SmtpDelivery(settings.SMTP_URL)
    if settings.DEMO:
        return lambda message: _deliver_into_folder(settings.mail_folder, message)
    return None


class SmtpDelivery(AbstractContextManager["SmtpDelivery"]):
    """Hands mails to a server, over one connection for as long as the context lasts.

    Raises:
        Refused: When called, if the recipient is refused for good.
        ServerUnreachable: When called, if there is no server to hand anything to.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.server: smtplib.SMTP | None = None

    def __call__(self, message: EmailMessage) -> None:
        """Hand over one mail to its one recipient."""
        server = self._ready_server()
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            if all(code in PERMANENT for code, _ in error.recipients.values()):
                raise Refused from None
            raise
        except OSError:
            # SMTP's own errors are OSErrors too; after any of them the next mail starts afresh.
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, if anybody is still there."""
        if self.server is not None:
            with suppress(OSError):
                self.server.quit()
            self.server.close()
        self.server = None

    def _ready_server(self) -> smtplib.SMTP:
        if self.server is not None and not self._is_alive(self.server):
            self.close()
        if self.server is None:
            try:
                self.server = _connected(self.url)
            except OSError as error:
                raise ServerUnreachable(type(error).__name__) from None
        return self.server

    @staticmethod
    def _is_alive(server: smtplib.SMTP) -> bool:
        with suppress(OSError):
            return server.noop()[0] == 250
        return False


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or 0
    # Without a context of its own smtplib takes any certificate.
    checked = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, port, timeout=SMTP_TIMEOUT_SECONDS, context=checked)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=SMTP_TIMEOUT_SECONDS)
    )
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and (server.has_extn("starttls") or not is_loopback(host)):
            # Fails where the server offers no encryption: no address leaves this machine in clear.
            server.starttls(context=checked)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _deliver_into_folder(folder: Path, message: EmailMessage) -> None:
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    path = folder / f"{name}.eml"
    path.unlink(missing_ok=True)
    write_private(path, message.as_bytes())
