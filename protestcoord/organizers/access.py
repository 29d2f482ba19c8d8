"""Who is signed in, and who may see the console: accounts by Flask-Security, pages by us."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Flask, redirect, request
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore, current_user
from werkzeug.wrappers import Response

from protestcoord.core.web import db, links, reading, render_page
from protestcoord.organizers.models import Organizer, Role
from protestcoord.organizers.service import PASSWORD_FORM, SHORTEST_PASSWORD

CONSOLE = "/organize/"
SIGN_IN = "/organize/login"


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
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
}


class SignInForm(LoginForm):
    """Address and password; a session ends with the browser, so nothing offers to remember."""

    remember = None


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
    # The console is for people: no JSON, and with it no token that could be asked for.
    security.want_json(lambda _request: False)


def signed_in_organizer() -> Organizer:
    """Return the organizer who asks; only for pages that a guard stands before."""
    return reading().get_one(Organizer, current_user.id)


def console_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages under ``/organize``; all of them are for the signed-in only."""
    made = Blueprint(name, import_name, url_prefix="/organize")
    made.before_request(_send_to_sign_in)
    return made


def _send_to_sign_in() -> Response | None:
    if current_user.is_authenticated:
        return None
    # What a form sent is gone after signing in, so one comes back to a page, never to a POST.
    wanted = request.full_path.rstrip("?") if request.method == "GET" else CONSOLE
    query = urlencode({"next": links().live(wanted)})
    return redirect(f"{links().live(SIGN_IN)}?{query}", HTTPStatus.SEE_OTHER)
