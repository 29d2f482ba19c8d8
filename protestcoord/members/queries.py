"""Who works on a campaign, who is invited, and what waits for a second organizer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.core.tokens import token_hash
from protestcoord.members.models import Approval, Invitation, Membership
from protestcoord.members.rules import (
    APPROVAL_LIVES,
    INVITATION_LIVES,
    MemberRole,
    TwoPersonAct,
)


def find_membership(session: Session, campaign_id: int, organizer_id: int) -> Membership | None:
    """Return an organizer's role in a campaign."""
    own = select(Membership).where(Membership.campaign_id == campaign_id)
    return session.scalar(own.where(Membership.organizer_id == organizer_id))


def members_of(session: Session, campaign_id: int) -> list[Membership]:
    """Return a campaign's people, owners first."""
    own = select(Membership).where(Membership.campaign_id == campaign_id)
    order = list(MemberRole)
    return sorted(session.scalars(own), key=lambda m: (order.index(m.role), m.organizer.email))


def invitations_of(session: Session, campaign_id: int, now: datetime) -> Sequence[Invitation]:
    """Return the open invitations to a campaign, the newest first."""
    own = select(Invitation).where(Invitation.campaign_id == campaign_id)
    young = own.where(Invitation.invited_at > now - INVITATION_LIVES)
    return session.scalars(young.order_by(Invitation.invited_at.desc())).all()


def find_invitation(session: Session, token: str, now: datetime) -> Invitation | None:
    """Return the open invitation that a link stands for."""
    chosen = select(Invitation).where(Invitation.token_hash == token_hash(token))
    return session.scalar(chosen.where(Invitation.invited_at > now - INVITATION_LIVES))


def open_approvals(session: Session, campaign_id: int, now: datetime) -> Sequence[Approval]:
    """Return what was asked for in a campaign and was not done yet, the oldest first."""
    own = select(Approval).where(Approval.campaign_id == campaign_id, Approval.used_at.is_(None))
    young = own.where(Approval.asked_at > now - APPROVAL_LIVES)
    return session.scalars(young.order_by(Approval.id)).all()


def find_asked(
    session: Session,
    campaign_id: int,
    act: TwoPersonAct,
    subject: str,
    organizer_id: int,
    now: datetime,
) -> Approval | None:
    """Return what an organizer asked for and did not do yet, locked."""
    own = select(Approval).where(
        Approval.campaign_id == campaign_id,
        Approval.act == act,
        Approval.subject == subject,
        Approval.asked_by_id == organizer_id,
        Approval.used_at.is_(None),
        Approval.asked_at > now - APPROVAL_LIVES,
    )
    # What somebody agreed to comes first, then the latest.
    ordered = own.order_by(Approval.agreed_by_id.is_(None), Approval.id.desc())
    return session.scalar(ordered.limit(1).with_for_update())
