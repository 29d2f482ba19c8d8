"""The pages of passkeys: one is set up, given as the second step, or removed."""

from datetime import datetime
from http import HTTPStatus

from flask import Response, abort, flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import translate
from protestcoord.core.web import (
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    writing,
)
from protestcoord.organizers.access import (
    console_blueprint,
    go_on,
    half_way_blueprint,
    needs_fresh,
    own_key,
    own_relying_party,
    signed_in_organizer,
    slowdown,
    too_early,
)
from protestcoord.organizers.audit import record
from protestcoord.organizers.ceremony import (
    RelyingParty,
    WrongPasskey,
    creation_options,
    request_options,
)
from protestcoord.organizers.console_account import ACCOUNT
from protestcoord.organizers.console_second_factor import (
    SET_UP,
    TEMPLATES,
    code_page,
    codes_page,
    is_passed,
    of_code_page,
    refusal_of_set_up,
)
from protestcoord.organizers.console_sessions import (
    begin_challenge,
    enter,
    enter_alone,
    use_challenge,
)
from protestcoord.organizers.forms import CodeForm, PasskeyForm
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.passkeys import (
    LastFactor,
    add_passkey,
    get_passkey,
    give_passkey,
    handle_of,
    remove_passkey,
)
from protestcoord.organizers.queries import passkeys_of

SET_UP_PASSKEY = f"{SET_UP}passkey/"
DONE_FIRST = N_("Your passkey is set up. From now on signing in asks for it.")
DONE_ADDED = N_("The passkey is added; all other sessions have ended.")
DONE_REMOVED = N_("The passkey is removed; all other sessions have ended.")

steps = half_way_blueprint("passkey_steps", __name__)
console = console_blueprint("passkeys", __name__)


def _party() -> RelyingParty:
    party = own_relying_party()
    if party is None:
        abort(HTTPStatus.NOT_FOUND)
    return party


def _options(text: str) -> Response:
    # As plain text: other sites may read JSON of ours, and this is for our own script alone.
    return Response(text, mimetype="text/plain")


def _known() -> list[bytes]:
    return [one.credential_id for one in passkeys_of(reading(), signed_in_organizer().id)]


@steps.post("/passkey/challenge/")
def challenge() -> BaseResponse:
    """Say what one of the organizer's passkeys has to sign, for this session and five minutes."""
    party, known = _party(), _known()
    if not known:
        raise NotFound
    return _options(request_options(party, begin_challenge(clock.now()), known))


@steps.post("/passkey/")
def give() -> BaseResponse:
    """Open the console to the right passkey, in a new session."""
    party, now = _party(), clock.now()
    if is_passed():
        return go_on()
    # Counted apart from codes: who guesses at those keeps no passkey out.
    who = f"passkey {signed_in_organizer().id}"
    wait = slowdown().wait(now, who)
    form = CodeForm(language=language())
    if wait:
        return too_early(f"{TEMPLATES}/code.html", wait, **of_code_page(form))
    try:
        asked = use_challenge(now)
        with writing() as session:
            _pass(session, party, asked, now)
    except WrongPasskey as error:
        slowdown().note_failure(now, who)
        put_error_beside_field(form, error)
        return code_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    slowdown().forget(now, who)
    return go_on()


def _pass(session: Session, party: RelyingParty, asked: bytes, now: datetime) -> None:
    organizer = session.get_one(Organizer, signed_in_organizer().id)
    give_passkey(session, party, organizer, request.form.get("credential", ""), asked, now)
    enter(session, organizer, now, passed=True)


@steps.post("/set-up/passkey/challenge/")
def new_passkey_challenge() -> BaseResponse:
    """Say how a new passkey has to be made, for this session and five minutes."""
    party, organizer = _party(), signed_in_organizer()
    refused = refusal_of_set_up()
    if refused:
        return refused
    handle, email, known = handle_of(own_key(), organizer), organizer.email, _known()
    return _options(creation_options(party, handle, email, begin_challenge(clock.now()), known))


@steps.get("/set-up/passkey/")
def show_set_up() -> BaseResponse:
    """Show how a passkey is made, as the first second factor or a further one."""
    if own_relying_party() is None:
        return go_to(SET_UP)
    return refusal_of_set_up() or _set_up_page(PasskeyForm(language=language()))


def _set_up_page(form: PasskeyForm, status: int = HTTPStatus.OK) -> Response:
    return page(f"{TEMPLATES}/set_up_passkey.html", status, form=form, passed=is_passed())


@steps.post("/set-up/passkey/")
def set_up() -> BaseResponse:
    """Take a new passkey; all other sessions end."""
    party = _party()
    refused = refusal_of_set_up()
    if refused:
        return refused
    form = PasskeyForm(request.form, language=language())
    if form.validate():
        try:
            codes = _add(party, form, clock.now())
        except DomainError as error:
            put_error_beside_field(form, error)
        else:
            return codes_page(codes, DONE_FIRST) if codes else _back_to_account(DONE_ADDED)
    return _set_up_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _add(party: RelyingParty, form: PasskeyForm, now: datetime) -> list[str]:
    asked = use_challenge(now)
    with writing() as session:
        organizer = session.get_one(Organizer, signed_in_organizer().id)
        passkey, codes = add_passkey(
            session, party, organizer, form.name.data, form.credential.data or "", asked, now
        )
        enter_alone(session, organizer, now, proven=True)
        record(session, organizer, "passkey.add", f"passkey {passkey.id}", now)
    return codes


def _back_to_account(done: str) -> BaseResponse:
    flash(translate(done, language()))
    return go_to(ACCOUNT)


@console.get("/account/passkeys/<int(max=2147483647):passkey_id>/remove/")
@needs_fresh
def show_remove(passkey_id: int) -> Response:
    """Ask whether a passkey is to help no more."""
    return _remove_page(passkey_id)


def _remove_page(passkey_id: int, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    passkey = get_passkey(reading(), signed_in_organizer(), passkey_id)
    template = "organizers/passkey_remove.html"
    return page(template, status, passkey=passkey, problem=problem)


@console.post("/account/passkeys/<int(max=2147483647):passkey_id>/remove/")
@needs_fresh
def remove(passkey_id: int) -> BaseResponse:
    """Let a passkey help no more; all other sessions end."""
    now = clock.now()
    try:
        with writing() as session:
            organizer = session.get_one(Organizer, signed_in_organizer().id)
            remove_passkey(session, organizer, passkey_id)
            enter_alone(session, organizer, now)
            record(session, organizer, "passkey.remove", f"passkey {passkey_id}", now)
    except LastFactor as error:
        return _remove_page(passkey_id, error.message, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _back_to_account(DONE_REMOVED)
