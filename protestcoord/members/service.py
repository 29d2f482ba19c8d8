"""How do people come into a campaign and leave it: made an owner, invited, changed, removed."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.core.crypto import open_sealed, seal
from protestcoord.core.errors import NotFound
from protestcoord.core.mail import queue_mail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.members.models import Invitation, Membership
from protestcoord.members.queries import find_membership
from protestcoord.members.rules import (
    INVITATION_LIVES,
    AlreadyMember,
    LastOwner,
    MemberRole,
)
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.queries import find_organizer
from protestcoord.organizers.service import add_organizer, usable_address

MAIL_KIND = "members.invitation"


@dataclass(frozen=True)
class Place:
    """What somebody is to be in a campaign, and where; no codes is everywhere."""

    role: MemberRole
    area_codes: Collection[str] = ()

    @property
    def stored_codes(self) -> list[str]:
        """The codes in their order; an owner is one everywhere."""
        return [] if self.role is MemberRole.OWNER else sorted(self.area_codes)


@dataclass(frozen=True)
class Invited:
    """What is private of an invitation."""

    email: str
    token: str


def appoint(
    session: Session, campaign_id: int, organizer_id: int, place: Place, now: datetime
) -> Membership:
    """Give an organizer a role in a campaign; one that is there already is kept as it is."""
    found = find_membership(session, campaign_id, organizer_id)
    if found:
        return found
    made = Membership(
        campaign_id=campaign_id,
        organizer_id=organizer_id,
        role=place.role,
        area_codes=place.stored_codes,
        joined_at=now,
    )
    session.add(made)
    session.flush()
    return made


def change_place(session: Session, member: Membership, place: Place) -> None:
    """Give a member another role or other areas, from the next request on.

    Raises:
        LastOwner: Nobody else is an owner.
    """
    if place.role is not MemberRole.OWNER:
        _keep_an_owner(session, member)
    member.role, member.area_codes = place.role, place.stored_codes
    session.flush()


def remove_member(session: Session, member: Membership) -> None:
    """Take somebody out of a campaign.

    Raises:
        LastOwner: Nobody else is an owner.
    """
    _keep_an_owner(session, member)
    session.delete(member)
    session.flush()


def _keep_an_owner(session: Session, member: Membership) -> None:
    # Locked and read afresh, so that two owners cannot take the role from each other at once.
    rows = select(Membership).where(Membership.campaign_id == member.campaign_id)
    locked = rows.order_by(Membership.id).with_for_update(of=Membership)
    people = session.scalars(locked.execution_options(populate_existing=True)).all()
    owners = [m for m in people if m.role is MemberRole.OWNER and m is not member]
    if member.role is MemberRole.OWNER and not owners:
        raise LastOwner


def invite(
    session: Session,
    key: bytes,
    inviter: Membership,
    email: str,
    place: Place,
    language: str,
    now: datetime,
) -> Invitation:
    """Offer a role by mail; the link serves once, within seven days.

    Args:
        session: A unit of work.
        key: Of the instance's accounts; seals the address.
        inviter: Who invites.
        email: Who is invited.
        place: To what.
        language: Of the mail.
        now: This moment.

    Raises:
        AlreadyMember: The address has a role in the campaign.
        InvalidValue: It is no address; ``field`` is email.
    """
    address = usable_address(email)
    organizer = find_organizer(session, address)
    if organizer and find_membership(session, inviter.campaign_id, organizer.id):
        raise AlreadyMember
    token = new_token()
    made = Invitation(
        id=str(uuid.uuid4()),
        campaign_id=inviter.campaign_id,
        token_hash=token_hash(token),
        language=language,
        role=place.role,
        area_codes=place.stored_codes,
        invited_by_id=inviter.organizer_id,
        invited_at=now,
    )
    sealed = {"email": address, "token": token}
    made.sealed = seal(key, Invitation.__tablename__, made.id, sealed)
    session.add(made)
    queue_mail(session, MAIL_KIND, made.id, now)
    session.flush()
    return made


def invited_by(key: bytes, invitation: Invitation) -> Invited:
    """Return whom an invitation is for, and its link.

    Raises:
        CannotOpen: The key was lost.
    """
    return Invited(**open_sealed(key, Invitation.__tablename__, invitation.id, invitation.sealed))


def call_off(session: Session, campaign_id: int, invitation_id: str) -> None:
    """Take an invitation back; its link is dead.

    Raises:
        NotFound: There is none in this campaign.
    """
    found = session.get(Invitation, invitation_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound
    session.delete(found)
    session.flush()


def join_with_new_account(
    session: Session, key: bytes, invitation: Invitation, password: str, now: datetime
) -> Membership:
    """Make an account for who is invited, and let it take the offered role.

    Raises:
        InvalidValue: The password is not good enough, or the address has an account.
    """
    organizer = add_organizer(session, invited_by(key, invitation).email, password, now)
    return join(session, invitation, organizer, now)


def join(
    session: Session, invitation: Invitation, organizer: Organizer, now: datetime
) -> Membership:
    """Let an organizer take the role that was offered; the invitation is gone then.

    Args:
        session: A unit of work.
        invitation: Open, and to this organizer's address, which the caller has checked.
        organizer: Who takes it.
        now: This moment.

    Raises:
        NotFound: Somebody used it at the same time.
    """
    taken = delete(Invitation).where(Invitation.id == invitation.id)
    place = Place(invitation.role, invitation.area_codes)
    campaign_id = invitation.campaign_id
    if session.execute(taken).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    return appoint(session, campaign_id, organizer.id, place, now)


def forget_old_invitations(session: Session, now: datetime) -> int:
    """Delete the invitations that nobody took in time; return how many."""
    old = delete(Invitation).where(Invitation.invited_at <= now - INVITATION_LIVES)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
