"""What does a mail to a group say: composed when it is sent, from ids, in the group's language."""

import enum
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy.orm import Session

from protestcoord.config import Settings
from protestcoord.core import templates
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail, mail_to
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactDetails, ContactVault
from protestcoord.signups.models import Contact, Group, Handover, SignUp

ALLOWING = "/s/hand-over/allow/"


class MailKind(enum.StrEnum):
    """Each mail that a group may get; its text is ``templates/mail/<kind>.txt``."""

    CONFIRM = "confirm"
    LINK = "link"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TOO_MANY = "too_many"
    HANDOVER = "handover"
    HANDOVER_ASKED = "handover_asked"
    DELETION_ASKED = "deletion_asked"
    PROPOSAL_ACCEPTED = "proposal_accepted"
    PROPOSAL_DECLINED = "proposal_declined"
    LEADS = "leads"
    LEADS_NO_MORE = "leads_no_more"
    MERGED = "merged"
    MERGED_AWAY = "merged_away"
    RESTORED = "restored"
    SLOT_RESTORED = "slot_restored"
    SLOT_CANCELLED = "slot_cancelled"
    SLOT_MOVED = "slot_moved"
    SLOT_RESCHEDULED = "slot_rescheduled"
    SITE_DROPPED = "site_dropped"
    CAMPAIGN_CLOSED = "campaign_closed"
    CONTACTS_EXPORTED = "contacts_exported"


def compose(
    session: Session, vault: ContactVault, settings: Settings, mail: OutboxMail
) -> EmailMessage | None:
    """Return the mail that an entry of the outbox stands for, or None if nobody can get it.

    Plain text to exactly one address, with a neutral subject and no names in the headers.

    Source:
        RFC 5322; the text carries the group's link, so it is readable with any mail program.
    """
    try:
        recipient = _recipient(session, vault, mail)
    except CannotOpen:
        return None
    if recipient is None:
        return None
    group, details, path = recipient
    links = Links(settings.BASE_URL, group.language, settings.DEFAULT_LANGUAGE)
    text = templates.render(
        f"mail/{MailKind(mail.kind).value}.txt",
        links,
        group=group,
        campaign=group.campaign,
        link=links.absolute(f"{path}{details.link_token}/"),
        **_subjects(session, mail),
    )
    return mail_to(settings, mail.id, details.email, text)


def _recipient(
    session: Session, vault: ContactVault, mail: OutboxMail
) -> tuple[Group, ContactDetails, str] | None:
    """Return the group that a mail is about, who gets it, and where that person's link lies."""
    if mail.kind == MailKind.HANDOVER:
        handover = session.get(Handover, mail.contact_id)
        if handover is None:
            return None
        return handover.group, vault.open_handover(handover), "/s/hand-over/"
    contact = session.get(Contact, mail.contact_id)
    if contact is None:
        return None
    if mail.kind in (MailKind.HANDOVER_ASKED, MailKind.DELETION_ASKED):
        asked = session.get(Handover, mail.about["handover"])
        if asked is None or asked.allowed_at is not None:
            return None
        link = vault.open_handover(asked).link_token
        return asked.group, ContactDetails(vault.open(contact).email, link), ALLOWING
    return queries.group_of_contact(session, contact.id), vault.open(contact), "/s/"


def _subjects(session: Session, mail: OutboxMail) -> dict[str, Any]:
    sign_up_id = mail.about.get("sign_up")
    sign_up = session.get(SignUp, sign_up_id) if sign_up_id else None
    was = mail.about.get("was")
    return {
        "sign_up": sign_up,
        "slot": sign_up.slot if sign_up else None,
        "was": datetime.fromisoformat(was) if was else None,
    }
