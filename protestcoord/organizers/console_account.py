"""The pages of the own account: password, second factor, sessions, and both asked for again."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Response, flash, get_flashed_messages, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.core.languages import day_text, translate
from protestcoord.core.web import (
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    settings,
    writing,
)
from protestcoord.organizers.access import (
    can_use_passkey,
    console_blueprint,
    go_on,
    needs_fresh,
    own_key,
    own_relying_party,
    signed_in_organizer,
    slowdown,
    too_early,
)
from protestcoord.organizers.audit import record
from protestcoord.organizers.ceremony import WrongPasskey
from protestcoord.organizers.console_sessions import enter, enter_alone, use_challenge
from protestcoord.organizers.forms import AgainForm, PasswordForm
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.passkeys import give_passkey
from protestcoord.organizers.queries import (
    find_second_factor,
    open_sessions,
    passkeys_of,
    recovery_codes_left,
)
from protestcoord.organizers.second_factor import give_code, renew_recovery_codes
from protestcoord.organizers.service import change_password, has_password
from protestcoord.organizers.sessions import LONGEST

ACCOUNT = "/organize/account/"

console = console_blueprint("account", __name__)


@console.get("/account/")
def show() -> Response:
    """Show what protects the account."""
    return _account_page(PasswordForm(language=language()))


def _account_page(form: PasswordForm, status: int = HTTPStatus.OK) -> Response:
    organizer, now = signed_in_organizer(), clock.now()
    return page(
        "organizers/account.html",
        status,
        organizer=organizer,
        form=form,
        factor=find_second_factor(reading(), organizer.id),
        passkeys=passkeys_of(reading(), organizer.id),
        can_have_passkeys=own_relying_party() is not None,
        day=lambda instant: day_text(instant.date(), language()),
        codes_left=recovery_codes_left(reading(), organizer.id),
        sessions=open_sessions(reading(), organizer.id, now - LONGEST),
        done=get_flashed_messages(),
    )


@console.post("/account/")
def take_password() -> BaseResponse:
    """Take another password; all other sessions end."""
    form = PasswordForm(request.form, language=language())

    def act(session: Session, organizer: Organizer, now: datetime) -> None:
        if not has_password(organizer, form.current.data):
            raise InvalidValue(N_("This is not your current password."), field="current")
        change_password(session, organizer, form.password.data)
        enter_alone(session, organizer, now)
        _note(session, organizer, "password.change", now)

    return _answer(form, act, N_("Your password is changed; all other sessions have ended."))


def _answer(
    form: PasswordForm, act: Callable[[Session, Organizer, datetime], None], done: str
) -> BaseResponse:
    now, who = clock.now(), f"password {signed_in_organizer().id}"
    if form.validate() and not slowdown().wait(now, who):
        try:
            with writing() as session:
                act(session, session.get_one(Organizer, signed_in_organizer().id), now)
        except DomainError as error:
            put_error_beside_field(form, error)
            if error.field == "current":
                slowdown().note_failure(now, who)
        else:
            flash(translate(done, language()))
            return go_to(ACCOUNT)
    elif not form.errors:
        put_error_beside_field(form, DomainError(TOO_OFTEN))
    return _account_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


TOO_OFTEN = N_("That was wrong too often. Please wait a minute, then try again.")


@console.get("/account/recovery-codes/")
@needs_fresh
def show_renewal() -> Response:
    """Say what new recovery codes mean, before they are made."""
    left = recovery_codes_left(reading(), signed_in_organizer().id)
    return page("organizers/second_factor/renewal.html", codes_left=left)


@console.post("/account/recovery-codes/")
@needs_fresh
def renew_codes() -> Response:
    """Show ten new recovery codes, once."""
    now = clock.now()
    with writing() as session:
        organizer = session.get_one(Organizer, signed_in_organizer().id)
        codes = renew_recovery_codes(session, organizer)
        _note(session, organizer, "recovery_codes.renew", now)
    done = N_("The recovery codes that you had before help no more.")
    return page("organizers/second_factor/recovery_codes.html", codes=codes, done=done)


@console.post("/account/sign-out-everywhere/")
def sign_out_everywhere() -> BaseResponse:
    """End all other sessions of the account."""
    now = clock.now()
    with writing() as session:
        organizer = session.get_one(Organizer, signed_in_organizer().id)
        enter_alone(session, organizer, now)
        _note(session, organizer, "sessions.end", now)
    flash(translate(N_("All other sessions have ended."), language()))
    return go_to(ACCOUNT)


@console.get("/again/")
def ask_again() -> Response:
    """Ask for password and second factor before something that matters most."""
    return _again_page(_again_form())


def _again_form(sent: bool = False) -> AgainForm:
    form = AgainForm(request.form if sent else None, language=language())
    organizer_id = signed_in_organizer().id
    if settings().DEMO or find_second_factor(reading(), organizer_id) is None:
        del form.code
    if not can_use_passkey():
        del form.credential
    return form


def _again_page(form: AgainForm, status: int = HTTPStatus.OK) -> Response:
    return page("organizers/again.html", status, form=form)


@console.post("/again/")
def give_again() -> BaseResponse:
    """Take both, begin a new session, and go back to where they were asked for."""
    form, now = _again_form(sent=True), clock.now()
    who = f"code {signed_in_organizer().id}"
    wait = slowdown().wait(now, who)
    if wait:
        return too_early("organizers/again.html", wait, form=form)
    if form.validate():
        try:
            asked = use_challenge(now) if _brings_passkey(form) else b""
            with writing() as session:
                _prove(session, form, asked, now)
            return go_on()
        except InvalidValue as error:
            slowdown().note_failure(now, who)
            put_error_beside_field(form, error)
    return _again_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _brings_passkey(form: AgainForm) -> bool:
    return "credential" in form and bool(form.credential.data)


def _prove(session: Session, form: AgainForm, asked: bytes, now: datetime) -> None:
    organizer = session.get_one(Organizer, signed_in_organizer().id)
    party = own_relying_party()
    if party and _brings_passkey(form):
        give_passkey(session, party, organizer, form.credential.data, asked, now)
    elif "code" in form:
        give_code(session, own_key(), organizer, form.code.data, now)
    elif not settings().DEMO:
        raise WrongPasskey
    # Last: who has the session alone cannot try passwords here.
    if not has_password(organizer, form.password.data):
        raise InvalidValue(N_("This is not your password."), field="password")
    enter(session, organizer, now, passed=True)


def _note(session: Session, organizer: Organizer, act: str, now: datetime) -> None:
    record(session, organizer, act, f"organizer {organizer.id}", now)
