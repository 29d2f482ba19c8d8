"""What becomes of a mistake in the directory: somebody says what is right, two organizers agree."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.models import Campaign, CorrectionProposal
from protestcoord.core.errors import N_, DomainError, InvalidValue, NotFound
from protestcoord.missions.correcting import (
    Correction,
    cells_of,
    check_correction,
    correct_mission,
    source_of,
)
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import catalogue_rows, find_mission
from protestcoord.organizers.models import Organizer

MOST_OPEN = 50
AHEAD = timedelta(hours=14)  # somewhere it is that much later than by UTC


class TooManyOpen(DomainError):
    """So much of groups waits to be decided that nothing more is taken of them."""

    message = N_("Fifty corrections of this campaign wait for the organizers already.")
    field = "source"


class InTheFuture(InvalidValue):
    """Nobody has looked it up tomorrow."""

    message = N_("This day has not come yet.")
    field = "verified_on"


def get_row_of(session: Session, slug: str) -> tuple[Mission, dict[str, str]]:
    """Return a mission, and its correctable cells as the CSV has them.

    Raises:
        NotFound: The directory has no such mission.
    """
    mission = find_mission(session, slug)
    if mission is None:
        raise NotFound
    (row,) = (row for row in catalogue_rows(session) if row.slug == slug)
    return mission, cells_of(row)


def propose_correction(
    session: Session,
    campaign: Campaign,
    mission: Mission,
    asked: Correction,
    now: datetime,
    organizer: Organizer | None = None,
) -> CorrectionProposal:
    """Note what is said to be right of a mission; nothing public changes.

    Args:
        session: A unit of work.
        campaign: Whose organizers decide.
        mission: Which row.
        asked: What it should say; cells that say so already are left out.
        now: This moment.
        organizer: Who proposes it; None for a group.

    Raises:
        CampaignFrozen: A group proposes it, and the campaign takes nothing for now.
        TooManyOpen: Too many wait.
        NothingCorrected, InvalidValue: As ``missions.correcting.check_correction``.
    """
    if organizer is None:
        check_not_frozen(campaign)
    waiting = open_corrections(session, campaign.id)
    # What groups propose must not keep organizers from proposing.
    if organizer is None and sum(one.organizer_id is None for one in waiting) >= MOST_OPEN:
        raise TooManyOpen
    if asked.verified_on > f"{now + AHEAD:%Y-%m-%d}":
        raise InTheFuture
    (row,) = (row for row in catalogue_rows(session) if row.slug == mission.slug)
    now_there = cells_of(row)
    changed = {name: text for name, text in asked.values.items() if now_there[name] != text}
    correction = Correction(changed, asked.source, asked.verified_on)
    check_correction(row, correction)
    proposal = CorrectionProposal(
        campaign_id=campaign.id,
        mission_id=mission.id,
        organizer_id=organizer.id if organizer else None,
        values=changed,
        source=source_of(correction),
        verified_on=correction.verified_on,
        created_at=now,
    )
    session.add(proposal)
    session.flush()
    return proposal


def open_corrections(session: Session, campaign_id: int) -> list[CorrectionProposal]:
    """Return what waits to be decided, the oldest first."""
    waiting = select(CorrectionProposal).where(
        CorrectionProposal.campaign_id == campaign_id,
        CorrectionProposal.accepted_at.is_(None),
        CorrectionProposal.declined_at.is_(None),
    )
    return list(session.scalars(waiting.order_by(CorrectionProposal.id)))


def accepted_count(session: Session) -> int:
    """Return how many corrections were accepted here, of all campaigns."""
    accepted = select(func.count()).select_from(CorrectionProposal)
    return session.scalar(accepted.where(CorrectionProposal.accepted_at.is_not(None))) or 0


def accept_correction(session: Session, proposal: CorrectionProposal, now: datetime) -> None:
    """Let the directory say it; whether two agreed is asked before.

    Raises:
        NothingCorrected, InvalidValue: The row has changed since, so that it fits no more.
    """
    correction = Correction(proposal.values, proposal.source, proposal.verified_on)
    correct_mission(session, proposal.mission, correction, now)
    proposal.accepted_at = now
    session.flush()


def decline_correction(session: Session, proposal: CorrectionProposal, now: datetime) -> None:
    """Leave the directory as it is."""
    proposal.declined_at = now
    session.flush()
