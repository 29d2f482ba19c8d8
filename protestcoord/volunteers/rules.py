"""What may a volunteer ask of a slot, and what does the public read of all of them."""

from datetime import datetime, timedelta

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import Presence
from protestcoord.core.errors import N_, DomainError
from protestcoord.signups.places import is_open

# SECURITY: a public number moves by whole buckets and once an hour, so nobody sees who came when.
BUCKETS = (10, 25, 50, 100, 250)
SHOWN_EVERY = timedelta(hours=1)
MOST_AT_ONCE = 20
MOST_AN_HOUR = 200


class NotAsked(DomainError):
    """The slot asks nothing of volunteers: it is over, called off, remote only, or not offered."""

    message = N_("This slot cannot be joined here. Please look at the page of the site.")
    status = 404


def bucket_of(people: int) -> int:
    """Return the largest bucket that so many people fill, or 0 for fewer than the first."""
    return max((bucket for bucket in BUCKETS if bucket <= people), default=0)


def may_come(slot: Slot, now: datetime) -> bool:
    """Say whether people may be told to come: the slot stands, and a gathering is safe."""
    site = slot.site
    is_standing = site.presence is Presence.ON_SITE and site.dropped_at is None
    return is_standing and is_open(slot, now)


def counts_turnout(slot: Slot, now: datetime) -> bool:
    """Say whether a slot counts who says "I will come"."""
    return slot.site.campaign.counts_turnout and may_come(slot, now)
