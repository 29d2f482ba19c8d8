"""What is stored of sign-ups: the group, its sealed contact, and its claims on slots."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.core.database import Base
from protestcoord.signups.rules import SignUpState


class Contact(Base):
    """How to reach a group: one sealed value, opened only by the service.

    The id is a UUID that we made, so that the sealed value can be bound to it before the row
    exists. ``email_index`` is an HMAC under a key outside the database.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("campaign_id", "email_index"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    email_index: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()


class Group(Base):
    """A local group in one campaign; ``key`` is its public identity, its link is kept hashed."""

    __tablename__ = "group"
    __table_args__ = (UniqueConstraint("campaign_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), unique=True)
    key: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()
    contact: Mapped[Contact] = relationship()


class SignUp(Base):
    """A group's claim on a slot.

    ``place_number`` (from 1) is held while the sign-up is offered or confirmed; it is unique in
    the slot, so that even a mistake in the code cannot overbook. ``waitlist_number`` orders
    those who wait. ``clash_accepted_at`` is set if the group took the slot although it clashed
    with another one that it held.
    """

    __tablename__ = "sign_up"
    __table_args__ = (
        UniqueConstraint("slot_id", "place_number"),
        UniqueConstraint("group_id", "slot_id"),
        CheckConstraint(
            "(state IN ('offered', 'confirmed')) = (place_number IS NOT NULL)", name="place"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    state: Mapped[SignUpState]
    place_number: Mapped[int | None]
    waitlist_number: Mapped[int | None]
    expected_number: Mapped[int]
    meeting_point: Mapped[str] = mapped_column(String(300), default="")
    code_of_conduct: Mapped[str] = mapped_column(String(20))
    clash_accepted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    group: Mapped[Group] = relationship(lazy="joined")
    slot: Mapped[Slot] = relationship(lazy="joined")
