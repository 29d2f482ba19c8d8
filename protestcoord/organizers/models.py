"""What is stored of organizers: an account, its roles, and the log of what was done with it."""

from datetime import datetime
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import DDL, JSON, BigInteger, Column, ForeignKey, String, Table, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.core.database import Base
from protestcoord.organizers.chain import START

organizer_role = Table(
    "organizer_role",
    Base.metadata,
    Column("organizer_id", ForeignKey("organizer.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A named set of rights; every organizer of today is an owner of what they made."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Organizer(Base, UserMixin):
    """An account that signs in at the console.

    The library's ready model also has columns for addresses of the last sign-in; this one has
    none, so that nobody can read them.
    """

    __tablename__ = "organizer"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    # The library asks for a list of its own mixin.
    roles: Mapped[list[Role]] = relationship(secondary=organizer_role)  # type: ignore[assignment]


class SecondFactor(Base):
    """The app that shows an organizer's codes; what it shares with this site is sealed.

    ``last_step`` is that of the newest code that was used: none is taken twice.
    """

    __tablename__ = "second_factor"

    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"), primary_key=True)
    sealed_secret: Mapped[bytes]
    last_step: Mapped[int]
    set_at: Mapped[datetime]


class RecoveryCode(Base):
    """One code that helps once without the app; its row goes when it is used."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"), index=True)
    hash: Mapped[str] = mapped_column(String(64))


class Passkey(Base):
    """A passkey of an organizer: its public key, and nothing of the device that holds it.

    ``name`` is what its owner calls it; ``sign_count`` is what it said at its last use.
    """

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OrganizerSession(Base):
    """One open session: nothing of where it is, only since when.

    ``passed_at`` is when the second factor was given, ``fresh_at`` when both were last asked for.
    ``challenge`` is what a passkey has to sign next, once and until ``challenge_until``.
    """

    __tablename__ = "organizer_session"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"), index=True)
    started_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]
    fresh_at: Mapped[datetime | None]
    challenge: Mapped[bytes | None]
    challenge_until: Mapped[datetime | None]


class Panic(Base):
    """When panic was last pressed, in one row; contacts are hidden until ``over_at``."""

    __tablename__ = "panic"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    over_at: Mapped[datetime | None]


class AuditHead(Base):
    """The end of the log in one row, which writers lock, so that the log is one chain."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base):
    """One act of an organizer; written once, never changed. It holds ids, not names.

    ``number`` counts from 1 without a gap; ``hash`` covers the entry and the one before it. The
    database itself refuses to change or delete a row.
    """

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


SQLITE_APPEND_ONLY = [
    f"""CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"""
    for act in ("UPDATE", "DELETE")
]
POSTGRESQL_APPEND_ONLY = [
    """CREATE FUNCTION audit_entry_append_only() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'the log is append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_append_only()""",
]
# There from the start, so that the first two writers do not both make it.
event.listen(
    AuditHead.__table__,
    "after_create",
    DDL("INSERT INTO audit_head VALUES (1, 0, '%s')" % START),  # type: ignore[no-untyped-call]  # noqa: S608, UP031 - a constant of ours  # nosec B608
)
for _dialect, _statements in (
    ("sqlite", SQLITE_APPEND_ONLY),
    ("postgresql", POSTGRESQL_APPEND_ONLY),
):
    for _statement in _statements:
        event.listen(
            AuditEntry.__table__,
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )
