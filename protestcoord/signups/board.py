"""Which slot of which site lacks a group: every site by every wave, the gaps first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Slot, Wave
from protestcoord.campaigns.queries import waves_of_campaign
from protestcoord.campaigns.rules import Presence
from protestcoord.members.rules import Areas
from protestcoord.signups.coverage import (
    SiteWithState,
    SlotCounts,
    counts_by_slot,
    sites_with_state,
)
from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import COVERED

# Of a wave that repeats often, so many slots stand in a cell.
MOST_IN_CELL = 4


@dataclass(frozen=True)
class BoardSlot:
    """A slot on the board: how many groups are confirmed of how many it takes."""

    key: str
    starts_at: datetime
    timezone: str
    state: SlotState
    confirmed: int
    offered: int
    capacity: int
    is_over: bool


@dataclass(frozen=True)
class Cell:
    """The slots of a wave at a site, gaps first; ``unshown`` is how many more there are."""

    slots: tuple[BoardSlot, ...] = ()
    unshown: int = 0


@dataclass(frozen=True)
class BoardRow:
    """A site with a cell for each wave.

    Attributes:
        mission: Its slug.
        region: UN M49 code.
        ahead: How many of its slots are not over.
        covered: For how many of these a group is confirmed.
        offered: For how many of these one only waits for approval.
    """

    mission: str
    city: str
    country: str
    region: str
    is_remote: bool
    ahead: int
    covered: int
    offered: int
    cells: tuple[Cell, ...]

    @property
    def rank(self) -> tuple[float, float, int]:
        """What sorts gaps first: the share covered, then the share offered, then the most slots."""
        if not self.ahead:
            return 2.0, 0.0, 0
        return self.covered / self.ahead, self.offered / self.ahead, -self.ahead


@dataclass(frozen=True)
class Board:
    """The waves that have a slot, and the sites."""

    waves: tuple[Wave, ...]
    rows: tuple[BoardRow, ...]


def board_of(session: Session, campaign: Campaign, areas: Areas, now: datetime) -> Board:
    """Return the board of a campaign's sites within some areas, gaps first."""
    counts = counts_by_slot(session, campaign.id)
    found = sites_with_state(session, campaign.id)
    within = [f for f in found if f.slots and areas.covers(f.site.mission.country)]
    used = {slot.wave_id for f in within for slot in f.slots}
    waves = tuple(w for w in waves_of_campaign(session, campaign) if w.id in used)
    rows = [_row(f, waves, counts, now) for f in within]
    return Board(waves, tuple(sorted(rows, key=lambda row: row.rank)))


def _row(
    found: SiteWithState, waves: Sequence[Wave], counts: Mapping[int, SlotCounts], now: datetime
) -> BoardRow:
    by_wave: dict[int, list[BoardSlot]] = defaultdict(list)
    for slot, state in zip(found.slots, found.slot_states, strict=True):
        of_slot = counts.get(slot.id, SlotCounts())
        by_wave[slot.wave_id].append(_slot(slot, state, of_slot, now))
    ahead = [slot for slots in by_wave.values() for slot in slots if not slot.is_over]
    mission = found.site.mission
    return BoardRow(
        mission=mission.slug,
        city=mission.city,
        country=mission.country,
        region=mission.region,
        is_remote=found.site.presence is Presence.REMOTE_ONLY,
        ahead=len(ahead),
        covered=sum(slot.state in COVERED for slot in ahead),
        offered=sum(slot.state is SlotState.OFFERED for slot in ahead),
        cells=tuple(_cell(by_wave[wave.id]) for wave in waves),
    )


def _slot(slot: Slot, state: SlotState, counts: SlotCounts, now: datetime) -> BoardSlot:
    return BoardSlot(
        key=slot.key,
        starts_at=slot.starts_at,
        timezone=slot.timezone,
        state=state,
        confirmed=counts.confirmed,
        offered=counts.offered,
        capacity=slot.capacity,
        is_over=slot.ends_at <= now,
    )


def _cell(slots: Sequence[BoardSlot]) -> Cell:
    gaps_first = sorted(slots, key=lambda slot: (slot.is_over, slot.state.rank, slot.starts_at))
    return Cell(tuple(gaps_first[:MOST_IN_CELL]), max(len(slots) - MOST_IN_CELL, 0))
