"""Write a message, send it, call it off, and forget its text when it has left."""

import uuid
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.core.crypto import open_sealed, seal
from protestcoord.core.mail import queue_mail
from protestcoord.messages import queries
from protestcoord.messages.models import Message, MessageRecipient
from protestcoord.messages.requests import MessageRequest
from protestcoord.messages.rules import (
    DRAFT_LIFE,
    AlreadyLeft,
    MessageState,
    NobodyChosen,
    check_number,
    check_subject,
    check_text,
    leaves_at,
)
from protestcoord.organizers.models import Organizer
from protestcoord.signups.contacts import ContactVault

# Any constant does; it makes the ids of our mails ours.
MAILS = uuid.UUID("6d7bd0f6-1f0c-4f7e-9a35-0d8f2c1b7e44")


def mail_id_of(message_id: str, group_id: int) -> str:
    """Return the id of the one mail by which a message goes to a group.

    Source:
        RFC 9562 section 5.5 (UUID version 5).
    """
    return str(uuid.uuid5(MAILS, f"{message_id}/{group_id}"))


def write_message(
    session: Session,
    vault: ContactVault,
    campaign: Campaign,
    organizer: Organizer,
    asked: MessageRequest,
    now: datetime,
    draft: Message | None = None,
) -> Message:
    """Write a draft down, or change one; nobody gets it yet.

    Raises:
        NoVariablesHere, UnknownVariable: The subject or the text cannot be filled in.
        AlreadyLeft: It is no draft any more.
    """
    check_subject(asked.subject)
    check_text(asked.text)
    message = draft or Message(id=str(uuid.uuid4()), campaign_id=campaign.id)
    if draft is not None:
        session.refresh(draft, with_for_update=True)
        if draft.state is not MessageState.DRAFT:
            raise AlreadyLeft
    message.organizer_id = organizer.id
    message.subject, message.audience = asked.subject, asdict(asked.audience)
    message.state, message.changed_at = MessageState.DRAFT, now
    key = vault.keys.make(campaign.slug)
    message.sealed_text = seal(key, Message.__tablename__, message.id, {"text": asked.text})
    session.add(message)
    session.flush()
    return message


def text_of(vault: ContactVault, message: Message) -> str:
    """Return the text of a message, or nothing if it was wiped.

    Raises:
        CannotOpen: The campaign was purged.
    """
    if message.sealed_text is None:
        return ""
    key = vault.keys.get(message.campaign.slug)
    opened = open_sealed(key, Message.__tablename__, message.id, message.sealed_text)
    return str(opened["text"])


def send_message(
    session: Session, message: Message, organizer: Organizer, typed: int | None, now: datetime
) -> int:
    """Let a draft go to the groups that are chosen now; return to how many.

    To few it leaves at once. To many it leaves after a delay in which it can be called off.

    Raises:
        AlreadyLeft: It is no draft any more.
        NobodyChosen: No group is meant.
        WrongNumber: It goes to many, and their number was not repeated.
    """
    session.refresh(message, with_for_update=True)
    if message.state is not MessageState.DRAFT:
        raise AlreadyLeft
    sign_ups = queries.chosen_sign_ups(session, message.campaign_id, message.asked, now)
    if not sign_ups:
        raise NobodyChosen
    check_number(len(sign_ups), typed)
    for sign_up in sign_ups:
        session.add(
            MessageRecipient(
                id=mail_id_of(message.id, sign_up.group_id),
                message_id=message.id,
                group_id=sign_up.group_id,
                sign_up_id=sign_up.id,
            )
        )
    message.state, message.count, message.organizer_id = (
        MessageState.WAITING,
        len(sign_ups),
        organizer.id,
    )
    message.leaves_at = leaves_at(len(sign_ups), now)
    session.flush()
    release_due(session, now)
    return len(sign_ups)


def release_due(session: Session, now: datetime) -> int:
    """Put the mails of messages whose delay is over into the outbox; return how many messages."""
    messages = queries.messages_to_release(session, now)
    for message in messages:
        message.state = MessageState.SENDING
        for recipient, _ in queries.recipients_of(session, message.id):
            queue_mail(
                session,
                "messages.message",
                recipient.group.contact_id,
                now,
                mail_id=recipient.id,
                message=message.id,
                sign_up=recipient.sign_up_id,
            )
    session.flush()
    return len(messages)


def send_trial(session: Session, message: Message, organizer: Organizer, now: datetime) -> None:
    """Send a message to the organizer alone, as the first of the chosen groups would get it.

    Raises:
        AlreadyLeft: It is no draft any more.
        NobodyChosen: No group is meant.
    """
    if message.state is not MessageState.DRAFT:
        raise AlreadyLeft
    sign_ups = queries.chosen_sign_ups(session, message.campaign_id, message.asked, now)
    if not sign_ups:
        raise NobodyChosen
    queue_mail(
        session,
        "messages.trial",
        str(organizer.id),
        now,
        message=message.id,
        sign_up=sign_ups[0].id,
    )


def call_off(session: Session, message: Message, now: datetime) -> None:
    """Call off a message that has not left, and forget its text.

    Raises:
        AlreadyLeft: It has left.
    """
    session.refresh(message, with_for_update=True)
    if message.state not in (MessageState.DRAFT, MessageState.WAITING):
        raise AlreadyLeft
    _end(message, MessageState.CANCELLED, now)


def forget_texts(session: Session, now: datetime) -> int:
    """Wipe the text of every message whose last mail has left, and of drafts long untouched."""
    ended = 0
    for message in queries.messages_in_state(session, MessageState.SENDING):
        if not queries.delivery_of(session, message.id).queued:
            _end(message, MessageState.SENT, now)
            ended += 1
    for message in queries.messages_in_state(session, MessageState.DRAFT):
        if message.changed_at < now - DRAFT_LIFE:
            _end(message, MessageState.CANCELLED, now)
            ended += 1
    session.flush()
    return ended


def _end(message: Message, state: MessageState, now: datetime) -> None:
    message.state, message.sealed_text, message.ended_at = state, None, now
