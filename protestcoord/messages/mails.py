"""What does a group read of a message: its text filled in for it, composed when it is sent."""

from email.message import EmailMessage

from sqlalchemy.orm import Session

from protestcoord.config import Settings
from protestcoord.core import templates
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.languages import moment_text
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail, mail_to
from protestcoord.messages import service
from protestcoord.messages.models import Message
from protestcoord.messages.rules import filled_in
from protestcoord.organizers.models import Organizer
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp

# Stands for the group's secret link where somebody else reads the text.
HIDDEN_LINK = "…"


def compose(
    session: Session, vault: ContactVault, settings: Settings, mail: OutboxMail
) -> EmailMessage | None:
    """Return the mail that an entry of the outbox stands for, or None if nobody can get it."""
    message = session.get(Message, mail.about["message"])
    sign_up = session.get(SignUp, mail.about["sign_up"])
    if message is None or sign_up is None or message.sealed_text is None:
        return None
    try:
        if mail.kind == "messages.trial":
            address = session.get_one(Organizer, int(mail.contact_id)).email
            token = HIDDEN_LINK
        else:
            details = vault.open(sign_up.group.contact)
            address, token = details.email, details.link_token
        text = text_for(vault, settings, message, sign_up, token)
    except CannotOpen:
        return None
    return mail_to(settings, mail.id, address, f"{message.subject}\n{text}")


def text_for(
    vault: ContactVault,
    settings: Settings,
    message: Message,
    sign_up: SignUp,
    token: str = HIDDEN_LINK,
) -> str:
    """Return what a group reads, with how it can leave.

    Args:
        vault: Opens the text.
        settings: Where the site is.
        message: Whose text it is.
        sign_up: The group's claim that the text is about.
        token: The group's secret, only in its own mail.
    """
    group = sign_up.group
    links = Links(settings.BASE_URL, group.language, settings.DEFAULT_LANGUAGE)
    link = links.absolute(f"/s/{token}/")
    text = filled_in(service.text_of(vault, message), _values(sign_up, link))
    values = {"text": text, "link": link, "campaign": message.campaign}
    return templates.render("mail/message.txt", links, **values).strip() + "\n"


def _values(sign_up: SignUp, link: str) -> dict[str, str]:
    slot = sign_up.slot
    return {
        "group": sign_up.group.name,
        "city": slot.site.mission.city,
        "site": slot.site.mission.name,
        "local_time": moment_text(slot.starts_at, slot.timezone, sign_up.group.language),
        "meeting_point": sign_up.meeting_point,
        "link": link,
    }
