"""What happens to groups when an organizer cancels, drops, closes or moves: it is told to them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from protestcoord.campaigns import queries as campaign_queries
from protestcoord.campaigns import service as campaign_service
from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.publishing import Published, publish_campaign
from protestcoord.campaigns.rescheduling import reschedule_campaign
from protestcoord.campaigns.slot_moving import SlotTime, move_slot
from protestcoord.core.clock import utc_text
from protestcoord.core.mail import queue_mail
from protestcoord.signups import queries
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Group
from protestcoord.signups.places import promote_waiting
from protestcoord.signups.rules import SignUpState


def cancel_slot_and_tell(session: Session, slot: Slot, now: datetime) -> int:
    """Cancel a slot and mail the groups on it; return how many are told."""
    campaign_service.open_for_change(session, slot.site.campaign)
    session.refresh(slot)
    if slot.cancelled_at is not None:
        return 0
    campaign_service.cancel_slot(session, slot, now)
    return _tell(session, [slot.id], MailKind.SLOT_CANCELLED, now)


def restore_slots_and_tell(
    session: Session,
    campaign: Campaign,
    cancelled_at: datetime,
    slots: Iterable[Slot],
    now: datetime,
) -> list[Slot]:
    """Let slots take place after all and mail the groups on them; return which slots do.

    Args and errors are those of ``restore_slots``.
    """
    restored = campaign_service.restore_slots(session, campaign, cancelled_at, slots, now)
    _tell(session, [slot.id for slot in restored], MailKind.SLOT_RESTORED, now)
    return restored


def drop_site_and_tell(session: Session, site: Site, now: datetime) -> int:
    """Take a site out of its campaign and mail the groups there; return how many are told."""
    campaign_service.open_for_change(session, site.campaign)
    session.refresh(site)
    if site.dropped_at is not None:
        return 0
    slots = [slot.id for slot in open_slots_of_site(session, site)]
    campaign_service.drop_site(session, site, now)
    return _tell(session, slots, MailKind.SITE_DROPPED, now)


def close_campaign_and_tell(session: Session, campaign: Campaign, now: datetime) -> int:
    """Close a campaign and mail every group that still had a place; return how many are told."""
    campaign_service.close_campaign(session, campaign, now)
    groups = queries.campaign_groups_with_live_sign_up(session, campaign.id)
    for group in groups:
        _tell_closed(session, group, now)
    return len(groups)


def _tell_closed(session: Session, group: Group, now: datetime) -> None:
    """Tell a group once; a calendar takes one event back a mail, so further slots get their own.

    Source:
        RFC 5546 section 3.2.5: all events of a CANCEL have the same UID.
    """
    taken_back = [
        sign_up
        for sign_up in queries.sign_ups_of_group(session, group.id)
        if sign_up.state is SignUpState.CONFIRMED and sign_up.slot.cancelled_at == now
    ]
    about: dict[str, Any] = {"sign_up": taken_back[0].id} if taken_back else {}
    queue_mail(session, MailKind.CAMPAIGN_CLOSED, group.contact_id, now, **about)
    for sign_up in taken_back[1:]:
        queue_mail(session, MailKind.SLOT_CANCELLED, group.contact_id, now, sign_up=sign_up.id)


def publish_and_tell(
    session: Session, campaign: Campaign, acknowledged: Collection[str] | bool, now: datetime
) -> Published:
    """Publish a campaign, mail the groups whose slot was moved or called off, fill new places.

    Args and errors are those of ``publish_campaign``.
    """
    was = _starts(session, campaign)
    published = publish_campaign(session, campaign, acknowledged, now)
    _tell(session, [slot.id for slot in published.moved], MailKind.SLOT_MOVED, now, was)
    _tell(session, [slot.id for slot in published.cancelled], MailKind.SLOT_CANCELLED, now)
    promote_waiting(session, [s.id for s in (*published.widened, *published.moved)], now)
    return published


def move_slot_and_tell(session: Session, slot: Slot, asked: SlotTime, now: datetime) -> int:
    """Move one slot and mail the groups on it; return how many are told.

    Errors are those of ``slot_moving.move_slot``.
    """
    was = {slot.id: slot.starts_at}
    move_slot(session, slot, asked, now)
    told = _tell(session, [slot.id], MailKind.SLOT_MOVED, now, was)
    promote_waiting(session, [slot.id], now)
    return told


class Rescheduled(NamedTuple):
    """How many slots moved, and how many groups are told."""

    moved: int
    told: int


def reschedule_and_tell(session: Session, campaign: Campaign, now: datetime) -> Rescheduled:
    """Move the slots that newer zone data moves and mail their groups."""
    was = _starts(session, campaign)
    moved = reschedule_campaign(session, campaign, now)
    told = _tell(session, [slot.id for slot in moved], MailKind.SLOT_RESCHEDULED, now, was)
    return Rescheduled(len(moved), told)


def open_slots_of_site(session: Session, site: Site) -> list[Slot]:
    """Return a site's slots that stand."""
    return [s for s in campaign_queries.slots_of_site(session, site) if s.cancelled_at is None]


def groups_told(session: Session, slots: Iterable[Slot]) -> int:
    """Return how many groups would be told if these slots were cancelled."""
    return len({s.group_id for s in queries.live_sign_ups(session, [slot.id for slot in slots])})


def _starts(session: Session, campaign: Campaign) -> dict[int, datetime]:
    return {s.id: s.starts_at for s in campaign_queries.slots_of_campaign(session, campaign)}


def _tell(
    session: Session,
    slot_ids: list[int],
    kind: MailKind,
    now: datetime,
    was: Mapping[int, datetime] = MappingProxyType({}),
) -> int:
    """Mail the groups on some slots; ``was`` says when each slot started before it moved."""
    sign_ups = queries.live_sign_ups(session, slot_ids)
    for sign_up in sign_ups:
        about: dict[str, Any] = {"sign_up": sign_up.id}
        before = was.get(sign_up.slot_id)
        if before is not None and before != sign_up.slot.starts_at:
            about["was"] = utc_text(before)
        queue_mail(session, kind, sign_up.group.contact_id, now, **about)
    return len({sign_up.group_id for sign_up in sign_ups})
