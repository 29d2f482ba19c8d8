"""What is stored of a campaign's people: who works on it, who is invited, what waits for two."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.core.database import Base
from protestcoord.members.rules import RIGHTS, Areas, MemberRole, Right, TwoPersonAct
from protestcoord.organizers.models import Organizer


class Membership(Base):
    """An organizer's role in a campaign, and the areas it is for."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("campaign_id", "organizer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"), index=True)
    role: Mapped[MemberRole]
    area_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    joined_at: Mapped[datetime]
    organizer: Mapped[Organizer] = relationship(lazy="joined")

    @property
    def areas(self) -> Areas:
        """Where the role holds."""
        return Areas.of(self.area_codes)

    def has(self, right: Right) -> bool:
        """Tell whether the role includes a right."""
        return right in RIGHTS[self.role]


class Invitation(Base):
    """A role that is offered by mail; the row goes when it is taken, called off or too old.

    Address and token are sealed under the key of the instance's accounts.
    """

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes]
    language: Mapped[str] = mapped_column(String(8))
    role: Mapped[MemberRole]
    area_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    invited_at: Mapped[datetime]


class Approval(Base):
    """What one organizer asked for, and whether another one agreed; it serves once."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    act: Mapped[TwoPersonAct]
    subject: Mapped[str] = mapped_column(String(120))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    asked_at: Mapped[datetime]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("organizer.id"))
    used_at: Mapped[datetime | None]
    asked_by: Mapped[Organizer] = relationship(foreign_keys=[asked_by_id])
