"""Make a campaign public: slots from waves and sites, each row for life."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.campaigns.preview import (
    Change,
    Preview,
    PreviewRow,
    preview_slots,
)
from protestcoord.campaigns.readiness import what_is_missing
from protestcoord.campaigns.rules import CampaignState, Cancellation
from protestcoord.campaigns.schedule import PlannedSlot
from protestcoord.campaigns.service import (
    give_time,
    mark_cancelled,
    mark_changed,
    note_change,
    open_for_change,
)
from protestcoord.campaigns.stored_rules import told_of_wave
from protestcoord.core.errors import N_, DomainError


class NotAcknowledged(DomainError):
    """The organizer has not said yes to a time that is not the asked one."""

    message = N_(
        "Some sites act at another time than the one you asked for. Please look at each of these "
        "times and tick it."
    )
    field = "acknowledged"


@dataclass(frozen=True)
class Published:
    """What publishing did, for those who tell the groups.

    Attributes:
        added: New slots.
        moved: Slots whose time changed, or that take place again.
        cancelled: Slots that no wave gives any more.
        widened: Slots that take more groups than before.
    """

    added: tuple[Slot, ...]
    moved: tuple[Slot, ...]
    cancelled: tuple[Slot, ...]
    widened: tuple[Slot, ...]


def publish_campaign(
    session: Session, campaign: Campaign, acknowledged: Collection[str] | bool, now: datetime
) -> Published:
    """Give every site its slots and show the campaign to the public.

    The groups are told by ``signups``. Publishing again, after sites or waves were changed, is
    the same operation: a slot's row stays, its instants may change.

    Args:
        session: The unit of work.
        campaign: A draft or a published one.
        acknowledged: Keys of the adjusted times (``PreviewRow.adjustment_key``) that the
            organizer said yes to; True for all.
        now: This moment.

    Raises:
        CampaignClosed: It changes no more.
        NotReady: There is no site or no wave, no slot follows, or one would start in the past.
        NotAcknowledged: An adjusted time was not said yes to.
    """
    open_for_change(session, campaign)
    preview = preview_slots(session, campaign, now)
    for missing in what_is_missing(preview, now):
        raise missing
    asked = {row.adjustment_key for row in preview.adjusted()}
    if acknowledged is not True and not asked <= set(acknowledged or ()):
        raise NotAcknowledged
    published = _write_slots(session, preview, now)
    for wave in preview.waves:
        wave.published = told_of_wave(wave)
    campaign.state = CampaignState.PUBLISHED
    note_change(session, campaign, now)
    return published


def _write_slots(session: Session, preview: Preview, now: datetime) -> Published:
    added = [_new_slot(row, now) for row in preview.rows if row.change is Change.NEW]
    session.add_all(added)
    moved = [_moved(row, now) for row in preview.rows if row.change is Change.MOVED]
    for row in preview.rows:
        if row.is_restated:
            _restate(row, now)
    for slot in preview.gone:
        mark_cancelled(slot, Cancellation.BY_PLAN, now)
    widened = [_widened(row) for row in preview.rows if row.is_widened]
    session.flush()
    return Published(tuple(added), tuple(moved), preview.gone, tuple(widened))


def _new_slot(row: PreviewRow, now: datetime) -> Slot:
    return Slot(
        wave=row.wave,
        site=row.site,
        occurrence=row.planned.occurrence,
        starts_at=row.planned.starts_at,
        ends_at=row.planned.ends_at,
        timezone=row.planned.timezone,
        local_asked=row.planned.local_asked,
        adjustment=row.planned.adjustment,
        capacity=row.wave.capacity,
        changed_at=now,
    )


def _widened(row: PreviewRow) -> Slot:
    slot = _row_of(row)
    slot.capacity = row.wave.capacity
    return slot


def _row_of(row: PreviewRow) -> Slot:
    if row.slot is None:
        raise LookupError(row.key)
    return row.slot


def _restate(row: PreviewRow, now: datetime) -> None:
    """Let a slot follow from another wish to the same instant: no calendar's time changes."""
    slot = _row_of(row)
    slot.local_asked, slot.adjustment = row.planned.local_asked, row.planned.adjustment
    slot.changed_at = now


def _moved(row: PreviewRow, now: datetime) -> Slot:
    return move_to(_row_of(row), row.planned, now)


def move_to(slot: Slot, planned: PlannedSlot, now: datetime) -> Slot:
    """Let a slot take place as planned, whether it was called off or not, and return it."""
    give_time(slot, planned.starts_at, planned.ends_at)
    slot.timezone, slot.adjustment = planned.timezone, planned.adjustment
    slot.local_asked = planned.local_asked
    slot.cancelled_at = slot.cancellation = None
    mark_changed(slot, now)
    return slot
