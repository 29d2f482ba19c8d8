"""What did an organizer do: one entry an act, chained, written in the transaction of the act."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.organizers.chain import Entry, Link, hash_of
from protestcoord.organizers.models import AuditEntry, AuditHead, Organizer


def record(
    session: Session,
    organizer: Organizer,
    act: str,
    subject: str,
    now: datetime,
    **detail: int | str | bool,
) -> None:
    """Write down an act of an organizer, at the end of the one chain.

    Until the unit of work ends nobody else can write an entry, so this comes last in it, after all
    other locks: then nobody waits in a circle.

    Args:
        session: The unit of work that does it.
        organizer: Who does it.
        act: What is done, as thing and verb: ``campaign.publish``.
        subject: To what, as kind and id: ``campaign 12``; never a name or an address.
        now: This moment.
        detail: Ids and counts that say more.
    """
    head = _locked_head(session)
    entry = Entry(head.number + 1, now, organizer.id, act, subject, detail)
    head.number, head.hash = entry.number, hash_of(head.hash, entry)
    session.add(AuditEntry(**vars(entry), hash=head.hash))
    session.flush()


def _locked_head(session: Session) -> AuditHead:
    chosen = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    return session.scalars(chosen).one()


def links_of(session: Session) -> Iterator[Link]:
    """Yield the whole log in its order, as it is stored."""
    for row in session.scalars(
        select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=500)
    ):
        entry = Entry(row.number, row.at, row.organizer_id, row.act, row.subject, row.detail)
        yield Link(entry, row.hash)
