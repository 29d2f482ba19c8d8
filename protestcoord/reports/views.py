"""How does anybody report a public page, and read what became of it: no account and no cookie."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from protestcoord.core import clock
from protestcoord.core.errors import NotFound
from protestcoord.core.web import language, page, reading, trust_in, writing
from protestcoord.reports.forms import ReportForm
from protestcoord.reports.queries import find_report
from protestcoord.reports.rules import KIND_LABELS, STATE_TEXTS
from protestcoord.reports.service import get_subject, take_report

# No session and no cookie stand behind this POST, so it carries no token against forgery.
open_reports = Blueprint("reports", __name__)


@open_reports.get("/report/")
def show_form() -> Response:
    """Show the form about one page of ours."""
    about = request.args.get("about", "/")
    get_subject(reading(), about)
    return _form_page(ReportForm(language=language(), data={"about": about}))


def _form_page(form: ReportForm, status: int = HTTPStatus.OK) -> Response:
    return page("reports/report.html", status, form=form, about=form.about.data)


@open_reports.post("/report/")
def report() -> Response:
    """Take a report; the receipt stands in this answer and nowhere else."""
    form = ReportForm(request.form, language=language())
    get_subject(reading(), form.about.data or "")
    if not form.validate():
        return _form_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    # An organizer looks at each report anyhow: without proof it is only one of so many an hour.
    trust_in("report")
    with writing() as session:
        receipt = take_report(session, form.request(), clock.now())
    return page("reports/taken.html", HTTPStatus.CREATED, receipt=receipt, about=form.about.data)


@open_reports.get("/report/<receipt>/")
def show_state(receipt: str) -> Response:
    """Say what became of a report to whoever has its receipt."""
    found = find_report(reading(), receipt)
    if found is None:
        raise NotFound
    return page(
        "reports/state.html", report=found, state_texts=STATE_TEXTS, kind_labels=KIND_LABELS
    )
