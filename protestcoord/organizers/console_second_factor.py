"""The pages between password and console: set up an app, give its code or a recovery code."""

from datetime import datetime
from http import HTTPStatus

import segno
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError
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
    AGAIN,
    CONSOLE,
    SECOND_FACTOR,
    go_on,
    half_way_blueprint,
    own_key,
    send_with_next,
    signed_in_organizer,
    slowdown,
    too_early,
)
from protestcoord.organizers.audit import record
from protestcoord.organizers.console_sessions import enter, enter_alone, is_fresh, open_session
from protestcoord.organizers.forms import CodeForm, SetUpForm
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.queries import find_second_factor
from protestcoord.organizers.second_factor import (
    OfferTooOld,
    WrongCode,
    give_code,
    give_recovery_code,
    offer_secret,
    offered_secret,
    set_second_factor,
)
from protestcoord.organizers.totp import app_address, secret_text

SET_UP = f"{SECOND_FACTOR}set-up/"
TEMPLATES = "organizers/second_factor"

half_way = half_way_blueprint("second_factor", __name__)


@half_way.get("/")
def ask() -> BaseResponse:
    """Ask for the code, or lead to where an app is set up."""
    if _is_passed() or settings().DEMO:
        return go_on()
    if find_second_factor(reading(), signed_in_organizer().id) is None:
        return go_to(SET_UP)
    return _code_page(CodeForm(language=language()))


def _is_passed() -> bool:
    opened = open_session()
    return opened is not None and opened.passed_at is not None


def _code_page(form: CodeForm, status: int = HTTPStatus.OK) -> Response:
    return page(f"{TEMPLATES}/code.html", status, **_of_code_page(form))


def _of_code_page(form: CodeForm) -> dict[str, object]:
    if _is_recovery():
        form.code.label.text = N_("Recovery code")
    return {"form": form, "recovery": _is_recovery(), "next": request.args.get("next", "")}


def _is_recovery() -> bool:
    return request.args.get("recovery") == "1"


@half_way.post("/")
def give() -> BaseResponse:
    """Open the console to the right code, in a new session."""
    if _is_passed():
        return go_on()
    form, now = CodeForm(request.form, language=language()), clock.now()
    who = f"code {signed_in_organizer().id}"
    wait = slowdown().wait(now, who)
    # A recovery code is too long to guess, so it need not wait: no stranger can keep it out.
    if wait and not _is_recovery():
        return too_early(f"{TEMPLATES}/code.html", wait, **_of_code_page(form))
    if not form.validate():
        return _code_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with writing() as session:
            _pass(session, form.code.data, now)
    except WrongCode as error:
        slowdown().note_failure(now, who)
        put_error_beside_field(form, error)
        return _code_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    slowdown().forget(now, who)
    return go_on()


def _pass(session: Session, code: str, now: datetime) -> None:
    organizer = session.get_one(Organizer, signed_in_organizer().id)
    if _is_recovery():
        give_recovery_code(session, organizer, code)
        record(session, organizer, "recovery_code.use", _subject(organizer), now)
    else:
        give_code(session, own_key(), organizer, code, now)
    enter(session, organizer, now, passed=True)


def _subject(organizer: Organizer) -> str:
    return f"organizer {organizer.id}"


@half_way.get("/set-up/")
def show_set_up() -> BaseResponse:
    """Show the secret for an app, as a picture and as text; nothing is stored before its code."""
    return _refusal() or _set_up_page(SetUpForm(language=language()))


def _refusal() -> BaseResponse | None:
    """Let in who has no app yet, or gave password and code just now to take another one."""
    if settings().DEMO:
        return go_to(CONSOLE)
    if _is_passed():
        return None if is_fresh() else send_with_next(AGAIN)
    has_one = find_second_factor(reading(), signed_in_organizer().id) is not None
    return go_to(SECOND_FACTOR) if has_one else None


def _set_up_page(
    form: SetUpForm, secret: bytes = b"", status: int = HTTPStatus.OK, problem: str = ""
) -> Response:
    organizer = signed_in_organizer()
    if not secret:
        secret, form.offer.data = offer_secret(own_key(), organizer, clock.now())
    picture = segno.make(app_address(secret, organizer.email), micro=False, error="m")
    return page(
        f"{TEMPLATES}/set_up.html",
        status,
        form=form,
        passed=_is_passed(),
        picture=picture.svg_data_uri(border=3, light="#fff"),
        address=app_address(secret, organizer.email),
        secret=secret_text(secret),
        problem=problem,
    )


@half_way.post("/set-up/")
def set_up() -> BaseResponse:
    """Take the app whose first code is right; all other sessions end."""
    refused = _refusal()
    if refused:
        return refused
    form, key, now = SetUpForm(request.form, language=language()), own_key(), clock.now()
    try:
        secret = offered_secret(key, signed_in_organizer(), form.offer.data or "", now)
    except OfferTooOld as error:
        return _set_up_page(
            SetUpForm(language=language()), b"", HTTPStatus.UNPROCESSABLE_ENTITY, error.message
        )
    if form.validate():
        try:
            return _show_once(_take(secret, form.code.data, now))
        except DomainError as error:
            put_error_beside_field(form, error)
    return _set_up_page(form, secret, HTTPStatus.UNPROCESSABLE_ENTITY)


def _take(secret: bytes, code: str, now: datetime) -> list[str]:
    with writing() as session:
        organizer = session.get_one(Organizer, signed_in_organizer().id)
        codes = set_second_factor(session, own_key(), organizer, secret, code, now)
        enter_alone(session, organizer, now)
        record(session, organizer, "second_factor.set_up", _subject(organizer), now)
    return codes


def _show_once(codes: list[str]) -> Response:
    done = N_("Your phone is set up. From now on signing in asks for its code.")
    return page(f"{TEMPLATES}/recovery_codes.html", codes=codes, done=done)
