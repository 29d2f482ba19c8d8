"""The organizer's page on which a first campaign begins; it ends in the ordinary preview."""

from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.console_frame import note, path_of, save, say_done
from protestcoord.campaigns.start_form import StartForm
from protestcoord.campaigns.starting import (
    Started,
    StartRequest,
    open_missions_by_region,
    start_campaign,
)
from protestcoord.core import clock
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.web import language, page, reading, settings
from protestcoord.organizers.access import signed_in_organizer


def show_start() -> Response:
    """Show the form of a first campaign."""
    form = StartForm(language=language())
    form.offer(open_missions_by_region(reading()))
    return _start_page(form)


def _start_page(form: StartForm, status: int = HTTPStatus.OK) -> Response:
    openly = open_missions_by_region(reading()).total()
    return page("campaigns/console/start.html", status, form=form, openly=openly)


def start() -> BaseResponse:
    """Write down a draft with its sites and its time; its preview comes next."""
    form = StartForm(request.form, language=language())
    form.offer(open_missions_by_region(reading()))

    def write(session: Session) -> str:
        owner_id = signed_in_organizer().id
        asked = form.request(owner_id, settings().remote_only_countries)
        started = _started(session, asked)
        note(session, "campaign.start", started.campaign, sites=started.sites)
        say_done(N_("The draft is saved. Nobody sees it before you publish it."))
        return path_of(started.campaign, "preview/")

    return save(form, write) or _start_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _started(session: Session, asked: StartRequest) -> Started:
    try:
        return start_campaign(session, asked, clock.now())
    except InvalidValue as error:
        # A wave has one start, which this form asks for as a day and a time.
        if error.field != "start":
            raise
        raise InvalidValue(error.message, field="day", **error.values) from error
