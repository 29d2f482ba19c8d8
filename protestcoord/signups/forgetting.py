"""What is left of a group when it is forgotten: that a claim was made, and by nobody."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from protestcoord.core.database import note_public_change
from protestcoord.core.mail import OutboxMail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups import queries
from protestcoord.signups.models import (
    Contact,
    Group,
    GroupEdit,
    GroupNote,
    Handover,
    PermitReminder,
    SignUp,
    SignUpStep,
    SiteProposal,
)
from protestcoord.signups.places import leave_together, lock_group, lock_slots
from protestcoord.signups.rules import LIVE, Actor, Permit, SignUpState


def delete_group(session: Session, group: Group, now: datetime) -> None:
    """Take a group out of all its slots and forget it, at its own wish; nobody is told by mail."""
    lock_group(session, group.id)
    claims = queries.sign_ups_of_group(session, group.id)
    live = [claim for claim in claims if claim.state in LIVE]
    lock_slots(session, {claim.slot_id for claim in live})
    if live:
        leave_together(session, live, SignUpState.WITHDRAWN, Actor.GROUP, now, is_told=False)
    forget_groups(session, Group.id == group.id)


def forget_groups(session: Session, which: ColumnElement[bool]) -> None:
    """Forget what groups said of themselves and who they are, for good.

    Their claims stay as numbers of a slot, so that what others did with them still adds up. A
    group's key says nothing of it, so it becomes its name.
    """
    groups = session.scalars(select(Group).where(which)).all()
    ids = select(Group.id).where(which)
    claims = select(SignUp.id).where(SignUp.group_id.in_(ids))
    for stored in (Handover, GroupNote, GroupEdit, SiteProposal):
        session.execute(delete(stored).where(stored.group_id.in_(ids)))
    for of_claim in (PermitReminder, SignUpStep):
        session.execute(delete(of_claim).where(of_claim.sign_up_id.in_(claims)))
    said = {
        "meeting_point": "",
        "accessibility": "",
        "languages": "",
        "expected_number": 0,
        "permit": Permit.UNSAID,
    }
    session.execute(update(SignUp).where(SignUp.group_id.in_(ids)).values(said))
    for group in groups:
        group.name, group.city, group.is_named = group.key, "", False
        group.link_hash, group.seen_day = token_hash(new_token()), None
        _forget_contact(session, group.contact)
    session.flush()
    note_public_change(session)


def _forget_contact(session: Session, contact: Contact) -> None:
    # Random, since the index is the only one of its campaign and nothing may be found by it.
    contact.sealed, contact.email_index = b"", token_hash(new_token())
    contact.domain_index = ""
    session.execute(delete(OutboxMail).where(OutboxMail.contact_id == contact.id))
