"""How does a group pass to another person, or to nobody: allowed from its mailbox.

Another person accepts it from theirs; a group that passes to nobody is forgotten.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen, where_time_stands
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import mails_since, queue_mail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactDetails, ContactVault
from protestcoord.signups.forgetting import delete_group
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Contact, Group, Handover
from protestcoord.signups.places import accept_conduct_of_group

ALLOWED_WITHIN = timedelta(minutes=10)
HANDOVER_LIFE = timedelta(hours=24)
MOST_A_DAY = 3
TO_NOBODY = ""


class AskedTooOften(DomainError):
    """A stranger with the link could otherwise aim mails at anybody."""

    message = N_("This was asked three times today. Please try again tomorrow.")
    status = 429
    field = "email"


class AddressTaken(DomainError):
    """The address has a group of its own in the campaign."""

    message = N_("This address has a group of its own in this campaign.")
    status = 409


def ask_for_handover(
    session: Session, vault: ContactVault, group: Group, email: str, now: datetime
) -> None:
    """Mail the address that has a group now a link that allows it to pass to another one.

    Until it is pressed, within ten minutes, the other address gets no mail: who has the group's
    link alone, and not its mailbox, takes no group away.

    Args:
        session: A unit of work.
        vault: Seals the new address under the campaign's key.
        group: Whose page asks.
        email: The address of who takes over; ``TO_NOBODY`` if the group is to be forgotten.
        now: This moment.

    Raises:
        CampaignFrozen: It is to pass to somebody, and the campaign takes nothing for now.
        AskedTooOften: Three were asked for within a day.
    """
    if email != TO_NOBODY:
        check_not_frozen(group.campaign)
    kinds = [MailKind.HANDOVER_ASKED, MailKind.DELETION_ASKED]
    told = mails_since(session, group.contact_id, list(kinds), now - timedelta(hours=24))
    if told >= MOST_A_DAY:
        raise AskedTooOften
    take_back(session, group)
    handover = Handover(id=str(uuid.uuid4()), group_id=group.id, group=group)
    _give_link(vault, handover, email, now + ALLOWED_WITHIN)
    session.add(handover)
    session.flush()
    queue_mail(
        session,
        MailKind.HANDOVER_ASKED if email else MailKind.DELETION_ASKED,
        group.contact_id,
        now,
        useless_at=handover.expires_at,
        handover=handover.id,
    )
    session.flush()


def _give_link(vault: ContactVault, handover: Handover, email: str, until: datetime) -> None:
    token = new_token()
    handover.token_hash, handover.expires_at = token_hash(token), until
    vault.seal_handover(handover, handover.group.campaign.slug, ContactDetails(email, token))


def is_to_nobody(vault: ContactVault, handover: Handover) -> bool:
    """Say whether a group is to be forgotten rather than to pass to somebody."""
    return vault.open_handover(handover).email == TO_NOBODY


def allow_handover(
    session: Session, vault: ContactVault, handover: Handover, now: datetime
) -> None:
    """Mail the new address the link that accepts, or forget a group that passes to nobody.

    The link that allowed it serves no more.

    Raises:
        CampaignFrozen: It passes to somebody, and the campaign takes nothing for now.
    """
    email = vault.open_handover(handover).email
    if email == TO_NOBODY:
        delete_group(session, handover.group, now)
        return
    check_not_frozen(handover.group.campaign)
    handover.allowed_at = now
    _give_link(vault, handover, email, now + HANDOVER_LIFE)
    queue_mail(session, MailKind.HANDOVER, handover.id, now)
    session.flush()


def take_back(session: Session, group: Group) -> None:
    """Let a hand-over that nobody accepted yet be as if it had never been asked for."""
    session.execute(delete(Handover).where(Handover.group_id == group.id))


def find_asked(session: Session, group: Group) -> Handover | None:
    """Return the hand-over of a group that nobody accepted yet."""
    return session.scalar(select(Handover).where(Handover.group_id == group.id))


def find_to_allow(session: Session, token: str, now: datetime) -> Handover | None:
    """Return the hand-over that a link allows, unless it came too late."""
    return session.scalar(_by_link(token, Handover.allowed_at.is_(None), now))


def find_handover(session: Session, token: str, now: datetime) -> Handover | None:
    """Return the hand-over that a link accepts, unless it came too late."""
    return session.scalar(_by_link(token, Handover.allowed_at.is_not(None), now))


def _by_link(token: str, step: ColumnElement[bool], now: datetime) -> Select[Handover]:
    by_digest = select(Handover).where(Handover.token_hash == token_hash(token), step)
    return by_digest.where(Handover.id.not_in(_too_late(now)))


def _too_late(now: datetime) -> Select[str]:
    """Return what nobody allowed or accepted in time, which stands while a campaign is frozen."""

    def of_step(is_step: ColumnElement[bool], life: timedelta) -> ColumnElement[bool]:
        return and_(is_step, Group.campaign_id.not_in(where_time_stands(life, now)))

    over = select(Handover.id).join(Handover.group).where(Handover.expires_at <= now)
    return over.where(
        or_(
            of_step(Handover.allowed_at.is_(None), ALLOWED_WITHIN),
            of_step(Handover.allowed_at.is_not(None), HANDOVER_LIFE),
        )
    )


def accept_handover(
    session: Session, vault: ContactVault, handover: Handover, now: datetime
) -> Group:
    """Give the group to the new address, with a new link; the old link dies.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        AddressTaken: The address has a group of its own in the campaign.
    """
    group = handover.group
    check_not_frozen(group.campaign)
    slug = group.campaign.slug
    email = vault.open_handover(handover).email
    index = vault.email_index(slug, email)
    if queries.find_contact(session, group.campaign_id, index):
        raise AddressTaken
    contact: Contact = group.contact
    token = new_token()
    vault.seal(contact, slug, ContactDetails(email, token))
    contact.email_index, contact.domain_index = index, vault.domain_index(slug, email)
    group.link_hash, group.changed_at, group.seen_day = token_hash(token), now, now.date()
    session.delete(handover)
    accept_conduct_of_group(session, group.id, now)  # as stands beside the button
    queue_mail(session, MailKind.LINK, contact.id, now)
    session.flush()
    return group


def forget_unaccepted(session: Session, now: datetime) -> None:
    """Delete the addresses of who did not accept in time."""
    session.execute(delete(Handover).where(Handover.id.in_(_too_late(now))))
