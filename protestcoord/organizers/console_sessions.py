"""Which session is the request's: the token in its cookie, and since when it was idle."""

from datetime import datetime

from flask import g
from flask import session as cookie
from flask_security import current_user
from sqlalchemy.orm import Session

from protestcoord.core import clock
from protestcoord.core.tokens import token_hash
from protestcoord.core.web import reading, writing
from protestcoord.organizers.ceremony import WrongPasskey
from protestcoord.organizers.models import Organizer, OrganizerSession
from protestcoord.organizers.sessions import (
    IDLE,
    begin_session,
    end_all_sessions,
    end_session,
    find_session,
    is_fresh_at,
    new_challenge,
    take_challenge,
)

TOKEN, SEEN_AT = "session_token", "seen_at"
# So that not every answer sets a cookie.
SEEN_ANEW_SECONDS = 60


def open_session() -> OrganizerSession | None:
    """Return the session of who is signed in; None if it was ended, or was idle for too long."""
    now = clock.now()
    if not current_user.is_authenticated or now.timestamp() - _seen_at() >= IDLE.total_seconds():
        return None
    found = find_session(reading(), cookie.get(TOKEN, ""), current_user.id, now)
    if found and now.timestamp() - _seen_at() >= SEEN_ANEW_SECONDS:
        cookie[SEEN_AT] = int(now.timestamp())
    return found


def _seen_at() -> int:
    seen_at: int = cookie.get(SEEN_AT, 0)
    return seen_at


def is_fresh() -> bool:
    """Tell whether who is signed in gave password and code within the last five minutes."""
    opened = open_session()
    return opened is not None and is_fresh_at(opened, clock.now())


def begin_challenge(now: datetime) -> bytes:
    """Return what a passkey has to sign in this session, once and within five minutes."""
    with writing() as session:
        return new_challenge(session, _own_row(session), now)


def use_challenge(now: datetime) -> bytes:
    """Use up the challenge of this session, whether the answer to it is right or not.

    Raises:
        WrongPasskey: There is none any more.
    """
    with writing() as session:
        challenge = take_challenge(session, _own_row(session), now)
    if challenge is None:
        raise WrongPasskey
    return challenge


def _own_row(session: Session) -> OrganizerSession:
    own = session.get(OrganizerSession, token_hash(cookie[TOKEN]))
    if own is None:  # ended from elsewhere while this request was on its way
        raise WrongPasskey
    return own


def enter(session: Session, organizer: Organizer, now: datetime, *, passed: bool) -> None:
    """Begin a new session in this browser; the one before it ends, and its form tokens too."""
    _begin(session, organizer, now, passed=passed, fresh_at=now if passed else None)


def _begin(
    session: Session,
    organizer: Organizer,
    now: datetime,
    *,
    passed: bool,
    fresh_at: datetime | None,
) -> None:
    leave(session)
    cookie[TOKEN] = begin_session(session, organizer, now, passed=passed, fresh_at=fresh_at)
    cookie[SEEN_AT] = int(now.timestamp())
    cookie["_user_id"] = organizer.fs_uniquifier
    # Flask-Login's digest of address and browser says nothing that the token does not.
    cookie.pop("_id", None)
    for holder in (cookie, g):
        holder.pop("csrf_token", None)


def enter_alone(
    session: Session, organizer: Organizer, now: datetime, *, proven: bool = False
) -> None:
    """End all sessions of an organizer and begin a new one in this browser.

    Args:
        session: A unit of work.
        organizer: Whose.
        now: This moment.
        proven: Whether a second factor was shown just now. Else it is as fresh as the session
            before: to end the others shows nothing about who does it.
    """
    opened = open_session()
    before = opened.fresh_at if opened else None
    end_all_sessions(session, organizer)
    _begin(session, organizer, now, passed=True, fresh_at=now if proven else before)


def leave(session: Session) -> None:
    """End the session of this browser."""
    token = cookie.pop(TOKEN, "")
    if token:
        end_session(session, token)


def leave_when_signed_out(_app: object, **_: object) -> None:
    """End the session for good when the library signs out: no copied cookie opens it again."""
    if TOKEN in cookie:
        with writing() as session:
            leave(session)
