"""What an organizer asks for: values between the forms and the services."""

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from protestcoord.campaigns.rules import DEFAULT_CAPACITY, Presence
from protestcoord.campaigns.schedule import Recurrence, RelayKind, Synchronisation, WaveRule


@dataclass(frozen=True)
class CampaignRequest:
    """A campaign's message.

    Attributes:
        title: One line.
        statement: What is asked, and of whom; several paragraphs.
        owner_id: The organizer who makes it; not looked at when it is edited.
        slug: Its address, or empty to make one from the title.
        approves_at_once: Whether a sign-up is confirmed without an organizer looking at it.
        known_groups_only: Whether all others wait until an organizer lets them in.
    """

    title: str
    statement: str
    owner_id: int
    slug: str = ""
    approves_at_once: bool = False
    known_groups_only: bool = False


@dataclass(frozen=True)
class SiteChoice:
    """Missions to take part, beside those that do already.

    Attributes:
        missions: Slugs.
        presence: How some of them take part, by slug; the others keep what they have, or get
            what is proposed for their country.
        remote_only_countries: ISO codes of the countries for which *remote only* is proposed.
    """

    missions: Collection[str]
    presence: Mapping[str, Presence] = field(default_factory=dict)
    remote_only_countries: frozenset[str] = frozenset()


class BulkAct(enum.StrEnum):
    """What is done with many missions at once."""

    CHOOSE = "choose"
    REMOVE = "remove"
    ON_SITE = "on_site"
    REMOTE_ONLY = "remote_only"


@dataclass(frozen=True)
class Bulk:
    """One act on the missions of a region, of a country, or on all.

    Attributes:
        scope: M49 code, ISO code, or empty for all.
    """

    act: BulkAct
    scope: str = ""


@dataclass(frozen=True)
class SitesEdit:
    """What an organizer ticked in a list of missions, and perhaps one act on many.

    Attributes:
        shown: Slugs of the missions that the list had; the others stay as they are.
        chosen: Those that are ticked.
        presence: What stands beside each, by slug.
    """

    shown: frozenset[str]
    chosen: frozenset[str]
    presence: Mapping[str, Presence]
    bulk: Bulk | None = None


@dataclass(frozen=True)
class WaveRequest:
    """A rule for when, with its name and how many groups a slot takes; see ``WaveRule``."""

    title: str
    synchronisation: Synchronisation
    start: datetime
    duration_minutes: int
    window_start: time = time(8)
    window_end: time = time(20)
    relay_kind: RelayKind = RelayKind.FULL
    relay_hours: int = 24
    capacity: int = DEFAULT_CAPACITY
    recurrence: Recurrence | None = None

    @property
    def rule(self) -> WaveRule:
        """The part of it from which slots follow."""
        return WaveRule(
            self.synchronisation,
            self.start,
            self.duration_minutes,
            self.relay_kind,
            self.window_start,
            self.window_end,
            self.relay_hours,
            self.recurrence,
        )
