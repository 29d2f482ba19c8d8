"""What becomes of a campaign as a whole, and what an organizer calls off."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.preview import preview_slots
from protestcoord.campaigns.queries import find_campaign, slots_of_campaign, slots_of_site
from protestcoord.campaigns.requests import CampaignRequest
from protestcoord.campaigns.rules import SLUG, CampaignState, Cancellation, slug_from_title
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint

LONGEST_SLUG = 60


class CampaignClosed(DomainError):
    """The campaign was closed, so it changes no more."""

    message = N_("This campaign is closed and cannot be changed any more.")
    status = 409


class CampaignNotPublished(DomainError):
    """A draft is nothing that could end."""

    message = N_("This campaign is not published yet, so it cannot be closed.")
    status = 409


def create_campaign(session: Session, request: CampaignRequest, now: datetime) -> Campaign:
    """Write down a new campaign as a draft, which nobody but its members sees.

    Raises:
        InvalidValue: The address asked for is unusable or taken; ``field`` is slug.
    """
    campaign = Campaign(
        slug=_asked_slug(session, request.slug) or _free_slug(session, request.title),
        title=request.title,
        statement=request.statement,
        state=CampaignState.DRAFT,
        approves_at_once=request.approves_at_once,
        known_groups_only=request.known_groups_only,
        owner_id=request.owner_id,
        created_at=now,
        changed_at=now,
    )
    session.add(campaign)
    session.flush()
    appoint(session, campaign.id, request.owner_id, Place(MemberRole.OWNER), now)
    return campaign


def edit_campaign(
    session: Session, campaign: Campaign, request: CampaignRequest, now: datetime
) -> None:
    """Change a campaign's message.

    Raises:
        CampaignClosed: It changes no more.
        InvalidValue: The address asked for is unusable or taken, or is not to change any more;
            ``field`` is slug.
    """
    open_for_change(session, campaign)
    if request.slug and request.slug != campaign.slug:
        _refuse_new_slug_if_public(campaign)
        campaign.slug = _asked_slug(session, request.slug)
    campaign.title = request.title
    campaign.statement = request.statement
    campaign.approves_at_once = request.approves_at_once
    campaign.known_groups_only = request.known_groups_only
    note_change(session, campaign, now)


def _refuse_new_slug_if_public(campaign: Campaign) -> None:
    if campaign.state is not CampaignState.DRAFT:
        message = N_("The address stays, since links and calendars already point to it.")
        raise InvalidValue(message, field="slug")


def _asked_slug(session: Session, slug: str) -> str:
    if slug and (not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG):
        message = N_("An address has small Latin letters, digits and single hyphens.")
        raise InvalidValue(message, field="slug")
    if slug and find_campaign(session, slug):
        message = N_("Another campaign has this address. Please choose another one.")
        raise InvalidValue(message, field="slug")
    return slug


def _free_slug(session: Session, title: str) -> str:
    wanted = slug_from_title(title)[: LONGEST_SLUG - 4].rstrip("-") or "campaign"
    slug, number = wanted, 1
    while find_campaign(session, slug):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def note_change(session: Session, campaign: Campaign, now: datetime) -> None:
    """Write down that a campaign, or what belongs to it, was changed.

    Raises:
        CampaignClosed: It changes no more.
    """
    refuse_if_closed(campaign)
    campaign.changed_at = now
    session.flush()
    if campaign.state is not CampaignState.DRAFT:
        note_public_change(session)


def open_for_change(session: Session, campaign: Campaign) -> None:
    """Lock a campaign until the unit of work ends, so that what is read now stays true.

    Whatever changes a campaign calls it first: of two organizers' presses at once, the second
    then sees what the first did. What only refers to the row, as a sign-up does, is let through.

    Raises:
        CampaignClosed: It changes no more.
    """
    session.refresh(campaign, with_for_update={"key_share": True})
    refuse_if_closed(campaign)


def refuse_if_closed(campaign: Campaign) -> None:
    """Raise CampaignClosed if a campaign changes no more."""
    if campaign.state is CampaignState.CLOSED:
        raise CampaignClosed


def cancel_slot(session: Session, slot: Slot, now: datetime) -> None:
    """Call off one slot, for good; its groups are told by ``signups``."""
    open_for_change(session, slot.site.campaign)
    session.refresh(slot)
    if slot.cancelled_at is None:
        mark_cancelled(slot, Cancellation.BY_HAND, now)
        note_change(session, slot.site.campaign, now)


def restore_slots(
    session: Session,
    campaign: Campaign,
    cancelled_at: datetime,
    slots: Iterable[Slot],
    now: datetime,
) -> list[Slot]:
    """Let slots take place after all that were called off at one moment; return which do.

    Those stay called off that are over, were called off again since, whose site was dropped, or
    whose wave says another time by now: nobody is to come back to an hour that is given up.
    A calendar that took the slot out puts it back because its SEQUENCE rises further.

    Raises:
        CampaignClosed: It changes no more.
    """
    open_for_change(session, campaign)
    planned = {
        row.slot.id: (row.planned.starts_at, row.planned.ends_at)
        for row in preview_slots(session, campaign, now).rows
        if row.slot
    }
    restored = [
        slot
        for slot in slots
        if slot.cancelled_at == cancelled_at
        and _can_take_place(slot, now)
        and planned.get(slot.id) == (slot.starts_at, slot.ends_at)
    ]
    for slot in restored:
        slot.cancelled_at = slot.cancellation = None
        mark_changed(slot, now)
    note_change(session, campaign, now)
    return restored


def _can_take_place(slot: Slot, now: datetime) -> bool:
    return slot.ends_at > now and slot.site.dropped_at is None


def mark_cancelled(slot: Slot, cause: Cancellation, now: datetime) -> None:
    """Call off a slot, in a way that calendars understand.

    Source:
        RFC 5545 section 3.8.7.4 (SEQUENCE).
    """
    slot.cancelled_at, slot.cancellation = now, cause
    mark_changed(slot, now)


def give_time(slot: Slot, starts_at: datetime, ends_at: datetime) -> None:
    """Let a slot be at other instants, and remember when it was to start before."""
    if slot.starts_at != starts_at:
        slot.moved_from = slot.starts_at
    slot.starts_at, slot.ends_at = starts_at, ends_at


def mark_changed(slot: Slot, now: datetime) -> None:
    """Write down that a slot's time, place or cancellation changed."""
    slot.sequence += 1
    slot.changed_at = now


