"""What two organizers do together: one asks, another agrees, the first does it.

Source:
    ``docs/decisions/0023-roles-and-two-person-acts.md``.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.core.errors import NotFound
from protestcoord.members.models import Approval, Membership
from protestcoord.members.queries import find_asked, find_membership, members_of
from protestcoord.members.rules import (
    ACT_RIGHTS,
    APPROVAL_LIVES,
    LONE_DELAY,
    OwnApproval,
    TwoPersonAct,
    is_over,
)


def is_allowed(
    session: Session, member: Membership, act: TwoPersonAct, subject: str, now: datetime
) -> bool:
    """Use up another organizer's agreement to an act, or ask for it.

    Where nobody else in the campaign could agree, ten minutes take the place of it.

    Args:
        session: The unit of work that does the act; it has to be committed in either case.
        member: Who wants to do it.
        act: What.
        subject: To what, as kind and id: an agreement holds for this alone.
        now: This moment.

    Returns:
        Whether to do it now. If not, it was asked for, and waits.
    """
    asked = find_asked(session, member.campaign_id, act, subject, member.organizer_id, now)
    if asked is None:
        session.add(
            Approval(
                campaign_id=member.campaign_id,
                act=act,
                subject=subject,
                asked_by_id=member.organizer_id,
                asked_at=now,
            )
        )
        session.flush()
        return False
    if not is_ready(session, asked, now):
        return False
    asked.used_at = now
    session.flush()
    return True


def is_ready(session: Session, asked: Approval, now: datetime) -> bool:
    """Tell whether what was asked for may be done now: who agreed still could."""
    if asked.agreed_by_id is not None:
        agreer = find_membership(session, asked.campaign_id, asked.agreed_by_id)
        return agreer is not None and could_agree(agreer, asked.act, asked.asked_at)
    member = find_membership(session, asked.campaign_id, asked.asked_by_id)
    is_alone = member is not None and not has_peer(session, member, asked.act, asked.asked_at)
    return is_alone and now - asked.asked_at >= LONE_DELAY


def has_peer(session: Session, member: Membership, act: TwoPersonAct, asked_at: datetime) -> bool:
    """Tell whether somebody else in the campaign could agree to an act asked for at a moment."""
    people = members_of(session, member.campaign_id)
    return any(could_agree(m, act, asked_at) for m in people if m is not member)


def could_agree(member: Membership, act: TwoPersonAct, asked_at: datetime) -> bool:
    """Tell whether a member may do an act, and everywhere, and was there a day before.

    Who agrees can see all of it; and whoever takes an account over makes no second one to agree
    with at once.
    """
    was_there = member.joined_at <= asked_at - APPROVAL_LIVES
    return was_there and member.has(ACT_RIGHTS[act]) and member.areas.is_everywhere


def agree(session: Session, member: Membership, approval_id: int, now: datetime) -> Approval:
    """Agree to what another organizer asked for.

    Raises:
        NotFound: There is no such thing in this campaign, it was done already, is too old, or
            needs a right that the member lacks or has in some areas only, or
            joined less than a day before.
        OwnApproval: The member asked for it.
    """
    asked = session.get(Approval, approval_id, with_for_update=True)
    if asked is None or asked.campaign_id != member.campaign_id:
        raise NotFound
    if asked.used_at or is_over(asked.asked_at, now) or not member.has(ACT_RIGHTS[asked.act]):
        raise NotFound
    if asked.asked_by_id == member.organizer_id:
        raise OwnApproval
    if not could_agree(member, asked.act, asked.asked_at):
        raise NotFound
    asked.agreed_by_id = member.organizer_id
    session.flush()
    return asked
