"""What may a message say, to whom does it go, and when does it leave: pure."""

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from protestcoord.core.errors import N_, DomainError
from protestcoord.members.rules import Areas

LONGEST_SUBJECT = 120
LONGEST_TEXT = 5000
# More groups than these need a second look before they are written to.
MOST_WITHOUT_DELAY = 25
DELAY = timedelta(minutes=10)
DRAFT_LIFE = timedelta(days=7)

VARIABLES = {
    "group": N_("the group's name"),
    "city": N_("the city of its site"),
    "site": N_("the name of its site"),
    "local_time": N_("when its slot starts, on the clock there"),
    "meeting_point": N_("its meeting point, or nothing"),
    "link": N_("the link to the group's own page"),
}
_VARIABLE = re.compile(r"\{([^{}\n]*)\}")


class MessageState(enum.StrEnum):
    """Where a message stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"


MESSAGE_STATE_LABELS = {
    MessageState.DRAFT: N_("draft"),
    MessageState.WAITING: N_("leaves soon"),
    MessageState.SENDING: N_("being sent"),
    MessageState.SENT: N_("sent"),
    MessageState.CANCELLED: N_("called off"),
}


class UnknownVariable(DomainError):
    """A text names a variable that there is not."""

    message = N_("There is no variable {%(name)s}. Please use one of those listed.")
    field = "text"


class NoVariablesHere(DomainError):
    """A subject is read on locked screens and by mail providers, so it says nothing of a group."""

    message = N_("The subject is the same for all groups: it takes no variables.")
    field = "subject"


class NobodyChosen(DomainError):
    """No group is among those chosen."""

    message = N_("No group is chosen. Please change who gets the message.")


class WrongNumber(DomainError):
    """The number of groups was not repeated."""

    message = N_("This goes to %(count)s groups. Please type this number to confirm.")
    field = "number"


class AlreadyLeft(DomainError):
    """The message was sent, called off, or is being sent."""

    message = N_("This message has left or was called off; it can no longer be changed.")
    status = 409


@dataclass(frozen=True)
class Audience:
    """Which groups get a message; what is empty does not restrict.

    Attributes:
        state: State of a sign-up, among those that are live.
        country: ISO code of the site's country.
        region: UN code of the site's region.
        wave: Number of the wave, or 0.
        mission: Slug of the site's mission.
        language: Language of the group.
        silent_days: For how many days the group has done nothing, or 0.
        within: Codes of the areas of who wrote it, or nothing for everywhere.
    """

    state: str = ""
    country: str = ""
    region: str = ""
    wave: int = 0
    mission: str = ""
    language: str = ""
    silent_days: int = 0
    within: Sequence[str] = ()

    @property
    def areas(self) -> tuple[Areas, Areas]:
        """What all of the groups' sites lie in: the region asked for, and where the writer acts."""
        return Areas.of([self.region] if self.region else []), Areas.of(self.within)


def check_subject(subject: str) -> None:
    """Raise NoVariablesHere if a subject would differ from group to group."""
    if _VARIABLE.search(subject):
        raise NoVariablesHere


def check_text(text: str) -> None:
    """Raise UnknownVariable if a text names a variable that there is not."""
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            raise UnknownVariable(name=name)


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled in, once: a value that looks like one stays so."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def needs_second_look(count: int) -> bool:
    """Say whether a message to so many groups does not leave at once."""
    return count > MOST_WITHOUT_DELAY


def leaves_at(count: int, now: datetime) -> datetime:
    """Return when a message to so many groups leaves."""
    return now + DELAY if needs_second_look(count) else now


def check_number(count: int, typed: int | None) -> None:
    """Raise WrongNumber unless who sends to many has repeated to how many."""
    if needs_second_look(count) and typed != count:
        raise WrongNumber(count=count)
