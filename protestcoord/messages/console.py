"""The organizer's pages of messages: write one, look at it, send it, follow it."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import (
    campaign_console,
    needs,
    own_areas,
    own_campaign,
    own_membership,
)
from protestcoord.campaigns.console_frame import campaign_page, path_of, save, say_done
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import sites_of_campaign, waves_of_campaign
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text, territory_name
from protestcoord.core.web import (
    go_to,
    language,
    put_error_beside_field,
    reading,
    settings,
    writing,
)
from protestcoord.members import approvals
from protestcoord.members.models import Membership
from protestcoord.members.rules import WAITS, Right, TwoPersonAct
from protestcoord.messages import queries, service
from protestcoord.messages.forms import Choices, MessageForm, SendForm
from protestcoord.messages.mails import text_for
from protestcoord.messages.models import Message
from protestcoord.messages.rules import (
    DELAY,
    MESSAGE_STATE_LABELS,
    VARIABLES,
    MessageState,
    check_number,
    needs_second_look,
)
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.signups.rules import SIGN_UP_STATE_LABELS
from protestcoord.signups.views import vault

console = campaign_console("messages_console", __name__)

HOME = "/c/<slug>/messages/"
ONE = "/c/<slug>/messages/<uuid:message_id>/"


def _page(
    template: str, campaign: Campaign, status: int = HTTPStatus.OK, **values: Any
) -> Response:
    return campaign_page(
        f"messages/console/{template}",
        campaign.slug,
        status,
        state_labels=MESSAGE_STATE_LABELS,
        sign_up_labels=SIGN_UP_STATE_LABELS,
        **values,
    )


def _message(session: Session, slug: str, message_id: object) -> Message:
    me, message = own_membership(session, slug), session.get(Message, str(message_id))
    if message is None or message.campaign_id != me.campaign_id:
        raise NotFound
    # Who writes to some areas alone is not to read what went to others, nor what was written
    # when these were wider.
    is_own = message.organizer_id == me.organizer_id
    same_areas = sorted(message.asked.within) == sorted(me.areas.codes)
    if not me.areas.is_everywhere and not (is_own and same_areas):
        raise NotFound
    return message


def _choices(campaign: Campaign) -> dict[str, Choices]:
    sites = sites_of_campaign(reading(), campaign)
    missions = [site.mission for site in sites]

    def areas(codes: set[str]) -> Choices:
        named = [(code, territory_name(code, language())) for code in codes]
        return sorted(named, key=lambda pair: pair[1])

    return {
        "country": areas({mission.country for mission in missions}),
        "region": areas({mission.region for mission in missions}),
        "wave": [(str(w.number), w.title) for w in waves_of_campaign(reading(), campaign)],
        "mission": [(mission.slug, f"{mission.city}: {mission.name}") for mission in missions],
    }


@console.get(HOME)
@needs(Right.VIEW)
def show_messages(slug: str) -> Response:
    """Show what was written to groups: subject, to how many, by whom; never the text."""
    campaign = own_campaign(reading(), slug)
    messages = queries.messages_of_campaign(reading(), campaign.id)
    deliveries = {message.id: queries.delivery_of(reading(), message.id) for message in messages}
    return _page("list.html", campaign, messages=messages, deliveries=deliveries)


@console.get(HOME + "new/")
@needs(Right.WRITE)
def show_new(slug: str) -> Response:
    """Show the form of a new message."""
    campaign = own_campaign(reading(), slug)
    return _form_page(campaign, MessageForm(_choices(campaign), language=language()))


def _form_page(campaign: Campaign, form: MessageForm, status: int = HTTPStatus.OK) -> Response:
    return _page("edit.html", campaign, status, form=form, variables=VARIABLES)


@console.post(HOME + "new/")
@needs(Right.WRITE)
def create(slug: str) -> BaseResponse:
    """Write a draft down; a look at it comes next."""
    return _save(slug, lambda _session: None)


@console.get(ONE + "edit/")
@needs(Right.WRITE)
def show_edit(slug: str, message_id: object) -> Response:
    """Show the form of a draft."""
    message = _message(reading(), slug, message_id)
    if message.state is not MessageState.DRAFT:
        raise NotFound
    audience = message.audience | {"silent_days": message.audience["silent_days"] or None}
    audience["wave"] = str(audience["wave"] or "")
    told = {"subject": message.subject, "text": service.text_of(vault(), message)} | audience
    form = MessageForm(_choices(message.campaign), language=language(), data=told)
    return _form_page(message.campaign, form)


@console.post(ONE + "edit/")
@needs(Right.WRITE)
def edit(slug: str, message_id: object) -> BaseResponse:
    """Change a draft."""
    return _save(slug, lambda session: _message(session, slug, message_id))


def _save(slug: str, find: Callable[[Session], Message | None]) -> BaseResponse:
    shown = own_campaign(reading(), slug)
    find(reading())
    form = MessageForm(_choices(shown), request.form, language=language())

    def write(session: Session) -> str:
        campaign, organizer = own_campaign(session, slug), signed_in_organizer()
        asked = form.request(own_areas(session, campaign))
        message = service.write_message(
            session, vault(), campaign, organizer, asked, clock.now(), find(session)
        )
        record(session, organizer, "message.write", f"message {message.id}", clock.now())
        return path_of(campaign, f"messages/{message.id}/")

    written = save(form, write)
    return written or _form_page(
        own_campaign(reading(), slug), form, HTTPStatus.UNPROCESSABLE_ENTITY
    )


@console.get(ONE)
@needs(Right.WRITE)
def show(slug: str, message_id: object) -> Response:
    """Show a draft as each group will read it, or how far a message is."""
    return _message_page(_message(reading(), slug, message_id), SendForm(language=language()))


def _message_page(
    message: Message, form: SendForm, status: int = HTTPStatus.OK, problem: str = ""
) -> Response:
    if message.state is not MessageState.DRAFT:
        return _page(
            "sent.html",
            message.campaign,
            status,
            message=message,
            recipients=queries.recipients_of(reading(), message.id),
            delivery=queries.delivery_of(reading(), message.id),
            problem=problem,
        )
    chosen = queries.chosen_sign_ups(reading(), message.campaign_id, message.asked, clock.now())
    at = min(max(request.args.get("at", 1, type=int), 1), max(len(chosen), 1))
    sign_up = chosen[at - 1] if chosen else None
    form.number.flags.required = needs_second_look(len(chosen))
    return _page(
        "draft.html",
        message.campaign,
        status,
        message=message,
        asked=asdict(message.asked),
        count=len(chosen),
        at=at,
        group=sign_up.group if sign_up else None,
        preview=text_for(vault(), settings(), message, sign_up) if sign_up else "",
        has_second_look=needs_second_look(len(chosen)),
        delay_minutes=int(DELAY.total_seconds() // 60),
        form=form,
        problem=problem,
    )


@console.post(ONE + "trial/")
@needs(Right.WRITE)
def try_out(slug: str, message_id: object) -> BaseResponse:
    """Send a draft to the organizer alone."""

    def act(session: Session, message: Message) -> None:
        service.send_trial(session, message, signed_in_organizer(), clock.now())
        _note(session, "message.try", message)
        say_done(N_("The test is on its way to your own address."))

    return _act(slug, message_id, act)


@console.post(ONE + "send/")
@needs(Right.WRITE)
def send(slug: str, message_id: object) -> BaseResponse:
    """Send a message, or let it wait for its delay."""
    form = SendForm(request.form, language=language())

    def act(session: Session, message: Message) -> None:
        organizer, me = signed_in_organizer(), own_membership(session, slug)
        # Locked before anything is asked of it, so that what leaves is what was agreed to.
        session.refresh(message, with_for_update=True)
        if not _is_allowed(session, me, message, form.number.data):
            _note(session, "approval.ask", message, wanted="send")
            say_done(WAITS)
            return
        count = service.send_message(session, message, organizer, form.number.data, clock.now())
        _note(session, "message.send", message, groups=count)

    return _act(slug, message_id, act, form)


def _is_allowed(session: Session, me: Membership, message: Message, typed: int | None) -> bool:
    """Tell whether a message may be sent: to many it takes two, or where nobody else is, a delay.

    What somebody agreed to is the message as it was then: a later change asks anew.
    """
    now = clock.now()
    count = len(queries.chosen_sign_ups(session, me.campaign_id, message.asked, now))
    if not needs_second_look(count) or not approvals.has_peer(session, me, TwoPersonAct.SEND, now):
        return True
    check_number(count, typed)
    subject = f"message {message.id} {message.changed_at:%y%m%d%H%M%S%f}"
    return approvals.is_allowed(session, me, TwoPersonAct.SEND, subject, now)


@console.post(ONE + "cancel/")
@needs(Right.WRITE)
def cancel(slug: str, message_id: object) -> BaseResponse:
    """Call a message off before it leaves; its text is forgotten."""

    def act(session: Session, message: Message) -> None:
        service.call_off(session, message, clock.now())
        _note(session, "message.cancel", message)
        say_done(N_("The message is called off. Nobody gets it."))

    return _act(slug, message_id, act)


def _act(
    slug: str,
    message_id: object,
    act: Callable[[Session, Message], None],
    form: SendForm | None = None,
) -> BaseResponse:
    form = form or SendForm(language=language())
    problem = ""
    try:
        if form.validate():
            with writing() as session:
                message = _message(session, slug, message_id)
                act(session, message)
                path = path_of(message.campaign, f"messages/{message.id}/")
            return go_to(path)
    except NotFound:
        raise
    except DomainError as error:
        if error.field:
            put_error_beside_field(form, error)
        else:
            problem = error_text(error, language())
    message = _message(reading(), slug, message_id)
    return _message_page(message, form, HTTPStatus.UNPROCESSABLE_ENTITY, problem)


def _note(session: Session, act: str, message: Message, **detail: int | str) -> None:
    record(session, signed_in_organizer(), act, f"message {message.id}", clock.now(), **detail)
