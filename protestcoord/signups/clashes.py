"""Can one group act at both of two slots: do they overlap, is the way too long; pure."""

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from protestcoord.campaigns.schedule import Note
from protestcoord.core.errors import N_
from protestcoord.missions.distance import km_between


class ClashKind(enum.StrEnum):
    """Why a group cannot be at two slots."""

    OVERLAP = "overlap"
    TOO_FAR = "too_far"


@dataclass(frozen=True)
class ClaimedSlot:
    """When and where a slot is that a group claims.

    Attributes:
        sign_up_id: Row id of the claim; no claim clashes with itself.
        point: Latitude and longitude of the mission, in degrees.
        is_remote: Whether groups act for the site from elsewhere, so that nobody travels there.
        accepts_clashes: Whether the group took it although it clashed.
    """

    sign_up_id: int
    starts_at: datetime
    ends_at: datetime
    timezone: str
    city: str
    point: tuple[float, float]
    is_remote: bool
    accepts_clashes: bool


@dataclass(frozen=True)
class Clash:
    """Why a group cannot act at a slot and at another one that it claims.

    Attributes:
        km: How far apart the missions are, rounded up; 0 if the two overlap.
        minutes_between: Whole minutes from the end of one to the start of the other.
        minutes_needed: Minutes the way takes at ``travel_kmh``, rounded up.
        is_accepted: Whether the group took one of the two although it clashed.
    """

    kind: ClashKind
    other: ClaimedSlot
    km: int
    minutes_between: int
    minutes_needed: int
    travel_kmh: int
    is_accepted: bool

    @property
    def note(self) -> Note:
        """The reason as a sentence for people."""
        if self.kind is ClashKind.OVERLAP:
            return Note(N_("The two overlap in time."), {})
        message = N_(
            "They are %(km)s km apart, with %(between)s between; "
            "at %(kmh)s km/h it takes %(needed)s."
        )
        values = {
            "km": self.km,
            "between": _length(self.minutes_between),
            "kmh": self.travel_kmh,
            "needed": _length(self.minutes_needed),
        }
        return Note(message, values)


def clash_between(claim: ClaimedSlot, other: ClaimedSlot, travel_kmh: int) -> Clash | None:
    """Return why one group cannot act at both of two slots, or None if it can.

    Slots that only touch do not overlap. A remote-only site is acted for from elsewhere, so there
    is no way to it.
    """
    first, second = sorted((claim, other), key=lambda slot: slot.starts_at)
    is_accepted = claim.accepts_clashes or other.accepts_clashes
    if second.starts_at < first.ends_at:
        return Clash(ClashKind.OVERLAP, other, 0, 0, 0, travel_kmh, is_accepted)
    if claim.is_remote or other.is_remote:
        return None
    km = km_between(first.point, second.point)
    between = (second.starts_at - first.ends_at).total_seconds() / 60
    needed = km / travel_kmh * 60
    if between >= needed:
        return None
    return Clash(
        ClashKind.TOO_FAR,
        other,
        math.ceil(km),
        math.floor(between),
        math.ceil(needed),
        travel_kmh,
        is_accepted,
    )


def clashes_of(
    claim: ClaimedSlot, others: Iterable[ClaimedSlot], travel_kmh: int
) -> tuple[Clash, ...]:
    """Return how a slot clashes with others that the same group claims, in their order."""
    apart = [other for other in others if other.sign_up_id != claim.sign_up_id]
    found = (clash_between(claim, other, travel_kmh) for other in apart)
    return tuple(clash for clash in found if clash is not None)


def _length(minutes: int) -> str:
    """Return a length of time in the symbols of units that every language knows."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(filter(None, parts))
