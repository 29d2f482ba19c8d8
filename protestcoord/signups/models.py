"""What is stored of sign-ups: the group, its sealed contact, and its claims on slots."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.core.database import Base
from protestcoord.missions.persons import Sign, signs_in
from protestcoord.organizers.models import Organizer
from protestcoord.signups.rules import Actor, EditedField, Permit, ProposalState, SignUpState


class Contact(Base):
    """How to reach a group: one sealed value, opened only by the service.

    The id is a UUID that we made, so that the sealed value can be bound to it before the row
    exists. ``email_index`` is an HMAC under a key outside the database; so is ``domain_index``, by
    which sign-ups of one mail domain are counted, empty for domains where anybody gets an address.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("campaign_id", "email_index"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    email_index: Mapped[str] = mapped_column(String(64))
    domain_index: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()


class Group(Base):
    """A local group in one campaign; ``key`` is its public identity, its link is kept hashed.

    ``is_named`` says whether the public reads its name; ``is_trusted``, whether its further
    sign-ups need no approval; ``needs_look``, whether it came by a form without proof of work, so
    that it gets no place before an organizer confirms one; ``merged_at``, since when it is one with
    another group, so that nobody reaches it any more; ``hidden_at``, since when organizers keep all
    that it says from the public.
    """

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
    is_named: Mapped[bool] = mapped_column(default=True, server_default=true())
    is_trusted: Mapped[bool] = mapped_column(default=False, server_default=false())
    needs_look: Mapped[bool] = mapped_column(default=False, server_default=false())
    verified_at: Mapped[datetime | None]
    # Only the day (UTC): when somebody was awake is nobody's business.
    seen_day: Mapped[date | None]
    merged_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()
    contact: Mapped[Contact] = relationship()


class SignUp(Base):
    """A group's claim on a slot.

    ``place_number`` (from 1) is held while the sign-up is offered or confirmed; it is unique in
    the slot, so that even a mistake in the code cannot overbook. ``waitlist_number`` orders
    those who wait. ``clash_accepted_at`` is set if the group took the slot although it clashed
    with another one that it held. One of the confirmed groups of a slot leads. A meeting point
    that is hidden is public from 24 hours before the start. ``code_of_conduct`` is the version that
    the group accepted last, on ``accepted_day`` (UTC); before it did, empty and None.
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
    hides_point: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_lead: Mapped[bool] = mapped_column(default=False, server_default=false())
    permit: Mapped[Permit] = mapped_column(default=Permit.UNSAID, server_default=Permit.UNSAID)
    accessibility: Mapped[str] = mapped_column(String(300), default="", server_default="")
    languages: Mapped[str] = mapped_column(String(120), default="", server_default="")
    code_of_conduct: Mapped[str] = mapped_column(String(20))
    accepted_day: Mapped[date | None]
    clash_accepted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    group: Mapped[Group] = relationship(lazy="joined")
    slot: Mapped[Slot] = relationship(lazy="joined")


class SignUpStep(Base):
    """One step of a sign-up from state to state; written once, by ``steps`` alone."""

    __tablename__ = "sign_up_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_up.id"), index=True)
    at: Mapped[datetime]
    before: Mapped[SignUpState | None]
    after: Mapped[SignUpState]
    actor: Mapped[Actor]
    sign_up: Mapped[SignUp] = relationship()


class CheckIn(Base):
    """That a group stands before a mission: what it says of itself on the day, and no more.

    ``people`` is how many it says there are, None if it says nothing; ``hidden_at``, since when
    organizers keep it from the public.
    """

    __tablename__ = "check_in"

    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_up.id"), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    people: Mapped[int | None]
    hidden_at: Mapped[datetime | None]
    sign_up: Mapped[SignUp] = relationship()


class Handover(Base):
    """A group that is to pass to another person, who has not accepted yet.

    The new address is sealed like a contact, and with it the link of the next step, which is found
    by its digest: first the present address allows it, then the new one accepts.
    """

    __tablename__ = "handover"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    allowed_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship()


class SiteProposal(Base):
    """A mission that a group misses in the directory; an organizer decides."""

    __tablename__ = "site_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    city: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(300))
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship()


class PermitReminder(Base):
    """That a sign-up was reminded of its notice, so many days before it was due; once each."""

    __tablename__ = "permit_reminder"
    __table_args__ = (UniqueConstraint("sign_up_id", "days_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_up.id"))
    days_before: Mapped[int]
    reminded_at: Mapped[datetime]


class GroupEdit(Base):
    """What a group changed after an organizer may have looked at it, and no organizer has seen yet.

    ``sign_up_id`` is None for what belongs to the group itself. Edits of one field in a row are
    one: from what an organizer saw last to what stands now.
    """

    __tablename__ = "group_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id"), index=True)
    sign_up_id: Mapped[int | None] = mapped_column(ForeignKey("sign_up.id"))
    edited: Mapped[EditedField]
    before: Mapped[str] = mapped_column(String(300))
    after: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship()
    sign_up: Mapped[SignUp | None] = relationship()

    @property
    def signs(self) -> tuple[Sign, ...]:
        """Why the public does not read the new text until an organizer saw it; mostly nothing."""
        return signs_in(self.after)


class Undo(Base):
    """How rows were before an act of an organizer, so that it can be undone until ``until``.

    ``former`` holds ids, states and numbers: no name, no contact.
    """

    __tablename__ = "undo"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    act: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    former: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    campaign: Mapped[Campaign] = relationship()
    organizer: Mapped[Organizer] = relationship()


class GroupNote(Base):
    """What an organizer noted of a group, for organizers alone: sealed like a contact."""

    __tablename__ = "group_note"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id"), index=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("organizer.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    group: Mapped[Group] = relationship()
    organizer: Mapped[Organizer] = relationship()
