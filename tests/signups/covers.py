"""Plain factories of what coverage asks of a site: a test states only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import SiteCover, SlotCover

NOON_AT = datetime(2027, 1, 9, 11, tzinfo=UTC)


def make_slot_cover(**changes: Any) -> SlotCover:
    slot = SlotCover("w1-de-berlin-embassy-1", NOON_AT, "Europe/Berlin", SlotState.EMPTY, True)
    return replace(slot, **changes)


def make_cover(mission: str = "de-berlin-embassy", **changes: Any) -> SiteCover:
    """A site whose one slot is in the site's state; its country is the first part of its slug."""
    state = changes.get("state", SlotState.EMPTY)
    site = SiteCover(
        mission=mission,
        name="Embassy",
        kind="embassy",
        city="Berlin",
        country=mission[:2].upper(),
        region="155",
        latitude=52.5,
        longitude=13.4,
        state=state,
        is_remote=False,
        is_post=True,
        is_public=True,
        groups=frozenset(),
        slots=(make_slot_cover(key=f"w1-{mission}-1", state=state),),
    )
    return replace(site, **changes)
