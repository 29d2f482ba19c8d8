"""Which groups could take a slot: those that are free then, the nearest first, pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from protestcoord.missions.distance import Point, km_between, point_of
from protestcoord.missions.gazetteer import City

SHOWN = 10
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class GroupPlace:
    """Where a group is and when it is busy; nothing of this is stored, and no contact is in it.

    Attributes:
        key: Its public identity.
        city: As the group wrote it.
        found: The city that is taken for it, None if the gazetteer has none.
        busy: From when to when each slot lasts that it has a live claim on, or took back.
    """

    key: str
    name: str
    city: str
    language: str
    found: City | None
    busy: tuple[Span, ...]


@dataclass(frozen=True)
class NearGroup:
    """A group that could take a slot; ``km`` is None where its place is unknown."""

    group: GroupPlace
    km: float | None


def nearest_free_groups(
    groups: Iterable[GroupPlace], here: Point, span: Span, count: int = SHOWN
) -> list[NearGroup]:
    """Return the groups without a slot at a time, the nearest first, those of unknown place last.

    Args:
        groups: All groups of a campaign.
        here: Latitude and longitude of the site, in degrees.
        span: When the slot starts and ends; slots that only touch do not overlap.
        count: How many at most.
    """
    free = [
        NearGroup(group, km_between(here, point_of(group.found)) if group.found else None)
        for group in groups
        if not any(_overlap(span, busy) for busy in group.busy)
    ]
    return sorted(free, key=_by_distance)[:count]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _by_distance(near: NearGroup) -> tuple[bool, float, str]:
    return (near.km is None, near.km or 0.0, near.group.key)
