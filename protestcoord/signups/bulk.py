"""What is decided of many sign-ups at once, all in one unit of work."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from protestcoord.core.errors import DomainError
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.places import leave_together, lock_slots
from protestcoord.signups.rules import HOLDS_PLACE, LIVE, Actor, NotPossible, SignUpState

Decision = Callable[[Session, int, datetime], None]


@dataclass
class Outcome:
    """How many were decided, and how many not, by the reason."""

    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def chosen_sign_ups(session: Session, campaign_id: int, ids: Collection[int]) -> list[SignUp]:
    """Return those of a campaign's sign-ups that were ticked, the oldest first.

    Ids of other campaigns, and of rows that are gone, are passed over.
    """
    chosen = select(SignUp).join(Group, Group.id == SignUp.group_id)
    own = chosen.where(Group.campaign_id == campaign_id, SignUp.id.in_(ids))
    return list(session.scalars(own.order_by(SignUp.id)))


def decide_many(
    session: Session, sign_ups: Collection[SignUp], decision: Decision, now: datetime
) -> Outcome:
    """Decide of sign-ups one after the other; what a rule refuses leaves that one as it was.

    Args:
        session: A unit of work.
        sign_ups: Of one campaign.
        decision: A function of ``places``.
        now: This moment.
    """
    outcome = Outcome()
    lock_slots(session, {sign_up.slot_id for sign_up in sign_ups})
    # Who waits comes first, so that nobody is moved up just to be declined.
    in_order = sorted(sign_ups, key=lambda sign_up: sign_up.state in HOLDS_PLACE)
    for sign_up_id in [sign_up.id for sign_up in in_order]:
        try:
            with session.begin_nested():
                decision(session, sign_up_id, now)
            outcome.done += 1
        except DomainError as error:
            outcome.refused[error.message] += 1
    return outcome


def decline_many(session: Session, sign_ups: Collection[SignUp], now: datetime) -> Outcome:
    """Turn sign-ups down together, so that a thousand take seconds; who waits moves up after it.

    What left by itself meanwhile is left as it is.
    """
    lock_slots(session, {sign_up.slot_id for sign_up in sign_ups})
    afresh = read_afresh(session, [sign_up.id for sign_up in sign_ups])
    going = [sign_up for sign_up in afresh if sign_up.state in LIVE]
    leave_together(session, going, SignUpState.DECLINED, Actor.ORGANIZER, now)
    others = sum(sign_up.state is not SignUpState.DECLINED for sign_up in afresh)
    refused = Counter({NotPossible.message: others} if others else {})
    return Outcome(len(afresh) - others, refused)


def read_afresh(session: Session, ids: Collection[int]) -> list[SignUp]:
    """Return sign-ups as they stand now, the oldest first; for after their slots were locked."""
    chosen = select(SignUp).where(SignUp.id.in_(ids)).order_by(SignUp.id)
    # A thousand stand on few slots, which need not be read a thousand times.
    slots_apart = chosen.options(selectinload(SignUp.slot))
    return list(session.scalars(slots_apart.execution_options(populate_existing=True)))
