"""When is what is private forgotten: thirty days after a campaign's last slot, for good."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.core.mail import OutboxMail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.edits import forget_edits
from protestcoord.signups.models import Contact, Group, GroupNote, Handover

CONTACTS_KEPT = timedelta(days=30)


def purge_contacts(session: Session, vault: ContactVault, now: datetime) -> int:
    """Make the contacts of campaigns long over unreadable for ever; return how many campaigns.

    The key is destroyed first: from then on nothing opens the contacts, not even in a backup of
    the database. Their rows keep no trace that finds an address or a link.
    """
    over = [c for c in session.scalars(select(Campaign)) if _is_due(session, c, now)]
    # By key or by row: a purge that was rolled back, or a restored backup, is purged again.
    due = [c for c in over if vault.keys.has(c.slug) or _has_sealed(session, c)]
    for campaign in due:
        vault.keys.destroy(campaign.slug)
        _forget(session, campaign)
    session.flush()
    return len(due)


def _has_sealed(session: Session, campaign: Campaign) -> bool:
    contacts = select(Contact.id).where(Contact.campaign_id == campaign.id)
    return session.scalar(contacts.where(Contact.sealed != b"").limit(1)) is not None


def _is_due(session: Session, campaign: Campaign, now: datetime) -> bool:
    ended_at = queries.last_end_of_slots(session, campaign.id)
    return ended_at is not None and ended_at + CONTACTS_KEPT <= now


def _forget(session: Session, campaign: Campaign) -> None:
    for contact in queries.contacts_of_campaign(session, campaign.id):
        contact.sealed, contact.email_index = b"", token_hash(new_token())
        contact.domain_index = ""
        session.execute(delete(OutboxMail).where(OutboxMail.contact_id == contact.id))
    groups = select(Group.id).where(Group.campaign_id == campaign.id)
    session.execute(delete(Handover).where(Handover.group_id.in_(groups)))
    session.execute(delete(GroupNote).where(GroupNote.group_id.in_(groups)))
    forget_edits(session, campaign.id)
    for group in session.scalars(select(Group).where(Group.campaign_id == campaign.id)):
        group.link_hash = token_hash(new_token())
