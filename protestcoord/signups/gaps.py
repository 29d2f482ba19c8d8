"""Where is a group needed most: the sites without a confirmed one, ranked, pure."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from protestcoord.core.clock import offset_text
from protestcoord.missions.gazetteer import people_within
from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import SiteCover, SlotCover

SHOWN = 10
GAP_STATES = frozenset({SlotState.EMPTY, SlotState.OFFERED})


@dataclass(frozen=True)
class Gap:
    """A site that is not covered, and the slot of it that a group should take.

    Attributes:
        people: How many live in cities within 50 km, to compare by.
    """

    site: SiteCover
    slot: SlotCover
    people: int


class Gain(enum.StrEnum):
    """What a campaign gains with one more site."""

    COUNTRIES = "countries"
    ZONES = "zones"


@dataclass(frozen=True)
class Step:
    """One of the best next sites.

    Attributes:
        gains: The country's code, or the offset from UTC at the slot's start, that nothing
            covered nor any step before has; empty if it brings none.
    """

    gap: Gap
    gains: str


def gaps_of(
    sites: Iterable[SiteCover], people_near: Callable[[float, float], int] = people_within
) -> list[Gap]:
    """Return the sites that can still be taken and are not covered, the most wanted first.

    Empty ones come before offered ones. Then those where people stand before the mission come
    before remote-only ones, to which nobody is asked to come however many live near; then the
    one with more people within 50 km.
    """
    found = [
        Gap(site, slot, people_near(site.latitude, site.longitude))
        for site in sites
        if site.is_public and site.state in GAP_STATES and (slot := slot_to_take(site))
    ]
    return sorted(found, key=lambda gap: (gap.site.state.rank, *_order(gap)))


def slot_to_take(site: SiteCover) -> SlotCover | None:
    """Return the emptiest slot of a site that can be taken, of several the first, or None."""
    slots = [slot for slot in site.slots if slot.is_open]
    return min(slots, key=lambda slot: (slot.state.rank, slot.starts_at, slot.key), default=None)


def best_next(
    gaps: Iterable[Gap], sites: Iterable[SiteCover], gain: Gain, count: int = SHOWN
) -> list[Step]:
    """Return the gaps to close first so that the campaign gains most, greedily.

    Each step takes the gap that brings a country or an offset from UTC that is not there yet;
    of several, and when none brings any, the first on site with most people within 50 km.

    Args:
        gaps: Those to choose from.
        sites: All sites; the covered ones say what is there already.
        gain: What is to be gained.
        count: How many at most.
    """
    there = {label for site in sites if site.is_covered for label in _labels_of(site, gain)}
    left = sorted(gaps, key=_order)
    steps: list[Step] = []
    while left and len(steps) < count:
        best = min(left, key=lambda gap: _label_of(gap, gain) in there)
        label = _label_of(best, gain)
        steps.append(Step(best, "" if label in there else label))
        there.add(label)
        left.remove(best)
    return steps


def _order(gap: Gap) -> tuple[bool, int, str]:
    return (gap.site.is_remote, -gap.people, gap.site.mission)


def _label_of(gap: Gap, gain: Gain) -> str:
    return gap.site.country if gain is Gain.COUNTRIES else _offset_of(gap.slot)


def _labels_of(site: SiteCover, gain: Gain) -> Sequence[str]:
    if gain is Gain.COUNTRIES:
        return [site.country]
    return [_offset_of(slot) for slot in site.slots if slot.state not in GAP_STATES]


def _offset_of(slot: SlotCover) -> str:
    return offset_text(slot.starts_at, slot.timezone)
