"""Whose campaign is it: an organizer finds their own, and of others' not even that they exist."""

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rules import SLUG
from protestcoord.core.errors import NotFound
from protestcoord.organizers.access import signed_in_organizer


def own_campaign(session: Session, slug: str) -> Campaign:
    """Return the campaign with a slug that belongs to who is signed in.

    Raises:
        NotFound: There is none, or it is somebody else's: the answer is the same.
    """
    campaign = find_campaign(session, slug) if SLUG.fullmatch(slug) else None
    if campaign is None or campaign.owner_id != signed_in_organizer().id:
        raise NotFound
    return campaign
