"""How does a group say on the day that it has begun, how many people are there, that it is over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import check_not_frozen
from protestcoord.campaigns.models import Slot
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.signups.models import CheckIn, SignUp
from protestcoord.signups.rules import SignUpState

OPENS_BEFORE = timedelta(hours=2)
CLOSES_AFTER = timedelta(hours=12)


class NotTheDay(DomainError):
    """It is too early or too late, or the group is not confirmed for a slot that takes place."""

    message = N_("A group says this from two hours before its slot until twelve hours after it.")
    status = 409


class NothingSaid(DomainError):
    """There is no check-in to finish or to take back."""

    message = N_("First say that you have started.")
    status = 409


def takes_check_ins(sign_up: SignUp, now: datetime) -> bool:
    """Say whether a group may say of itself that it is there."""
    slot = sign_up.slot
    stands = slot.cancelled_at is None and slot.site.dropped_at is None
    is_time = slot.starts_at - OPENS_BEFORE <= now < slot.ends_at + CLOSES_AFTER
    return sign_up.state is SignUpState.CONFIRMED and stands and is_time


def check_ins_of(session: Session, sign_ups: Iterable[SignUp]) -> dict[int, CheckIn]:
    """Return what is said of some sign-ups, by the sign-up's id."""
    ids = [sign_up.id for sign_up in sign_ups]
    found = session.scalars(select(CheckIn).where(CheckIn.sign_up_id.in_(ids)))
    return {check_in.sign_up_id: check_in for check_in in found}


def start(session: Session, sign_up: SignUp, people: int | None, now: datetime) -> None:
    """Say that a group has begun; said again, only the number changes.

    Args:
        session: Where to write.
        sign_up: Whose slot.
        people: How many people are there, as the group says; None changes nothing.
        now: This moment.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        NotTheDay: It may not say so now.
    """
    _open(session, sign_up, now)
    said = session.get(CheckIn, sign_up.id)
    if said is None:
        said = CheckIn(sign_up_id=sign_up.id, started_at=now)
        session.add(said)
    if people is not None:
        said.people = people
    _tell(session)


def finish(session: Session, sign_up: SignUp, people: int | None, now: datetime) -> None:
    """Say that a group is done; said again, nothing changes.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        NotTheDay: It may not say so now.
        NothingSaid: It has not begun.
    """
    _open(session, sign_up, now)
    said = _said(session, sign_up)
    said.finished_at = said.finished_at or now
    if people is not None:
        said.people = people
    _tell(session)


def take_back(session: Session, sign_up: SignUp, _people: int | None, now: datetime) -> None:
    """Unsay the last of the two: that it is done, else that it has begun.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        NotTheDay: It may not say so now.
        NothingSaid: There is nothing to unsay.
    """
    _open(session, sign_up, now)
    said = _said(session, sign_up)
    if said.finished_at:
        said.finished_at = None
    else:
        session.delete(said)
    _tell(session)


def hide(session: Session, sign_up: SignUp, now: datetime, *, hidden: bool) -> None:
    """Keep from the public what a group said, or show it again; organizers do.

    Raises:
        NothingSaid: It said nothing.
    """
    _said(session, sign_up).hidden_at = now if hidden else None
    _tell(session)


def said_in_public(session: Session, campaign_id: int) -> list[tuple[int, CheckIn]]:
    """Return what the confirmed groups of a campaign say, with the slot's row id, by time."""
    chosen = (
        select(SignUp.slot_id, CheckIn)
        .join(CheckIn, CheckIn.sign_up_id == SignUp.id)
        .join(Slot, Slot.id == SignUp.slot_id)
        .where(
            Slot.site.has(campaign_id=campaign_id),
            SignUp.state == SignUpState.CONFIRMED,
            CheckIn.hidden_at.is_(None),
        )
        .order_by(CheckIn.started_at, CheckIn.sign_up_id)
    )
    return [(slot_id, said) for slot_id, said in session.execute(chosen)]


def _open(session: Session, sign_up: SignUp, now: datetime) -> None:
    """Let one press after the other: a phone in the rain sends the same twice."""
    session.execute(select(SignUp.id).where(SignUp.id == sign_up.id).with_for_update())
    check_not_frozen(sign_up.group.campaign)
    if not takes_check_ins(sign_up, now):
        raise NotTheDay


def _said(session: Session, sign_up: SignUp) -> CheckIn:
    said = session.get(CheckIn, sign_up.id)
    if said is None:
        raise NothingSaid
    return said


def _tell(session: Session) -> None:
    session.flush()
    note_public_change(session)
