"""The pages between password and console: set up an app, give its code or a recovery code.

The same for passkeys is in ``console_passkeys``.
"""

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
    can_use_passkey,
    go_on,
    half_way_blueprint,
    own_key,
    own_relying_party,
    send_with_next,
    signed_in_organizer,
    slowdown,
    too_early,
)
from protestcoord.organizers.audit import record
from protestcoord.organizers.console_sessions import enter, enter_alone, is_fresh, open_session
from protestcoord.organizers.forms import CodeForm, SetUpForm
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.queries import find_second_factor, has_second_factor
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
DONE = N_("Your phone is set up. From now on signing in asks for its code.")

half_way = half_way_blueprint("second_factor", __name__)


@half_way.get("/")
def ask() -> BaseResponse:
    """Ask for code or passkey, or lead to where the first of them is set up."""
    if is_passed() or settings().DEMO:
        return go_on()
    if not has_second_factor(reading(), signed_in_organizer().id):
        return go_to(SET_UP)
    return code_page(CodeForm(language=language()))


def is_passed() -> bool:
    """Tell whether both steps were passed in this session."""
    opened = open_session()
    return opened is not None and opened.passed_at is not None


def code_page(form: CodeForm, status: int = HTTPStatus.OK) -> Response:
    """Return the page of the second step, with what was wrong."""
    return page(f"{TEMPLATES}/code.html", status, **of_code_page(form))


def of_code_page(form: CodeForm) -> dict[str, object]:
    """Return what the page of the second step shows: what this organizer can give there."""
    organizer = signed_in_organizer()
    if _is_recovery():
        form.code.label.text = N_("Recovery code")
    return {
        "form": form,
        "recovery": _is_recovery(),
        "has_app": find_second_factor(reading(), organizer.id) is not None,
        "can_use_passkey": can_use_passkey(),
        "next": request.args.get("next", ""),
    }


def _is_recovery() -> bool:
    return request.args.get("recovery") == "1"


@half_way.post("/")
def give() -> BaseResponse:
    """Open the console to the right code, in a new session."""
    if is_passed():
        return go_on()
    form, now = CodeForm(request.form, language=language()), clock.now()
    who = f"code {signed_in_organizer().id}"
    wait = slowdown().wait(now, who)
    # A recovery code is too long to guess, so it need not wait: no stranger can keep it out.
    if wait and not _is_recovery():
        return too_early(f"{TEMPLATES}/code.html", wait, **of_code_page(form))
    if not form.validate():
        return code_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with writing() as session:
            _pass(session, form.code.data, now)
    except WrongCode as error:
        slowdown().note_failure(now, who)
        put_error_beside_field(form, error)
        return code_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    slowdown().forget(now, who)
    return go_on()


def _pass(session: Session, code: str, now: datetime) -> None:
    organizer = session.get_one(Organizer, signed_in_organizer().id)
    if _is_recovery():
        give_recovery_code(session, organizer, code)
    else:
        give_code(session, own_key(), organizer, code, now)
    enter(session, organizer, now, passed=True)
    if _is_recovery():
        record(session, organizer, "recovery_code.use", _subject(organizer), now)


def _subject(organizer: Organizer) -> str:
    return f"organizer {organizer.id}"


@half_way.get("/set-up/")
def show_set_up() -> BaseResponse:
    """Show the secret for an app, as a picture and as text; nothing is stored before its code."""
    return refusal_of_set_up() or _set_up_page(SetUpForm(language=language()))


def refusal_of_set_up() -> BaseResponse | None:
    """Let in who has no second factor yet, or gave both just now to take another one.

    A password alone never puts an app or a passkey beside those that are there.
    """
    if settings().DEMO:
        return go_to(CONSOLE)
    if is_passed():
        return None if is_fresh() else send_with_next(AGAIN)
    has_one = has_second_factor(reading(), signed_in_organizer().id)
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
        passed=is_passed(),
        offers_passkey=own_relying_party() is not None and not is_passed(),
        picture=picture.svg_data_uri(border=3, light="#fff"),
        address=app_address(secret, organizer.email),
        secret=secret_text(secret),
        problem=problem,
    )


@half_way.post("/set-up/")
def set_up() -> BaseResponse:
    """Take the app whose first code is right; all other sessions end."""
    refused = refusal_of_set_up()
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
            return codes_page(_take(secret, form.code.data, now), DONE)
        except DomainError as error:
            put_error_beside_field(form, error)
    return _set_up_page(form, secret, HTTPStatus.UNPROCESSABLE_ENTITY)


def _take(secret: bytes, code: str, now: datetime) -> list[str]:
    with writing() as session:
        organizer = session.get_one(Organizer, signed_in_organizer().id)
        codes = set_second_factor(session, own_key(), organizer, secret, code, now)
        enter_alone(session, organizer, now, proven=True)
        record(session, organizer, "second_factor.set_up", _subject(organizer), now)
    return codes


def codes_page(codes: list[str], done: str) -> Response:
    """Return the page that shows new recovery codes, once."""
    return page(f"{TEMPLATES}/recovery_codes.html", codes=codes, done=done)
