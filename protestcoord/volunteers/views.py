"""What may a volunteer do on a slot: pages open to everybody, without cookie, token or account."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.core import clock
from protestcoord.core.errors import NotFound
from protestcoord.core.web import (
    at_even_pace,
    from_anywhere,
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    trust_in,
    writing,
)
from protestcoord.signups.queries import find_slot
from protestcoord.signups.views import vault
from protestcoord.volunteers import queries, reminders
from protestcoord.volunteers.forms import ComeForm, ReminderForm
from protestcoord.volunteers.rules import (
    HOUR,
    Moment,
    NotAsked,
    TooManyAsk,
    counts_turnout,
    is_off,
    moments_ahead,
    sends_reminders,
)
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
    check_not_frozen(slot.site.campaign)
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
    trust_in("come")
    with writing() as session:
        count_comers(session, _slot(session, slug, key), form.people.data, clock.now())
    return go_to(f"/c/{slug}/slots/{key}/come/counted/")


@open_pages.get(SLOT + "come/counted/")
def show_counted(slug: str, key: str) -> Response:
    """Say thanks; loading it again counts nothing."""
    return _slot_page("counted.html", _counting_slot(reading(), slug, key))


def _reminding_slot(session: Session, slug: str, key: str) -> Slot:
    slot = _slot(session, slug, key)
    check_not_frozen(slot.site.campaign)
    if not sends_reminders(slot, clock.now()):
        raise NotAsked
    return slot


@open_pages.get(SLOT + "remind/")
def show_remind(slug: str, key: str) -> Response:
    """Show the form of reminders."""
    slot = _reminding_slot(reading(), slug, key)
    ahead = moments_ahead(slot, clock.now())
    chosen = [moment.value for moment in ahead if moment is not Moment.WEEK]
    form = ReminderForm(ahead, language=language(), data={"moments": chosen})
    return _slot_page("remind.html", slot, form=form)


@open_pages.post(SLOT + "remind/")
@at_even_pace()
def remind(slug: str, key: str) -> BaseResponse:
    """Mail a link that confirms; the answer is the same for every address."""
    slot = _reminding_slot(reading(), slug, key)
    form = ReminderForm(moments_ahead(slot, clock.now()), request.form, language=language())
    if not form.validate():
        return _slot_page("remind.html", slot, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    trust_in("remind")
    try:
        with writing() as session:
            asked = form.request(language())
            slot = _slot(session, slug, key)
            reminders.ask_for_reminders(session, vault(), slot, asked, clock.now())
    except TooManyAsk as error:
        return _told_to_wait(_slot(reading(), slug, key), form, error)
    return go_to(f"/c/{slug}/slots/{key}/remind/sent/")


def _told_to_wait(slot: Slot, form: ReminderForm, error: TooManyAsk) -> Response:
    put_error_beside_field(form, error)
    answer = _slot_page("remind.html", slot, error.status, form=form)
    answer.headers["Retry-After"] = str(int(HOUR.total_seconds()))
    return answer


@open_pages.get(SLOT + "remind/sent/")
def show_sent(slug: str, key: str) -> Response:
    """Say that a mail is on its way, if the address may get one."""
    return _slot_page("sent.html", _reminding_slot(reading(), slug, key))


@open_pages.get("/s/reminders/confirm/<token>/")
def show_confirm(token: str) -> Response:
    """Show the button; a mail program that opens the link confirms nothing."""
    reminders.find_to_confirm(reading(), token, clock.now())
    return page("volunteers/confirm.html", slot=None)


@open_pages.post("/s/reminders/confirm/<token>/")
def confirm(token: str) -> Response:
    """Confirm an address; to press again changes nothing."""
    with writing() as session:
        subscription = reminders.find_to_confirm(session, token, clock.now())
        reminders.confirm_reminders(session, subscription, clock.now())
    ahead = queries.reminders_to_come(reading(), subscription.id)
    slot = subscription.slot
    return _slot_page("confirm.html", slot, reminders=ahead, is_off=is_off(slot))


LEAVE, NEVER = (f"/s/reminders/{act}/<token>/<proof>/" for act in ("leave", "never"))


@open_pages.get(LEAVE)
def show_leave(token: str, proof: str) -> Response:
    """Show the buttons; whether the link is known is told to nobody."""
    return page("volunteers/leave.html", token=token, proof=proof, left="")


@open_pages.post(LEAVE)
@from_anywhere
def leave(token: str, proof: str) -> Response:
    """End reminders at one press, also at a mail provider's.

    Source:
        RFC 8058 section 3.1: no cookie, no account, no further question.
    """
    with writing() as session:
        reminders.leave(session, token)
    return page("volunteers/leave.html", token=token, proof=proof, left="reminders")


@open_pages.post(NEVER)
def never(token: str, proof: str) -> Response:
    """Block an address from every mail that requests without an account cause."""
    with writing() as session:
        reminders.never_again(session, vault(), token, proof, clock.now())
    return page("volunteers/leave.html", token=token, proof=proof, left="all")
