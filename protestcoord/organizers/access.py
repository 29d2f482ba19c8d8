"""Who is signed in, and who may see the console: accounts by Flask-Security, pages by us."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, NoReturn, ParamSpec, TypeVar
from urllib.parse import urlencode

import wtforms
from flask import Blueprint, Flask, abort, current_app, g, redirect, request
from flask import session as cookie
from flask_login import user_logged_out
from flask_security import (
    LoginForm,
    Security,
    SQLAlchemyUserDatastore,
    current_user,
    user_authenticated,
)
from werkzeug.wrappers import Response

from protestcoord.core import clock
from protestcoord.core.web import (
    at_even_pace,
    brings_proof,
    db,
    links,
    page,
    reading,
    render_page,
    settings,
    writing,
)
from protestcoord.organizers.audit import record
from protestcoord.organizers.ceremony import RelyingParty, relying_party_of
from protestcoord.organizers.console_sessions import (
    enter,
    is_fresh,
    leave_when_signed_out,
    open_session,
)
from protestcoord.organizers.models import Organizer, Role
from protestcoord.organizers.passwords import PASSWORD_FORM, SHORTEST_PASSWORD
from protestcoord.organizers.queries import find_organizer, passkeys_of
from protestcoord.organizers.sealing import accounts_key
from protestcoord.organizers.second_factor import (
    WrongCode,
    fits,
    give_code,
    give_recovery_code,
    has_recovery_code,
)
from protestcoord.organizers.slowdown import (
    FREE_OF_ALL_WITHOUT_PROOF,
    FREE_WITHOUT_PROOF,
    Slowdown,
    network_of,
)

CONSOLE = "/organize/"
SIGN_IN = "/organize/login"
SECOND_FACTOR = "/organize/second-factor/"
AGAIN = "/organize/again/"
PATH_OF_CONSOLE = re.compile(r"(/[a-z]{2,3})?/organize/[^\\\s]*")

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


CONFIGURATION: Mapping[str, object] = {
    "SECURITY_URL_PREFIX": "/organize",
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_LOGIN_USER_TEMPLATE": "organizers/login.html",
    "SECURITY_POST_LOGIN_VIEW": CONSOLE,
    "SECURITY_POST_LOGOUT_VIEW": SIGN_IN,
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_FRESHNESS": timedelta(minutes=-1),
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_PASSWORD_NORMALIZE_FORM": PASSWORD_FORM,
    "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST_PASSWORD,
    "SESSION_PROTECTION": None,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
}


# A hash of a password takes 0.1 seconds on a small machine.
SIGN_IN_SPANS = 5
WITHOUT_PROOF = "all without proof"


class SignInForm(LoginForm):
    """Address and password; a session ends with the browser, so nothing offers to remember.

    After five failures it takes a while until the next try; without proof of work after three of
    the account, or when many failed without it. Who brings the code of the app along, or a
    recovery code, need not wait, so that no stranger keeps an organizer out.
    """

    remember = None
    code = wtforms.StringField()

    def validate(self, **options: Any) -> bool:
        """Check address and password, unless it is too early for that."""
        now, is_proven = clock.now(), brings_proof("sign-in")
        wait = self._wait(now, is_proven)
        if wait and not self.code.data:
            # Nothing was looked up, so there is nothing that a pace would have to hide.
            self._refuse(wait)
        return self._try(now, wait, is_proven, **options)

    @at_even_pace(SIGN_IN_SPANS)
    def _try(self, now: datetime, wait: timedelta, is_proven: bool, **options: Any) -> bool:
        if wait and not _brings_second_factor(self._address, self.code.data or "", now):
            self._refuse(wait)
        account, *others = self._who()
        if not super().validate(**options):
            slowdown().note_failure(now, account, *others, *([] if is_proven else [WITHOUT_PROOF]))
            return False
        slowdown().forget(now, account)
        return True

    def _refuse(self, wait: timedelta) -> NoReturn:
        abort(too_early("organizers/login.html", wait, login_user_form=self))

    @property
    def asks_for_work(self) -> bool:
        """Whether a proof of work shortens the wait, after what failed lately."""
        now, who = clock.now(), self._who()
        if not self._address:
            del who[0]
        return (
            slowdown().failures(now, *who) >= FREE_WITHOUT_PROOF
            or slowdown().failures(now, WITHOUT_PROOF) >= FREE_OF_ALL_WITHOUT_PROOF
        )

    @property
    def _address(self) -> str:
        return (self.email.data or "").strip().lower()

    def _who(self) -> list[str]:
        network = network_of(request.remote_addr or "")
        return [f"account {self._address}", *([f"network {network}"] if network else [])]

    def _wait(self, now: datetime, is_proven: bool) -> timedelta:
        if is_proven:
            return slowdown().wait(now, *self._who())
        return max(
            slowdown().wait(now, *self._who(), free=FREE_WITHOUT_PROOF),
            slowdown().wait(now, WITHOUT_PROOF, free=FREE_OF_ALL_WITHOUT_PROOF),
        )


def slowdown() -> Slowdown:
    """Return what counts the failures of this process."""
    made: Slowdown = current_app.extensions["slowdown"]
    return made


def too_early(template: str, wait: timedelta, **values: Any) -> Response:
    """Return a page that says how long to wait; no thread waits meanwhile."""
    seconds = max(1, int(wait.total_seconds()))
    answer = page(template, HTTPStatus.TOO_MANY_REQUESTS, wait_seconds=seconds, **values)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def own_key() -> bytes:
    """Return the key of this instance's accounts."""
    return accounts_key(settings().instance)


