"""What does a group do with its link: a button, then its own page for half an hour."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, request, session
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.text import json_bytes
from protestcoord.core.tokens import token_hash
from protestcoord.core.web import (
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    settings,
    writing,
)
from protestcoord.missions.persons import SIGN_LABELS
from protestcoord.organizers.panic import ended_sessions_at
from protestcoord.signups import checkins, handover, places, queries, service
from protestcoord.signups.claims import clashes_by_sign_up
from protestcoord.signups.forms import (
    CheckInForm,
    GroupForm,
    HandoverForm,
    SignUpEditForm,
)
from protestcoord.signups.held import held_texts
from protestcoord.signups.models import CheckIn, Group, Handover, SignUp
from protestcoord.signups.own_data import own_data
from protestcoord.signups.permits import notice_dates
from protestcoord.signups.rules import (
    CODE_OF_CONDUCT_VERSION,
    EDITED_FIELD_LABELS,
    OWN_STATE_LABELS,
)
from protestcoord.signups.views import open_forms, vault

own_pages = Blueprint("group", __name__)

SESSION_LIFE = timedelta(minutes=30)
CHECK_INS = {"start": checkins.start, "finish": checkins.finish, "back": checkins.take_back}


class NeedsLink(NotFound):
    """The reader did not come by a group's link, or too long ago: always the same answer."""

    message = N_("This link does not work, or not any more.")


@open_forms.get("/s/<token>/")
def show_link(token: str) -> Response:
    _group_of_link(reading(), token)
    return page("signups/link.html", version=CODE_OF_CONDUCT_VERSION)


@open_forms.post("/s/<token>/")
def follow_link(token: str) -> BaseResponse:
    with writing() as db:
        group = _group_of_link(db, token)
        service.open_link(db, group, clock.now(), travel_kmh=settings().TRAVEL_KMH)
        link_hash = group.link_hash
    return _enter(link_hash)


def _enter(link_hash: str) -> BaseResponse:
    session.clear()
    session["group_link"] = link_hash
    session["group_until"] = (clock.now() + SESSION_LIFE).timestamp()
    return go_to("/s/")


def _group_of_link(db: Session, token: str) -> Group:
    group = queries.find_group_by_link(db, token_hash(token))
    if group is None:
        raise NeedsLink
    return group


@open_forms.get("/s/hand-over/allow/<token>/")
def show_allowing(token: str) -> Response:
    asked = _handover_to_allow(reading(), token)
    to_nobody = handover.is_to_nobody(vault(), asked)
    return page(f"signups/allow_{'deletion' if to_nobody else 'handover'}.html")


@open_forms.post("/s/hand-over/allow/<token>/")
def allow_handover(token: str) -> Response:
    with writing() as db:
        asked = _handover_to_allow(db, token)
        to_nobody = handover.is_to_nobody(vault(), asked)
        handover.allow_handover(db, vault(), asked, clock.now())
    return page("signups/deleted.html" if to_nobody else "signups/handover_allowed.html")


def _handover_to_allow(db: Session, token: str) -> Handover:
    asked = handover.find_to_allow(db, token, clock.now())
    if asked is None:
        raise NeedsLink
    return asked


@open_forms.get("/s/hand-over/<token>/")
def show_handover(token: str) -> Response:
    _handover_of_link(reading(), token)
    return page("signups/accept_handover.html", version=CODE_OF_CONDUCT_VERSION)


@open_forms.post("/s/hand-over/<token>/")
def accept_handover(token: str) -> BaseResponse:
    with writing() as db:
        asked = _handover_of_link(db, token)
        group = handover.accept_handover(db, vault(), asked, clock.now())
        link_hash = group.link_hash
    return _enter(link_hash)


def _handover_of_link(db: Session, token: str) -> Handover:
    asked = handover.find_handover(db, token, clock.now())
    if asked is None:
        raise NeedsLink
    return asked


def own_group(db: Session) -> Group:
    """Return the group of this 30-minute session; a renewed link ends it.

    Raises:
        NeedsLink: The reader is in no such session.
    """
    link_hash = session.get("group_link")
    if not link_hash or session.get("group_until", 0) < clock.now().timestamp():
        raise NeedsLink
    group = queries.find_group_by_link(db, link_hash)
    if group is None or _ended_by_panic(db):
        raise NeedsLink
    return group


def _ended_by_panic(db: Session) -> bool:
    ended_at = ended_sessions_at(db)
    began = session["group_until"] - SESSION_LIFE.total_seconds()
    return ended_at is not None and began <= ended_at.timestamp()


def own_sign_up(db: Session, sign_up_id: int) -> SignUp:
    """Return a sign-up of the group of this session.

    Raises:
        NeedsLink: As ``own_group``.
        NotFound: It has none with this id.
    """
    sign_up = db.get(SignUp, sign_up_id)
    if sign_up is None or sign_up.group_id != own_group(db).id:
        raise NotFound
    return sign_up


@own_pages.get("/s/")
def show_group() -> Response:
    return _group_page()


