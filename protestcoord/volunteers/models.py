"""What is stored of volunteers: a number for each slot, and nothing about anybody in it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.campaigns.models import Slot
from protestcoord.core.database import Base


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
