"""What is stored of organizers: an account, its roles, and the log of what was done with it."""

from datetime import datetime
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.core.database import Base

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


class AuditEntry(Base):
    """One act of an organizer; written once, never changed. It holds ids, not names."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
