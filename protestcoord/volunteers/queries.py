"""What is there of volunteers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.volunteers.models import Turnout


def turnouts_to_look_at(session: Session, looked_before: datetime) -> Sequence[Turnout]:
    """Return the counters from which no public number was made since a moment."""
    chosen = select(Turnout).where(Turnout.looked_at <= looked_before)
    return session.scalars(chosen.order_by(Turnout.slot_id)).all()


def slots_with_bucket(session: Session, campaign: Campaign) -> Sequence[Slot]:
    """Return a campaign's slots for which a bucket is shown, the fullest first."""
    shown = select(Slot).join(Slot.site).where(Site.campaign_id == campaign.id)
    chosen = shown.where(Slot.shown_bucket > 0, Slot.cancelled_at.is_(None))
    return session.scalars(chosen.order_by(Slot.shown_bucket.desc(), Slot.starts_at)).all()
