"""May an address be mailed: how often strangers caused it lately, and whether it wants none."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from protestcoord.core.database import Base

# SECURITY: what requests without an account may send to one inbox.
MAILS_A_DAY = 3
DAY = timedelta(hours=24)


class AskedMail(Base):
    """One of the few mails a day that requests without an account may cause at an address.

    ``address_index`` is an HMAC under a key outside the database. Each address has numbers from 1
    to ``MAILS_A_DAY``; since each is there once, even requests at the same moment cause no more.
    """

    __tablename__ = "asked_mail"

    address_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)


class MailBlock(Base):
    """An address, as an HMAC, that wants no mail that requests without an account cause."""

    __tablename__ = "mail_block"

    address_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]


def take_mail(session: Session, address_index: str, now: datetime) -> bool:
    """Count one mail that a request without an account causes, if the address may get it.

    Who asks must not learn the answer: it would tell whether somebody else asked before.
    """
    if is_blocked(session, address_index):
        return False
    used = {asked.number: asked for asked in _asked(session, address_index)}
    for number in range(1, MAILS_A_DAY + 1):
        if number not in used:
            return _is_noted(session, address_index, number, now)
        if used[number].at <= now - DAY:
            used[number].at = now
            session.flush()
            return True
    return False


def _asked(session: Session, address_index: str) -> list[AskedMail]:
    chosen = select(AskedMail).where(AskedMail.address_index == address_index)
    ordered = chosen.order_by(AskedMail.number).with_for_update()
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def _is_noted(session: Session, address_index: str, number: int, now: datetime) -> bool:
    try:
        with session.begin_nested():
            session.add(AskedMail(address_index=address_index, number=number, at=now))
    except IntegrityError:
        # Another request took it at the same moment, so a mail is on its way.
        return False
    return True


def is_blocked(session: Session, address_index: str) -> bool:
    """Say whether an address wants no mail that requests without an account cause."""
    return session.get(MailBlock, address_index) is not None


def block_mail(session: Session, address_index: str, now: datetime) -> None:
    """Cause no mail at an address again, whoever asks for it."""
    if not is_blocked(session, address_index):
        session.add(MailBlock(address_index=address_index, since=now))
        session.flush()


def forget_asked(session: Session, now: datetime) -> None:
    """Forget the mails of yesterday, and with them that an address was ever here."""
    session.execute(delete(AskedMail).where(AskedMail.at <= now - DAY))
