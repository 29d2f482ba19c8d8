"""Which organizers are there, and what did one do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.organizers.models import (
    AuditEntry,
    Organizer,
    OrganizerSession,
    Passkey,
    RecoveryCode,
    SecondFactor,
)


def find_organizer(session: Session, email: str) -> Organizer | None:
    """Return the organizer who signs in with an address, which is stored in small letters."""
    return session.scalar(select(Organizer).where(Organizer.email == email.lower()))


def entries_since(
    session: Session, organizer: Organizer, act: str, since: datetime
) -> Sequence[AuditEntry]:
    """Return what an organizer did of one kind since a moment, the oldest first."""
    own = select(AuditEntry).where(
        AuditEntry.organizer_id == organizer.id, AuditEntry.act == act, AuditEntry.at > since
    )
    return session.scalars(own.order_by(AuditEntry.id)).all()


def acts_since(session: Session, organizer: Organizer, act: str, since: datetime) -> int:
    """Return how often an organizer did something since a moment."""
    own = select(func.count()).where(
        AuditEntry.organizer_id == organizer.id, AuditEntry.act == act, AuditEntry.at > since
    )
    return session.scalar(own) or 0


def audit_entries_of(
    session: Session, organizer: Organizer, most: int = 200
) -> Sequence[AuditEntry]:
    """Return what an organizer did, the newest first, at most so many."""
    own = select(AuditEntry).where(AuditEntry.organizer_id == organizer.id)
    return session.scalars(own.order_by(AuditEntry.id.desc()).limit(most)).all()


def find_second_factor(session: Session, organizer_id: int) -> SecondFactor | None:
    """Return the app of an organizer, if one is set up."""
    return session.get(SecondFactor, organizer_id)


def passkeys_of(session: Session, organizer_id: int) -> Sequence[Passkey]:
    """Return the passkeys of an organizer, the oldest first."""
    own = select(Passkey).where(Passkey.organizer_id == organizer_id)
    return session.scalars(own.order_by(Passkey.id)).all()


def find_passkey(session: Session, organizer_id: int, passkey_id: int) -> Passkey | None:
    """Return one passkey of an organizer."""
    own = select(Passkey).where(Passkey.organizer_id == organizer_id, Passkey.id == passkey_id)
    return session.scalar(own)


def has_second_factor(session: Session, organizer_id: int) -> bool:
    """Tell whether an organizer has an app or a passkey, so that the password is not enough."""
    app = find_second_factor(session, organizer_id)
    return app is not None or bool(passkeys_of(session, organizer_id))


def recovery_codes_left(session: Session, organizer_id: int) -> int:
    """Return how many recovery codes an organizer has not used."""
    own = select(func.count()).where(RecoveryCode.organizer_id == organizer_id)
    return session.scalar(own) or 0


def open_sessions(session: Session, organizer_id: int, since: datetime) -> int:
    """Return how many sessions of an organizer began since a moment and were not ended."""
    own = select(func.count()).where(
        OrganizerSession.organizer_id == organizer_id, OrganizerSession.started_at > since
    )
    return session.scalar(own) or 0
