"""The organizer's page of reports: what waits, how long already, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Response, flash, get_flashed_messages, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.queries import campaigns_of
from protestcoord.core import clock
from protestcoord.core.errors import N_, InvalidValue, NotFound
from protestcoord.core.languages import translate
from protestcoord.core.web import go_to, language, page, reading, writing
from protestcoord.members.models import Membership
from protestcoord.members.rules import MemberRole, Right
from protestcoord.organizers.access import console_blueprint, signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.reports.models import Report
from protestcoord.reports.queries import country_of_mission, groups_on_site, open_reports
from protestcoord.reports.rules import (
    KIND_LABELS,
    ReportState,
    Subject,
    median_age,
    rows_of,
    subject_of,
)
from protestcoord.reports.service import decide_report

console = console_blueprint("reports_console", __name__)

QUEUE = "/organize/reports/"
ACTS = {
    ReportState.ACTED_ON: "report.act_on",
    ReportState.NOT_ACTED_ON: "report.dismiss",
}
A_PAGE = 50


@console.get("/reports/")
def show_reports() -> Response:
    """Show what waits to be decided, the oldest first."""
    now, waiting = clock.now(), own_reports(reading())
    return page(
        "reports/console/queue.html",
        done=get_flashed_messages(),
        waiting=[_shown(row, now) for row in rows_of(waiting)[:A_PAGE]],
        count=len(waiting),
        median_hours=_hours(median_age((report.created_at for report in waiting), now)),
        kind_labels=KIND_LABELS,
    )


def _shown(row: list[Report], now: datetime) -> dict[str, object]:
    report, *more = row
    subject = _subject(report)
    arranged = _arranged_campaign(subject) if subject.mission else ""
    return {
        "report": report,
        "more": len(more),
        "subject": subject,
        "arranged": arranged,
        "hours": _hours(now - report.created_at),
        "groups": groups_on_site(reading(), subject) if subject.campaign else (),
    }


def _arranged_campaign(subject: Subject) -> str:
    """Return in which campaign who is signed in can correct or take out a mission, if in any."""
    country = country_of_mission(reading(), subject.mission)
    able = [
        campaign.slug
        for campaign, member in campaigns_of(reading(), signed_in_organizer().id)
        if member.has(Right.ARRANGE) and member.areas.covers(country)
    ]
    return subject.campaign if subject.campaign in able else next(iter(able), "")


def _hours(age: timedelta) -> int:
    return int(age.total_seconds() // 3600)


def own_reports(session: Session) -> Sequence[Report]:
    """Return the waiting reports that are for who is signed in, the oldest first.

    Those about a campaign are for who moderates it, in the areas of their role; those about the
    directory and the site itself, for every owner of a campaign.
    """
    roles = {c.slug: member for c, member in campaigns_of(session, signed_in_organizer().id)}
    return [report for report in open_reports(session) if _is_for(session, roles, report)]


def _is_for(session: Session, roles: dict[str, Membership], report: Report) -> bool:
    subject = _subject(report)
    if not subject.campaign:
        return any(member.role is MemberRole.OWNER for member in roles.values())
    member = roles.get(subject.campaign)
    if member is None or not member.has(Right.MODERATE):
        return False
    if member.areas.is_everywhere:
        return True
    return member.areas.covers(country_of_mission(session, subject.mission))


def _subject(report: Report) -> Subject:
    return subject_of(report.about) or Subject()


@console.post("/reports/<int(max=2147483647):report_id>/")
def decide(report_id: int) -> BaseResponse:
    """Note that something was done about a report, or that nothing was to be done."""
    with writing() as session:
        rows = rows_of(own_reports(session))
        row = next((row for row in rows if row[0].id == report_id), None)
        if row is None:
            raise NotFound
        state = _decided(request.form.get("state", ""))
        for report in row:
            decide_report(session, report, state, clock.now())
        record(session, signed_in_organizer(), ACTS[state], f"report {report_id}", clock.now())
        flash(translate(N_("Noted. Whoever reported it can read that."), language()))
    return go_to(QUEUE)


def _decided(typed: str) -> ReportState:
    if typed not in ACTS:
        raise InvalidValue(N_("Please choose one of these."), field="state")
    return ReportState(typed)
