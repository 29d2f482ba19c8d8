"""What does a group's own calendar learn from a mail: its slot, as the public feed says it."""

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import quote

from sqlalchemy.orm import Session

from protestcoord.config import Settings
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail
from protestcoord.publications.calendar import PRODID, zone_of
from protestcoord.publications.capture import place_of
from protestcoord.publications.contentlines import content_lines
from protestcoord.publications.events import Feed, Property, event_properties
from protestcoord.signups import mails
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import SignUp
from protestcoord.signups.queries import was_confirmed
from protestcoord.signups.rules import SignUpState

REQUEST, CANCEL = "REQUEST", "CANCEL"
GIVEN = frozenset(
    {
        MailKind.CONFIRMED,
        MailKind.RESTORED,
        MailKind.SLOT_MOVED,
        MailKind.SLOT_RESCHEDULED,
        MailKind.SLOT_RESTORED,
    }
)
CALLED_OFF = frozenset({MailKind.SLOT_CANCELLED, MailKind.SITE_DROPPED, MailKind.CAMPAIGN_CLOSED})
LEFT = frozenset({MailKind.WITHDRAWN, MailKind.DECLINED})


def compose(
    session: Session, vault: ContactVault, settings: Settings, mail: OutboxMail
) -> EmailMessage | None:
    """Return a group's mail, with a calendar part where a slot is given, moved or taken back."""
    message = mails.compose(session, vault, settings, mail)
    sign_up_id = mail.about.get("sign_up")
    sign_up = session.get(SignUp, sign_up_id) if sign_up_id else None
    if message is None or sign_up is None:
        return message
    method = _method(session, MailKind(mail.kind), sign_up)
    if method:
        attach_calendar(
            message, method, _calendar(session, settings, mail, sign_up, method, message), mail
        )
    return message


def _method(session: Session, kind: MailKind, sign_up: SignUp) -> str:
    """Return what a calendar is to do, or nothing; the state decides, a mail may come late."""
    is_confirmed = sign_up.state is SignUpState.CONFIRMED
    if kind in GIVEN and is_confirmed and sign_up.slot.cancelled_at is None:
        return REQUEST
    if kind in CALLED_OFF and is_confirmed and sign_up.slot.cancelled_at is not None:
        return CANCEL
    has_left = sign_up.state in (SignUpState.WITHDRAWN, SignUpState.DECLINED)
    return CANCEL if kind in LEFT and has_left and was_confirmed(session, sign_up.id) else ""


def _calendar(
    session: Session,
    settings: Settings,
    mail: OutboxMail,
    sign_up: SignUp,
    method: str,
    message: EmailMessage,
) -> bytes:
    """Return a calendar of one event, with its UID in the public feed.

    Source:
        RFC 5546 sections 3.2.2 (REQUEST) and 3.2.5 (CANCEL).
    """
    campaign, site, slot = place_of(session, sign_up.slot, mail.created_at)
    slot = replace(slot, cancelled=method == CANCEL)
    language = sign_up.group.language
    links = Links(settings.BASE_URL, language, settings.DEFAULT_LANGUAGE)
    feed = Feed(campaign, links, settings.UID_HOST)
    event = event_properties(feed, site, slot)
    stamp = mail.created_at.strftime("%Y%m%dT%H%M%SZ")
    return b"".join(
        [
            content_lines(calendar_head(method)),
            zone_of(feed, slot),
            content_lines(_with_people(event, settings, message, stamp)),
            b"END:VCALENDAR\r\n",
        ]
    )


def calendar_head(method: str) -> Iterator[Property]:
    """Yield how a calendar begins that says with ``method`` what is to be done with it."""
    yield "BEGIN", "VCALENDAR"
    yield "VERSION", "2.0"
    yield "PRODID", PRODID
    yield "CALSCALE", "GREGORIAN"
    yield "METHOD", method


def _with_people(
    event: Iterator[Property], settings: Settings, message: EmailMessage, stamp: str
) -> Iterator[Property]:
    """Yield an event with who organizes it and the one who reads it.

    Its stamp is the mail's: of two mails with one SEQUENCE the later one counts.

    Source:
        RFC 5546 section 2.1.5.
    """
    recipient = message["To"].addresses[0].addr_spec
    for name, value in event:
        if (name, value) == ("END", "VEVENT"):
            yield "ORGANIZER", _mailto(parseaddr(settings.MAIL_FROM)[1])
            yield "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE", _mailto(recipient)
        yield (name, stamp) if name == "DTSTAMP" else (name, value)


def _mailto(address: str) -> str:
    return "mailto:" + quote(address, safe="@+")


def attach_calendar(message: EmailMessage, method: str, calendar: bytes, mail: OutboxMail) -> None:
    """Put the calendar beside the text, as another way to say the same.

    Source:
        RFC 6047 section 2.4. As base64, so that no relay folds or unfolds its lines.
    """
    message.add_alternative(
        calendar.decode(),
        subtype="calendar",
        charset="utf-8",
        cte="base64",
        params={"method": method},
    )
    # Else it would be another one at each try.
    message.set_boundary(f"=_{mail.id}")
