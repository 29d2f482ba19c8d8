"""How does a sign-up come into a state: the only place that sets one, and writes each step down."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from protestcoord.signups.models import SignUp, SignUpStep
from protestcoord.signups.rules import (
    HELD,
    HOLDS_PLACE,
    UNDONE,
    Actor,
    NotPossible,
    SignUpState,
    check_transition,
)


def begin(session: Session, sign_up: SignUp, now: datetime) -> None:
    """Write down the first step of a new sign-up, whose mail nobody confirmed yet."""
    sign_up.state, sign_up.changed_at = SignUpState.PENDING, now
    session.add(sign_up)
    first = SignUpStep(at=now, before=None, after=sign_up.state, actor=Actor.GROUP)
    first.sign_up = sign_up
    session.add(first)


def move(
    session: Session, sign_up: SignUp, state: SignUpState, actor: Actor, now: datetime
) -> None:
    """Bring a sign-up into a state, without the place or number that belongs to another.

    Args:
        session: The unit of work that decides it.
        sign_up: Locked by its slot, if it holds a place before or after.
        state: Where it comes to.
        actor: Who brings it there; which organizer, the audit log says.
        now: This moment.

    Raises:
        NotPossible: The state machine has no such step.
    """
    session.add(SignUpStep(**_moved(sign_up, state, actor, now)))


def move_all(
    session: Session, sign_ups: Collection[SignUp], state: SignUpState, actor: Actor, now: datetime
) -> None:
    """Bring sign-ups into one state that holds no place, as ``move`` does each, in few statements.

    Raises:
        NotPossible: For one of them the state machine has no such step.
    """
    steps = [_moved(sign_up, state, actor, now) for sign_up in sign_ups]
    if steps:
        session.execute(insert(SignUpStep), steps)


def _moved(sign_up: SignUp, state: SignUpState, actor: Actor, now: datetime) -> dict[str, Any]:
    check_transition(sign_up.state, state)
    before, sign_up.state, sign_up.changed_at = sign_up.state, state, now
    if state not in HOLDS_PLACE:
        sign_up.place_number = None
    if state not in HELD:
        sign_up.clash_accepted_at = None
    if state is not SignUpState.WAITLISTED:
        sign_up.waitlist_number = None
    if state is not SignUpState.CONFIRMED:
        sign_up.is_lead = False
    return _step(sign_up, before, actor, now)


def bring_back(session: Session, sign_up: SignUp, state: SignUpState, now: datetime) -> None:
    """Bring a sign-up back to a state that it was declined from; its place is the caller's to give.

    Raises:
        NotPossible: It is not declined any more.
    """
    if state not in UNDONE.get(sign_up.state, ()):
        raise NotPossible
    before, sign_up.state, sign_up.changed_at = sign_up.state, state, now
    session.add(SignUpStep(**_step(sign_up, before, Actor.ORGANIZER, now)))


def _step(
    sign_up: SignUp, before: SignUpState | None, actor: Actor, now: datetime
) -> dict[str, Any]:
    return {
        "sign_up_id": sign_up.id,
        "at": now,
        "before": before,
        "after": sign_up.state,
        "actor": actor,
    }
