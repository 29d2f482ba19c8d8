"""The organizer's page of volunteers: what a campaign offers them, and the public numbers."""

from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.core import clock
from protestcoord.core.errors import N_
from protestcoord.core.web import language, reading
from protestcoord.members.rules import Right
from protestcoord.volunteers import queries, service
from protestcoord.volunteers.forms import OffersForm

console = campaign_console("volunteers_console", __name__)


@console.get("/c/<slug>/volunteers/")
@needs(Right.VIEW)
def show_volunteers(slug: str) -> Response:
    """Show what the campaign offers to volunteers, and what the public reads of them."""
    campaign = own_campaign(reading(), slug)
    told = {
        "counts_turnout": campaign.counts_turnout,
        "sends_reminders": campaign.sends_reminders,
    }
    return _volunteers_page(slug, OffersForm(language=language(), data=told))


def _volunteers_page(slug: str, form: OffersForm, status: int = HTTPStatus.OK) -> Response:
    campaign = own_campaign(reading(), slug)
    return campaign_page(
        "volunteers/console/offers.html",
        slug,
        status,
        form=form,
        slots=queries.slots_with_bucket(reading(), campaign),
    )


@console.post("/c/<slug>/volunteers/")
@needs(Right.PLAN)
def save_offers(slug: str) -> BaseResponse:
    """Change what the campaign offers to volunteers."""
    form = OffersForm(request.form, language=language())

    def write(session: Session) -> str:
        campaign = own_campaign(session, slug)
        service.change_offers(session, campaign, form.offers(), clock.now())
        note(session, "campaign.volunteers", campaign, **vars(form.offers()))
        say_done(N_("Saved. The public pages follow in a moment."))
        return path_of(campaign, "volunteers/")

    return save(form, write) or _volunteers_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
