"""How is the app wired: settings, database, rooms and error pages, and nothing else."""

import logging
import os
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from protestcoord.campaigns.console import console as campaigns_console
from protestcoord.campaigns.console_people import console as people_console
from protestcoord.campaigns.views import invitations
from protestcoord.config import LANGUAGES, Settings, load_secrets, load_settings, shipped
from protestcoord.core import clock
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import engine_options
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.headers import FOR_NOBODY, security_headers
from protestcoord.core.languages import error_text, translate
from protestcoord.core.logs import SECURITY, set_up_log
from protestcoord.core.trust import Gate
from protestcoord.core.web import (
    AtMost,
    LanguageInPath,
    db,
    give_proof_back,
    language,
    links,
    page,
    refuse_foreign_origin,
    wait_for_even_pace,
)
from protestcoord.core.web import settings as settings_of_app
from protestcoord.messages.console import console as messages_console
from protestcoord.missions.views import directory
from protestcoord.operations import operations
from protestcoord.organizers.access import init_security
from protestcoord.organizers.console import console as organizers_console
from protestcoord.organizers.console_account import console as account_console
from protestcoord.organizers.console_passkeys import console as passkeys_console
from protestcoord.organizers.console_passkeys import steps as passkey_steps
from protestcoord.organizers.console_second_factor import half_way
from protestcoord.printing import print_shop
from protestcoord.publications.door import Door
from protestcoord.reports.console import console as reports_console
from protestcoord.reports.views import open_reports
from protestcoord.signups.console import console as signups_console
from protestcoord.signups.console_advice import console as advice_console
from protestcoord.signups.console_board import console as board_console
from protestcoord.signups.console_coverage import console as coverage_console
from protestcoord.signups.console_export import console as export_console
from protestcoord.signups.console_freeze import console as freeze_console
from protestcoord.signups.console_groups import console as groups_console
from protestcoord.signups.console_import import console as import_console
from protestcoord.signups.console_merging import console as merging_console
from protestcoord.signups.console_notices import console as notices_console
from protestcoord.signups.console_preview import console as preview_console
from protestcoord.signups.console_proposals import console as proposals_console
from protestcoord.signups.console_queue import console as queue_console
from protestcoord.signups.console_removal import console as removal_console
from protestcoord.signups.console_search import console as search_console
from protestcoord.signups.console_slots import console as slots_console
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.own_page import own_pages
from protestcoord.signups.own_words import own_words
from protestcoord.signups.views import open_forms
from protestcoord.volunteers.console import console as volunteers_console
from protestcoord.volunteers.views import open_pages

LOG = logging.getLogger(__name__)
# Eight less than the server has.
THREADS_FOR_FORMS = 32
# A reader who waits longer for a form takes it for broken; the worker has more time.
PATIENCE_SECONDS = 1.5
MAX_BODY_BYTES = 64 * 1024
# Organizers tick more than this; no form for anybody has so many.
MAX_FIELDS = 100
ROOMS = (
    directory,
    open_forms,
    own_pages,
    own_words,
    organizers_console,
    half_way,
    account_console,
    passkey_steps,
    passkeys_console,
    campaigns_console,
    people_console,
    invitations,
    signups_console,
    groups_console,
    export_console,
    import_console,
    search_console,
    queue_console,
    freeze_console,
    board_console,
    merging_console,
    slots_console,
    proposals_console,
    removal_console,
    coverage_console,
    notices_console,
    preview_console,
    messages_console,
    advice_console,
    open_pages,
    volunteers_console,
    open_reports,
    reports_console,
    operations,
    print_shop,
)
LIVE_WITH_QUERY = frozenset({"/missions/"})


def create_app(settings: Settings) -> Flask:
    """Return the app that answers forms and live views; ``serve_with`` puts the door before it."""
    app = Flask("protestcoord", static_folder=None, template_folder=str(shipped("templates")))
    secrets = load_secrets(settings.instance)
    app.config.update(_flask_settings(settings), SECRET_KEY=secrets.session_key)
    app.config["SECURITY_PASSWORD_SALT"] = secrets.password_salt
    app.config["SETTINGS"] = settings
    app.config["GATE"] = Gate(
        secrets.session_key.encode(), since=clock.now(), asks_for_work=settings.PROOF_OF_WORK
    )
    app.config["VAULT"] = ContactVault(KeyFolder(settings.keys_folder), secrets.index_key)
    # What is registered first is done last, after the database too.
    app.teardown_appcontext(wait_for_even_pace)
    db.init_app(app)
    init_security(app)
    csrf = CSRFProtect(app)
    csrf.exempt(open_forms)
    csrf.exempt(open_pages)
    csrf.exempt(open_reports)
    csrf.exempt(print_shop)
    for room in ROOMS:
        app.register_blueprint(room)
    _handle_errors(app)
    app.before_request(refuse_foreign_origin)
    app.before_request(_refuse_too_many_fields)
    app.after_request(_stay_here)
    app.after_request(_guard)
    app.wsgi_app = LanguageInPath(app.wsgi_app, settings.DEFAULT_LANGUAGE)  # type: ignore[method-assign]
    return app


