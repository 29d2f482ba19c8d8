"""Take a report, decide of it, and forget it in time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.core.errors import NotFound
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.missions.queries import find_mission
from protestcoord.reports.models import Report
from protestcoord.reports.rules import KEPT, ReportKind, ReportState, Subject, subject_of


@dataclass(frozen=True)
class ReportRequest:
    """What somebody says is wrong."""

    about: str
    kind: ReportKind
    text: str


def get_subject(session: Session, about: str) -> Subject:
    """Return what a public page is about.

    Raises:
        NotFound: There is no such page; a campaign that is not published has none.
    """
    subject = subject_of(about)
    if subject is None:
        raise NotFound
    campaign = find_campaign(session, subject.campaign) if subject.campaign else None
    if subject.campaign and (campaign is None or campaign.state is CampaignState.DRAFT):
        raise NotFound
    if subject.mission and find_mission(session, subject.mission) is None:
        raise NotFound
    return subject


def take_report(session: Session, request: ReportRequest, now: datetime) -> str:
    """Keep a report and return its receipt, which is known nowhere else.

    Raises:
        NotFound: As ``get_subject``.
    """
    get_subject(session, request.about)
    receipt = new_token()
    session.add(Report(**vars(request), receipt_hash=token_hash(receipt), created_at=now))
    session.flush()
    return receipt


def decide_report(session: Session, report: Report, state: ReportState, now: datetime) -> None:
    """Note what became of a report."""
    report.state, report.decided_at = state, now
    session.flush()


def forget_old_reports(session: Session, now: datetime) -> None:
    """Delete the reports whose time is over, decided or not."""
    session.execute(delete(Report).where(Report.created_at <= now - KEPT))
