"""What a view needs of Flask: language and links, a page, the session, the commit, the guards."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any, TypeVar, cast

from flask import Response, abort, current_app, g, redirect, request
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form

from protestcoord.config import LANGUAGES, Settings
from protestcoord.core import clock, templates
from protestcoord.core.database import Base, unit_of_work
from protestcoord.core.errors import DomainError
from protestcoord.core.headers import FOR_NOBODY
from protestcoord.core.languages import error_text
from protestcoord.core.links import Links
from protestcoord.core.trust import Challenge, Gate, Trust

db = SQLAlchemy(metadata=Base.metadata)


def settings() -> Settings:
    """Return the settings of the running app."""
    made: Settings = current_app.config["SETTINGS"]
    return made


def reading() -> Session:
    """Return the request's session, to read with."""
    return db.session()


def writing() -> AbstractContextManager[Session]:
    """Open the request's unit of work: what the block writes is committed at its end."""
    return unit_of_work(db.session())


def language() -> str:
    """Return the language of the request: the one in its path, or the default."""
    chosen: str = request.environ.get("protestcoord.language", settings().DEFAULT_LANGUAGE)
    return chosen


def links_in(chosen: str) -> Links:
    """Return the links of pages in a language."""
    return Links(settings().BASE_URL, chosen, settings().DEFAULT_LANGUAGE)


def links() -> Links:
    """Return the links of pages in the language of the request."""
    if "links" not in g:
        g.links = links_in(language())
    made: Links = g.links
    return made


def render_page(template: str, **values: Any) -> str:
    """Return a live page as text; it may be about a person, so nothing keeps a copy."""
    return templates.render(
        template,
        links(),
        here=request.path,
        demo=settings().DEMO,
        csrf_token=generate_csrf,
        challenge=_challenge,
        **values,
    )


def _gate() -> Gate:
    gate: Gate = current_app.config["GATE"]
    return gate


def _challenge(form: str) -> Challenge | None:
    return _gate().challenge(form, clock.now()) if _gate().asks_for_work else None


def trust_in(form: str) -> Trust:
    """Say how far the form that was sent is trusted; asked once, since it uses the proof up."""
    return _gate().judge(form, request.form, clock.now())


def give_proof_back() -> None:
    """Let the form that was sent be sent again with the same proof, since nothing was saved."""
    _gate().give_back(request.form)


def brings_proof(form: str) -> bool:
    """Tell whether the form that was sent is proven, where nobody looks at one that is not."""
    return _gate().weigh(form, request.form, clock.now()) is Trust.PROVEN


def page(template: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """Return a live page as an answer."""
    return Response(render_page(template, **values), status)


def go_to(path: str) -> BaseResponse:
    """Redirect to a page of ours, in the language of the request."""
    return redirect(links().page(path), HTTPStatus.SEE_OTHER)


def put_error_beside_field(form: Form, error: DomainError) -> None:
    """Show a broken rule beside the form's field that it is about, or above the form."""
    text = error_text(error, language())
    if error.field in form:
        form[error.field].errors = [*form[error.field].errors, text]
    else:
        form.form_errors.append(text)


View = TypeVar("View", bound=Callable[..., Any])

# Longer than any of the forms that it stands at takes; they have threads of their own.
EVEN_SECONDS = 0.1
# How long before the end of a span a view wakes, to sleep again.
NAPS_END_BEFORE_SECONDS = (0.02, 0.01, 0)


def at_even_pace(spans: int = 1) -> Callable[[View], View]:
    """Let a view answer after a whole number of equal spans, however long it took.

    Whoever asks whether an address is known must not see by the clock what the page does not say.

    Args:
        spans: How many of ``EVEN_SECONDS`` one span is, for what takes longer.
    """

    def at_this_pace(view: View) -> View:
        @wraps(view)
        def paced(*args: Any, **values: Any) -> Any:
            g.pace = time.monotonic(), spans * EVEN_SECONDS
            return view(*args, **values)

        paced.is_paced = True  # type: ignore[attr-defined]
        return cast("View", paced)

    return at_this_pace


def wait_for_even_pace(_error: BaseException | None = None) -> None:
    """Wait until the span of a paced view is over: the last of all that is done for an answer.

    What came after the wait would take longer where the wait was shorter, since a system that is
    busy favours who slept. For the same reason it wakes who worked more later: it wakes them
    before the end already, and at the end from a nap in which all have done the same.
    """
    began, seconds = g.get("pace", (0, 0))
    if seconds:
        now = time.monotonic()
        end = now + (began - now) % seconds
        for before in NAPS_END_BEFORE_SECONDS:
            time.sleep(max(0, end - before - time.monotonic()))


def from_anywhere(view: View) -> View:
    """Mark a view that takes a POST from another site: a mail provider's one-click unsubscribe.

    Source:
        RFC 8058 section 3.2.
    """
    view.is_from_anywhere = True  # type: ignore[attr-defined]
    return view


def refuse_foreign_origin() -> None:
    """Refuse a change that another site sent, whether the form carries a token or not."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_from_anywhere", False):
        return
    if request.method not in ("GET", "HEAD", "OPTIONS") and _is_from_elsewhere():
        abort(HTTPStatus.FORBIDDEN)


def _is_from_elsewhere() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site not in ("same-origin", "none")
    return request.headers.get("Origin", settings().BASE_URL) != settings().BASE_URL


class LanguageInPath:
    """Takes the language off the path before Flask sees it, so that no route repeats it."""

    def __init__(self, app: Callable[..., Any], default_language: str) -> None:
        self.app = app
        self.prefixes = {code for code in LANGUAGES if code != default_language}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        first, slash, rest = environ.get("PATH_INFO", "/")[1:].partition("/")
        if first in self.prefixes and slash:
            environ = {**environ, "PATH_INFO": f"/{rest}", "protestcoord.language": first}
        return self.app(environ, start_response)


class AtMost:
    """Lets so many requests into the app at once, so that threads remain for those who read.

    A form may wait for the database; what is published must not wait behind it.
    """

    def __init__(self, app: Callable[..., Any], most: int, guards: Mapping[str, str]) -> None:
        self.app, self.free, self.guards = app, BoundedSemaphore(most), guards

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        # To wait here would take a thread from the readers.
        if not self.free.acquire(blocking=False):
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "5")]
            headers += [("Cache-Control", FOR_NOBODY), *self.guards.items()]
            start_response("503 Service Unavailable", headers)
            return [b"Too much at once. Please go back and try again in a moment.\n"]
        try:
            return self.app(environ, start_response)
        finally:
            self.free.release()
