"""What is stored of campaigns: the campaign, its sites, its waves, and their slots."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.campaigns.recurrence import Recurrence, recurrence_from_text
from protestcoord.campaigns.rules import (
    DEFAULT_CAPACITY,
    CampaignState,
    Cancellation,
    Presence,
    slot_key,
)
from protestcoord.campaigns.schedule import Adjustment, RelayKind, Synchronisation
from protestcoord.core.database import Base
from protestcoord.missions.models import Mission
from protestcoord.missions.permits import CountedFrom, LeadUnit, Requirement


class Campaign(Base):
    """One coordinated effort: its message, its sites, its waves.

    While ``frozen_at`` is set it takes nothing from groups and volunteers (``freezing``);
    ``thawed_at`` is when that ended last.
    ``owner_id`` is who made it; who may do what in it stands in ``membership``.
    """

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    statement: Mapped[str] = mapped_column(Text)
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.DRAFT)
    approves_at_once: Mapped[bool] = mapped_column(default=False)
    known_groups_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    counts_turnout: Mapped[bool] = mapped_column(default=False, server_default=false())
    sends_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    frozen_at: Mapped[datetime | None]
    thawed_at: Mapped[datetime | None]
    owner_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Site(Base):
    """A mission that takes part in a campaign."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("campaign_id", "mission_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"))
    presence: Mapped[Presence]
    dropped_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()
    mission: Mapped[Mission] = relationship(lazy="joined")


class Wave(Base):
    """A rule for when: a synchronisation, a start, a length.

    ``start`` is UTC for *same instant* and *relay*, and a wall clock for *same local time*.
    ``published`` is what the public reads of it, as of the last publishing (``told_of_wave``);
    None until then.
    """

    __tablename__ = "wave"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    synchronisation: Mapped[Synchronisation]
    start: Mapped[datetime] = mapped_column(DateTime)
    duration_minutes: Mapped[int]
    window_start: Mapped[time]
    window_end: Mapped[time]
    relay_kind: Mapped[RelayKind]
    relay_hours: Mapped[int]
    capacity: Mapped[int] = mapped_column(default=DEFAULT_CAPACITY)
    recurrence: Mapped[str] = mapped_column(String(200), default="", server_default="")
    published: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()

    @property
    def repeats(self) -> Recurrence | None:
        """How it repeats, if it does."""
        return recurrence_from_text(self.recurrence)


class SiteOverride(Base):
    """What one site does otherwise than a wave says; ``occurrence`` 0 is every one."""

    __tablename__ = "site_override"
    __table_args__ = (UniqueConstraint("wave_id", "site_id", "occurrence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    occurrence: Mapped[int]
    is_cancelled: Mapped[bool]
    local_day: Mapped[date | None]
    local_time: Mapped[time | None]
    duration_minutes: Mapped[int | None]
    wave: Mapped[Wave] = relationship()
    site: Mapped[Site] = relationship(lazy="joined")


class Slot(Base):
    """One occurrence of a wave at one site; its row is for life, its instants may change.

    ``local_asked`` is the wall clock at the site that was asked for, from which the instants
    follow again when zone rules change; None where the instant itself was asked for.
    ``sequence`` is the calendar's SEQUENCE: raised for a changed start, end, place or
    cancellation, never for a changed text. ``moved_from`` is the start it had before it was last
    moved. ``shown_bucket`` is the public number of those who say
    that they come: so many at least, 0 for fewer than ten.
    """

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("wave_id", "site_id", "occurrence"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("ends_at > starts_at", name="length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    occurrence: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str] = mapped_column(String(64))
    local_asked: Mapped[datetime | None] = mapped_column(DateTime)
    adjustment: Mapped[Adjustment]
    capacity: Mapped[int]
    sequence: Mapped[int] = mapped_column(default=0)
    moved_from: Mapped[datetime | None]
    shown_bucket: Mapped[int] = mapped_column(default=0, server_default="0")
    cancelled_at: Mapped[datetime | None]
    cancellation: Mapped[Cancellation | None]
    changed_at: Mapped[datetime]
    wave: Mapped[Wave] = relationship(lazy="joined")
    site: Mapped[Site] = relationship(lazy="joined")

    @property
    def key(self) -> str:
        """The slot's public identity."""
        return slot_key(self.wave.number, self.site.mission.slug, self.occurrence)


class PermitNote(Base):
    """What a campaign's organizers found out of a country; it counts before the shipped table."""

    __tablename__ = "permit_note"
    __table_args__ = (UniqueConstraint("campaign_id", "country"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    country: Mapped[str] = mapped_column(String(2))
    requirement: Mapped[Requirement]
    lead: Mapped[int | None]
    lead_unit: Mapped[LeadUnit | None]
    counted_from: Mapped[CountedFrom]
    authority: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(300))
    checked_on: Mapped[date]
    changed_at: Mapped[datetime]


class CorrectionProposal(Base):
    """What somebody of a campaign says is wrong with a row of the directory; organizers decide.

    ``values`` are texts of cells by column. Of a group that proposed it nothing is kept but that
    it was one; ``organizer_id`` is None then.
    """

    __tablename__ = "correction_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"))
    organizer_id: Mapped[int | None] = mapped_column(ForeignKey("organizer.id"))
    values: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(300))
    verified_on: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    campaign: Mapped[Campaign] = relationship()
    mission: Mapped[Mission] = relationship()
