"""What is stored of the directory: one row a mission."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from protestcoord.core.database import Base
from protestcoord.missions.regions import region_of
from protestcoord.missions.rules import Confidence, MissionKind, MissionStatus, Precision


class Mission(Base):
    """A mission; but for ``id`` and the two moments the columns are those of the catalogue.

    A row is never deleted, since sites of old campaigns point at it: a mission that is gone is
    closed, and one that two organizers took out is in the directory no more.
    """

    __tablename__ = "mission"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str]
    name_local: Mapped[str]
    kind: Mapped[MissionKind]
    country: Mapped[str] = mapped_column(String(2))
    city: Mapped[str]
    address: Mapped[str]
    postal_code: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    precision: Mapped[Precision]
    timezone: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str]
    website: Mapped[str]
    jurisdiction: Mapped[str]
    wikidata: Mapped[str]
    sources: Mapped[str]
    confidence: Mapped[Confidence]
    verified_on: Mapped[str] = mapped_column(String(10))
    status: Mapped[MissionStatus]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def is_listed(self) -> bool:
        """Whether the directory has it."""
        return self.removed_at is None

    @property
    def region(self) -> str:
        """UN M49 code of the region that the mission's country is in."""
        return region_of(self.country)


class MissionCorrection(Base):
    """One cell of a row as it was corrected here, after two organizers agreed.

    ``column`` is one of the catalogue, ``value`` its text there; it outlives imports until a
    catalogue knows better.
    """

    __tablename__ = "mission_correction"
    __table_args__ = (UniqueConstraint("mission_id", "column"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"))
    column: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(300))
    verified_on: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
