"""Where and when a campaign acts, as planned: its sites and waves, before slots follow."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Wave
from protestcoord.campaigns.overriding import forget_overrides, refuse_misfit_overrides
from protestcoord.campaigns.queries import (
    all_sites,
    first_start_of,
    ids_of_sites_with_slots,
    numbers_begun,
    slots_of_site,
    waves_of_campaign,
)
from protestcoord.campaigns.requests import SiteChoice, WaveRequest
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import Synchronisation, check_wave_rule
from protestcoord.campaigns.service import mark_changed, note_change, open_for_change
from protestcoord.campaigns.stored_rules import occurrence_of, published_rule_of
from protestcoord.campaigns.waves import agree_on, renumbers
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import missions_all
from protestcoord.missions.rules import MissionStatus

MOST_WAVES = 50
RENUMBERED = N_(
    "Groups may hold slots on days that stay, and would be moved to other days. A published wave "
    "can go on longer, end earlier, or move as a whole; please add another wave for other days."
)
MOST_GROUPS = 1000
LATEST_ZONE = timedelta(hours=12)  # west of Greenwich, no zone is later


class WaveBegun(DomainError):
    """A wave that has begun is what it was."""

    message = N_(
        "This wave has begun: its time and length stay, only how often it repeats can change. "
        "For anything else please add another one."
    )
    status = 409


class WavePublished(DomainError):
    """A wave with published slots stays, since calendars know them."""

    message = N_(
        "This wave is published, so it cannot be removed. You can change its time, or cancel "
        "single slots."
    )
    status = 409


class SitePublished(DomainError):
    """A site with published slots is dropped instead, so that its groups are told."""

    message = N_(
        "A site with published slots is not just removed: drop it on the page of sign-ups, and "
        "its groups are told."
    )
    status = 409


def choosable_missions(session: Session) -> list[Mission]:
    """Return the missions that may become sites, by slug: all that are not closed."""
    return [m for m in missions_all(session) if m.status is not MissionStatus.CLOSED]


def choose_sites(session: Session, campaign: Campaign, choice: SiteChoice, now: datetime) -> int:
    """Let missions take part in a campaign, and say how; return how many are new.

    A site that was dropped comes back, with the slots that were called off because of it.

    Raises:
        CampaignClosed: It changes no more.
        InvalidValue: There is no such mission, or it is closed; ``field`` is missions.
    """
    open_for_change(session, campaign)
    missions = _missions_called(session, choice.missions)
    sites = {site.mission_id: site for site in all_sites(session, campaign)}
    added = 0
    for mission in missions:
        site = sites.get(mission.id)
        if site is None:
            session.add(_new_site(campaign, mission, choice, now))
            added += 1
        else:
            added += _bring_back(site, now)
            _set_presence(session, site, choice.presence.get(mission.slug, site.presence), now)
    note_change(session, campaign, now)
    return added


def _missions_called(session: Session, slugs: Collection[str]) -> list[Mission]:
    known = {mission.slug: mission for mission in choosable_missions(session)}
    unknown = sorted(set(slugs) - known.keys())
    if unknown:
        message = N_("There is no mission called “%(mission)s” that is open.")
        raise InvalidValue(message, field="missions", mission=unknown[0])
    return [known[slug] for slug in sorted(set(slugs))]


def proposed_presence(country: str, remote_only_countries: Collection[str]) -> Presence:
    """Return how a mission in a country takes part unless the organizer says otherwise."""
    return Presence.REMOTE_ONLY if country in remote_only_countries else Presence.ON_SITE


def _new_site(campaign: Campaign, mission: Mission, choice: SiteChoice, now: datetime) -> Site:
    proposed = proposed_presence(mission.country, choice.remote_only_countries)
    return Site(
        campaign=campaign,
        mission=mission,
        presence=choice.presence.get(mission.slug, proposed),
        changed_at=now,
    )


def _set_presence(session: Session, site: Site, presence: Presence, now: datetime) -> None:
    if presence is site.presence:
        return
    site.presence, site.changed_at = presence, now
    # Where people stand is the place of the event, so calendars have to learn of it.
    for slot in slots_of_site(session, site):
        mark_changed(slot, now)


def _bring_back(site: Site, now: datetime) -> bool:
    """Undo that a site was dropped; publishing brings the slots back that went with it."""
    if site.dropped_at is None:
        return False
    site.dropped_at, site.changed_at = None, now
    return True


def remove_sites(
    session: Session, campaign: Campaign, missions: Collection[str], now: datetime
) -> int:
    """Take sites out of a campaign that have no slot yet; return how many.

    Raises:
        SitePublished: One of them has a slot; none is removed.
    """
    open_for_change(session, campaign)
    leaving = [s for s in all_sites(session, campaign) if s.mission.slug in missions]
    if not ids_of_sites_with_slots(session, campaign).isdisjoint(site.id for site in leaving):
        raise SitePublished
    forget_overrides(session, sites=leaving)
    for site in leaving:
        session.delete(site)
    note_change(session, campaign, now)
    return len(leaving)


def add_wave(session: Session, campaign: Campaign, request: WaveRequest, now: datetime) -> Wave:
    """Add a wave; its slots follow when the campaign is published.

    Raises:
        CampaignClosed: It changes no more.
        InvalidValue: The rule is unusable; ``field`` is named as in ``check_wave_rule``.
    """
    open_for_change(session, campaign)
    numbers = [wave.number for wave in waves_of_campaign(session, campaign)]
    if len(numbers) >= MOST_WAVES:
        message = N_("A campaign has at most %(most)s waves.")
        raise InvalidValue(message, field="title", most=MOST_WAVES)
    check_wave_rule(request.rule)
    _refuse_past(request, now)
    wave = Wave(campaign=campaign, number=max(numbers, default=0) + 1)
    _write_wave(wave, request, now)
    session.add(wave)
    note_change(session, campaign, now)
    return wave


def edit_wave(session: Session, wave: Wave, request: WaveRequest, now: datetime) -> None:
    """Change a wave; its slots follow when the campaign is published again.

    Of a wave that has begun, the occurrences that have begun stay what they are.

    Raises:
        CampaignClosed: The campaign changes no more.
        WaveBegun: A slot of the wave has started, and more than its repetition is to change.
        InvalidValue: The rule is unusable, does not suit what single sites do otherwise, or the
            capacity is lower than groups were promised.
    """
    open_for_change(session, wave.campaign)
    check_wave_rule(request.rule)
    before = published_rule_of(wave)
    begun = {occurrence_of(wave, number) for number in numbers_begun(session, wave, now)}
    if before and begun and not agree_on(begun, before, request.rule):
        raise WaveBegun
    if before and renumbers(before, request.rule):
        raise InvalidValue(RENUMBERED, field="recurrence")
    refuse_misfit_overrides(session, wave, request.rule)
    published = first_start_of(session, wave) is not None
    if published and request.capacity < wave.capacity:
        message = N_("Groups may hold these places already: the number can only be raised.")
        raise InvalidValue(message, field="capacity")
    if not begun:
        _refuse_past(request, now)
    _write_wave(wave, request, now)
    note_change(session, wave.campaign, now)


def _write_wave(wave: Wave, request: WaveRequest, now: datetime) -> None:
    if not 1 <= request.capacity <= MOST_GROUPS:
        message = N_("A slot takes between 1 and %(most)s groups.")
        raise InvalidValue(message, field="capacity", most=MOST_GROUPS)
    wave.title = request.title
    wave.synchronisation = request.synchronisation
    wave.start = request.start
    wave.duration_minutes = request.duration_minutes
    wave.window_start, wave.window_end = request.window_start, request.window_end
    wave.relay_kind, wave.relay_hours = request.relay_kind, request.relay_hours
    wave.recurrence = str(request.recurrence or "")
    wave.capacity = request.capacity
    wave.changed_at = now


def _refuse_past(request: WaveRequest, now: datetime) -> None:
    """Refuse early what no site could do; publishing looks at each site."""
    is_local = request.synchronisation is Synchronisation.SAME_LOCAL_TIME
    latest = request.start.replace(tzinfo=UTC) + (LATEST_ZONE if is_local else timedelta(0))
    if latest <= now:
        message = N_("This time has passed everywhere. Please choose a later one.")
        raise InvalidValue(message, field="start")


def remove_wave(session: Session, wave: Wave, now: datetime) -> None:
    """Remove a wave that has no slot yet.

    Raises:
        CampaignClosed: The campaign changes no more.
        WavePublished: It has slots.
    """
    open_for_change(session, wave.campaign)
    if first_start_of(session, wave) is not None:
        raise WavePublished
    forget_overrides(session, waves=[wave])
    session.delete(wave)
    note_change(session, wave.campaign, now)
