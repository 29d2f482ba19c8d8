"""What may a volunteer ask of a slot, and what does the public read of all of them."""

import enum
from datetime import datetime, timedelta

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import slot_opens_at
from protestcoord.core.clock import zone
from protestcoord.core.errors import N_, DomainError
from protestcoord.signups.places import is_open

# SECURITY: a public number moves by whole buckets and once an hour, so nobody sees who came when.
BUCKETS = (10, 25, 50, 100, 250)
SHOWN_EVERY = timedelta(hours=1)
MOST_AT_ONCE = 20
MOST_AN_HOUR = 200

# SECURITY: so many links to addresses that did not confirm leave in an hour; more would make a
# script's letterbox of us, and the mails of groups would be taken for spam with them.
MOST_UNCONFIRMED_AN_HOUR = 1000
HOUR = timedelta(hours=1)
CONFIRMED_WITHIN = timedelta(hours=24)
KEPT_AFTER_END = timedelta(days=1)


class Moment(enum.StrEnum):
    """When somebody is reminded, from the first to the last."""

    WEEK = "week"
    DAY = "day"
    HOURS = "hours"


MOMENT_LABELS = {
    Moment.WEEK: N_("a week before"),
    Moment.DAY: N_("a day before"),
    Moment.HOURS: N_("two hours before"),
}
CIVIL_DAYS = {Moment.WEEK: 7, Moment.DAY: 1}
HOURS_BEFORE = timedelta(hours=2)


class TooManyAsk(DomainError):
    """So many links wait to be pressed that no more are sent for now; it is told to everybody."""

    message = N_(
        "So many people ask at the moment that we cannot send more mails. Please try again in an "
        "hour, or add the time to your calendar."
    )
    field = "email"
    status = 429


class NotAsked(DomainError):
    """The slot asks nothing of volunteers: it is over, called off, remote only, or not offered."""

    message = N_("This slot cannot be joined here. Please look at the page of the site.")
    status = 404


def bucket_of(people: int) -> int:
    """Return the largest bucket that so many people fill, or 0 for fewer than the first."""
    return max((bucket for bucket in BUCKETS if bucket <= people), default=0)


def is_off(slot: Slot) -> bool:
    """Say whether nobody is to come to a slot: it was called off, or a gathering is unsafe."""
    is_standing = slot.cancelled_at is None and slot.site.dropped_at is None
    return not is_standing or slot.site.presence is Presence.REMOTE_ONLY


def may_come(slot: Slot, now: datetime) -> bool:
    """Say whether people may be told to come to a slot now."""
    return is_open(slot, now) and not is_off(slot)


def counts_turnout(slot: Slot, now: datetime) -> bool:
    """Say whether a slot counts who says "I will come"."""
    return slot.site.campaign.counts_turnout and may_come(slot, now)


def sends_reminders(slot: Slot, now: datetime) -> bool:
    """Say whether a slot takes addresses to be reminded; it does while one can still be sent."""
    is_offered = slot.site.campaign.sends_reminders and may_come(slot, now)
    return is_offered and bool(moments_ahead(slot, now))


def due_at(moment: Moment, starts_at: datetime, timezone: str) -> datetime:
    """Return the instant of a reminder.

    A week or a day before is the same wall clock at the site, whatever clocks do in between; where
    that time does not exist or exists twice, it is what a slot's would be. Two hours are elapsed.

    Source:
        ``campaigns.schedule.slot_opens_at`` (PEP 495).
    """
    if moment is Moment.HOURS:
        return starts_at - HOURS_BEFORE
    here = zone(timezone)
    local = starts_at.astimezone(here)
    day = local.date() - timedelta(days=CIVIL_DAYS[moment])
    return slot_opens_at(day, local.time(), here)[0]


def moments_ahead(slot: Slot, now: datetime) -> list[Moment]:
    """Return the moments of a slot that are still to come."""
    return [moment for moment in Moment if due_at(moment, slot.starts_at, slot.timezone) > now]
