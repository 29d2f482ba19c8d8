"""Count who says "I will come", and make the public number from it, once an hour."""

from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.models import Slot
from protestcoord.core.database import note_public_change
from protestcoord.signups.places import lock_slots
from protestcoord.volunteers import queries
from protestcoord.volunteers.models import Turnout
from protestcoord.volunteers.rules import (
    MOST_AN_HOUR,
    SHOWN_EVERY,
    NotAsked,
    bucket_of,
    counts_turnout,
)


def count_comers(session: Session, slot: Slot, people: int, now: datetime) -> None:
    """Count people who say that they come to a slot; who they are is told to nobody.

    A slot has a budget for each full hour. What comes above it is not counted, and the answer is
    the same, so that a script can neither drive the number fast nor see where it stands. The
    number stays a rough one: who presses twice is counted twice.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        NotAsked: The slot does not count.
    """
    check_not_frozen(slot.site.campaign)
    if not counts_turnout(slot, now):
        raise NotAsked
    lock_slots(session, [slot.id])
    turnout = session.get(Turnout, slot.id, populate_existing=True)
    hour = now.replace(minute=0, second=0, microsecond=0)
    if turnout is None:
        turnout = Turnout(slot_id=slot.id, people=0, hour=hour, counted_in_hour=0, looked_at=hour)
        session.add(turnout)
    elif turnout.hour != hour:
        turnout.hour, turnout.counted_in_hour = hour, 0
    counted = min(people, MOST_AN_HOUR - turnout.counted_in_hour)
    turnout.people += counted
    turnout.counted_in_hour += counted
    session.flush()


def show_buckets(session: Session, now: datetime) -> int:
    """Make the public numbers from counters not looked at for an hour; return how many changed."""
    changed = 0
    for turnout in queries.turnouts_to_look_at(session, now - SHOWN_EVERY):
        turnout.looked_at = now
        bucket = bucket_of(turnout.people)
        if turnout.slot.shown_bucket != bucket:
            turnout.slot.shown_bucket = bucket
            changed += 1
    session.flush()
    if changed:
        note_public_change(session)
    return changed
