"""What may a volunteer do on a slot: pages open to everybody, without cookie, token or account."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.core import clock
from protestcoord.core.errors import NotFound
from protestcoord.core.web import go_to, language, page, reading, writing
from protestcoord.signups.queries import find_slot
from protestcoord.volunteers.forms import ComeForm
from protestcoord.volunteers.rules import NotAsked, counts_turnout
from protestcoord.volunteers.turnout import count_comers

# No session and no cookie stand behind these POSTs, so they carry no token against forgery.
open_pages = Blueprint("volunteers", __name__)

SLOT = "/c/<slug>/slots/<key>/"


def _slot(session: Session, slug: str, key: str) -> Slot:
    campaign = find_campaign(session, slug)
    if campaign is None or campaign.state is CampaignState.DRAFT:
        raise NotFound
    slot = find_slot(session, campaign.id, key)
    if slot is None:
        raise NotFound
    return slot


def _slot_page(
    template: str, slot: Slot, status: int = HTTPStatus.OK, **values: object
) -> Response:
    campaign = slot.site.campaign
    return page(
        f"volunteers/{template}",
        status,
        slot=slot,
        mission=slot.site.mission,
        campaign=campaign,
        campaign_link=(campaign.slug, campaign.title),
        **values,
    )


def _counting_slot(session: Session, slug: str, key: str) -> Slot:
    slot = _slot(session, slug, key)
    if not counts_turnout(slot, clock.now()):
        raise NotAsked
    return slot


@open_pages.get(SLOT + "come/")
def show_come(slug: str, key: str) -> Response:
    """Show the button; opening it counts nothing."""
    slot = _counting_slot(reading(), slug, key)
    return _slot_page("come.html", slot, form=ComeForm(language=language(), data={"people": 1}))


@open_pages.post(SLOT + "come/")
def come(slug: str, key: str) -> BaseResponse:
    """Count the press of the button."""
    form = ComeForm(request.form, language=language())
    if not form.validate():
        slot = _counting_slot(reading(), slug, key)
        return _slot_page("come.html", slot, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    with writing() as session:
        count_comers(session, _slot(session, slug, key), form.people.data, clock.now())
    return go_to(f"/c/{slug}/slots/{key}/come/counted/")


@open_pages.get(SLOT + "come/counted/")
def show_counted(slug: str, key: str) -> Response:
    """Say thanks; loading it again counts nothing."""
    return _slot_page("counted.html", _counting_slot(reading(), slug, key))
