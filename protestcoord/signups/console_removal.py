"""The organizer's page that takes a mission out of the directory, or puts it back: it takes two."""

from flask import Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import (
    campaign_console,
    needs,
    own_areas,
    own_campaign,
    own_membership,
)
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, say_done
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import sites_of_campaign
from protestcoord.core import clock
from protestcoord.core.errors import N_, NotFound
from protestcoord.core.web import go_to, reading, writing
from protestcoord.members.approvals import is_allowed
from protestcoord.members.rules import WAITS, Right, TwoPersonAct
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import find_mission
from protestcoord.missions.service import list_mission
from protestcoord.organizers.access import needs_fresh
from protestcoord.signups import notices, queries

console = campaign_console("removal_console", __name__)


@console.get("/c/<slug>/missions/<mission>/remove/")
@needs(Right.ARRANGE)
@needs_fresh
def show_removal(slug: str, mission: str) -> Response:
    """Say what it does, and to how many groups of the campaign."""
    campaign = own_campaign(reading(), slug)
    found = _own_mission(reading(), campaign, mission)
    slots = [
        slot.id
        for site in sites_of_campaign(reading(), campaign)
        if site.mission_id == found.id
        for slot in notices.open_slots_of_site(reading(), site)
    ]
    told = len({sign_up.group_id for sign_up in queries.live_sign_ups(reading(), slots)})
    return campaign_page("signups/console/removal.html", slug, mission=found, told=told)


@console.post("/c/<slug>/missions/<mission>/remove/")
@needs(Right.ARRANGE)
@needs_fresh
def remove(slug: str, mission: str) -> BaseResponse:
    """Take it out, or put back what was taken out, once two organizers agree."""
    with writing() as session:
        campaign, now = own_campaign(session, slug), clock.now()
        found = _own_mission(session, campaign, mission)
        is_out = found.removed_at is not None
        about = f"mission {found.slug} {'in' if is_out else 'out'}"
        if not is_allowed(session, own_membership(session, slug), TwoPersonAct.REMOVE, about, now):
            note(session, "approval.ask", campaign, wanted="remove")
            say_done(WAITS)
        elif is_out:
            list_mission(session, found, now)
            note(session, "mission.put_back", campaign, mission=found.id)
            say_done(N_("Put back. The directory has it in a few seconds."))
        else:
            told = _take_out(session, campaign, found)
            note(session, "mission.remove", campaign, mission=found.id, told=told)
            say_done(N_("Taken out. It leaves the directory in a few seconds."))
    return go_to(path_of(own_campaign(reading(), slug), f"missions/{mission}/remove/"))


def _take_out(session: Session, campaign: Campaign, mission: Mission) -> int:
    """Unlist a mission and drop its site; of other campaigns their own organizers decide."""
    now = clock.now()
    sites = [s for s in sites_of_campaign(session, campaign) if s.mission_id == mission.id]
    told = sum(notices.drop_site_and_tell(session, site, now) for site in sites)
    list_mission(session, mission, now, is_listed=False)
    return told


def _own_mission(session: Session, campaign: Campaign, slug: str) -> Mission:
    found = find_mission(session, slug)
    if found is None or not own_areas(session, campaign).covers(found.country):
        raise NotFound
    return found
