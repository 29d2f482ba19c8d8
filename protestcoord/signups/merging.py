"""How two groups that are one become one: what moves, what ends, who is told, what is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import OutboxMail, queue_mail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups import queries
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import (
    Contact,
    Group,
    GroupEdit,
    GroupNote,
    Handover,
    SignUp,
    SiteProposal,
)
from protestcoord.signups.places import leave_together, lock_group, lock_slots
from protestcoord.signups.rules import LIVE, Actor, SignUpState
from protestcoord.signups.similar import name_key

# A mail that did not leave by then never will.
CONTACT_KEPT = timedelta(hours=48)


class CannotMerge(DomainError):
    """Two groups cannot become one, or not in this direction."""

    message = N_("These two cannot be made one: it was done already, or it is the same group.")
    status = 409
    field = "other"


class KeptUnproven(CannotMerge):
    """Nobody has pressed the link of the group that would stay."""

    message = N_("The group that stays has not confirmed its mail yet. Please keep the other one.")


@dataclass(frozen=True)
class MergePlan:
    """What making two groups one does.

    Attributes:
        kept: The group that stays.
        gone: The group whose link dies and whose contact is deleted.
        moved: Sign-ups that pass to the kept group, since it has none for their slots.
        ended: Live sign-ups of the other one that end, since the kept group has one itself.
    """

    kept: Group
    gone: Group
    moved: tuple[SignUp, ...]
    ended: tuple[SignUp, ...]


def plan_merge(session: Session, kept: Group, gone: Group) -> MergePlan:
    """Return what making two groups of a campaign one would do.

    Raises:
        CannotMerge: They are the same, of two campaigns, or one was merged already.
        KeptUnproven: The kept group's address was never proven.
    """
    is_one = kept.id == gone.id or kept.campaign_id != gone.campaign_id
    if is_one or kept.merged_at is not None or gone.merged_at is not None:
        raise CannotMerge
    if kept.verified_at is None:
        raise KeptUnproven
    own = {sign_up.slot_id for sign_up in queries.sign_ups_of_group(session, kept.id)}
    others = queries.sign_ups_of_group(session, gone.id)
    return MergePlan(
        kept,
        gone,
        tuple(sign_up for sign_up in others if sign_up.slot_id not in own),
        tuple(s for s in others if s.slot_id in own and s.state in LIVE),
    )


def merge_groups(session: Session, kept: Group, gone: Group, now: datetime) -> MergePlan:
    """Make two groups one and tell both; this cannot be undone.

    The other group's link dies at once, and nothing finds its address any more. Its sealed
    contact stays just until the mail that tells it has left (``forget_merged``).

    Raises:
        CannotMerge: As ``plan_merge``.
    """
    for group_id in sorted({kept.id, gone.id}):
        lock_group(session, group_id)
    session.refresh(kept)
    session.refresh(gone)
    lock_slots(session, {s.slot_id for s in queries.sign_ups_of_group(session, gone.id)})
    session.expire_all()
    plan = plan_merge(session, kept, gone)
    for sign_up in plan.moved:
        sign_up.group = kept
        sign_up.changed_at = now
    _hand_over_what_is_kept_of_it(session, plan)
    leave_together(session, plan.ended, SignUpState.WITHDRAWN, Actor.ORGANIZER, now, is_told=False)
    _close(session, gone, now)
    queue_mail(session, MailKind.MERGED, kept.contact_id, now)
    queue_mail(session, MailKind.MERGED_AWAY, gone.contact_id, now)
    session.flush()
    return plan


def _hand_over_what_is_kept_of_it(session: Session, plan: MergePlan) -> None:
    for stored in (SiteProposal, GroupNote, GroupEdit):
        of_gone = update(stored).where(stored.group_id == plan.gone.id)
        session.execute(of_gone.values(group_id=plan.kept.id))


def _close(session: Session, gone: Group, now: datetime) -> None:
    session.execute(delete(Handover).where(Handover.group_id == gone.id))
    unsent = delete(OutboxMail).where(OutboxMail.sent_at.is_(None))
    session.execute(unsent.where(OutboxMail.contact_id == gone.contact_id))
    gone.merged_at = gone.changed_at = now
    gone.link_hash = token_hash(new_token())
    gone.contact.email_index, gone.contact.domain_index = token_hash(new_token()), ""


def forget_merged(session: Session, now: datetime) -> None:
    """Delete the contacts of merged groups that were told, or that no mail reaches."""
    waits = select(OutboxMail.contact_id).where(
        OutboxMail.sent_at.is_(None), OutboxMail.failed_at.is_(None)
    )
    over = (Group.merged_at <= now - CONTACT_KEPT) | Contact.id.not_in(waits)
    merged = select(Contact).join(Group, Group.contact_id == Contact.id)
    for contact in session.scalars(merged.where(Group.merged_at.is_not(None), over)):
        if contact.sealed:
            contact.sealed = b""
    session.flush()


def others_to_merge(session: Session, kept: Group, most: int = 1000) -> Sequence[Group]:
    """Return the other groups of a campaign; first those of the same name, domain or city."""
    others = select(Group).where(
        Group.campaign_id == kept.campaign_id, Group.id != kept.id, Group.merged_at.is_(None)
    )
    found = session.execute(others.join(Group.contact).add_columns(Contact.domain_index)).all()
    domain, key = kept.contact.domain_index, name_key(kept.name)

    def unlikeness(row: tuple[Group, str]) -> tuple[bool, bool, bool, str]:
        group, other_domain = row
        return (
            name_key(group.name) != key,
            not domain or other_domain != domain,
            group.city != kept.city,
            group.name.casefold(),
        )

    return [group for group, _ in sorted(map(tuple, found), key=unlikeness)[:most]]
