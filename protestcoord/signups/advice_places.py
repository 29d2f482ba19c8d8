"""Which places does the advisor look at for a campaign, and how often does each count?"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.advice import AdvicePlace
from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.queries import sites_of_campaign
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import missions_all
from protestcoord.missions.rules import MissionStatus
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState


@dataclass(frozen=True)
class PlacesAsked:
    """What the advisor is asked about.

    Attributes:
        missions: By slug.
        places: The same to the advisor.
        are_sites: Whether they are the campaign's sites; if it has none yet, they are all
            missions that are open.
        is_weighted: Whether each counts as often as it has confirmed groups.
    """

    missions: Mapping[str, Mission]
    places: tuple[AdvicePlace, ...]
    are_sites: bool
    is_weighted: bool


def places_asked(session: Session, campaign: Campaign, *, weighted: bool) -> PlacesAsked:
    """Return a campaign's sites as places, or every open mission if it has none yet.

    Args:
        session: Where to look.
        campaign: Whose sites.
        weighted: Count each site as often as it has confirmed groups. While no group is
            confirmed anywhere, each counts once all the same.
    """
    sites = sites_of_campaign(session, campaign)
    missions = {site.mission.slug: site.mission for site in sites} or {
        mission.slug: mission
        for mission in missions_all(session)
        if mission.status is MissionStatus.OPEN
    }
    groups = confirmed_groups_by_mission(session, campaign.id) if weighted else {}
    counted = {slug: groups.get(slug, 0) for slug in missions}
    is_weighted = any(counted.values())
    return PlacesAsked(
        missions=missions,
        places=tuple(
            AdvicePlace(m.slug, m.timezone, m.country, m.latitude, m.longitude, weight)
            for m, weight in (
                (mission, counted[slug] if is_weighted else 1) for slug, mission in missions.items()
            )
        ),
        are_sites=bool(sites),
        is_weighted=is_weighted,
    )


def confirmed_groups_by_mission(session: Session, campaign_id: int) -> dict[str, int]:
    """Return how many groups are confirmed in slots that stand, by the slug of the mission.

    A group in several slots of a site counts once there.
    """
    counted = (
        select(Mission.slug, func.count(distinct(SignUp.group_id)))
        .select_from(SignUp)
        .join(Slot, Slot.id == SignUp.slot_id)
        .join(Site, Site.id == Slot.site_id)
        .join(Mission, Mission.id == Site.mission_id)
        .where(
            Site.campaign_id == campaign_id,
            SignUp.state == SignUpState.CONFIRMED,
            Slot.cancelled_at.is_(None),
        )
        .group_by(Mission.slug)
    )
    return {mission: groups for mission, groups in session.execute(counted)}  # noqa: C416 - typed rows
