"""Let single sites do otherwise than a wave says: another time, another length, or nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Site, SiteOverride, Wave
from protestcoord.campaigns.queries import (
    find_override,
    find_site,
    overrides_of_campaign,
    slots_of_site,
)
from protestcoord.campaigns.schedule import Override, WaveRule, check_override
from protestcoord.campaigns.service import note_change, open_for_change
from protestcoord.campaigns.stored_rules import override_of, rule_of
from protestcoord.campaigns.waves import renumbers
from protestcoord.core.errors import N_, DomainError, InvalidValue, NotFound


class SlotBegun(DomainError):
    """What has begun at a site is what it was."""

    message = N_("This has begun at this site already, so it cannot be changed there any more.")
    status = 409


def override_site(session: Session, wave: Wave, request: Override, now: datetime) -> None:
    """Say what a site does otherwise; its slots follow when the campaign is published again.

    What was said of the same site and occurrence before is replaced.

    Raises:
        CampaignClosed: The campaign changes no more.
        SlotBegun: It has started there.
        InvalidValue: The site does not take part (``field`` is key), or no slot follows from it
            (``field`` as in ``check_override``).
    """
    open_for_change(session, wave.campaign)
    site = find_site(session, wave.campaign, request.key)
    if site is None or site.dropped_at is not None:
        raise InvalidValue(N_("This mission is no site of the campaign."), field="key")
    check_override(rule_of(wave), request)
    _refuse_begun(session, wave, site, request.occurrence, now)
    stored = find_override(session, wave, request.key, request.occurrence)
    if stored is None:
        stored = SiteOverride(wave=wave, site=site, occurrence=request.occurrence)
        session.add(stored)
    stored.is_cancelled = request.is_cancelled
    own = not request.is_cancelled
    stored.local_day = request.local_day if own else None
    stored.local_time = request.local_time if own else None
    stored.duration_minutes = request.duration_minutes if own else None
    note_change(session, wave.campaign, now)


def _refuse_begun(session: Session, wave: Wave, site: Site, occurrence: int, now: datetime) -> None:
    """Refuse what could change nothing any more; of every time, those ahead still change."""
    number = occurrence or (0 if wave.repeats else 1)
    slots = (slot for slot in slots_of_site(session, site) if slot.wave_id == wave.id)
    if any(slot.occurrence == number and slot.starts_at <= now for slot in slots):
        raise SlotBegun


def remove_override(
    session: Session, wave: Wave, mission: str, occurrence: int, now: datetime
) -> None:
    """Let a site do again what the wave says.

    Raises:
        CampaignClosed: The campaign changes no more.
        NotFound: Nothing was said of it.
    """
    open_for_change(session, wave.campaign)
    stored = find_override(session, wave, mission, occurrence)
    if stored is None:
        raise NotFound
    _refuse_begun(session, wave, stored.site, occurrence, now)
    session.delete(stored)
    note_change(session, wave.campaign, now)


def overrides_of_wave(session: Session, wave: Wave) -> list[SiteOverride]:
    """Return what single sites of a wave do otherwise, by city and occurrence."""
    own = [o for o in overrides_of_campaign(session, wave.campaign) if o.wave_id == wave.id]
    return sorted(own, key=lambda o: (o.site.mission.city, o.site.mission.slug, o.occurrence))


def refuse_misfit_overrides(session: Session, wave: Wave, rule: WaveRule) -> None:
    """Refuse a new rule for a wave that does not suit what single sites do otherwise.

    Raises:
        InvalidValue: Names the site; ``field`` is synchronisation.
    """
    moves_days = renumbers(rule_of(wave), rule)
    for override in overrides_of_wave(session, wave):
        if override.occurrence and moves_days:
            raise _misfit(override)
        try:
            check_override(rule, override_of(override))
        except InvalidValue as error:
            raise _misfit(override) from error


def _misfit(override: SiteOverride) -> InvalidValue:
    message = N_("%(site)s has a time of its own that this does not allow. Remove it first.")
    city = override.site.mission.city
    return InvalidValue(message, field="synchronisation", site=city)


def forget_overrides(
    session: Session, *, sites: Collection[Site] = (), waves: Collection[Wave] = ()
) -> None:
    """Delete what was said of sites or waves that are about to be deleted."""
    of_sites = SiteOverride.site_id.in_([site.id for site in sites])
    of_waves = SiteOverride.wave_id.in_([wave.id for wave in waves])
    session.execute(delete(SiteOverride).where(of_sites | of_waves))
