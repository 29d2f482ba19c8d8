"""Which groups are there, how much do they hold, and when were they last seen."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Slot
from protestcoord.members.rules import Areas
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.queue import within
from protestcoord.signups.rules import HOLDS_PLACE


@dataclass(frozen=True)
class GroupRow:
    """A group in the list.

    Attributes:
        slots: On how many slots that stand and are not over it has a place.
        next_at: When the first of these starts, if there is one.
        seen_day: The last day (UTC) on which it opened its page, as far as that is known.
    """

    group: Group
    slots: int
    next_at: datetime | None
    seen_day: date | None


def groups_of_campaign(
    session: Session, campaign_id: int, areas: Areas, now: datetime
) -> list[GroupRow]:
    """Return the groups that have or had a sign-up in some areas, by name."""
    ahead = SignUp.state.in_(HOLDS_PLACE) & Slot.cancelled_at.is_(None) & (Slot.ends_at > now)
    chosen = select(
        SignUp.group_id,
        func.count(case((ahead, SignUp.id))),
        func.min(case((ahead, Slot.starts_at))),
    ).select_from(SignUp)
    counted = session.execute(within(chosen, campaign_id, areas).group_by(SignUp.group_id))
    by_group = {row[0]: (row[1], row[2]) for row in counted}
    own = select(Group).where(Group.campaign_id == campaign_id, Group.merged_at.is_(None))
    groups = session.scalars(own.order_by(func.lower(Group.name), Group.id))
    return [_row(group, *by_group[group.id]) for group in groups if group.id in by_group]


def _row(group: Group, slots: int, next_at: datetime | None) -> GroupRow:
    proven = group.verified_at.date() if group.verified_at else None
    return GroupRow(group, slots, next_at, group.seen_day or proven)
