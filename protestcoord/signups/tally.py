"""How much of a campaign is covered: every figure that pages, console and data give, pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from protestcoord.signups.rules import SlotState

COVERED = frozenset({SlotState.COVERED, SlotState.FULL})


@dataclass(frozen=True)
class SlotCover:
    """A slot that stands, with its state.

    Attributes:
        key: Its public identity.
        is_open: Whether a group can sign up for it.
    """

    key: str
    starts_at: datetime
    timezone: str
    state: SlotState
    is_open: bool


@dataclass(frozen=True)
class SiteCover:
    """What coverage asks of a site that takes part.

    Attributes:
        mission: Slug of the mission; name, kind, city and what follows are the mission's.
        region: UN M49 code.
        is_remote: Whether groups act for it from elsewhere.
        is_post: Whether the directory has the mission as open.
        is_public: Whether it was ever given a slot; until then no figure counts it.
        groups: Public keys of the groups that are confirmed there.
        slots: Those that stand, by time.
    """

    mission: str
    name: str
    kind: str
    city: str
    country: str
    region: str
    latitude: float
    longitude: float
    state: SlotState
    is_remote: bool
    is_post: bool
    is_public: bool
    groups: frozenset[str]
    slots: tuple[SlotCover, ...]

    @property
    def is_covered(self) -> bool:
        """Whether a group is confirmed there; a site that is full is covered too."""
        return self.state in COVERED

    @property
    def slots_covered(self) -> int:
        """For how many of its slots a group is confirmed."""
        return sum(slot.state in COVERED for slot in self.slots)


@dataclass(frozen=True)
class Tally:
    """How many sites there are by state; ``covered`` counts the full ones too."""

    sites: int
    covered: int
    full: int
    offered: int
    empty: int


@dataclass(frozen=True)
class AreaTally:
    """The tally of a region (``code`` in UN M49) or of a country (ISO 3166-1 alpha-2)."""

    code: str
    tally: Tally


@dataclass(frozen=True)
class Coverage:
    """How much of a campaign is covered.

    Attributes:
        groups: How many groups are confirmed somewhere, each counted once.
        slots: How many slots stand, of all sites.
        posts: How many missions of the directory are open, in the campaign or not.
        posts_covered: How many of these are covered.
        remote_only: The tally of the sites that are remote only; they are in all other figures
            as well.
        by_region: In the order of the codes, as is ``by_country``.
    """

    sites: int
    countries: int
    sites_covered: int
    countries_covered: int
    sites_offered: int
    sites_empty: int
    groups: int
    slots: int
    slots_covered: int
    full: int
    posts: int
    posts_covered: int
    remote_only: Tally
    by_region: tuple[AreaTally, ...]
    by_country: tuple[AreaTally, ...]

    @property
    def share_of_posts(self) -> float:
        """Which part of all open missions is covered, from 0 to 1, to four decimals."""
        return round(self.posts_covered / self.posts, 4) if self.posts else 0.0


def tally_of(states: Iterable[SlotState]) -> Tally:
    """Return how many sites there are by state."""
    counts = Counter(states)
    return Tally(
        sites=counts.total(),
        covered=sum(counts[state] for state in COVERED),
        full=counts[SlotState.FULL],
        offered=counts[SlotState.OFFERED],
        empty=counts[SlotState.EMPTY],
    )


def coverage_of(sites: Iterable[SiteCover], posts: int) -> Coverage:
    """Return how much of a campaign is covered; the one place that counts it.

    Args:
        sites: Those that take part; the order does not matter.
        posts: How many missions of the directory are open.
    """
    public = [site for site in sites if site.is_public]
    covered = [site for site in public if site.is_covered]
    whole = tally_of(site.state for site in public)
    return Coverage(
        sites=whole.sites,
        countries=len({site.country for site in public}),
        sites_covered=whole.covered,
        countries_covered=len({site.country for site in covered}),
        sites_offered=whole.offered,
        sites_empty=whole.empty,
        groups=len({group for site in covered for group in site.groups}),
        slots=sum(len(site.slots) for site in public),
        slots_covered=sum(site.slots_covered for site in public),
        full=whole.full,
        posts=posts,
        posts_covered=len({site.mission for site in covered if site.is_post}),
        remote_only=tally_of(site.state for site in public if site.is_remote),
        by_region=_by_area((site.region, site.state) for site in public),
        by_country=_by_area((site.country, site.state) for site in public),
    )


def _by_area(states: Iterable[tuple[str, SlotState]]) -> tuple[AreaTally, ...]:
    found: dict[str, list[SlotState]] = {}
    for code, state in states:
        found.setdefault(code, []).append(state)
    return tuple(AreaTally(code, tally_of(found[code])) for code in sorted(found))
