"""How does a campaign begin in one go: its message, its sites and one time on every clock."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.planning import add_wave, choosable_missions, choose_sites
from protestcoord.campaigns.requests import CampaignRequest, SiteChoice, WaveRequest
from protestcoord.campaigns.service import create_campaign
from protestcoord.missions.models import Mission
from protestcoord.missions.regions import region_of
from protestcoord.missions.rules import MissionStatus


@dataclass(frozen=True)
class StartRequest:
    """What an organizer asks for.

    Attributes:
        message: The campaign's.
        wave: When it acts.
        regions: M49 codes of where; empty is everywhere.
        remote_only_countries: ISO codes of the countries for which *remote only* is proposed.
    """

    message: CampaignRequest
    wave: WaveRequest
    regions: Collection[str]
    remote_only_countries: frozenset[str]


@dataclass(frozen=True)
class Started:
    """The draft, and how many sites it has."""

    campaign: Campaign
    sites: int


def open_missions_by_region(session: Session) -> Counter[str]:
    """Return how many open missions there are in each region, by its M49 code."""
    return Counter(region_of(mission.country) for mission in _open_missions(session))


def start_campaign(session: Session, request: StartRequest, now: datetime) -> Started:
    """Make a draft at all open missions, or at those of some regions, with one wave.

    Nothing else is decided here: what was made is changed as any other campaign is.

    Raises:
        InvalidValue: As ``create_campaign`` and ``add_wave``.
    """
    campaign = create_campaign(session, request.message, now)
    missions = [
        mission.slug
        for mission in _open_missions(session)
        if not request.regions or region_of(mission.country) in request.regions
    ]
    choice = SiteChoice(missions, remote_only_countries=request.remote_only_countries)
    sites = choose_sites(session, campaign, choice, now)
    add_wave(session, campaign, request.wave, now)
    return Started(campaign, sites)


def _open_missions(session: Session) -> list[Mission]:
    return [m for m in choosable_missions(session) if m.status is MissionStatus.OPEN]
