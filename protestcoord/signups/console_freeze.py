"""The page that freezes a campaign at one press, and thaws it."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import (
    RightMissing,
    campaign_console,
    needs,
    own_campaign,
    own_membership,
)
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, say_done
from protestcoord.campaigns.freezing import freeze_campaign, thaw_campaign
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import sites_of_campaign
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members.rules import Right
from protestcoord.organizers.access import needs_fresh
from protestcoord.signups.queries import affected_by_freeze

console = campaign_console("freeze_console", __name__)

Change = Callable[[Session, Campaign, datetime], bool]


@console.get("/c/<slug>/freeze/")
@needs(Right.ARRANGE)
@needs_fresh
def ask_to_freeze(slug: str) -> Response:
    """Say what freezing does, and how much it touches."""
    _whole_campaign(reading(), slug)
    return _freeze_page(slug)


def _freeze_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    campaign = _whole_campaign(reading(), slug)
    counts = affected_by_freeze(reading(), campaign.id)
    return campaign_page(
        "signups/console/freeze.html", slug, status, counts=counts, problem=problem
    )


def _whole_campaign(session: Session, slug: str) -> Campaign:
    """Return an own campaign of which no site lies outside the areas: all of it stops."""
    campaign, areas = own_campaign(session, slug), own_membership(session, slug).areas
    sites = sites_of_campaign(session, campaign)
    if not all(areas.covers(site.mission.country) for site in sites):
        raise RightMissing
    return campaign


@console.post("/c/<slug>/freeze/")
@needs(Right.ARRANGE)
@needs_fresh
def freeze(slug: str) -> BaseResponse:
    """Let the campaign take nothing from groups and volunteers."""
    done = N_("Frozen. Nothing is taken any more until you thaw it.")
    return _change(slug, freeze_campaign, "campaign.freeze", done)


@console.post("/c/<slug>/thaw/")
@needs(Right.ARRANGE)
@needs_fresh
def thaw(slug: str) -> BaseResponse:
    """Let the campaign take again what groups and volunteers bring."""
    done = N_("Thawed. Groups and volunteers can go on.")
    return _change(slug, thaw_campaign, "campaign.thaw", done)


def _change(slug: str, change: Change, act: str, done: str) -> BaseResponse:
    try:
        with writing() as session:
            campaign = _whole_campaign(session, slug)
            if change(session, campaign, clock.now()):
                counts = affected_by_freeze(session, campaign.id)
                note(session, act, campaign, sign_ups=counts.sign_ups, groups=counts.groups)
                say_done(done)
            path = path_of(campaign, "freeze/")
    except (NotFound, RightMissing):
        raise
    except DomainError as error:
        return _freeze_page(slug, error.status, error_text(error, language()))
    return go_to(path)
