"""What a group does: sign up, open its link, edit; its claims become places in ``places``."""

import secrets
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from protestcoord.campaigns.freezing import CampaignFrozen, check_not_frozen
from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.config import Settings
from protestcoord.core.consent import take_mail
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.database import note_public_change
from protestcoord.core.mail import queue_mail
from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups import queries
from protestcoord.signups.caps import has_too_many
from protestcoord.signups.contacts import ContactDetails, ContactVault
from protestcoord.signups.edits import note_edits_of_group, note_edits_of_sign_up
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Contact, Group, SignUp
from protestcoord.signups.places import (
    ClashingSlots,
    SlotClosed,
    accept_conduct,
    accept_conduct_of_group,
    confirm_sign_up,
    is_open,
    lock_group,
    lock_slots,
)
from protestcoord.signups.rules import LIVE, Actor, Permit, SignUpState
from protestcoord.signups.steps import begin, move


@dataclass(frozen=True)
class SignUpRequest:
    """What a group asks for.

    Attributes:
        expected_number: How many people the group expects to bring.
        meeting_point: Public place where people meet, or empty.
        language: Language of the mails to the group.
        hides_point: Whether the meeting point is public only from 24 hours before the start.
        is_named: Whether the public reads the group's name and city.
        accepts_conduct: Whether the group accepted the code of conduct; else it does so when it
            confirms.
        needs_look: Whether it waits until an organizer looked at it, whatever place is free.
    """

    slot_key: str
    name: str
    city: str
    expected_number: int
    email: str
    meeting_point: str
    language: str
    hides_point: bool = False
    is_named: bool = True
    accepts_conduct: bool = True
    needs_look: bool = False


@dataclass(frozen=True)
class Part:
    """What a group says of its part in a slot.

    Attributes:
        expected_number: How many people it expects; only organizers see it.
        meeting_point: Public place where people meet, or empty.
        hides_point: Whether that is public only from 24 hours before the start.
        accessibility: Public words on steps, seats, signing and the like, or empty.
        languages: Public words on the languages that it speaks, or empty.
        permit: How far it is with notice or permit; only organizers see it.
    """

    expected_number: int
    meeting_point: str
    hides_point: bool = False
    accessibility: str = ""
    languages: str = ""
    permit: Permit = Permit.UNSAID


def sign_up_group(
    session: Session, vault: ContactVault, campaign: Campaign, request: SignUpRequest, now: datetime
) -> None:
    """Note a group's claim on a slot and mail its link; nothing is reserved before it confirms.

    The answer is the same for a known and an unknown address, and a claim that is there already
    is left as it is.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
        SlotClosed: The slot takes no sign-up.
    """
    check_not_frozen(campaign)
    slot = get_open_slot(session, campaign, request.slot_key, now)
    group = _group_for_address(session, vault, campaign, request, now)
    sign_up = _claim(session, group, slot, request, now)
    if not take_mail(session, vault.anywhere_index(request.email), now):
        return
    if sign_up is None:
        queue_mail(session, MailKind.TOO_MANY, group.contact_id, now, asked_by_form=True)
        return
    kind = MailKind.CONFIRM if sign_up.state is SignUpState.PENDING else MailKind.LINK
    queue_mail(session, kind, group.contact_id, now, asked_by_form=True, sign_up=sign_up.id)


def get_open_slot(session: Session, campaign: Campaign, key: str, now: datetime) -> Slot:
    """Return a slot that takes sign-ups.

    Raises:
        SlotClosed: It does not exist, was cancelled, has ended, or its campaign is not open.
    """
    slot = queries.find_slot(session, campaign.id, key)
    if slot is None or not is_open(slot, now):
        raise SlotClosed
    return slot


def _group_for_address(
    session: Session, vault: ContactVault, campaign: Campaign, request: SignUpRequest, now: datetime
) -> Group:
    index = vault.email_index(campaign.slug, request.email)
    contact = queries.find_contact(session, campaign.id, index)
    if contact is None:
        try:
            with session.begin_nested():
                return _new_group(session, vault, campaign, index, request, now)
        except IntegrityError:
            # The same address came in twice at the same moment; the other one was first.
            contact = queries.find_contact(session, campaign.id, index)
            if contact is None:
                raise
    group = queries.group_of_contact(session, contact.id)
    if group.verified_at is None:
        # Until the address is proven, the latest form counts: the first may be a stranger's.
        group.name, group.city, group.language = request.name, request.city, request.language
        group.is_named = request.is_named
        group.needs_look = group.needs_look and request.needs_look
    return group


def _new_group(
    session: Session,
    vault: ContactVault,
    campaign: Campaign,
    index: str,
    request: SignUpRequest,
    now: datetime,
) -> Group:
    token = new_token()
    contact = Contact(
        id=str(uuid.uuid4()),
        campaign_id=campaign.id,
        email_index=index,
        domain_index=vault.domain_index(campaign.slug, request.email),
        created_at=now,
    )
    vault.seal(contact, campaign.slug, ContactDetails(request.email, token))
    session.add(contact)
    session.flush()
    group = Group(
        campaign_id=campaign.id,
        contact_id=contact.id,
        key=f"g-{secrets.token_hex(5)}",
        name=request.name,
        city=request.city,
        language=request.language,
        is_named=request.is_named,
        needs_look=request.needs_look,
        link_hash=token_hash(token),
        created_at=now,
        changed_at=now,
    )
    session.add(group)
    session.flush()
    return group


