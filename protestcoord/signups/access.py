"""Whose group is it: an organizer finds those of their own campaigns, and of others none."""

from sqlalchemy.orm import Session

from protestcoord.campaigns.access import own_campaign
from protestcoord.core.errors import NotFound
from protestcoord.signups.bulk import chosen_sign_ups
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.queries import find_group


def own_group(session: Session, slug: str, key: str) -> Group:
    """Return a group of a campaign of who is signed in.

    Raises:
        NotFound: There is none, or it is in somebody else's campaign.
    """
    group = find_group(session, own_campaign(session, slug).id, key)
    if group is None:
        raise NotFound
    return group


def own_sign_up(session: Session, slug: str, sign_up_id: int) -> SignUp:
    """Return a sign-up of a campaign of who is signed in.

    Raises:
        NotFound: There is none, or it is in somebody else's campaign.
    """
    found = chosen_sign_ups(session, own_campaign(session, slug).id, [sign_up_id])
    if not found:
        raise NotFound
    return found[0]
