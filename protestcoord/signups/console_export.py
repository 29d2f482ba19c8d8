"""The organizer's pages of exports: sign-ups as a table, with contacts only for who is fresh."""

from http import HTTPStatus

import wtforms
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import (
    campaign_console,
    needs,
    own_campaign,
    own_membership,
    visible_sites,
)
from protestcoord.campaigns.console_frame import campaign_page, say_done
from protestcoord.campaigns.models import Campaign
from protestcoord.core import clock
from protestcoord.core.csvtext import csv_from_rows
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.core.fields import CHOOSE_ONE, Form, is_needed, say
from protestcoord.core.languages import error_text
from protestcoord.core.mail import queue_mail
from protestcoord.core.spreadsheet import MEDIA_TYPE, locked_xlsx, xlsx_from_rows
from protestcoord.core.web import (
    go_to,
    language,
    put_error_beside_field,
    settings,
    writing,
)
from protestcoord.members.approvals import has_peer, is_allowed
from protestcoord.members.rules import WAITS, Right, TwoPersonAct
from protestcoord.organizers.access import (
    needs_fresh,
    signed_in_organizer,
)
from protestcoord.organizers.audit import record
from protestcoord.organizers.passwords import usable_password
from protestcoord.organizers.queries import acts_since
from protestcoord.signups.exporting import (
    COLUMNS,
    CONTACT_COLUMNS,
    CONTACTS_ACT,
    ExportRow,
    cells,
    rows_with_contacts,
    rows_without_contacts,
)
from protestcoord.signups.mails import MailKind
from protestcoord.signups.views import vault

console = campaign_console("export_console", __name__)

MOST_CONTACT_EXPORTS_A_DAY = 3


class TooManyExports(DomainError):
    """An account that was taken over takes all it can; a person needs one list."""

    message = N_("You exported contacts %(most)s times within a day. Please go on tomorrow.")
    status = HTTPStatus.TOO_MANY_REQUESTS


class ExportForm(Form):
    """An organizer takes the sign-ups away as a table."""

    format = wtforms.RadioField(
        N_("File"),
        [is_needed],
        choices=[
            wtforms.SelectChoice("csv", N_("CSV, for any program")),
            wtforms.SelectChoice("xlsx", N_("XLSX, for a spreadsheet")),
        ],
        validate_choice=False,
        default="csv",
    )

    def validate_format(self, field: wtforms.Field) -> None:
        """Refuse what is no choice."""
        if field.data not in [choice.value for choice in field.choices]:
            raise wtforms.ValidationError(say(field, CHOOSE_ONE))


class LockedExportForm(Form):
    """An organizer takes addresses away, in a file that opens with a password of their own."""

    # So called that an error page never shows what was typed.
    password_of_file = wtforms.PasswordField(
        N_("A password for the file"),
        [is_needed],
        description=N_(
            "15 to 128 characters; a few random words are good. Nobody can open the file without "
            "it, and it is kept nowhere."
        ),
    )

    def validate_password_of_file(self, field: wtforms.Field) -> None:
        """Refuse what is guessed soon."""
        try:
            usable_password(field.data or "")
        except InvalidValue as error:
            raise wtforms.ValidationError(error_text(error, language())) from error


@console.get("/c/<slug>/export/")
@needs(Right.VIEW)
def show_export(slug: str) -> Response:
    """Say what can be taken away; nothing leaves by a GET."""
    return _export_page(slug, "export.html", ExportForm(language=language()))


@console.get("/c/<slug>/export/contacts/")
@needs(Right.CONTACT)
@needs_fresh
def show_export_of_contacts(slug: str) -> Response:
    """Say what a table with addresses means, before it leaves."""
    return _export_page(slug, "export_contacts.html", LockedExportForm(language=language()))


def _export_page(slug: str, template: str, form: Form, status: int = HTTPStatus.OK) -> Response:
    return campaign_page(
        f"signups/console/{template}",
        slug,
        status,
        form=form,
        columns=COLUMNS,
        most=MOST_CONTACT_EXPORTS_A_DAY,
    )


