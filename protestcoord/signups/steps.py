"""How does a sign-up come into a state: the only place that sets one, and writes each step down."""

from datetime import datetime

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
    _write_down(session, sign_up, None, Actor.GROUP, now)


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
    _write_down(session, sign_up, before, actor, now)


def bring_back(session: Session, sign_up: SignUp, state: SignUpState, now: datetime) -> None:
    """Bring a sign-up back to a state that it was declined from; its place is the caller's to give.

    Raises:
        NotPossible: It is not declined any more.
    """
    if state not in UNDONE.get(sign_up.state, ()):
        raise NotPossible
    before, sign_up.state, sign_up.changed_at = sign_up.state, state, now
    _write_down(session, sign_up, before, Actor.ORGANIZER, now)


def _write_down(
    session: Session, sign_up: SignUp, before: SignUpState | None, actor: Actor, now: datetime
) -> None:
    step = SignUpStep(sign_up=sign_up, at=now, before=before, after=sign_up.state, actor=actor)
    session.add(step)
