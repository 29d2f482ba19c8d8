"""By when must a group give notice for its slot, as its campaign knows the rules of the place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.permits import PermitBook, permit_book
from protestcoord.campaigns.rules import Presence
from protestcoord.missions.permits import (
    PermitCard,
    Requirement,
    earliest_notice,
    latest_notice,
)
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import Permit, SignUpState

NOT_DONE = (Permit.UNSAID, Permit.NOT_YET)
NO_DATE = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class NoticeDates:
    """What one slot needs beforehand.

    Attributes:
        latest: The last moment for the notice, or None if no rule gives one.
        earliest: Before when it does not count, or None.
        is_late: Whether the last moment has passed.
    """

    card: PermitCard
    latest: datetime | None
    earliest: datetime | None
    is_late: bool


def notice_dates(session: Session, slots: Iterable[Slot], now: datetime) -> dict[int, NoticeDates]:
    """Return the dates of slots by their id; where nobody gathers, there are none."""
    books: dict[int, PermitBook] = {}
    dates = {}
    for slot in slots:
        site = slot.site
        if site.presence is Presence.REMOTE_ONLY:
            continue
        if site.campaign_id not in books:
            books[site.campaign_id] = permit_book(session, site.campaign_id)
        mission = site.mission
        card = books[site.campaign_id].card(mission.country, mission.city, now)
        dates[slot.id] = dates_of(card, slot, now)
    return dates


def dates_of(card: PermitCard, slot: Slot, now: datetime) -> NoticeDates:
    """Return by when and from when notice can be given for a slot."""
    latest = latest_notice(card.rule, slot.starts_at, slot.timezone)
    return NoticeDates(
        card=card,
        latest=latest,
        earliest=earliest_notice(card.rule, slot.starts_at, slot.timezone),
        is_late=latest is not None and latest < now,
    )


@dataclass(frozen=True)
class OpenNotice:
    """A lead that has not said that its notice is given, or that none is needed."""

    sign_up: SignUp
    dates: NoticeDates


def open_notices(session: Session, campaign_id: int, now: datetime) -> list[OpenNotice]:
    """Return the leads of slots to come whose notice is open, the soonest last day first.

    Where no date is known they come last; where no notice is asked for they are left out.
    """
    chosen = (
        select(SignUp)
        .join(Group, Group.id == SignUp.group_id)
        .join(Slot, Slot.id == SignUp.slot_id)
        .where(Group.campaign_id == campaign_id, SignUp.permit.in_(NOT_DONE))
        .where(SignUp.is_lead, SignUp.state == SignUpState.CONFIRMED)
        .where(Slot.cancelled_at.is_(None), Slot.starts_at > now)
    )
    sign_ups = session.scalars(chosen.order_by(Slot.starts_at, SignUp.id)).all()
    dates = notice_dates(session, [sign_up.slot for sign_up in sign_ups], now)
    found = [OpenNotice(s, dates[s.slot_id]) for s in sign_ups if s.slot_id in dates]
    asked = [one for one in found if not _needs_none(one.dates.card)]
    return sorted(asked, key=lambda one: one.dates.latest or NO_DATE)


def _needs_none(card: PermitCard) -> bool:
    return card.rule is not None and card.rule.requirement is Requirement.NOT_NEEDED
