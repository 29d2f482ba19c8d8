"""What waits for an organizer, and how long: as many as a page holds, from ten thousands too."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Site, Slot
from protestcoord.members.rules import Areas
from protestcoord.missions.models import Mission
from protestcoord.missions.regions import REGION_OF_COUNTRY
from protestcoord.signups.models import Contact, Group, SignUp, SignUpStep
from protestcoord.signups.rules import CONFIRMED, OFFERED, PENDING, WAITLISTED, SignUpState
from protestcoord.signups.similar import Cluster, Seen, clusters_of

# Whoever waits longest is looked at first; what is decided, newest first.
WAITING = (OFFERED, WAITLISTED, PENDING)


@dataclass(frozen=True)
class Waits:
    """How long those wait who wait for approval."""

    longest: timedelta
    median: timedelta


def counts_by_state(session: Session, campaign_id: int, areas: Areas) -> dict[SignUpState, int]:
    """Return how many sign-ups there are in some areas, by state."""
    counted = select(SignUp.state, func.count()).select_from(SignUp)
    counted = within(counted, campaign_id, areas).group_by(SignUp.state)
    return {row[0]: row[1] for row in session.execute(counted)}


def sign_ups_in_state(
    session: Session,
    campaign_id: int,
    areas: Areas,
    state: SignUpState,
    most: int,
    passed_over: int = 0,
) -> Sequence[SignUp]:
    """Return a page of the sign-ups in a state; of those that wait, the oldest first."""
    # Looked up one by one, by index: to group all steps first may take a planner seconds.
    arrived = select(func.max(SignUpStep.at)).where(SignUpStep.sign_up_id == SignUp.id)
    chosen = within(select(SignUp), campaign_id, areas).where(SignUp.state == state)
    oldest_first = (arrived.correlate(SignUp).scalar_subquery(), SignUp.id)
    newest_first = (SignUp.changed_at.desc(), SignUp.id.desc())
    ordered = chosen.order_by(*(oldest_first if state in WAITING else newest_first))
    return session.scalars(ordered.limit(most).offset(passed_over)).all()


def within(chosen: Select, campaign_id: int, areas: Areas) -> Select:  # type: ignore[type-arg]
    """Narrow what is chosen from sign-ups to those for sites in some areas; joins slot and site."""
    joined = (
        chosen.join(Slot, Slot.id == SignUp.slot_id)
        .join(Site, Site.id == Slot.site_id)
        .where(Site.campaign_id == campaign_id)
    )
    if areas.is_everywhere:
        return joined
    return joined.join(Mission, Mission.id == Site.mission_id).where(_country_in(areas))


def _country_in(areas: Areas) -> ColumnElement[bool]:
    return Mission.country.in_([code for code in REGION_OF_COUNTRY if areas.covers(code)])


def since_when(session: Session, sign_ups: Iterable[SignUp]) -> dict[int, datetime]:
    """Return since when sign-ups are in their state, by row id; an edit does not count."""
    ids = [sign_up.id for sign_up in sign_ups]
    arrived = select(SignUpStep.sign_up_id, func.max(SignUpStep.at))
    own = arrived.where(SignUpStep.sign_up_id.in_(ids)).group_by(SignUpStep.sign_up_id)
    return {row[0]: row[1] for row in session.execute(own)}


def waits_for_approval(
    session: Session, campaign_id: int, areas: Areas, now: datetime
) -> Waits | None:
    """Return how long those wait who are offered a place; None if nobody does."""
    arrived = select(func.max(SignUpStep.at)).join(SignUp, SignUp.id == SignUpStep.sign_up_id)
    offered = within(arrived, campaign_id, areas).where(SignUp.state == OFFERED)
    waits = [now - at for at in session.scalars(offered.group_by(SignUp.id))]
    if not waits:
        return None
    return Waits(max(waits), timedelta(seconds=median(wait.total_seconds() for wait in waits)))


def clusters_in(
    session: Session, campaign_id: int, areas: Areas, *, confirmed_too: bool
) -> list[Cluster]:
    """Return which sign-ups are alike among those that wait; groups that are trusted are not asked.

    Confirmed ones are left out unless they are asked for: an hour that brought many may have
    brought honest ones that somebody has looked at.
    """
    states = (*WAITING, CONFIRMED) if confirmed_too else WAITING
    rows = session.execute(_seen(campaign_id, areas, states))
    return clusters_of(Seen(*row) for row in rows)


def _seen(campaign_id: int, areas: Areas, states: Collection[SignUpState]) -> Select:  # type: ignore[type-arg]
    columns = (
        SignUp.id,
        Group.id,
        Group.name,
        Contact.domain_index,
        SignUp.created_at,
        SignUp.meeting_point,
    )
    chosen = (
        select(*columns)
        .select_from(SignUp)
        .join(Group, Group.id == SignUp.group_id)
        .join(Contact, Contact.id == Group.contact_id)
        .where(SignUp.state.in_(states), Group.is_trusted.is_(False))
    )
    return within(chosen, campaign_id, areas).order_by(SignUp.id)


def claims_of_groups(session: Session, sign_ups: Iterable[SignUp]) -> Sequence[SignUp]:
    """Return all sign-ups of the groups of some sign-ups."""
    groups = {sign_up.group_id for sign_up in sign_ups}
    return session.scalars(select(SignUp).where(SignUp.group_id.in_(groups))).all()
