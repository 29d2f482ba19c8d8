"""What did an organizer do: one entry an act, written in the transaction of the act."""

from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.organizers.models import AuditEntry, Organizer


def record(
    session: Session,
    organizer: Organizer,
    act: str,
    subject: str,
    now: datetime,
    **detail: int | str | bool,
) -> None:
    """Write down an act of an organizer.

    Args:
        session: The unit of work that does it.
        organizer: Who does it.
        act: What is done, as thing and verb: ``campaign.publish``.
        subject: To what, as kind and id: ``campaign 12``; never a name or an address.
        now: This moment.
        detail: Ids and counts that say more.
    """
    session.add(
        AuditEntry(at=now, organizer_id=organizer.id, act=act, subject=subject, detail=detail)
    )