def _group_page(
    status: int = HTTPStatus.OK,
    group_form: GroupForm | None = None,
    sign_up_forms: dict[int, SignUpEditForm] | None = None,
    handover_form: HandoverForm | None = None,
    check_in_forms: dict[int, CheckInForm] | None = None,
    problem: str = "",
) -> Response:
    group = own_group(reading())
    sign_ups = queries.sign_ups_of_group(reading(), group.id)
    forms = {sign_up.id: _edit_form(sign_up) for sign_up in sign_ups} | (sign_up_forms or {})
    said = checkins.check_ins_of(reading(), sign_ups)
    return page(
        "signups/group.html",
        status,
        said=said,
        check_in_forms={
            sign_up.id: _check_in_form(said.get(sign_up.id))
            for sign_up in sign_ups
            if checkins.takes_check_ins(sign_up, clock.now())
        }
        | (check_in_forms or {}),
        group=group,
        campaign=group.campaign,
        details=vault().open(group.contact),
        sign_ups=sign_ups,
        group_form=group_form or _group_form(group),
        sign_up_forms=forms,
        notices=notice_dates(reading(), [s.slot for s in sign_ups], clock.now()),
        handover_form=handover_form or HandoverForm(language=language()),
        handed_over=(asked := handover.find_asked(reading(), group)),
        is_to_go=asked is not None and handover.is_to_nobody(vault(), asked),
        clashes=clashes_by_sign_up(sign_ups, settings().TRAVEL_KMH),
        problem=problem,
        held=held_texts(reading(), group, sign_ups),
        field_labels=EDITED_FIELD_LABELS,
        sign_labels=SIGN_LABELS,
        state_labels=OWN_STATE_LABELS,
        until_minutes=int(SESSION_LIFE.total_seconds() // 60),
    )


def _group_form(group: Group) -> GroupForm:
    data = {"name": group.name, "city": group.city, "is_named": group.is_named}
    return GroupForm(language=language(), data=data)


def _edit_form(sign_up: SignUp, typed: MultiDict[str, str] | None = None) -> SignUpEditForm:
    data = {field.name: getattr(sign_up, field.name) for field in fields(service.Part)}
    return SignUpEditForm(typed, language=language(), data=data)


@own_pages.post("/s/group/")
def edit_group() -> BaseResponse:
    form = GroupForm(request.form, language=language())
    if not form.validate():
        return _group_page(HTTPStatus.UNPROCESSABLE_ENTITY, group_form=form)
    with writing() as db:
        name, city, is_named = form.name.data, form.city.data, form.is_named.data
        service.edit_group(db, own_group(db), name, city, clock.now(), is_named=is_named)
    return go_to("/s/")


@own_pages.post("/s/sign-ups/<int(max=2147483647):sign_up_id>/")
def edit_sign_up(sign_up_id: int) -> BaseResponse:
    form = _edit_form(own_sign_up(reading(), sign_up_id), request.form)
    if not form.validate():
        return _group_page(HTTPStatus.UNPROCESSABLE_ENTITY, sign_up_forms={sign_up_id: form})
    with writing() as db:
        sign_up = own_sign_up(db, sign_up_id)
        service.edit_sign_up(db, sign_up, form.part(), clock.now())
    return go_to("/s/")


@own_pages.post("/s/sign-ups/<int(max=2147483647):sign_up_id>/confirm/")
def confirm(sign_up_id: int) -> BaseResponse:
    confirmed = partial(
        places.confirm_sign_up,
        travel_kmh=settings().TRAVEL_KMH,
        accepts_clashes="accepts_clashes" in request.form,
    )
    return _act(sign_up_id, confirmed)


@own_pages.post("/s/sign-ups/<int(max=2147483647):sign_up_id>/withdraw/")
def withdraw(sign_up_id: int) -> BaseResponse:
    return _act(sign_up_id, places.withdraw_sign_up)


@own_pages.post("/s/sign-ups/<int(max=2147483647):sign_up_id>/check-in/")
def check_in(sign_up_id: int) -> BaseResponse:
    form, act = CheckInForm(request.form, language=language()), request.form.get("act", "")
    own_sign_up(reading(), sign_up_id)
    if not form.validate() or act not in CHECK_INS:
        return _group_page(HTTPStatus.UNPROCESSABLE_ENTITY, check_in_forms={sign_up_id: form})
    return _act(
        sign_up_id,
        lambda db, own, now: CHECK_INS[act](db, db.get_one(SignUp, own), form.people.data, now),
    )


def _check_in_form(said: CheckIn | None) -> CheckInForm:
    return CheckInForm(language=language(), data={"people": said.people if said else None})


def _act(sign_up_id: int, act: Callable[[Session, int, datetime], object]) -> BaseResponse:
    try:
        with writing() as db:
            act(db, own_sign_up(db, sign_up_id).id, clock.now())
    except NotFound:
        raise
    except DomainError as error:
        return _group_page(error.status, problem=error_text(error, language()))
    return go_to("/s/")


@own_pages.post("/s/hand-over/")
def ask_for_handover() -> BaseResponse:
    form = HandoverForm(request.form, language=language())
    if form.validate():
        try:
            with writing() as db:
                asked_by, email = own_group(db), form.email.data
                handover.ask_for_handover(db, vault(), asked_by, email, clock.now())
            return go_to("/s/")
        except handover.AskedTooOften as error:
            put_error_beside_field(form, error)
    return _group_page(HTTPStatus.UNPROCESSABLE_ENTITY, handover_form=form)


@own_pages.post("/s/delete/")
def ask_for_deletion() -> BaseResponse:
    try:
        with writing() as db:
            nobody = handover.TO_NOBODY
            handover.ask_for_handover(db, vault(), own_group(db), nobody, clock.now())
    except handover.AskedTooOften as error:
        return _group_page(error.status, problem=error_text(error, language()))
    return go_to("/s/")


@own_pages.get("/s/our-group.json")
def take_own_data() -> Response:
    """Hand a group all that is stored of it, as a file for programs."""
    document = json_bytes(own_data(reading(), vault(), own_group(reading())))
    named = {"Content-Disposition": 'attachment; filename="our-group.json"'}
    return Response(document, mimetype="application/json", headers=named)


@own_pages.post("/s/hand-over/take-back/")
def take_handover_back() -> BaseResponse:
    with writing() as db:
        handover.take_back(db, own_group(db))
    return go_to("/s/")


@own_pages.post("/s/leave/")
def leave() -> BaseResponse:
    session.clear()
    return go_to("/")
