"""Which reports are there, and which groups stand on the site that one is about."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.core.tokens import token_hash
from protestcoord.missions.models import Mission
from protestcoord.reports.models import Report
from protestcoord.reports.rules import ReportState, Subject
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import SignUpState


def open_reports(session: Session) -> Sequence[Report]:
    """Return the reports that nobody decided of, the oldest first."""
    waiting = select(Report).where(Report.state == ReportState.OPEN)
    return session.scalars(waiting.order_by(Report.created_at, Report.id)).all()


def find_report(session: Session, receipt: str) -> Report | None:
    """Return the report that a receipt belongs to."""
    return session.scalar(select(Report).where(Report.receipt_hash == token_hash(receipt)))


def country_of_mission(session: Session, slug: str) -> str:
    """Return the country of a mission; nothing if there is no such mission."""
    return session.scalar(select(Mission.country).where(Mission.slug == slug)) or ""


def groups_on_site(session: Session, subject: Subject) -> Sequence[Group]:
    """Return the groups whose texts the public reads on a site's page."""
    shown = (
        select(Group)
        .join(SignUp, SignUp.group_id == Group.id)
        .join(Slot, Slot.id == SignUp.slot_id)
        .join(Site, Site.id == Slot.site_id)
        .join(Campaign, Campaign.id == Site.campaign_id)
        .join(Mission, Mission.id == Site.mission_id)
        .where(Campaign.slug == subject.campaign, SignUp.state == SignUpState.CONFIRMED)
        .where(Mission.slug == subject.mission, Group.hidden_at.is_(None))
    )
    return session.scalars(shown.distinct().order_by(Group.id)).all()
