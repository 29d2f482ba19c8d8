"""Which sessions of an organizer are open: each has a row, so that it can be ended from here."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from protestcoord.core.logs import SECURITY
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.organizers.models import Organizer, OrganizerSession

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=30)
FRESH = timedelta(minutes=5)
CHALLENGE_LIVES = timedelta(minutes=5)
CHALLENGE_BYTES = 32


def begin_session(
    session: Session,
    organizer: Organizer,
    now: datetime,
    *,
    passed: bool,
    fresh_at: datetime | None,
) -> str:
    """Open a session and forget those that are over.

    Args:
        session: Where to write.
        organizer: Who gave the right password.
        now: This moment.
        passed: Whether the second factor was given too; without it only its pages open.
        fresh_at: When password and second factor were last given.

    Returns:
        The token that the cookie holds; its digest alone is stored.
    """
    session.execute(delete(OrganizerSession).where(OrganizerSession.started_at <= now - LONGEST))
    token = new_token()
    session.add(
        OrganizerSession(
            hash=token_hash(token),
            organizer_id=organizer.id,
            started_at=now,
            passed_at=now if passed else None,
            fresh_at=fresh_at,
        )
    )
    session.flush()
    SECURITY.info("session of organizer %s begins, both steps: %s", organizer.id, passed)
    return token


def find_session(
    session: Session, token: str, organizer_id: int, now: datetime
) -> OrganizerSession | None:
    """Return an organizer's open session by the token in its cookie."""
    found = session.get(OrganizerSession, token_hash(token))
    if found is None or found.organizer_id != organizer_id or now - found.started_at >= LONGEST:
        return None
    return found


def end_session(session: Session, token: str) -> None:
    """End one session; a copy of its cookie opens nothing any more."""
    session.execute(delete(OrganizerSession).where(OrganizerSession.hash == token_hash(token)))


def end_all_sessions(session: Session, organizer: Organizer) -> None:
    """End all sessions of an organizer, also those that the library alone knows of."""
    SECURITY.info("all sessions of organizer %s end", organizer.id)
    organizer.fs_uniquifier = secrets.token_hex(32)
    session.execute(delete(OrganizerSession).where(OrganizerSession.organizer_id == organizer.id))
    session.flush()


def new_challenge(session: Session, opened: OrganizerSession, now: datetime) -> bytes:
    """Return what a passkey has to sign in this session, instead of what it had to before."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    opened.challenge, opened.challenge_until = challenge, now + CHALLENGE_LIVES
    session.flush()
    return challenge


def take_challenge(session: Session, opened: OrganizerSession, now: datetime) -> bytes | None:
    """Use up the challenge of a session; None if there is none, or it is too old."""
    challenge = opened.challenge
    own = update(OrganizerSession).where(
        OrganizerSession.hash == opened.hash,
        OrganizerSession.challenge == challenge,
        OrganizerSession.challenge_until > now,
    )
    # Of two requests that bring the same answer, the database lets one have it.
    used = session.execute(own.values(challenge=None, challenge_until=None))
    return challenge if used.rowcount == 1 else None  # type: ignore[attr-defined]


def is_fresh_at(opened: OrganizerSession, now: datetime) -> bool:
    """Tell whether somebody showed only minutes ago to be the organizer."""
    return opened.fresh_at is not None and now - opened.fresh_at < FRESH
