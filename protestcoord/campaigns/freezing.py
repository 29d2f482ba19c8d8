"""Is a campaign frozen: then it takes nothing from groups and volunteers until it is thawed.

What the public reads already stays, organizers go on deciding, and mails that are due still leave.
"""

from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.service import CampaignNotPublished, note_change, open_for_change
from protestcoord.core.errors import N_, DomainError

NOTHING_TO_PAUSE = N_("This campaign is not published yet, so there is nothing to pause.")


class CampaignFrozen(DomainError):
    """The organizers let the campaign take nothing for now."""

    heading = N_("Paused for now")
    message = N_(
        "The organizers have paused this campaign for now. What is there stays. Please try again "
        "later."
    )
    status = HTTPStatus.CONFLICT


def check_not_frozen(campaign: Campaign) -> None:
    """Let pass what a group or a volunteer brings; every service that takes such asks here.

    To withdraw, to get one's own data and to have them deleted never ask.

    Raises:
        CampaignFrozen: It takes nothing for now.
    """
    if campaign.frozen_at is not None:
        raise CampaignFrozen


def where_time_stands(life: timedelta, now: datetime) -> Select[int]:
    """Return in which campaigns, by row id, nothing that waits for somebody's press runs out.

    While a campaign is frozen nobody can press with effect what was mailed before. When it is
    thawed the time begins anew, so that the link lives on at least as long as it would have.

    Args:
        life: How long the link works otherwise.
        now: This moment.
    """
    lately_thawed = Campaign.thawed_at > now - life
    return select(Campaign.id).where(Campaign.frozen_at.is_not(None) | lately_thawed)


def freeze_campaign(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Let a campaign take nothing; return whether it did before.

    Raises:
        CampaignClosed: It takes nothing any more.
        CampaignNotPublished: It is a draft, which takes nothing yet.
    """
    open_for_change(session, campaign)
    if campaign.state is CampaignState.DRAFT:
        raise CampaignNotPublished(NOTHING_TO_PAUSE)
    if campaign.frozen_at is not None:
        return False
    campaign.frozen_at = now
    note_change(session, campaign, now)
    return True


def thaw_campaign(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Let a campaign take again what groups and volunteers bring; return whether it was frozen.

    Raises:
        CampaignClosed: It takes nothing any more.
    """
    open_for_change(session, campaign)
    if campaign.frozen_at is None:
        return False
    campaign.frozen_at, campaign.thawed_at = None, now
    note_change(session, campaign, now)
    return True
