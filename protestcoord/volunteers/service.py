"""Change what a campaign offers to volunteers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.service import note_change, open_for_change


@dataclass(frozen=True)
class Offers:
    """What a campaign offers to volunteers; nothing unless an organizer wants it."""

    counts_turnout: bool
    sends_reminders: bool


def change_offers(session: Session, campaign: Campaign, offers: Offers, now: datetime) -> None:
    """Change what a campaign offers to volunteers.

    Raises:
        CampaignClosed: It changes no more.
    """
    open_for_change(session, campaign)
    campaign.counts_turnout = offers.counts_turnout
    campaign.sends_reminders = offers.sends_reminders
    note_change(session, campaign, now)
