"""What organizers note of a group: sealed, for them alone, gone with the campaign's contacts."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.core.crypto import CannotOpen
from protestcoord.organizers.models import Organizer
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Group, GroupNote


@dataclass(frozen=True)
class Note:
    """A note that was opened; ``by`` is the address of the organizer who wrote it."""

    id: str
    text: str
    by: str
    at: datetime


def write_note(
    session: Session,
    vault: ContactVault,
    group: Group,
    organizer: Organizer,
    text: str,
    now: datetime,
) -> None:
    """Keep a note of a group."""
    note = GroupNote(id=str(uuid.uuid4()), group=group, organizer=organizer, at=now)
    vault.seal_note(note, group.campaign.slug, text)
    session.add(note)
    session.flush()


def notes_of_group(session: Session, vault: ContactVault, group: Group) -> list[Note]:
    """Return the notes of a group that can be opened, the newest first."""
    own = select(GroupNote).where(GroupNote.group_id == group.id)
    opened = []
    for note in session.scalars(own.order_by(GroupNote.at.desc(), GroupNote.id)):
        try:
            opened.append(Note(note.id, vault.open_note(note), note.organizer.email, note.at))
        except CannotOpen:
            continue
    return opened


def delete_note(session: Session, group: Group, note_id: str) -> None:
    """Delete a note of a group; one that is gone already stays gone."""
    own = delete(GroupNote).where(GroupNote.group_id == group.id, GroupNote.id == note_id)
    session.execute(own)
