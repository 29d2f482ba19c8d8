"""What may a sign-up become, and how full is a slot: the state machine and the states, pure."""

import enum
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from protestcoord.core.errors import N_, DomainError

CODE_OF_CONDUCT_VERSION = "2026-11"
# A meeting point that its group hides is public so long before the start.
POINT_SHOWN = timedelta(hours=24)


class SignUpState(enum.StrEnum):
    """Where a group's claim on a slot stands."""

    PENDING = "pending"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    EXPIRED = "expired"


PENDING, OFFERED, CONFIRMED, WAITLISTED, WITHDRAWN, DECLINED, EXPIRED = SignUpState

# Who holds a place; everything else leaves the place free.
HOLDS_PLACE = frozenset({OFFERED, CONFIRMED})
# What a group counts on: a place, or one that it waits for.
HELD = HOLDS_PLACE | {WAITLISTED}
LIVE = frozenset({PENDING, OFFERED, CONFIRMED, WAITLISTED})

TRANSITIONS: dict[SignUpState, frozenset[SignUpState]] = {
    PENDING: frozenset({OFFERED, CONFIRMED, WAITLISTED, WITHDRAWN, DECLINED, EXPIRED}),
    OFFERED: frozenset({CONFIRMED, WITHDRAWN, DECLINED}),
    CONFIRMED: frozenset({WITHDRAWN, DECLINED}),
    WAITLISTED: frozenset({OFFERED, CONFIRMED, WITHDRAWN, DECLINED}),
    WITHDRAWN: frozenset({PENDING}),
    DECLINED: frozenset(),
    EXPIRED: frozenset({PENDING}),
}

# Where an organizer's undo brings a sign-up back to; no other step leads there.
UNDONE: dict[SignUpState, frozenset[SignUpState]] = {DECLINED: LIVE}


class Actor(enum.StrEnum):
    """Who brought a sign-up into its state; an organizer is named in the audit log."""

    GROUP = "group"
    ORGANIZER = "organizer"
    QUEUE = "queue"
    TIME = "time"


class ProposalState(enum.StrEnum):
    """What became of a proposed site."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


PROPOSAL_STATE_LABELS = {
    ProposalState.OPEN: N_("waits for the organizers"),
    ProposalState.ACCEPTED: N_("accepted"),
    ProposalState.DECLINED: N_("not taken up"),
}


class Permit(enum.StrEnum):
    """How far a group is with the notice or permit that the law of the place asks for."""

    UNSAID = "unsaid"
    NOT_NEEDED = "not_needed"
    NOT_YET = "not_yet"
    ASKED = "asked"
    GRANTED = "granted"


# What a group reads of its own sign-up, and what an organizer reads of all of them.
OWN_STATE_LABELS = {
    SignUpState.PENDING: N_("waits for your confirmation"),
    SignUpState.OFFERED: N_("your place is kept; an organizer looks at it"),
    SignUpState.CONFIRMED: N_("confirmed"),
    SignUpState.WAITLISTED: N_("on the waiting list"),
    SignUpState.WITHDRAWN: N_("withdrawn"),
    SignUpState.DECLINED: N_("not accepted"),
    SignUpState.EXPIRED: N_("not confirmed in time"),
}
PERMIT_LABELS = {
    Permit.UNSAID: N_("not said"),
    Permit.NOT_NEEDED: N_("not needed"),
    Permit.NOT_YET: N_("not asked for yet"),
    Permit.ASKED: N_("asked for"),
    Permit.GRANTED: N_("given or granted"),
}
ACTOR_LABELS = {
    Actor.GROUP: N_("the group"),
    Actor.ORGANIZER: N_("an organizer"),
    Actor.QUEUE: N_("a place became free"),
    Actor.TIME: N_("time ran out"),
}
SIGN_UP_STATE_LABELS = {
    SignUpState.PENDING: N_("mail not confirmed"),
    SignUpState.OFFERED: N_("waits for approval"),
    SignUpState.CONFIRMED: N_("confirmed"),
    SignUpState.WAITLISTED: N_("on the waiting list"),
    SignUpState.WITHDRAWN: N_("withdrawn"),
    SignUpState.DECLINED: N_("declined"),
    SignUpState.EXPIRED: N_("expired"),
}


class EditedField(enum.StrEnum):
    """What a group can change so that an organizer wants to know."""

    NAME = "name"
    CITY = "city"
    EXPECTED_NUMBER = "expected_number"
    MEETING_POINT = "meeting_point"
    ACCESSIBILITY = "accessibility"
    LANGUAGES = "languages"


EDITED_FIELD_LABELS = {
    EditedField.NAME: N_("Name"),
    EditedField.CITY: N_("City"),
    EditedField.EXPECTED_NUMBER: N_("Expected people"),
    EditedField.MEETING_POINT: N_("Meeting point"),
    EditedField.ACCESSIBILITY: N_("Accessibility"),
    EditedField.LANGUAGES: N_("Languages"),
}


# Of whoever was not seen for so many days, nobody knows whether they still come.
SILENT_DAYS = (7, 14, 30)


def is_silent(seen_day: date | None, starts_at: datetime | None, now: datetime, days: int) -> bool:
    """Say whether a group that is awaited at a slot gave no sign for so many days.

    Args:
        seen_day: The last day (UTC) on which it opened its page; None if it never did.
        starts_at: When its next slot starts; None if it is not awaited anywhere.
        now: This moment.
        days: How long is too long.
    """
    if starts_at is None:
        return False
    return seen_day is None or now.date() - seen_day >= timedelta(days=days)


class NotPossible(DomainError):
    """The sign-up is in a state from which this step does not exist."""

    message = N_("This sign-up has changed meanwhile; please look at it again.")
    status = 409


def check_transition(before: SignUpState, after: SignUpState) -> None:
    """Raise NotPossible unless a sign-up may go from one state to the other."""
    if after not in TRANSITIONS[before]:
        raise NotPossible


# SECURITY: the public reads how many people are there by steps, so that a number names nobody.
PEOPLE_STEPS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000)


def people_shown(people: int) -> int:
    """Return the largest step that so many people reach, or 0 for fewer than the first."""
    return max((step for step in PEOPLE_STEPS if step <= people), default=0)


class SlotState(enum.StrEnum):
    """How far a slot or a site is covered."""

    EMPTY = "empty"
    OFFERED = "offered"
    COVERED = "covered"
    FULL = "full"

    @property
    def rank(self) -> int:
        """How far covered, from 0 for empty."""
        return list(SlotState).index(self)


SLOT_STATE_LABELS = {
    SlotState.EMPTY: N_("empty"),
    SlotState.OFFERED: N_("offered"),
    SlotState.COVERED: N_("covered"),
    SlotState.FULL: N_("full"),
}


def slot_state(confirmed: int, offered: int, capacity: int) -> SlotState:
    """Return the state of a slot from its counts of groups; the one place that decides it."""
    if confirmed >= capacity:
        return SlotState.FULL
    if confirmed:
        return SlotState.COVERED
    return SlotState.OFFERED if offered else SlotState.EMPTY


def site_state(slots: Iterable[SlotState]) -> SlotState:
    """Return the state of a site: its best slot's, and full only if all its slots are."""
    states = list(slots)
    if states and all(state is SlotState.FULL for state in states):
        return SlotState.FULL
    best = max(states, key=lambda state: state.rank, default=SlotState.EMPTY)
    return SlotState.COVERED if best is SlotState.FULL else best
