"""What becomes of a site that a group misses: it proposes it, an organizer decides."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.planning import choose_sites
from protestcoord.campaigns.requests import SiteChoice
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.mail import queue_mail
from protestcoord.missions.models import Mission
from protestcoord.missions.proposing import (
    ProposedMission,
    add_proposed_mission,
    check_proposed,
)
from protestcoord.missions.rules import MissionKind
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Group, SiteProposal
from protestcoord.signups.rules import NotPossible, ProposalState

MOST_OPEN = 3


class TooManyProposals(DomainError):
    """The group has proposals that nobody decided yet."""

    message = N_("Three of your proposals wait for the organizers already.")
    status = 409


def propose_site(
    session: Session, group: Group, proposed: ProposedMission, now: datetime
) -> SiteProposal:
    """Note that a group misses a mission; nothing public changes.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        TooManyProposals: Three of the group's wait already.
        CityUnknown, MissionThere: As ``missions.proposing.check_proposed``.
    """
    check_not_frozen(group.campaign)
    waiting = select(func.count()).where(
        SiteProposal.group_id == group.id, SiteProposal.state == ProposalState.OPEN
    )
    if (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise TooManyProposals
    check_proposed(session, proposed)
    proposal = SiteProposal(
        campaign_id=group.campaign_id,
        group_id=group.id,
        state=ProposalState.OPEN,
        created_at=now,
        **vars(proposed),
    )
    session.add(proposal)
    session.flush()
    return proposal


def accept_proposal(
    session: Session,
    proposal: SiteProposal,
    now: datetime,
    remote_only_countries: frozenset[str] = frozenset(),
) -> Mission:
    """Add the mission to the directory and its site to the campaign; slots come by publishing.

    Args:
        session: A unit of work.
        proposal: One that waits.
        now: This moment.
        remote_only_countries: ISO codes of countries in which the site is *remote only*.

    Raises:
        NotPossible: It was decided already.
        CityUnknown, MissionThere: As ``missions.proposing.check_proposed``.
        CampaignClosed: The campaign changes no more.
    """
    _decide(session, proposal, ProposalState.ACCEPTED, now)
    mission = add_proposed_mission(session, _proposed(proposal), now)
    campaign = proposal.group.campaign
    choose_sites(session, campaign, SiteChoice([mission.slug], {}, remote_only_countries), now)
    return mission


def decline_proposal(session: Session, proposal: SiteProposal, now: datetime) -> None:
    """Say no to a proposed site; the group is told.

    Raises:
        NotPossible: It was decided already.
    """
    _decide(session, proposal, ProposalState.DECLINED, now)


def _decide(session: Session, proposal: SiteProposal, state: ProposalState, now: datetime) -> None:
    if proposal.state is not ProposalState.OPEN:
        raise NotPossible
    proposal.state, proposal.decided_at = state, now
    kind = MailKind(f"proposal_{state.value}")
    queue_mail(session, kind, proposal.group.contact_id, now, proposal=proposal.id)
    session.flush()


def _proposed(proposal: SiteProposal) -> ProposedMission:
    return ProposedMission(
        name=proposal.name,
        kind=MissionKind(proposal.kind),
        country=proposal.country,
        city=proposal.city,
        address=proposal.address,
        source=proposal.source,
    )


def open_proposals(session: Session, campaign_id: int) -> list[SiteProposal]:
    """Return what waits to be decided in a campaign, the oldest first."""
    waiting = select(SiteProposal).where(
        SiteProposal.campaign_id == campaign_id, SiteProposal.state == ProposalState.OPEN
    )
    return list(session.scalars(waiting.order_by(SiteProposal.id)))


def proposals_of_group(session: Session, group_id: int) -> list[SiteProposal]:
    """Return what a group proposed, the newest first."""
    own = select(SiteProposal).where(SiteProposal.group_id == group_id)
    return list(session.scalars(own.order_by(SiteProposal.id.desc())))