def drop_site(session: Session, site: Site, now: datetime) -> None:
    """Take a site out of its campaign and call off its slots that are not over.

    The groups are told by ``signups``. The slots come back when the site is chosen
    again and the campaign is published.
    """
    open_for_change(session, site.campaign)
    session.refresh(site)
    if site.dropped_at is not None:
        return
    site.dropped_at = site.changed_at = now
    _call_off_what_is_ahead(slots_of_site(session, site), Cancellation.WITH_SITE, now)
    note_change(session, site.campaign, now)


def _call_off_what_is_ahead(slots: Iterable[Slot], cause: Cancellation, now: datetime) -> None:
    for slot in slots:
        if slot.cancelled_at is None and slot.ends_at > now:
            mark_cancelled(slot, cause, now)


def close_campaign(session: Session, campaign: Campaign, now: datetime) -> None:
    """End a published campaign: it stays readable and takes no sign-ups and no changes.

    Its slots that are not over are called off, so that no calendar sends anybody there any more;
    the groups are told by ``signups``.

    Raises:
        CampaignClosed: It was closed before.
        CampaignNotPublished: It is a draft, which nobody has seen.
    """
    open_for_change(session, campaign)
    if campaign.state is CampaignState.DRAFT:
        raise CampaignNotPublished
    note_change(session, campaign, now)
    slots = slots_of_campaign(session, campaign)
    _call_off_what_is_ahead(slots, Cancellation.WITH_CAMPAIGN, now)
    campaign.state = CampaignState.CLOSED
    session.flush()
