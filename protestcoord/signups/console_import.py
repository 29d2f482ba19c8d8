"""The organizer's page that takes a table of groups in: looked at first, then asked by mail."""

from collections import Counter
from http import HTTPStatus
from typing import Any

import wtforms
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_campaign, visible_sites
from protestcoord.campaigns.console_frame import campaign_page, note, say_done
from protestcoord.core import clock
from protestcoord.core.csvreading import records_from_text, text_from_bytes
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.core.fields import Form, is_needed
from protestcoord.core.web import (
    go_to,
    language,
    put_error_beside_field,
    reading,
    writing,
)
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.queries import entries_since
from protestcoord.signups.importing import (
    COLUMNS,
    MOST_ROWS,
    ImportRow,
    RowState,
    import_rows,
    import_sign_ups,
)
from protestcoord.signups.views import vault

console = campaign_console("import_console", __name__)

ROW_STATE_LABELS = {
    RowState.ADDED: N_("Will be added"),
    RowState.EXISTS: N_("Already there"),
    RowState.ERROR: N_("Error"),
}
DONE = N_("Imported: %(count)s. Each group is asked by mail, and signed up once it confirms.")
# A table is sent once more when it was looked at: below the limit of a request, with its line ends.
MOST_BYTES = 60_000
MOST_ASKED_A_DAY = 2 * MOST_ROWS
# A list is mended and looked at some times before it is taken in.
MOST_A_DAY = {"sign_ups.import": MOST_ASKED_A_DAY, "sign_ups.look": 5 * MOST_ASKED_A_DAY}


class TooManyAsked(DomainError):
    """An account that was taken over writes to strangers; a campaign has few lists."""

    message = N_("Imports ask at most %(most)s groups within a day. Please go on tomorrow.")
    status = HTTPStatus.TOO_MANY_REQUESTS


class TooManyLooked(TooManyAsked):
    """A look tells which addresses are known, so it is no way to try them out."""

    message = N_("Imports look at %(most)s rows within a day at most. Please go on tomorrow.")


TOO_MANY = {"sign_ups.import": TooManyAsked, "sign_ups.look": TooManyLooked}


class ImportForm(Form):
    """A table as a file or as text."""

    file = wtforms.FileField(N_("File"), render_kw={"accept": ".csv,.txt,text/csv"})
    text = wtforms.TextAreaField(
        N_("Text of the table"),
        [is_needed],
        render_kw={"rows": 8, "spellcheck": "false", "class": "table-text"},
    )


@console.get("/c/<slug>/import/")
@needs(Right.CONTACT)
def show_import(slug: str) -> Response:
    """Say what a table may look like."""
    return _import_page(slug, ImportForm(language=language()))


def _import_page(
    slug: str, form: ImportForm, status: int = HTTPStatus.OK, **values: Any
) -> Response:
    told: dict[str, Any] = {"rows": [], "counts": {}, "is_good": False}
    return campaign_page(
        "signups/console/import.html",
        slug,
        status,
        form=form,
        columns=COLUMNS,
        most=MOST_ROWS,
        state_labels=ROW_STATE_LABELS,
        **told | values,
    )


@console.post("/c/<slug>/import/")
@needs(Right.CONTACT)
def send_import(slug: str) -> BaseResponse:
    """Show what each row would do; once that was looked at, ask the groups."""
    own_campaign(reading(), slug)
    form = ImportForm(request.form, language=language())
    try:
        _take_file(form)
        if not form.validate():
            return _import_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        if "sure" in request.form:
            return _write(slug, form.text.data)
        rows = _look(slug, form.text.data)
    except TooManyAsked as error:
        put_error_beside_field(form, error)
        return _import_page(slug, form, error.status)
    except InvalidValue as error:
        put_error_beside_field(form, InvalidValue(error.message, field="text", **error.values))
        return _import_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    counts = Counter(row.state for row in rows)
    is_good = bool(counts[RowState.ADDED]) and not counts[RowState.ERROR]
    return _import_page(slug, form, rows=rows, counts=counts, is_good=is_good)


def _take_file(form: ImportForm) -> None:
    sent = request.files.get("file")
    if sent and sent.filename:
        form.text.data = _if_small(text_from_bytes(sent.read()))
    else:
        _if_small(form.text.data or "")


def _if_small(text: str) -> str:
    if len(text.encode()) + text.count("\n") > MOST_BYTES:
        message = N_("This table has more than %(most)s kB. Please take it in parts.")
        raise InvalidValue(message, most=MOST_BYTES // 1000)
    return text


def _look(slug: str, text: str) -> list[ImportRow]:
    """Return what each row would do; written down, since it tells which addresses are known."""
    with writing() as db:
        rows = _rows(db, slug, text)
        _refuse_if_often(db, "sign_ups.look", "rows", len(rows))
        existing = sum(row.state is RowState.EXISTS for row in rows)
        note(db, "sign_ups.look", own_campaign(db, slug), rows=len(rows), existing=existing)
    return rows


def _rows(session: Session, slug: str, text: str) -> list[ImportRow]:
    campaign = own_campaign(session, slug)
    records = records_from_text(text, COLUMNS, MOST_ROWS)
    sites = visible_sites(session, campaign)
    return import_rows(session, vault(), campaign, sites, records, language(), clock.now())


def _write(slug: str, text: str) -> BaseResponse:
    with writing() as db:
        rows = _rows(db, slug, text)
        more = sum(row.state is RowState.ADDED for row in rows)
        _refuse_if_often(db, "sign_ups.import", "added", more)
        added = import_sign_ups(db, vault(), own_campaign(db, slug), rows, clock.now())
        note(db, "sign_ups.import", own_campaign(db, slug), added=added, existing=len(rows) - added)
    say_done(DONE, count=added)
    return go_to(f"/organize/c/{slug}/sign-ups/")


def _refuse_if_often(db: Session, act: str, counted: str, more: int) -> None:
    """Refuse more in a day than lists have: a look tells of addresses, an import mails them."""
    since = clock.now() - clock.DAY
    before = entries_since(db, signed_in_organizer(), act, since)
    if sum(entry.detail[counted] for entry in before) + more > MOST_A_DAY[act]:
        raise TOO_MANY[act](most=MOST_A_DAY[act])
