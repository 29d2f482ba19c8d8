"""What happens to groups when an organizer cancels, drops, closes or moves: it is told to them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from protestcoord.campaigns import queries as campaign_queries
from protestcoord.campaigns import service as campaign_service
from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.publishing import Published, publish_campaign
from protestcoord.campaigns.rescheduling import reschedule_campaign
from protestcoord.core.mail import queue_mail
from protestcoord.signups import queries
from protestcoord.signups.mails import MailKind
from protestcoord.signups.places import promote_waiting


def cancel_slot_and_tell(session: Session, slot: Slot, now: datetime) -> int:
    """Cancel a slot and mail the groups on it; return how many are told."""
    if slot.cancelled_at is not None:
        return 0
    campaign_service.cancel_slot(session, slot, now)
    return _tell(session, [slot.id], MailKind.SLOT_CANCELLED, now)


def drop_site_and_tell(session: Session, site: Site, now: datetime) -> int:
    """Take a site out of its campaign and mail the groups there; return how many are told."""
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
        queue_mail(session, MailKind.CAMPAIGN_CLOSED, group.contact_id, now)
    return len(groups)


def publish_and_tell(
    session: Session, campaign: Campaign, acknowledged: Collection[str] | bool, now: datetime
) -> Published:
    """Publish a campaign, mail the groups whose slot was moved or called off, fill new places.

    Args and errors are those of ``publish_campaign``.
    """
    published = publish_campaign(session, campaign, acknowledged, now)
    _tell(session, [slot.id for slot in published.moved], MailKind.SLOT_MOVED, now)
    _tell(session, [slot.id for slot in published.cancelled], MailKind.SLOT_CANCELLED, now)
    for slot in (*published.widened, *published.moved):
        promote_waiting(session, slot.id, now)
    return published


class Rescheduled(NamedTuple):
    """How many slots moved, and how many groups are told."""

    moved: int
    told: int


def reschedule_and_tell(session: Session, campaign: Campaign, now: datetime) -> Rescheduled:
    """Move the slots that newer zone data moves and mail their groups."""
    moved = reschedule_campaign(session, campaign, now)
    told = _tell(session, [slot.id for slot in moved], MailKind.SLOT_RESCHEDULED, now)
    return Rescheduled(len(moved), told)


def open_slots_of_site(session: Session, site: Site) -> list[Slot]:
    """Return a site's slots that stand."""
    return [s for s in campaign_queries.slots_of_site(session, site) if s.cancelled_at is None]


def groups_told(session: Session, slots: Iterable[Slot]) -> int:
    """Return how many groups would be told if these slots were cancelled."""
    return len({s.group_id for s in queries.live_sign_ups(session, [slot.id for slot in slots])})


def _tell(session: Session, slot_ids: list[int], kind: MailKind, now: datetime) -> int:
    sign_ups = queries.live_sign_ups(session, slot_ids)
    for sign_up in sign_ups:
        queue_mail(session, kind, sign_up.group.contact_id, now, sign_up=sign_up.id)
    return len({sign_up.group_id for sign_up in sign_ups})
