"""Which published slots does newer time zone data move, and what are they moved to?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.campaigns.queries import slots_of_campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.schedule import Adjustment, slot_opens_at
from protestcoord.campaigns.service import give_time, mark_changed, note_change, open_for_change
from protestcoord.core.clock import zone


@dataclass(frozen=True)
class Rescheduling:
    """A slot that no longer starts at the wall clock that was asked for, and when it would.

    Attributes:
        slot: The row, unchanged.
        starts_at: Aware UTC.
        ends_at: Aware UTC, as long after it as before.
        adjustment: What became of the asked wall clock.
    """

    slot: Slot
    starts_at: datetime
    ends_at: datetime
    adjustment: Adjustment


def reschedulings(session: Session, campaign: Campaign, now: datetime) -> list[Rescheduling]:
    """Return what the present zone data moves, by start; nothing but that.

    A slot follows from the wall clock that was asked for when it was published, so what an
    organizer changed since and did not publish has no part in it. Slots that have started, are
    cancelled, or were asked for as an instant stay.
    """
    if campaign.state is not CampaignState.PUBLISHED:
        return []
    found = []
    for slot in slots_of_campaign(session, campaign):
        if slot.local_asked is None or slot.cancelled_at is not None or slot.starts_at <= now:
            continue
        here = zone(slot.timezone)
        asked = slot.local_asked
        starts_at, adjustment = slot_opens_at(asked.date(), asked.time(), here)
        if starts_at != slot.starts_at:
            ends_at = starts_at + (slot.ends_at - slot.starts_at)
            found.append(Rescheduling(slot, starts_at, ends_at, adjustment))
    return found


def reschedule_campaign(session: Session, campaign: Campaign, now: datetime) -> tuple[Slot, ...]:
    """Move what the present zone data moves; return it. The groups are told by ``signups``."""
    if campaign.state is not CampaignState.PUBLISHED:
        return ()
    open_for_change(session, campaign)
    moved = reschedulings(session, campaign, now)
    for move in moved:
        give_time(move.slot, move.starts_at, move.ends_at)
        move.slot.adjustment = move.adjustment
        mark_changed(move.slot, now)
    if moved:
        note_change(session, campaign, now)
    return tuple(move.slot for move in moved)
