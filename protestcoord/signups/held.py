"""What of a group's text waits until an organizer looked at it, and why: rows in, signs out."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from protestcoord.missions.persons import Sign, is_held, signs_in
from protestcoord.signups.models import Group, GroupEdit, SignUp
from protestcoord.signups.rules import OFFERED, PENDING, WAITLISTED, EditedField

Held = dict[EditedField, tuple[Sign, ...]]


def why_held(sign_up: SignUp) -> Held:
    """Return which texts that a sign-up makes public are held, and why; none for most.

    A name that the group does not show counts too: it may show it later.
    """
    group = sign_up.group
    texts = {
        EditedField.NAME: group.name,
        EditedField.CITY: group.city,
        EditedField.MEETING_POINT: sign_up.meeting_point,
        EditedField.ACCESSIBILITY: sign_up.accessibility or "",
        EditedField.LANGUAGES: sign_up.languages or "",
    }
    found = {edited: signs_in(text) for edited, text in texts.items()}
    return {edited: signs for edited, signs in found.items() if signs}


def held_texts(session: Session, group: Group, sign_ups: Iterable[SignUp]) -> Held:
    """Return which texts of a group are not public until an organizer looked, and why."""
    waiting = [s for s in sign_ups if s.state in (PENDING, OFFERED, WAITLISTED)]
    held = {edited: signs for s in waiting for edited, signs in why_held(s).items()}
    edits = select(GroupEdit).where(GroupEdit.group_id == group.id, GroupEdit.seen_at.is_(None))
    return held | {edit.edited: edit.signs for edit in session.scalars(edits) if edit.signs}


@dataclass(frozen=True)
class Unseen:
    """Whose texts the public does not read: row ids of groups, and of sign-ups."""

    groups: frozenset[int]
    sign_ups: frozenset[int]


def unseen_texts(session: Session, of: ColumnElement[bool]) -> Unseen:
    """Return whose texts were edited, are held, and were seen by no organizer yet.

    Args:
        session: Where they are stored.
        of: Which sign-ups are meant, as a condition on sign-up or group.
    """
    meant = select(SignUp.group_id).join(Group, Group.id == SignUp.group_id).where(of)
    unseen = select(GroupEdit.group_id, GroupEdit.sign_up_id, GroupEdit.after).where(
        GroupEdit.seen_at.is_(None), GroupEdit.group_id.in_(meant)
    )
    held = [row for row in session.execute(unseen) if is_held(row.after)]
    return Unseen(
        groups=frozenset(row.group_id for row in held if row.sign_up_id is None),
        sign_ups=frozenset(row.sign_up_id for row in held if row.sign_up_id is not None),
    )
