"""What may be reported, as what, and for how long is it kept; pure."""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Protocol, TypeVar

from protestcoord.core.errors import N_

# SECURITY: what may name a person is kept no longer than it takes to act on it.
KEPT: Final = timedelta(days=90)
MOST_TEXT: Final = 1000
MOST_ABOUT: Final = 300
# SECURITY: so many rows an hour about one item; whoever solves the work ten thousand times fills no
# more of the queue. The rest is counted beside the last of them, and decided with it.
ROWS_AN_HOUR: Final = 5
# Only shapes that our own pages have, so that the queue never shows an address of somebody else.
SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*"
ABOUT = re.compile(
    rf"/|/(?:about|code-of-conduct|demands|privacy)/(?:{SEGMENT}/)*"
    rf"|/missions/quality/|/missions/(?:(?P<listed>{SEGMENT})/)?"
    rf"|/c/(?P<campaign>[a-z0-9-]+)/(?:sites/(?P<mission>{SEGMENT})/)?(?:{SEGMENT}/)*"
)


class ReportKind(enum.StrEnum):
    """What is wrong."""

    VIOLENCE = "violence"
    PERSON = "person"
    WRONG = "wrong"
    SPAM = "spam"
    OTHER = "other"


class ReportState(enum.StrEnum):
    """What became of a report; whoever has the receipt reads it."""

    OPEN = "open"
    ACTED_ON = "acted_on"
    NOT_ACTED_ON = "not_acted_on"


KIND_LABELS: Final = {
    ReportKind.VIOLENCE: N_("It calls for violence"),
    ReportKind.PERSON: N_("It names a person"),
    ReportKind.WRONG: N_("The place or the time is wrong"),
    ReportKind.SPAM: N_("It is spam"),
    ReportKind.OTHER: N_("Something else"),
}
STATE_TEXTS: Final = {
    ReportState.OPEN: N_("Nobody has decided yet."),
    ReportState.ACTED_ON: N_("An organizer looked at it and acted on it."),
    ReportState.NOT_ACTED_ON: N_("An organizer looked at it and left the page as it is."),
}


@dataclass(frozen=True)
class Subject:
    """What a public page is about.

    Attributes:
        campaign: Slug of the campaign, or nothing where the page is the directory's or the site's.
        mission: Slug of the mission whose page or site in that campaign it is, or nothing.
    """

    campaign: str = ""
    mission: str = ""


def subject_of(about: str) -> Subject | None:
    """Return what the page at a path is about; None if no public page has such a path.

    Args:
        about: Path without language, as pages link to themselves.
    """
    found = ABOUT.fullmatch(about) if len(about) <= MOST_ABOUT else None
    if found is None:
        return None
    told = found.groupdict(default="")
    return Subject(told["campaign"], told["mission"] or told["listed"])


class Reported(Protocol):
    """What a row of the queue is made of."""

    about: str
    created_at: datetime


Kind = TypeVar("Kind", bound=Reported)


def rows_of(reports: Iterable[Kind]) -> list[list[Kind]]:
    """Return the rows of the queue, in the order of their first report.

    A row is a report by itself, or the last that an item gets in an hour with all that came after
    it in that hour.
    """
    rows: list[list[Kind]] = []
    of_items: dict[tuple[Subject | None, datetime], list[list[Kind]]] = {}
    for report in reports:
        hour = report.created_at.replace(minute=0, second=0, microsecond=0)
        of_item = of_items.setdefault((subject_of(report.about), hour), [])
        if len(of_item) == ROWS_AN_HOUR:
            of_item[-1].append(report)
            continue
        of_item.append([report])
        rows.append(of_item[-1])
    return rows


def median_age(created: Iterable[datetime], now: datetime) -> timedelta:
    """Return how long half of the reports have waited at least; nothing if there is none."""
    ages = [(now - created_at).total_seconds() for created_at in created]
    return timedelta(seconds=median(ages)) if ages else timedelta(0)
