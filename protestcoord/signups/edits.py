"""What did groups change after they were looked at: old beside new, until an organizer saw it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from protestcoord.core.database import note_public_change
from protestcoord.members.rules import Areas
from protestcoord.missions.persons import is_held
from protestcoord.signups import queries
from protestcoord.signups.models import Group, GroupEdit, SignUp
from protestcoord.signups.rules import DECLINED, HELD, EditedField, SignUpState

MOST_EDITS_SHOWN = 100
# Of these an organizer is told only if they are held: most say of steps and toilets.
TOLD_IF_HELD = frozenset({EditedField.ACCESSIBILITY, EditedField.LANGUAGES})


def note_edits_of_group(
    session: Session, group: Group, name: str, city: str, now: datetime
) -> None:
    """Write down what of a group is about to change; before it is proven, nobody looked at it."""
    if group.verified_at is None:
        return
    _note(session, (group, None), EditedField.NAME, (group.name, name), now)
    _note(session, (group, None), EditedField.CITY, (group.city, city), now)


def note_edits_of_sign_up(
    session: Session, sign_up: SignUp, part: Mapping[str, object], now: datetime
) -> None:
    """Write down what of a sign-up is about to change, if it has a place or waits for one.

    One that was declined can be brought back, so that what it says meanwhile is written down too.
    """
    if sign_up.state not in HELD | {DECLINED}:
        return
    for edited in EditedField:
        if edited in part:
            values = (str(getattr(sign_up, edited)), str(part[edited]))
            _note(session, (sign_up.group, sign_up), edited, values, now)


def _note(
    session: Session,
    about: tuple[Group, SignUp | None],
    edited: EditedField,
    values: tuple[str, str],
    now: datetime,
) -> None:
    (group, sign_up), (before, after) = about, values
    if before == after:
        return
    open_one = _open_edit(session, group, sign_up, edited)
    if open_one is None and edited in TOLD_IF_HELD and not is_held(after):
        return
    before = open_one.before if open_one else before
    if before != after:
        made = GroupEdit(group=group, sign_up=sign_up, edited=edited, before=before)
        made.after, made.at = after, now
        session.add(made)
    # After the new one has its id: whoever says "seen" of the old one has not seen the new one.
    session.flush()
    if open_one is not None:
        session.delete(open_one)


def _open_edit(
    session: Session, group: Group, sign_up: SignUp | None, edited: EditedField
) -> GroupEdit | None:
    return session.scalar(
        select(GroupEdit).where(
            GroupEdit.group_id == group.id,
            GroupEdit.sign_up_id.is_(None) if sign_up is None else GroupEdit.sign_up == sign_up,
            GroupEdit.edited == edited,
            GroupEdit.seen_at.is_(None),
        )
    )


def unseen_edits(session: Session, campaign_id: int, areas: Areas) -> list[GroupEdit]:
    """Return what groups with a sign-up in some areas changed and no organizer saw, newest first.

    At most ``MOST_EDITS_SHOWN``.
    """
    own = _newest_first().where(Group.campaign_id == campaign_id, GroupEdit.seen_at.is_(None))
    if areas.is_everywhere:
        return list(session.scalars(own.limit(MOST_EDITS_SHOWN)))
    within = (edit for edit in session.scalars(own) if _is_within(session, areas, edit))
    return list(within)[:MOST_EDITS_SHOWN]


def _is_within(session: Session, areas: Areas, edit: GroupEdit) -> bool:
    if edit.sign_up is not None:
        return queries.is_within(areas, edit.sign_up)
    sign_ups = queries.sign_ups_of_group(session, edit.group_id)
    return any(queries.is_within(areas, sign_up) for sign_up in sign_ups)


def edits_of_group(session: Session, group: Group) -> Sequence[GroupEdit]:
    """Return all that a group changed, the newest first."""
    return session.scalars(_newest_first().where(GroupEdit.group_id == group.id)).all()


def _newest_first() -> Select[GroupEdit]:
    joined = select(GroupEdit).join(GroupEdit.group)
    return joined.order_by(GroupEdit.at.desc(), GroupEdit.id.desc())


def mark_edits_seen(session: Session, group: Group, areas: Areas, up_to: int, now: datetime) -> int:
    """Note that an organizer of some areas saw a group's edits there, up to a row id.

    Returns:
        How many that are; what lies outside waits for somebody else.
    """
    unseen = [
        edit
        for edit in edits_of_group(session, group)
        if edit.seen_at is None and edit.id <= up_to and _is_within(session, areas, edit)
    ]
    for edit in unseen:
        edit.seen_at = now
        if edit.signs:
            _make_public(edit, now)
    session.flush()
    note_public_change(session)
    return len(unseen)


def _make_public(edit: GroupEdit, now: datetime) -> None:
    """Note that the public reads from now on what was held."""
    if edit.sign_up is None:
        edit.group.changed_at = now
        return
    edit.sign_up.changed_at = now
    if edit.edited is EditedField.MEETING_POINT and edit.sign_up.state is SignUpState.CONFIRMED:
        # The calendar's LOCATION may be this group's meeting point.
        edit.sign_up.slot.sequence += 1
        edit.sign_up.slot.changed_at = now
