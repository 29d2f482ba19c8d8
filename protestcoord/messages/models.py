"""What is stored of messages: the text as long as it is needed, and who was written to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.campaigns.models import Campaign
from protestcoord.core.database import Base
from protestcoord.messages.rules import Audience, MessageState
from protestcoord.organizers.models import Organizer
from protestcoord.signups.models import Group, SignUp


class Message(Base):
    """A message of an organizer to groups.

    The text is sealed under the campaign's key, and wiped when the last mail has left. The id is a
    UUID that we made, so that the sealed value can be bound to it before the row exists.
    """

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    subject: Mapped[str] = mapped_column(String(120))
    sealed_text: Mapped[bytes | None] = mapped_column(LargeBinary)
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[MessageState] = mapped_column(default=MessageState.DRAFT)
    count: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    leaves_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    campaign: Mapped[Campaign] = relationship()
    organizer: Mapped[Organizer] = relationship()

    @property
    def asked(self) -> Audience:
        """Which groups it goes to."""
        return Audience(**self.audience)


class MessageRecipient(Base):
    """A group that a message goes to; the id is that of its mail in the outbox.

    It follows from the message and the group, so no second mail can ever be written.
    """

    __tablename__ = "message_recipient"
    __table_args__ = (UniqueConstraint("message_id", "group_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id"))
    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_up.id"))
    message: Mapped[Message] = relationship()
    group: Mapped[Group] = relationship()
    sign_up: Mapped[SignUp] = relationship()
