"""The organizer's pages of campaigns: which there are, and every address of them in one table."""

from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns import (
    console_copy,
    console_corrections,
    console_overrides,
    console_permits,
    console_sites,
    console_start,
    console_waves,
    service,
)
from protestcoord.campaigns.access import campaign_console, needs, own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.campaigns.forms import CampaignForm
from protestcoord.campaigns.queries import campaigns_of, waves_of_campaign
from protestcoord.core import clock
from protestcoord.core.errors import N_
from protestcoord.core.web import language, page, reading
from protestcoord.members.rules import ROLE_LABELS, Right
from protestcoord.organizers.access import signed_in_organizer

console = campaign_console("campaigns_console", __name__)


def show_campaigns() -> Response:
    """Show the organizer's campaigns, or how the first one begins."""
    campaigns = campaigns_of(reading(), signed_in_organizer().id)
    if not campaigns:
        return console_start.show_start()
    return page("campaigns/console/list.html", campaigns=campaigns, role_labels=ROLE_LABELS)


def show_new() -> Response:
    """Show the form of a new campaign."""
    return _new_page(CampaignForm(language=language()))


def _new_page(form: CampaignForm, status: int = HTTPStatus.OK) -> Response:
    return page("campaigns/console/new.html", status, form=form)


def create() -> BaseResponse:
    """Write down a new campaign; its sites come next."""
    form = CampaignForm(request.form, language=language())

    def write(session: Session) -> str:
        owner_id = signed_in_organizer().id
        campaign = service.create_campaign(session, form.request(owner_id), clock.now())
        note(session, "campaign.create", campaign)
        say_done(N_("The draft is saved. Nobody sees it before you publish it."))
        return path_of(campaign, "sites/")

    return save(form, write) or _new_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


@needs(Right.VIEW)
def show_overview(slug: str) -> Response:
    """Show where a campaign stands and what comes next."""
    waves = waves_of_campaign(reading(), own_campaign(reading(), slug))
    return campaign_page("campaigns/console/overview.html", slug, waves=waves)


@needs(Right.VIEW)
def show_message(slug: str) -> Response:
    """Show the form of a campaign's message."""
    campaign = own_campaign(reading(), slug)
    told = {
        "title": campaign.title,
        "statement": campaign.statement,
        "slug": campaign.slug,
        "approves_at_once": campaign.approves_at_once,
        "known_groups_only": campaign.known_groups_only,
    }
    return _message_page(slug, CampaignForm(language=language(), data=told))


def _message_page(slug: str, form: CampaignForm, status: int = HTTPStatus.OK) -> Response:
    return campaign_page("campaigns/console/message.html", slug, status, form=form)


@needs(Right.PLAN)
def save_message(slug: str) -> BaseResponse:
    """Change a campaign's message."""
    form = CampaignForm(request.form, language=language())

    def write(session: Session) -> str:
        campaign = own_campaign(session, slug)
        service.edit_campaign(session, campaign, form.request(campaign.owner_id), clock.now())
        note(session, "campaign.edit", campaign)
        say_done(N_("The message is saved."))
        return path_of(campaign)

    return save(form, write) or _message_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)


for _rule, _method, _view in (
    ("/", "GET", show_campaigns),
    ("/start/", "GET", console_start.show_start),
    ("/start/", "POST", console_start.start),
    ("/new/", "GET", show_new),
    ("/new/", "POST", create),
    ("/c/<slug>/", "GET", show_overview),
    ("/c/<slug>/edit/", "GET", show_message),
    ("/c/<slug>/edit/", "POST", save_message),
    ("/c/<slug>/copy/", "GET", console_copy.show_copy),
    ("/c/<slug>/copy/", "POST", console_copy.make_copy),
    ("/c/<slug>/sites/", "GET", console_sites.show_sites),
    ("/c/<slug>/sites/", "POST", console_sites.save_sites),
    ("/c/<slug>/waves/", "GET", console_waves.show_waves),
    ("/c/<slug>/waves/new/", "GET", console_waves.show_new_wave),
    ("/c/<slug>/waves/new/", "POST", console_waves.create_wave),
    ("/c/<slug>/waves/<int(max=9999):number>/", "GET", console_waves.show_wave),
    ("/c/<slug>/waves/<int(max=9999):number>/", "POST", console_waves.save_wave),
    ("/c/<slug>/waves/<int(max=9999):number>/remove/", "POST", console_waves.remove_wave),
    (
        "/c/<slug>/waves/<int(max=9999):number>/sites/",
        "GET",
        console_overrides.show_overrides,
    ),
    (
        "/c/<slug>/waves/<int(max=9999):number>/sites/",
        "POST",
        console_overrides.save_override,
    ),
    (
        "/c/<slug>/waves/<int(max=9999):number>/sites/remove/",
        "POST",
        console_overrides.remove_override,
    ),
    ("/c/<slug>/corrections/", "GET", console_corrections.show_corrections),
    ("/c/<slug>/corrections.patch", "GET", console_corrections.export_patch),
    (
        "/c/<slug>/corrections/<int(max=2147483647):correction_id>/accept/",
        "POST",
        console_corrections.accept,
    ),
    (
        "/c/<slug>/corrections/<int(max=2147483647):correction_id>/decline/",
        "POST",
        console_corrections.decline,
    ),
    ("/c/<slug>/missions/<mission>/correct/", "GET", console_corrections.show_correction_form),
    ("/c/<slug>/missions/<mission>/correct/", "POST", console_corrections.propose),
    ("/c/<slug>/permits/", "GET", console_permits.show_permits),
    ("/c/<slug>/permits/<country>/", "GET", console_permits.show_permit),
    ("/c/<slug>/permits/<country>/", "POST", console_permits.save_permit),
    ("/c/<slug>/permits/<country>/remove/", "POST", console_permits.remove_permit),
):
    console.add_url_rule(_rule, view_func=_view, methods=[_method])