def _claim(
    session: Session, group: Group, slot: Slot, request: SignUpRequest, now: datetime
) -> SignUp | None:
    """Return the group's claim on a slot, new or as it stands; None if it has too many."""
    sign_up = queries.find_sign_up(session, group.id, slot.id)
    is_live = sign_up is not None and sign_up.state in LIVE
    if not is_live and has_too_many(session, group):
        return None
    if sign_up is None:
        sign_up = SignUp(group_id=group.id, slot_id=slot.id, created_at=now)
        begin(session, sign_up, now)
    elif sign_up.state in (SignUpState.WITHDRAWN, SignUpState.EXPIRED):
        move(session, sign_up, SignUpState.PENDING, Actor.GROUP, now)
    elif sign_up.state is not SignUpState.PENDING:
        return sign_up
    sign_up.expected_number = request.expected_number
    sign_up.meeting_point, sign_up.hides_point = request.meeting_point, request.hides_point
    sign_up.code_of_conduct, sign_up.accepted_day = "", None
    if request.accepts_conduct:
        accept_conduct(sign_up, now)
    sign_up.changed_at = now
    session.flush()
    return sign_up


def send_links_again(session: Session, vault: ContactVault, email: str, now: datetime) -> None:
    """Mail a fresh link for each campaign in which an address has a group; the old link dies.

    The answer to the asker is the same whether the address is known or not.
    """
    for campaign in session.scalars(select(Campaign)):
        index = vault.email_index(campaign.slug, email)
        contact = queries.find_contact(session, campaign.id, index)
        if contact is None:
            continue
        group = queries.group_of_contact(session, contact.id)
        if take_mail(session, vault.anywhere_index(email), now) and give_new_link(vault, group):
            queue_mail(session, MailKind.LINK, contact.id, now, asked_by_form=True)


def give_new_link(vault: ContactVault, group: Group) -> bool:
    """Give a group a new link, unless its contact can be opened no more."""
    token = new_token()
    try:
        details = vault.open(group.contact)
    except CannotOpen:
        return False
    vault.seal(group.contact, group.campaign.slug, ContactDetails(details.email, token))
    group.link_hash = token_hash(token)
    return True


def open_link(
    session: Session, group: Group, now: datetime, *, travel_kmh: int = Settings.TRAVEL_KMH
) -> None:
    """Take the press of the button behind a link: the address is proven by it.

    Beside the button stands that pressing it accepts the code of conduct: each version is thus
    asked for at the next visit. The first press also confirms what the group asked for; what
    clashes with it stays pending, so that the group decides on its page. Later claims are confirmed
    one by one on the group's page, since a stranger may have made them with the group's address.
    """
    group.seen_day = now.date()
    accept_conduct_of_group(session, group.id, now)
    if group.verified_at is not None:
        return
    claims = queries.sign_ups_of_group(session, group.id)
    pending = [claim for claim in claims if claim.state is SignUpState.PENDING]
    lock_group(session, group.id)
    lock_slots(session, [claim.slot_id for claim in pending])
    group.verified_at = now
    for claim in pending:
        with suppress(CampaignFrozen, SlotClosed, ClashingSlots):
            confirm_sign_up(session, claim.id, now, travel_kmh=travel_kmh)


def edit_sign_up(session: Session, sign_up: SignUp, part: Part, now: datetime) -> None:
    """Change what a group says of its part in a slot; its place stays.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
    """
    check_not_frozen(sign_up.group.campaign)
    moved = (sign_up.meeting_point, sign_up.hides_point) != (part.meeting_point, part.hides_point)
    note_edits_of_sign_up(session, sign_up, asdict(part), now)
    for name, value in asdict(part).items():
        setattr(sign_up, name, value)
    sign_up.changed_at = now
    if moved and sign_up.state is SignUpState.CONFIRMED:
        # The calendar's LOCATION may be this group's meeting point.
        sign_up.slot.sequence += 1
        sign_up.slot.changed_at = now
    session.flush()
    note_public_change(session)


def edit_group(
    session: Session, group: Group, name: str, city: str, now: datetime, *, is_named: bool
) -> None:
    """Change a group's name and city, and whether the public reads them.

    Raises:
        CampaignFrozen: The campaign takes nothing for now.
    """
    check_not_frozen(group.campaign)
    note_edits_of_group(session, group, name, city, now)
    group.name, group.city, group.is_named, group.changed_at = name, city, is_named, now
    session.flush()
    note_public_change(session)


def hide_group(session: Session, group: Group, now: datetime, *, hidden: bool) -> None:
    """Keep all that a group says from the public, or show it again; its places stay."""
    group.hidden_at, group.changed_at = now if hidden else None, now
    for sign_up in queries.held_sign_ups(session, group.id):
        if sign_up.state is SignUpState.CONFIRMED:
            # The calendar's LOCATION may be this group's meeting point.
            sign_up.slot.sequence += 1
            sign_up.slot.changed_at = now
    session.flush()
    note_public_change(session)
