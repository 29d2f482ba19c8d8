"""What may a member of a campaign do, and where; pure."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.missions.regions import region_of

INVITATION_LIVES = timedelta(days=7)
APPROVAL_LIVES = timedelta(hours=24)
LONE_DELAY = timedelta(minutes=10)


class MemberRole(enum.StrEnum):
    """What somebody is in a campaign, from most to least."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    MODERATOR = "moderator"
    VIEWER = "viewer"


class Right(enum.StrEnum):
    """What a page of the console lets do."""

    VIEW = "view"
    MODERATE = "moderate"
    CONTACT = "contact"
    WRITE = "write"
    ARRANGE = "arrange"
    PLAN = "plan"
    OWN = "own"


RIGHTS: Final = {
    MemberRole.OWNER: frozenset(Right),
    MemberRole.COORDINATOR: frozenset(
        {Right.VIEW, Right.MODERATE, Right.CONTACT, Right.WRITE, Right.ARRANGE}
    ),
    MemberRole.MODERATOR: frozenset({Right.VIEW, Right.MODERATE}),
    MemberRole.VIEWER: frozenset({Right.VIEW}),
}

ROLE_LABELS: Final = {
    MemberRole.OWNER: N_("owner"),
    MemberRole.COORDINATOR: N_("coordinator"),
    MemberRole.MODERATOR: N_("moderator"),
    MemberRole.VIEWER: N_("viewer"),
}
ROLE_TEXTS: Final = {
    MemberRole.OWNER: N_("does everything, also people and closing"),
    MemberRole.COORDINATOR: N_("decides of sign-ups, opens contacts, writes, arranges slots"),
    MemberRole.MODERATOR: N_("decides of sign-ups"),
    MemberRole.VIEWER: N_("looks, and changes nothing"),
}


class TwoPersonAct(enum.StrEnum):
    """What one organizer asks for and another one agrees to."""

    PROMOTE = "promote"
    EXPORT = "export"
    SEND = "send"
    MOVE = "move"
    CORRECT = "correct"
    REMOVE = "remove"


ACT_LABELS: Final = {
    TwoPersonAct.PROMOTE: N_("make somebody an owner"),
    TwoPersonAct.EXPORT: N_("export contacts"),
    TwoPersonAct.SEND: N_("send a message to more than 25 groups"),
    TwoPersonAct.MOVE: N_("move slots that start within three days"),
    TwoPersonAct.CORRECT: N_("correct the directory"),
    TwoPersonAct.REMOVE: N_("take a mission out of the directory, or put it back"),
}
# Who agrees could do it as well.
ACT_RIGHTS: Final = {
    TwoPersonAct.PROMOTE: Right.OWN,
    TwoPersonAct.EXPORT: Right.CONTACT,
    TwoPersonAct.SEND: Right.WRITE,
    TwoPersonAct.MOVE: Right.ARRANGE,
    TwoPersonAct.CORRECT: Right.ARRANGE,
    TwoPersonAct.REMOVE: Right.ARRANGE,
}


WAITS: Final = N_(
    "This takes two. It waits until another organizer agrees under “Waits for two”; where nobody "
    "else could, it waits ten minutes. Then press again."
)


class OwnApproval(DomainError):
    """Somebody agreed to what they asked for themselves."""

    message = N_("You asked for this yourself, so somebody else has to agree.")
    status = 403


class Outside(DomainError):
    """An act reaches further than the areas of who does it."""

    message = N_("This also changes sites outside your areas. Please ask an owner to publish it.")
    status = 403


class LastOwner(InvalidValue):
    """A campaign would be nobody's."""

    message = N_("A campaign keeps at least one owner.")
    field = "role"


class AlreadyMember(InvalidValue):
    """Who is invited has a role already."""

    message = N_("This person has a role in this campaign already.")
    field = "email"


@dataclass(frozen=True)
class Areas:
    """Where a member acts: ISO codes of countries and M49 codes of regions; none is everywhere."""

    codes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, codes: Collection[str]) -> "Areas":
        """Return the areas with some codes."""
        return cls(frozenset(codes))

    @property
    def is_everywhere(self) -> bool:
        """Whether nothing is outside."""
        return not self.codes

    def covers(self, country: str) -> bool:
        """Tell whether a country (ISO 3166-1 alpha-2) lies within."""
        return self.is_everywhere or country in self.codes or region_of(country) in self.codes


def is_over(asked_at: datetime, now: datetime) -> bool:
    """Tell whether an approval is too old to be agreed to or used."""
    return now - asked_at >= APPROVAL_LIVES
