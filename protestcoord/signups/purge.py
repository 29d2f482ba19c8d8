"""When is what is private forgotten: some days after a campaign's last slot, for good."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.forgetting import forget_groups
from protestcoord.signups.models import Group


def purge_at(session: Session, campaign: Campaign, kept: timedelta) -> datetime | None:
    """Return when a campaign's contacts are forgotten; None while it has no slot."""
    ended_at = queries.last_end_of_slots(session, campaign.id)
    return ended_at + kept if ended_at is not None else None


def is_running(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Say whether groups are still awaited: it is published, and a slot is not over yet."""
    ended_at = queries.last_end_of_slots(session, campaign.id)
    is_published = campaign.state is CampaignState.PUBLISHED
    return is_published and ended_at is not None and ended_at > now


def campaigns_to_purge(
    session: Session, vault: ContactVault, kept: timedelta, now: datetime
) -> list[Campaign]:
    """Return the campaigns long over of which something private is left.

    By key or by row: a purge that was rolled back, or a restored backup, is purged again.
    """
    return [
        campaign
        for campaign in session.scalars(select(Campaign).order_by(Campaign.slug))
        if (at := purge_at(session, campaign, kept)) is not None
        and at <= now
        and (vault.keys.has(campaign.slug) or queries.has_sealed_contacts(session, campaign.id))
    ]


def purge_contacts(
    session: Session, vault: ContactVault, kept: timedelta, now: datetime
) -> list[Campaign]:
    """Make the contacts of campaigns long over unreadable for ever; return these campaigns.

    Args:
        session: A unit of work.
        vault: Holds the keys.
        kept: How long after a campaign's last slot.
        now: This moment.
    """
    due = campaigns_to_purge(session, vault, kept, now)
    for campaign in due:
        purge_campaign(session, vault, campaign)
    return due


def purge_campaign(session: Session, vault: ContactVault, campaign: Campaign) -> None:
    """Forget all groups of a campaign.

    The key is destroyed first: from then on nothing opens the contacts, not even in a backup of
    the database. Their rows keep no trace that finds an address or a link.
    """
    vault.keys.destroy(campaign.slug)
    forget_groups(session, Group.campaign_id == campaign.id)
