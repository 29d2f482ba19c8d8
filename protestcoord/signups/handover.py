"""How does a group pass to another person: asked for on its page, accepted by a mailed link."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import mails_since, queue_mail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactDetails, ContactVault
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Contact, Group, Handover

HANDOVER_LIFE = timedelta(hours=24)
MOST_A_DAY = 3


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
    """Mail a link to the address that is to have the group; until it is pressed nothing changes.

    The address that has it now is told as well, so that nobody takes a group away unseen.

    Args:
        session: A unit of work.
        vault: Seals the new address under the campaign's key.
        group: Whose page asks.
        email: The address of who takes over.
        now: This moment.

    Raises:
        AskedTooOften: Three were asked for within a day.
    """
    told = mails_since(
        session, group.contact_id, [MailKind.HANDOVER_ASKED], now - timedelta(hours=24)
    )
    if told >= MOST_A_DAY:
        raise AskedTooOften
    take_back(session, group)
    token = new_token()
    handover = Handover(
        id=str(uuid.uuid4()),
        group_id=group.id,
        token_hash=token_hash(token),
        expires_at=now + HANDOVER_LIFE,
    )
    vault.seal_handover(handover, group.campaign.slug, ContactDetails(email, token))
    session.add(handover)
    queue_mail(session, MailKind.HANDOVER, handover.id, now)
    queue_mail(session, MailKind.HANDOVER_ASKED, group.contact_id, now)
    session.flush()


def take_back(session: Session, group: Group) -> None:
    """Let a hand-over that nobody accepted yet be as if it had never been asked for."""
    session.execute(delete(Handover).where(Handover.group_id == group.id))


def is_asked(session: Session, group: Group) -> bool:
    """Say whether a group is to be handed over and nobody accepted yet."""
    asked = select(Handover.id).where(Handover.group_id == group.id)
    return session.scalar(asked) is not None


def find_handover(session: Session, token: str, now: datetime) -> Handover | None:
    """Return the hand-over that a link accepts, unless it came too late."""
    chosen = select(Handover).where(Handover.token_hash == token_hash(token))
    return session.scalar(chosen.where(Handover.expires_at > now))


def accept_handover(
    session: Session, vault: ContactVault, handover: Handover, now: datetime
) -> Group:
    """Give the group to the new address, with a new link; the old link dies.

    Raises:
        AddressTaken: The address has a group of its own in the campaign.
    """
    group = handover.group
    slug = group.campaign.slug
    email = vault.open_handover(handover).email
    index = vault.email_index(slug, email)
    if queries.find_contact(session, group.campaign_id, index):
        raise AddressTaken
    contact: Contact = group.contact
    token = new_token()
    vault.seal(contact, slug, ContactDetails(email, token))
    contact.email_index, contact.domain_index = index, vault.domain_index(slug, email)
    group.link_hash, group.changed_at = token_hash(token), now
    session.delete(handover)
    queue_mail(session, MailKind.LINK, contact.id, now)
    session.flush()
    return group


def forget_unaccepted(session: Session, now: datetime) -> None:
    """Delete the addresses of who did not accept in time."""
    session.execute(delete(Handover).where(Handover.expires_at <= now))