def serve_with(settings: Settings) -> WSGIApplication:
    """Return what a WSGI server runs: the door before the app."""
    app = create_app(settings)
    behind = AtMost(app, THREADS_FOR_FORMS, security_headers("text/plain", secure=settings.secure))
    return Door(
        behind,
        settings.public_folder,
        secure=settings.secure,
        is_live=is_live,
        sources=settings.tile_sources,
    )


def wsgi() -> WSGIApplication:
    """Return the WSGI app of the instance named in the environment."""
    set_up_log()
    instance = Path(os.environ.get("PROTESTCOORD_INSTANCE", "instance"))
    return serve_with(load_settings(instance, os.environ))


def is_live(path: str) -> bool:
    """Tell of an address, with its language, whether a query changes its answer."""
    first, slash, rest = path[1:].partition("/")
    return (f"/{rest}" if slash and first in LANGUAGES else path) in LIVE_WITH_QUERY


def _flask_settings(settings: Settings) -> dict[str, Any]:
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(
            settings.database_url, PATIENCE_SECONDS, connections=THREADS_FOR_FORMS
        ),
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY_BYTES,
        "MAX_FORM_PARTS": 1000,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.secure else "session",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }


# Of a 404 only what an organizer asked for says anything; strangers try all addresses.
REFUSED = frozenset({400, 403, 413, 429})


def _note_refused(response: Response) -> None:
    """Write down what was refused: an address may hold a link, so the name of its page stands."""
    organizer = getattr(g.get("_login_user"), "id", None)
    is_foreign = response.status_code == HTTPStatus.NOT_FOUND and organizer is not None
    if response.status_code in REFUSED or is_foreign:
        told = (response.status_code, request.method, request.endpoint, organizer)
        SECURITY.info("refused %s: %s %s, organizer %s", *told)


def _refuse_too_many_fields() -> None:
    is_console = request.path.startswith("/organize/")
    if not is_console and sum(1 for _ in request.form.items(multi=True)) > MAX_FIELDS:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _stay_here(response: Response) -> Response:
    """Let an address that lacks its slash lead to a path, in the language that was asked for.

    SECURITY: the router leads to the host that the request names, which anybody can forge.
    """
    if isinstance(request.routing_exception, RequestRedirect):
        seen = urlsplit(request.routing_exception.new_url)
        path = links().live("/" + seen.path.lstrip("/"))
        response.location = f"{path}?{seen.query}" if seen.query else path
        response.data = b""
    return response


def _guard(response: Response) -> Response:
    _note_refused(response)
    secure = settings_of_app().secure
    for name, value in security_headers(response.mimetype or "", secure=secure).items():
        response.headers.setdefault(name, value)
    response.headers["Cache-Control"] = FOR_NOBODY
    return response


ERROR_TEXTS = {
    HTTPStatus.BAD_REQUEST: N_("The request could not be read. Please go back and try again."),
    HTTPStatus.FORBIDDEN: N_("This request came from another site, so it was refused."),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("This address does not take such a request."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("That was too much text for this form."),
    HTTPStatus.SERVICE_UNAVAILABLE: N_(
        "Forms are out of reach just now; what is published can still be read. "
        "Nothing that you typed is lost: please send it again in a moment."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: N_("Something went wrong on our side. Nothing was saved."),
}


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(Exception, _unexpected_error)


def _error_page(status: int, error: DomainError, **values: object) -> Response:
    heading, text = translate(error.heading, language()), error_text(error, language())
    return page("errors/error.html", status, heading=heading, text=text, **values)


def _typed() -> dict[str, object] | None:
    """Return what a form held, to be sent again; a password is typed again."""
    if request.method != "POST":
        return None
    fields = [field for field in request.form.items(multi=True) if "password" not in field[0]]
    return {"address": request.full_path.rstrip("?"), "fields": fields}


def _domain_error(error: DomainError) -> Response:
    if error.status != HTTPStatus.TOO_MANY_REQUESTS:
        return _error_page(error.status, error)
    response = _error_page(error.status, error, again=_typed())
    response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _csrf_error(_error: CSRFError) -> Response:
    text = N_("This form has expired or came from elsewhere. Please go back and send it again.")
    return _error_page(HTTPStatus.FORBIDDEN, DomainError(text))


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    response = _error_page(error.code, _told(HTTPStatus(error.code)))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _told(status: HTTPStatus) -> DomainError:
    if status == HTTPStatus.NOT_FOUND:
        return NotFound()
    return DomainError(ERROR_TEXTS.get(status, ERROR_TEXTS[HTTPStatus.BAD_REQUEST]))


def _database_error(error: DBAPIError) -> Response:
    # The statement and its values may hold what is private, so only the kind is kept.
    LOG.error("the database did not answer: %s", type(error.orig).__name__)
    give_proof_back()
    status = HTTPStatus.SERVICE_UNAVAILABLE
    response = _error_page(status, _told(status), again=_typed())
    response.headers["Retry-After"] = "5"
    return response


def _unexpected_error(error: Exception) -> Response:
    LOG.exception("unexpected %s", type(error).__name__)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _error_page(status, _told(status))
