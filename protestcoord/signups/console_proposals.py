"""The organizer's page about sites that groups miss."""

from http import HTTPStatus

from flask import Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_campaign
from protestcoord.core import clock
from protestcoord.core.errors import DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, page, reading, settings, writing
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.signups import proposals
from protestcoord.signups.models import SiteProposal

console = campaign_console("proposals_console", __name__)


@console.get("/c/<slug>/proposals/")
@needs(Right.VIEW)
def show_proposals(slug: str) -> Response:
    """Show which sites groups miss."""
    return _proposals_page(slug)


def _proposals_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    campaign = own_campaign(reading(), slug)
    waiting = proposals.open_proposals(reading(), campaign.id)
    return page(
        "signups/console/proposals.html",
        status,
        campaign=campaign,
        proposals=waiting,
        problem=problem,
    )


@console.post("/c/<slug>/proposals/<int(max=2147483647):proposal_id>/accept/")
@needs(Right.PLAN)
def accept(slug: str, proposal_id: int) -> BaseResponse:
    """Take the mission into the directory and the campaign."""
    try:
        with writing() as db:
            proposal = _own_proposal(db, slug, proposal_id)
            remote = settings().remote_only_countries
            mission = proposals.accept_proposal(db, proposal, clock.now(), remote)
            about = f"proposal {proposal.id}"
            record(
                db, signed_in_organizer(), "proposal.accept", about, clock.now(), mission=mission.id
            )
    except NotFound:
        raise
    except DomainError as error:
        return _proposals_page(slug, error.status, error_text(error, language()))
    return go_to(f"/organize/c/{slug}/sites/")


@console.post("/c/<slug>/proposals/<int(max=2147483647):proposal_id>/decline/")
@needs(Right.PLAN)
def decline(slug: str, proposal_id: int) -> BaseResponse:
    """Say no to a proposed site."""
    with writing() as db:
        proposal = _own_proposal(db, slug, proposal_id)
        proposals.decline_proposal(db, proposal, clock.now())
        about = f"proposal {proposal.id}"
        record(db, signed_in_organizer(), "proposal.decline", about, clock.now())
    return go_to(f"/organize/c/{slug}/proposals/")


def _own_proposal(db: Session, slug: str, proposal_id: int) -> SiteProposal:
    campaign = own_campaign(db, slug)
    proposal = db.get(SiteProposal, proposal_id)
    if proposal is None or proposal.campaign_id != campaign.id:
        raise NotFound
    return proposal