@console.post("/c/<slug>/export/")
@needs(Right.VIEW)
def export(slug: str) -> Response:
    """Write down the export, then hand over the table without contacts."""
    form = ExportForm(request.form, language=language())
    if not form.validate():
        return _export_page(slug, "export.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    with writing() as db:
        rows = _plain(db, own_campaign(db, slug))
    return _file(f"{slug}-sign-ups", form.format.data, COLUMNS, rows)


@console.post("/c/<slug>/export/contacts/")
@needs(Right.CONTACT)
@needs_fresh
def export_contacts(slug: str) -> BaseResponse:
    """Write down the export, then hand over the table with addresses, locked."""
    form = LockedExportForm(request.form, language=language())
    if not form.validate():
        invalid = HTTPStatus.UNPROCESSABLE_ENTITY
        return _export_page(slug, "export_contacts.html", form, invalid)
    try:
        with writing() as db:
            rows = _contacts(db, own_campaign(db, slug))
    except TooManyExports as error:
        put_error_beside_field(form, error)
        return _export_page(slug, "export_contacts.html", form, error.status)
    if rows is None:
        say_done(WAITS)
        return go_to(f"/organize/c/{slug}/export/contacts/")
    book = xlsx_from_rows(CONTACT_COLUMNS, [cells(row, CONTACT_COLUMNS) for row in rows])
    locked = locked_xlsx(book, form.password_of_file.data)
    return _download(Response(locked, mimetype=MEDIA_TYPE), f"{slug}-contacts.xlsx")


def _plain(db: Session, campaign: Campaign) -> list[ExportRow]:
    rows = rows_without_contacts(db, visible_sites(db, campaign))
    subject = f"campaign {campaign.id}"
    record(db, signed_in_organizer(), "sign_ups.export", subject, clock.now(), sign_ups=len(rows))
    return rows


def _contacts(db: Session, campaign: Campaign) -> list[ExportRow] | None:
    """Return the rows with contacts, or None if another organizer has to agree first."""
    _refuse_too_many(db)
    me, subject = own_membership(db, campaign.slug), f"campaign {campaign.id}"
    organizer, now = signed_in_organizer(), clock.now()
    if not is_allowed(db, me, TwoPersonAct.EXPORT, subject, now):
        record(db, organizer, "approval.ask", subject, now, wanted="export")
        return None
    sites = visible_sites(db, campaign)
    mail_domain = settings().MAIL_FROM.rpartition("@")[2].strip("<> ")
    marked = rows_with_contacts(db, vault(), campaign, sites, mail_domain)
    if not has_peer(db, me, TwoPersonAct.EXPORT, now):
        # Where nobody else could agree, those whose addresses leave are told.
        for contact_id in sorted(marked.contact_ids):
            queue_mail(db, MailKind.CONTACTS_EXPORTED, contact_id, now)
    real = max(len(marked.rows) - 1, 0)
    record(db, organizer, CONTACTS_ACT, subject, now, sign_ups=real, mark=marked.mark)
    return marked.rows


def _refuse_too_many(db: Session) -> None:
    since = clock.now() - clock.DAY
    if acts_since(db, signed_in_organizer(), CONTACTS_ACT, since) >= MOST_CONTACT_EXPORTS_A_DAY:
        raise TooManyExports(most=MOST_CONTACT_EXPORTS_A_DAY)


def _file(name: str, kind: str, columns: tuple[str, ...], rows: list[ExportRow]) -> Response:
    table = [cells(row, columns) for row in rows]
    if kind == "xlsx":
        answer = Response(xlsx_from_rows(columns, table), mimetype=MEDIA_TYPE)
    else:
        # With its mark, spreadsheets read it as UTF-8; an import takes it away again.
        text = "\ufeff" + csv_from_rows(columns, table)
        answer = Response(text.encode(), content_type="text/csv; charset=utf-8")
    return _download(answer, f"{name}.{kind}")


def _download(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
