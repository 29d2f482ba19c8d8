"""Who may see and do what in a campaign: its members by their role, and all others nothing.

Each page of a campaign in the console says by ``needs`` which right it takes; one that says
nothing is for owners alone. It is looked at before the page runs, so no page can forget it.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, current_app, request
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site
from protestcoord.campaigns.queries import all_sites, find_campaign
from protestcoord.campaigns.rules import SLUG
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.web import reading
from protestcoord.members.models import Membership
from protestcoord.members.queries import find_membership
from protestcoord.members.rules import Areas, Right
from protestcoord.organizers.access import console_blueprint, signed_in_organizer

View = TypeVar("View", bound=Callable[..., object])


class RightMissing(DomainError):
    """The campaign is known to who asks, but the role does not include this."""

    message = N_("Your role in this campaign does not include this. Please ask an owner.")
    status = HTTPStatus.FORBIDDEN


def needs(right: Right) -> Callable[[View], View]:
    """Mark a view with the right that it takes; unmarked it takes ``Right.OWN``."""

    def mark(view: View) -> View:
        view.__dict__["needs"] = right
        return view

    return mark


def campaign_console(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages about campaigns, which let in by role; see ``needs``."""
    made = console_blueprint(name, import_name)
    made.before_request(_let_in_by_role)
    return made


def _let_in_by_role() -> None:
    slug = (request.view_args or {}).get("slug")
    if slug is None:
        return
    view = current_app.view_functions[request.endpoint or ""]
    if not own_membership(reading(), slug).has(getattr(view, "needs", Right.OWN)):
        raise RightMissing


def own_membership(session: Session, slug: str) -> Membership:
    """Return the role of who is signed in, in the campaign with a slug.

    Raises:
        NotFound: There is no such campaign, or none of theirs: the answer is the same.
    """
    campaign = find_campaign(session, slug) if SLUG.fullmatch(slug) else None
    member = find_membership(session, campaign.id, signed_in_organizer().id) if campaign else None
    if member is None:
        raise NotFound
    return member


def own_campaign(session: Session, slug: str) -> Campaign:
    """Return a campaign of who is signed in.

    Raises:
        NotFound: As ``own_membership``.
    """
    return session.get_one(Campaign, own_membership(session, slug).campaign_id)


def own_areas(session: Session, campaign: Campaign) -> Areas:
    """Return where in a campaign who is signed in may act.

    Raises:
        NotFound: As ``own_membership``.
    """
    return own_membership(session, campaign.slug).areas


def visible_sites(session: Session, campaign: Campaign) -> list[Site]:
    """Return the sites in the areas of who is signed in, dropped ones too.

    Raises:
        NotFound: As ``own_membership``.
    """
    areas = own_areas(session, campaign)
    return [site for site in all_sites(session, campaign) if areas.covers(site.mission.country)]
