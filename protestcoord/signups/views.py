"""How does a group come in: the sign-up form and the lost link, open to everybody."""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import moment_text, translate
from protestcoord.core.trust import SentBeforeRestart, Trust
from protestcoord.core.web import (
    at_even_pace,
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    settings,
    trust_in,
    writing,
)
from protestcoord.missions.models import Mission
from protestcoord.missions.persons import is_held
from protestcoord.organizers.panic import hides_contacts
from protestcoord.signups import coverage, places, queries, service
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.forms import LostLinkForm, SignUpForm
from protestcoord.signups.permits import notice_dates

# No session and no cookie stand behind these POSTs, so they carry no token against forgery.
open_forms = Blueprint("signups", __name__)


def vault() -> ContactVault:
    """Return the vault of the running app; it opens nothing while contacts are hidden."""
    return replace(vault_for_mails(), is_hidden=hides_contacts(reading()))


def vault_for_mails() -> ContactVault:
    """Return the vault for what leaves by mail alone, which panic does not stop."""
    made: ContactVault = current_app.config["VAULT"]
    return made


class SignUpClosed(DomainError):
    """The campaign takes no sign-ups any more."""

    message = N_("The organizers closed this campaign. Nothing more takes place in its name.")
    status = HTTPStatus.GONE


@open_forms.get("/c/<slug>/sign-up/")
def show_sign_up(slug: str) -> Response:
    campaign = _published(reading(), slug)
    if campaign.state is CampaignState.CLOSED:
        raise SignUpClosed
    check_not_frozen(campaign)
    chosen = request.args.get("slot", "")
    slot = queries.find_slot(reading(), campaign.id, chosen) if chosen else None
    mission = slot.site.mission.slug if slot else request.args.get("site", "")
    if not mission:
        return _choose_site_page(campaign)
    form = SignUpForm(language=language(), data={"slot": chosen})
    return _sign_up_page(campaign, mission, form)


@open_forms.post("/c/<slug>/sign-up/")
@at_even_pace()
def send_sign_up(slug: str) -> BaseResponse:
    form = SignUpForm(request.form, language=language())
    if form.validate():
        trust = trust_in("sign-up")
        asked = form.request(language(), needs_look=trust is Trust.UNPROVEN)
        try:
            if trust is Trust.OUTDATED:
                raise SentBeforeRestart
            with writing() as db:
                campaign = _published(db, slug)
                service.sign_up_group(db, vault(), campaign, asked, clock.now())
            held = is_held(asked.name, asked.city, asked.meeting_point)
            return go_to(f"/c/{slug}/sign-up/sent/{'?held=y' if held else ''}")
        except NotFound:
            raise
        except DomainError as error:
            put_error_beside_field(form, error)
    campaign = _published(reading(), slug)
    return _sign_up_page(
        campaign, request.args.get("site", ""), form, HTTPStatus.UNPROCESSABLE_ENTITY
    )


@open_forms.get("/c/<slug>/sign-up/sent/")
def sign_up_sent(slug: str) -> Response:
    held = request.args.get("held") == "y"
    return _campaign_page("signups/sent.html", _published(reading(), slug), held=held)


def _published(db: Session, slug: str) -> Campaign:
    campaign = find_campaign(db, slug)
    if campaign is None or campaign.state is CampaignState.DRAFT:
        raise NotFound
    return campaign


def _campaign_page(
    template: str, campaign: Campaign, status: int = HTTPStatus.OK, **values: object
) -> Response:
    link = (campaign.slug, campaign.title)
    return page(template, status, campaign=campaign, campaign_link=link, **values)


def _choose_site_page(campaign: Campaign, status: int = HTTPStatus.OK) -> Response:
    sites = coverage.sites_with_state(reading(), campaign.id)
    return _campaign_page("signups/choose_site.html", campaign, status, sites=sites)


def _sign_up_page(
    campaign: Campaign, mission_slug: str, form: SignUpForm, status: int = HTTPStatus.OK
) -> Response:
    typed = queries.find_slot(reading(), campaign.id, form.slot.data or "")
    slug = typed.site.mission.slug if typed else mission_slug
    slots = queries.slots_of_mission(reading(), campaign.id, slug)
    if not slots:
        return _choose_site_page(campaign, status)
    open_slots = [slot for slot in slots if places.is_open(slot, clock.now())]
    form.slot.choices = [(slot.key, _slot_label(slot)) for slot in open_slots]
    if len(open_slots) == 1 and not form.slot.data:
        form.slot.data = open_slots[0].key
    mission: Mission = slots[0].site.mission
    is_remote = slots[0].site.presence is Presence.REMOTE_ONLY
    if is_remote:
        form.ask_where_one_acts()
    return _campaign_page(
        "signups/sign_up.html",
        campaign,
        status,
        site=slots[0].site,
        mission=mission,
        slots={slot.key: slot for slot in open_slots},
        # What the mission's country asks for says nothing of where the group acts.
        notices={} if is_remote else notice_dates(reading(), open_slots, clock.now()),
        form=form,
        kept_days=settings().CONTACTS_KEPT_DAYS,
        controller=settings().CONTROLLER,
    )


def _slot_label(slot: Slot) -> str:
    minutes = int((slot.ends_at - slot.starts_at).total_seconds() // 60)
    return translate(
        N_("%(wave)s: %(moment)s, %(minutes)s minutes"),
        language(),
        wave=slot.wave.title,
        moment=moment_text(slot.starts_at, slot.timezone, language()),
        minutes=minutes,
    )


@open_forms.get("/s/lost-link/")
def show_lost_link() -> Response:
    return page("signups/lost_link.html", form=LostLinkForm(language=language()), sent=False)


@open_forms.post("/s/lost-link/")
@at_even_pace()
def send_lost_link() -> Response:
    form = LostLinkForm(request.form, language=language())
    if not form.validate():
        return page(
            "signups/lost_link.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form, sent=False
        )
    trust_in("lost-link")
    with writing() as db:
        service.send_links_again(db, vault_for_mails(), form.email.data, clock.now())
    return page("signups/lost_link.html", form=form, sent=True)