def own_relying_party() -> RelyingParty | None:
    """Return for whom passkeys are made; None where there can be none, as in the demonstration."""
    return None if settings().DEMO else relying_party_of(settings().BASE_URL)


def can_use_passkey() -> bool:
    """Tell whether who is signed in has a passkey that can be used here."""
    has_one = bool(passkeys_of(reading(), signed_in_organizer().id))
    return has_one and own_relying_party() is not None


def _brings_second_factor(email: str, code: str, now: datetime) -> bool:
    organizer, who = find_organizer(reading(), email), f"code at sign-in {email}"
    # A code of six digits is guessed if it may be tried without end; paper is too long for that.
    may_try = slowdown().wait(now, who) == timedelta(0)
    has_code = fits(reading(), own_key(), organizer, code, now) and may_try
    has_paper = has_recovery_code(reading(), organizer, code)
    if organizer is None or not (has_code or has_paper):
        if code:
            slowdown().note_failure(now, who)
        return False
    try:
        with writing() as session:
            if has_code:
                give_code(session, own_key(), organizer, code, now)
            else:
                give_recovery_code(session, organizer, code)
                record(session, organizer, "recovery_code.use", f"organizer {organizer.id}", now)
            g.second_factor_of = organizer.id
    except WrongCode:
        return False
    return True


def _begin_session(_app: Flask, user: Organizer, **_: object) -> None:
    passed = settings().DEMO or g.get("second_factor_of") == user.id
    with writing() as session:
        enter(session, user, clock.now(), passed=passed)


def init_security(app: Flask) -> None:
    """Let organizers sign in and out, and nothing else of what Flask-Security can do.

    Args:
        app: Has ``SECRET_KEY``, ``SECURITY_PASSWORD_SALT`` and the database already.
    """
    app.config.update(CONFIGURATION)
    security = Security(
        app,
        SQLAlchemyUserDatastore(db, Organizer, Role),
        login_form=SignInForm,
        render_template=render_page,
    )
    app.extensions["slowdown"] = Slowdown()
    user_authenticated.connect(_begin_session, app)
    user_logged_out.connect(leave_when_signed_out, app)
    # The console is for people: no JSON, and with it no token that could be asked for.
    security.want_json(lambda _request: False)


def signed_in_organizer() -> Organizer:
    """Return the organizer who asks; only for pages that a guard stands before."""
    return reading().get_one(Organizer, current_user.id)


def is_signed_in_as(organizer: Organizer) -> bool:
    """Tell whether an organizer is signed in here, with both steps."""
    opened = open_session()
    return bool(opened and opened.passed_at and opened.organizer_id == organizer.id)


def console_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages under ``/organize``; all of them are for the signed-in only."""
    made = Blueprint(name, import_name, url_prefix="/organize")
    made.before_request(_let_in_who_gave_both)
    return made


def half_way_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for the pages between the password and the second factor."""
    made = Blueprint(name, import_name, url_prefix="/organize/second-factor")
    made.before_request(_let_in_who_gave_the_password)
    return made


def _let_in_who_gave_both() -> Response | None:
    opened = open_session()
    if opened is None:
        return _send_to_sign_in()
    return None if opened.passed_at else send_with_next(SECOND_FACTOR)


def _let_in_who_gave_the_password() -> Response | None:
    return None if open_session() else _send_to_sign_in()


def _send_to_sign_in() -> Response:
    # What is left of a session that was idle, or was ended elsewhere.
    cookie.clear()
    return send_with_next(SIGN_IN)


def send_with_next(path: str) -> Response:
    """Send to a page from which one comes back here."""
    # What a form sent is gone after signing in, so one comes back to a page, never to a POST.
    wanted = request.full_path.rstrip("?") if request.method == "GET" else CONSOLE
    query = urlencode({"next": links().live(wanted)})
    return redirect(f"{links().live(path)}?{query}", HTTPStatus.SEE_OTHER)


def go_on() -> Response:
    """Send to where one wanted to go before; to a page of the console and nowhere else."""
    wanted = request.args.get("next", "")
    path = wanted if PATH_OF_CONSOLE.fullmatch(wanted) else links().live(CONSOLE)
    return redirect(path, HTTPStatus.SEE_OTHER)


def needs_fresh(view: Callable[Given, Answer]) -> Callable[Given, Answer | Response]:
    """Let a view answer only who gave password and code within the last five minutes.

    Others are asked for both and come back, to a page only: put it on a form's GET too.
    """

    @wraps(view)
    def guarded(*args: Given.args, **values: Given.kwargs) -> Answer | Response:
        return view(*args, **values) if is_fresh() else send_with_next(AGAIN)

    return guarded
