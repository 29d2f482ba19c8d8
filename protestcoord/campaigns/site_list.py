"""Which missions take part after an organizer worked through the list of all of them?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site
from protestcoord.campaigns.planning import (
    choosable_missions,
    choose_sites,
    proposed_presence,
    remove_sites,
)
from protestcoord.campaigns.queries import ids_of_sites_with_slots, sites_of_campaign
from protestcoord.campaigns.requests import Bulk, BulkAct, SiteChoice, SitesEdit
from protestcoord.campaigns.rules import Presence
from protestcoord.missions.models import Mission
from protestcoord.missions.regions import region_of
from protestcoord.missions.rules import MissionStatus

PRESENCE_OF_ACT = {BulkAct.ON_SITE: Presence.ON_SITE, BulkAct.REMOTE_ONLY: Presence.REMOTE_ONLY}


@dataclass(frozen=True)
class ListedMission:
    """A mission in the list.

    Attributes:
        site: What it is in the campaign, if it takes part.
        presence: How it takes part, or would.
        has_slots: Whether it can only be dropped, since its slots are published.
    """

    mission: Mission
    site: Site | None
    presence: Presence
    has_slots: bool


@dataclass(frozen=True)
class SitesChanged:
    """How many sites an edit added and took out."""

    added: int
    removed: int


def listed_missions(
    session: Session, campaign: Campaign, remote_only_countries: frozenset[str]
) -> list[ListedMission]:
    """Return every mission that may take part, by slug."""
    sites = {site.mission_id: site for site in sites_of_campaign(session, campaign)}
    fixed = ids_of_sites_with_slots(session, campaign)
    return [
        _listed(mission, sites.get(mission.id), fixed, remote_only_countries)
        for mission in choosable_missions(session)
    ]


def _listed(
    mission: Mission, site: Site | None, fixed: set[int], remote_only_countries: frozenset[str]
) -> ListedMission:
    if site is None:
        proposed = proposed_presence(mission.country, remote_only_countries)
        return ListedMission(mission, None, proposed, has_slots=False)
    return ListedMission(mission, site, site.presence, has_slots=site.id in fixed)


def edit_sites(
    session: Session,
    campaign: Campaign,
    edit: SitesEdit,
    remote_only_countries: frozenset[str],
    now: datetime,
) -> SitesChanged:
    """Take over what was ticked, then do the act on many.

    Sites with published slots are left in, whatever is ticked: those are dropped one by one.

    Raises:
        CampaignClosed: It changes no more.
        InvalidValue: There is no such mission, or it is closed; ``field`` is missions.
    """
    listed = listed_missions(session, campaign, remote_only_countries)
    fixed = {row.mission.slug for row in listed if row.has_slots}
    present = {row.mission.slug for row in listed if row.site}
    meant = _meant(edit.bulk, listed)
    wanted = (present - edit.shown) | edit.chosen | fixed
    if edit.bulk and edit.bulk.act is BulkAct.CHOOSE:
        wanted |= meant
    if edit.bulk and edit.bulk.act is BulkAct.REMOVE:
        wanted -= meant - fixed
    choice = SiteChoice(wanted, _presence(edit, meant), remote_only_countries)
    added = choose_sites(session, campaign, choice, now)
    return SitesChanged(added, remove_sites(session, campaign, present - wanted, now))


def _meant(bulk: Bulk | None, listed: Iterable[ListedMission]) -> set[str]:
    """Return the missions that an act on many is about; one of unknown status is ticked by hand."""
    if bulk is None:
        return set()
    return {
        row.mission.slug
        for row in listed
        if bulk.scope in ("", row.mission.country, region_of(row.mission.country))
        and (row.site or row.mission.status is MissionStatus.OPEN)
    }


def _presence(edit: SitesEdit, meant: set[str]) -> Mapping[str, Presence]:
    presence = {slug: edit.presence[slug] for slug in edit.shown & edit.presence.keys()}
    if edit.bulk and edit.bulk.act in PRESENCE_OF_ACT:
        presence |= dict.fromkeys(meant, PRESENCE_OF_ACT[edit.bulk.act])
    return presence
