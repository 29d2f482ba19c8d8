"""What is stored of volunteers: a number for each slot, and who wants to be reminded, sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.campaigns.models import Slot
from protestcoord.core.database import Base
from protestcoord.volunteers.rules import Moment


class Turnout(Base):
    """How many people said that they come to a slot.

    There is no row for a person and no column that could hold one. ``hour`` is the full hour in
    which the last press was counted, and ``counted_in_hour`` how many it brought, so that no moment
    of a press is kept; ``looked_at`` is when the public number was last made from it.
    """

    __tablename__ = "turnout"

    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), primary_key=True)
    people: Mapped[int] = mapped_column(default=0)
    hour: Mapped[datetime]
    counted_in_hour: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime]
    slot: Mapped[Slot] = relationship()


class Subscription(Base):
    """An address that wants to be reminded of a slot; nothing is sent before its owner confirms.

    The address and both links are one sealed value under the campaign's key; ``email_index`` is an
    HMAC that tells nothing across campaigns, and the links are found by their digests. What was
    last told of the slot is kept, to see that it was moved or called off.
    """

    __tablename__ = "subscription"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    email_index: Mapped[str] = mapped_column(String(64), index=True)
    language: Mapped[str] = mapped_column(String(8))
    confirm_hash: Mapped[str] = mapped_column(String(64), unique=True)
    leave_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    told_starts_at: Mapped[datetime]
    told_ends_at: Mapped[datetime]
    told_off: Mapped[bool] = mapped_column(default=False)
    slot: Mapped[Slot] = relationship()


class Reminder(Base):
    """One moment at which a subscription is reminded: a row for life, so that it is queued once."""

    __tablename__ = "reminder"

    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    moment: Mapped[Moment] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    subscription: Mapped[Subscription] = relationship()
