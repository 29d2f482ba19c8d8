"""What does a mail to a volunteer say: composed when it is sent, in the reader's language."""

from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy.orm import Session

from protestcoord.config import Settings
from protestcoord.core import templates
from protestcoord.core.consent import is_blocked
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail, mail_to
from protestcoord.signups.contacts import ContactVault
from protestcoord.volunteers.addresses import Address, block_proof, open_address
from protestcoord.volunteers.models import Subscription
from protestcoord.volunteers.queries import meeting_point_of
from protestcoord.volunteers.rules import is_off

# The longest line that mail allows: a folded address would be encoded, and nobody could press it.
LONGEST_LINE = 998


def compose(
    session: Session, vault: ContactVault, settings: Settings, mail: OutboxMail
) -> EmailMessage | None:
    """Return the mail that an entry of the outbox stands for, or None if nobody can get it."""
    subscription = session.get(Subscription, mail.contact_id)
    if subscription is None or _is_overtaken(mail, subscription):
        return None
    try:
        address = open_address(vault, subscription)
    except CannotOpen:
        return None
    if is_blocked(session, vault.anywhere_index(address.email)):
        return None
    leave = leave_link(settings, vault, subscription, address)
    text = _text(session, settings, mail, subscription, address, leave)
    message = mail_to(settings, mail.id, address.email, text)
    _offer_to_leave(message, leave)
    return message


def _is_overtaken(mail: OutboxMail, subscription: Subscription) -> bool:
    """Say whether a reminder waited until its slot was called off; that is told by another mail."""
    return mail.kind == "volunteers.reminder" and is_off(subscription.slot)


def leave_link(
    settings: Settings, vault: ContactVault, subscription: Subscription, address: Address
) -> str:
    """Return the full address at which somebody leaves, or blocks the own address."""
    path = f"/s/reminders/leave/{address.leave_token}/{block_proof(vault, address.email)}/"
    return _links(settings, subscription).absolute(path)


def _links(settings: Settings, subscription: Subscription) -> Links:
    return Links(settings.BASE_URL, subscription.language, settings.DEFAULT_LANGUAGE)


def _text(
    session: Session,
    settings: Settings,
    mail: OutboxMail,
    subscription: Subscription,
    address: Address,
    leave: str,
) -> str:
    slot, links = subscription.slot, _links(settings, subscription)
    site = slot.site
    return templates.render(
        f"mail/reminder_{mail.kind.partition('.')[2]}.txt",
        links,
        slot=slot,
        mission=site.mission,
        campaign=site.campaign,
        is_off=is_off(slot),
        meeting_point=meeting_point_of(session, slot, mail.created_at),
        page=links.absolute(f"/c/{site.campaign.slug}/sites/{site.mission.slug}/"),
        confirm_link=links.absolute(f"/s/reminders/confirm/{address.confirm_token}/"),
        leave_link=leave,
    )


def _offer_to_leave(message: EmailMessage, link: str) -> None:
    """Let a mail program offer to leave by one press.

    Source:
        RFC 2369 section 3.2; RFC 8058 section 3.1.
    """
    message.policy = SMTP.clone(max_line_length=LONGEST_LINE)
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
