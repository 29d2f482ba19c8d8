"""How does a campaign become the draft of another one on other days, without its groups."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, SiteOverride, Wave
from protestcoord.campaigns.overriding import override_site, overrides_of_wave
from protestcoord.campaigns.planning import add_wave, choosable_missions, choose_sites
from protestcoord.campaigns.queries import sites_of_campaign, waves_of_campaign
from protestcoord.campaigns.recurrence import WEEKDAYS, Recurrence
from protestcoord.campaigns.requests import CampaignRequest, SiteChoice, WaveRequest
from protestcoord.campaigns.service import create_campaign
from protestcoord.campaigns.stored_rules import override_of
from protestcoord.core.errors import N_, InvalidValue

MISFIT = N_(
    "The wave “%(wave)s” does not fit this day: it would be over, or it repeats on other weekdays. "
    "Please choose another day."
)


@dataclass(frozen=True)
class CopyRequest:
    """What an organizer asks for.

    Attributes:
        title: Of the new campaign.
        slug: Its address, or empty to make one from the title.
        owner_id: Whose it becomes.
        first_day: The day of its earliest wave; all else moves by as many days. Without it
            nothing moves.
    """

    title: str
    slug: str
    owner_id: int
    first_day: date | None = None


@dataclass(frozen=True)
class Copied:
    """What was taken over, and how many sites were not, since their missions closed."""

    campaign: Campaign
    sites: int
    waves: int
    left_out: int


@dataclass(frozen=True)
class NextDays:
    """The next time that a day comes: by its date, and by its weekday."""

    same_date: date
    same_weekday: date


def first_day_of(session: Session, campaign: Campaign) -> date | None:
    """Return the day of a campaign's earliest wave, on the wave's own clock."""
    return min((w.start.date() for w in waves_of_campaign(session, campaign)), default=None)


def next_days(day: date, today: date) -> NextDays:
    """Return when a day comes again after today, in another year.

    29 February becomes the 28th where there is none; the weekday is the one nearest to the date.
    """
    year = max(day.year + 1, today.year)
    return NextDays(
        next(d for d in (_in_year(day, year + n) for n in range(3)) if d > today),
        next(d for d in (_on_weekday(day, year + n) for n in range(3)) if d > today),
    )


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _on_weekday(day: date, year: int) -> date:
    near = _in_year(day, year)
    return near + timedelta(days=(day.weekday() - near.weekday() + 3) % 7 - 3)


def copy_campaign(
    session: Session, campaign: Campaign, request: CopyRequest, now: datetime
) -> Copied:
    """Make a draft with the message, sites, waves and exceptions of a campaign.

    Nothing of its groups goes along: no sign-up, no contact, no key, no message.

    Raises:
        InvalidValue: The address is unusable or taken (``field`` is slug), or a wave does not
            suit the day (``field`` is day).
    """
    made = create_campaign(session, _message(campaign, request), now)
    sites, left_out = _copy_sites(session, campaign, made, now)
    first = first_day_of(session, campaign)
    shift = request.first_day - first if first and request.first_day else timedelta(0)
    waves = waves_of_campaign(session, campaign)
    for wave in waves:
        try:
            _copy_wave(session, wave, made, sites, shift, now)
        except InvalidValue as error:
            raise InvalidValue(MISFIT, field="day", wave=wave.title) from error
    return Copied(made, len(sites), len(waves), left_out)


def _message(campaign: Campaign, request: CopyRequest) -> CampaignRequest:
    return CampaignRequest(
        title=request.title,
        statement=campaign.statement,
        owner_id=request.owner_id,
        slug=request.slug,
        approves_at_once=campaign.approves_at_once,
        known_groups_only=campaign.known_groups_only,
    )


def _copy_sites(
    session: Session, campaign: Campaign, made: Campaign, now: datetime
) -> tuple[set[str], int]:
    usable = {mission.slug for mission in choosable_missions(session)}
    sites = {s.mission.slug: s.presence for s in sites_of_campaign(session, campaign)}
    kept = {slug: presence for slug, presence in sites.items() if slug in usable}
    choose_sites(session, made, SiteChoice(kept.keys(), kept), now)
    return set(kept), len(sites) - len(kept)


def _copy_wave(
    session: Session, wave: Wave, made: Campaign, sites: set[str], shift: timedelta, now: datetime
) -> None:
    copy = add_wave(session, made, _wave_request(wave, shift), now)
    for override in _of_sites(overrides_of_wave(session, wave), sites):
        asked = override_of(override)
        day = asked.local_day and asked.local_day + shift
        override_site(session, copy, replace(asked, local_day=day), now)


def _of_sites(overrides: Iterable[SiteOverride], sites: set[str]) -> list[SiteOverride]:
    return [override for override in overrides if override.site.mission.slug in sites]


def _wave_request(wave: Wave, shift: timedelta) -> WaveRequest:
    return WaveRequest(
        title=wave.title,
        synchronisation=wave.synchronisation,
        start=wave.start + shift,
        duration_minutes=wave.duration_minutes,
        window_start=wave.window_start,
        window_end=wave.window_end,
        relay_kind=wave.relay_kind,
        relay_hours=wave.relay_hours,
        capacity=wave.capacity,
        recurrence=wave.repeats and _shifted(wave.repeats, shift),
    )


def _shifted(recurrence: Recurrence, shift: timedelta) -> Recurrence:
    """Return how a wave repeats some days later; its weekdays move along."""
    return replace(
        recurrence,
        until=recurrence.until and recurrence.until + shift,
        weekdays=tuple(_weekday_later(weekday, shift.days) for weekday in recurrence.weekdays),
    )


def _weekday_later(weekday: str, days: int) -> str:
    number, name = weekday[:-2], weekday[-2:]
    return number + WEEKDAYS[(WEEKDAYS.index(name) + days) % 7]
