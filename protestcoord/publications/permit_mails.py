"""What does the reminder of a notice say: text, and the last day for the reader's calendar."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

from sqlalchemy.orm import Session

from protestcoord.config import Settings
from protestcoord.core import templates
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.errors import N_
from protestcoord.core.languages import translator
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail, mail_to
from protestcoord.publications.contentlines import content_lines, escaped
from protestcoord.publications.events import Property
from protestcoord.publications.invitations import attach_calendar, calendar_head
from protestcoord.signups.contacts import ContactDetails, ContactVault
from protestcoord.signups.models import SignUp
from protestcoord.signups.permit_reminders import DAYS_BEFORE, is_still_needed
from protestcoord.signups.permits import NoticeDates, notice_dates

PUBLISH = "PUBLISH"


def compose(
    session: Session, vault: ContactVault, settings: Settings, mail: OutboxMail
) -> EmailMessage | None:
    """Return the reminder that an entry of the outbox stands for, or None if nobody needs it."""
    sign_up = session.get(SignUp, mail.about["sign_up"])
    if sign_up is None or not is_still_needed(sign_up):
        return None
    dates = notice_dates(session, [sign_up.slot], mail.created_at).get(sign_up.slot_id)
    if dates is None or dates.latest is None:
        return None
    try:
        details = vault.open(sign_up.group.contact)
    except CannotOpen:
        return None
    links = Links(settings.BASE_URL, sign_up.group.language, settings.DEFAULT_LANGUAGE)
    text = _text(sign_up, details, dates, links)
    message = mail_to(settings, mail.id, details.email, text)
    event = content_lines(_event(sign_up, dates.latest, links, settings, mail))
    calendar = content_lines(calendar_head(PUBLISH)) + event + b"END:VCALENDAR\r\n"
    attach_calendar(message, PUBLISH, calendar, mail)
    return message


def _text(sign_up: SignUp, details: ContactDetails, dates: NoticeDates, links: Links) -> str:
    return templates.render(
        "mail/permit_reminder.txt",
        links,
        group=sign_up.group,
        campaign=sign_up.group.campaign,
        link=links.absolute(f"/s/{details.link_token}/"),
        slot=sign_up.slot,
        dates=dates,
        rule=dates.card.rule,
        place=links.absolute(_place_of(sign_up)),
    )


def _place_of(sign_up: SignUp) -> str:
    site = sign_up.slot.site
    return f"/c/{sign_up.group.campaign.slug}/sites/{site.mission.slug}/"


def _event(
    sign_up: SignUp, latest: datetime, links: Links, settings: Settings, mail: OutboxMail
) -> Iterator[Property]:
    """Yield the event of the last moment, with an alarm a day before, and without any person.

    RFC 5546 section 3.2.1 asks a PUBLISH for an ORGANIZER; there is none here, since nobody is to
    answer and no address of the organizers belongs into a group's calendar.

    Source:
        RFC 5545 section 3.6.1: an event without an end takes no time.
    """
    say = translator(links.language)
    slot, campaign = sign_up.slot, sign_up.group.campaign
    summary = say(N_("Notice is due: %(city)s"), city=slot.site.mission.city)
    advice = say(
        N_("Information, not legal advice. Ask the authority of the place before you rely on it.")
    )
    place = links.absolute(_place_of(sign_up))
    yield "BEGIN", "VEVENT"
    yield "UID", escaped(f"{campaign.slug}.{slot.key}.notice@{settings.UID_HOST}")
    yield "SEQUENCE", str(DAYS_BEFORE.index(mail.about["days"]))
    yield "DTSTAMP", _utc(mail.created_at)
    yield "DTSTART", _utc(latest)
    yield "SUMMARY", escaped(summary)
    yield "DESCRIPTION", escaped(f"{advice}\n{place}")
    yield "URL", place
    yield "TRANSP", "TRANSPARENT"
    yield "BEGIN", "VALARM"
    yield "ACTION", "DISPLAY"
    yield "TRIGGER", "-P1D"
    yield "DESCRIPTION", escaped(summary)
    yield "END", "VALARM"
    yield "END", "VEVENT"


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
