"""Was panic pressed: since when are sessions void and contacts hidden, on the whole instance.

One row tells it, and two places read it: who opens a contact for a page, and who takes a group's
session for open. The sessions of organizers have rows of their own, which are deleted.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from protestcoord.organizers.models import OrganizerSession, Panic

ONLY = 1


def begin_panic(session: Session, now: datetime) -> int:
    """End every session of organizers and groups and hide all contacts; return how many rows.

    Pressed again it ends the sessions begun since.
    """
    row = session.get(Panic, ONLY) or Panic(id=ONLY)
    row.began_at, row.over_at = now, None
    session.add(row)
    session.flush()
    return int(session.execute(delete(OrganizerSession)).rowcount)  # type: ignore[attr-defined]


def end_panic(session: Session, now: datetime) -> bool:
    """Show contacts again; what ended stays ended. Return whether there was anything to lift."""
    row = session.get(Panic, ONLY)
    if row is None or row.over_at is not None:
        return False
    row.over_at = now
    session.flush()
    return True


def hides_contacts(session: Session) -> bool:
    """Tell whether contacts are hidden now."""
    row = session.get(Panic, ONLY)
    return row is not None and row.over_at is None


def ended_sessions_at(session: Session) -> datetime | None:
    """Return when panic was last pressed: no session of a group from before it is open."""
    row = session.get(Panic, ONLY)
    return row.began_at if row else None
