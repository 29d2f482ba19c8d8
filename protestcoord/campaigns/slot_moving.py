"""Move one slot that is public already, and nothing else: the site does otherwise than its wave."""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.overriding import SlotBegun, override_site, overrides_of_wave
from protestcoord.campaigns.preview import Change, Preview, PreviewRow, moves_soon
from protestcoord.campaigns.publishing import move_to
from protestcoord.campaigns.schedule import (
    Override,
    PlannedSlot,
    Synchronisation,
    check_override,
    slots_of_wave,
)
from protestcoord.campaigns.service import open_for_change
from protestcoord.campaigns.stored_rules import override_of, places_of, published_rule_of, rule_of
from protestcoord.core.errors import N_, DomainError, InvalidValue


class NotMovable(DomainError):
    """A slot of a relay, or one that was called off."""

    message = N_("This slot cannot be moved alone: it was called off, or belongs to a relay.")
    status = 409


class WaveUnpublished(DomainError):
    """What is public of the wave is not what it says by now, so neither would the slot be."""

    message = N_("This wave has changes that are not published yet. Please publish them first.")
    status = 409


class SlotUnchanged(InvalidValue):
    """The slot is at that time already."""

    message = N_("The slot is at this time already.")
    field = "local_time"


@dataclass(frozen=True)
class SlotTime:
    """When a slot is to be: day and wall clock at its site, and elapsed minutes."""

    local_day: date
    local_time: time
    duration_minutes: int


def can_move(slot: Slot, now: datetime) -> bool:
    """Tell whether a slot can be moved alone."""
    is_relay = slot.wave.synchronisation is Synchronisation.RELAY
    return slot.cancelled_at is None and slot.starts_at > now and not is_relay


def plan_move(session: Session, slot: Slot, asked: SlotTime, now: datetime) -> PlannedSlot:
    """Return the slot as it would be, computed and not stored.

    Raises:
        NotMovable: It is called off, or a relay's.
        SlotBegun: It has started.
        WaveUnpublished: Its wave has changes that wait to be published.
        InvalidValue: No slot follows from it, it would be past, or nothing would change;
            ``field`` is one of local_day, local_time, duration_minutes.
    """
    if slot.starts_at <= now:
        raise SlotBegun
    if not can_move(slot, now):
        raise NotMovable
    if published_rule_of(slot.wave) != rule_of(slot.wave):
        raise WaveUnpublished
    planned = _planned(session, slot, _override(slot, asked))
    if planned.starts_at <= now:
        raise InvalidValue(N_("This time is over already."), field="local_day")
    if (planned.starts_at, planned.ends_at) == (slot.starts_at, slot.ends_at):
        raise SlotUnchanged
    return planned


def _override(slot: Slot, asked: SlotTime) -> Override:
    return Override(
        slot.site.mission.slug,
        slot.occurrence,
        local_day=asked.local_day,
        local_time=asked.local_time,
        duration_minutes=asked.duration_minutes,
    )


def _planned(session: Session, slot: Slot, own: Override) -> PlannedSlot:
    rule = rule_of(slot.wave)
    check_override(rule, own)
    others = [
        override_of(stored)
        for stored in overrides_of_wave(session, slot.wave)
        if stored.site_id == slot.site_id and stored.occurrence != slot.occurrence
    ]
    slots = slots_of_wave(rule, places_of([slot.site.mission]), [*others, own])
    return next(planned for planned in slots if planned.occurrence == slot.occurrence)


def is_soon(slot: Slot, planned: PlannedSlot, now: datetime) -> str:
    """Return what two organizers agree on if the slot moves within three days; empty if not.

    It is the text that publishing the same change for the whole campaign has.
    """
    row = PreviewRow(slot.wave, slot.site, planned, Change.MOVED, slot, "")
    return moves_soon(Preview((), (), (row,), (), {}), now)


def move_slot(session: Session, slot: Slot, asked: SlotTime, now: datetime) -> None:
    """Move a slot, for good until its site follows the wave again; ``signups`` tells its groups.

    What else waits to be published waits on.

    Raises:
        CampaignClosed: The campaign changes no more.
        DomainError: As ``plan_move``.
    """
    open_for_change(session, slot.site.campaign)
    session.refresh(slot)
    planned = plan_move(session, slot, asked, now)
    override_site(session, slot.wave, _override(slot, asked), now)
    move_to(slot, planned, now)
    session.flush()
