"""A mail's calendar part: the slot of the public feed, for the one who reads it."""

from datetime import datetime
from pathlib import Path

import pytest
import vobject
from icalendar import Calendar
from sqlalchemy import delete, select

from protestcoord.config import load_settings
from protestcoord.core.mail import OutboxMail, queue_mail
from protestcoord.publications.invitations import compose
from protestcoord.signups import notices, places
from protestcoord.signups.mails import MailKind
from tests.publications.readers import read_with_ics
from tests.stored import NOW, store_campaign, store_mission, store_sign_up, store_slot

GOLDEN = Path(__file__).parent / "golden"
WALL_CLOCK = datetime(2027, 1, 9, 12)  # noqa: DTZ001 - as it is stored


@pytest.fixture
def settings(tmp_path):
    environment = {
        "BASE_URL": "https://example.org",
        "UID_HOST": "uid.example",
        "MAIL_FROM": "Coordination <us@example.org>",
    }
    return load_settings(tmp_path, environment)


@pytest.fixture
def confirmed(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session, local_asked=WALL_CLOCK))
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    return sign_up


def mail_of(session, vault, settings, kind):
    entry = session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)).one()
    return compose(session, vault, settings, entry)


def calendar_in(message):
    assert message.get_content_type() == "multipart/alternative"
    text, part = message.iter_parts()
    assert (text.get_content_type(), part.get_content_type()) == ("text/plain", "text/calendar")
    content = part.get_payload(decode=True)
    read = Calendar.from_ical(content)
    assert part.get_param("method") == read["METHOD"]
    assert content.endswith(b"END:VCALENDAR\r\n")
    return content, read, read.walk("VEVENT")[0]


def test_a_confirmed_slot_is_a_request_under_the_uid_of_the_feed(
    session, vault, settings, confirmed
):
    message = mail_of(session, vault, settings, MailKind.CONFIRMED)
    content, read, event = calendar_in(message)
    assert read["METHOD"] == "REQUEST"
    assert event["UID"] == f"noon.{confirmed.slot.key}@uid.example"
    assert event["ORGANIZER"] == "mailto:us@example.org"
    assert event["ATTENDEE"] == "mailto:lantern@example.org"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["SEQUENCE"] == 0
    (by_ics,) = read_with_ics(content)
    by_vobject = vobject.readOne(content.decode()).vevent
    assert by_ics.starts_at == confirmed.slot.starts_at
    assert by_vobject.dtstart.value == confirmed.slot.starts_at
    assert not {"Cc", "Bcc"} & set(message.keys())


def test_a_cancelled_slot_is_taken_back_with_a_higher_sequence(session, vault, settings, confirmed):
    notices.cancel_slot_and_tell(session, confirmed.slot, NOW)
    _, read, event = calendar_in(mail_of(session, vault, settings, MailKind.SLOT_CANCELLED))
    assert (read["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)


def test_a_dropped_site_and_a_closed_campaign_take_it_back(session, vault, settings, confirmed):
    notices.close_campaign_and_tell(session, confirmed.slot.site.campaign, NOW)
    _, read, _ = calendar_in(mail_of(session, vault, settings, MailKind.CAMPAIGN_CLOSED))
    assert read["METHOD"] == "CANCEL"


def test_who_withdraws_after_being_confirmed_has_it_taken_back(session, vault, settings, confirmed):
    places.withdraw_sign_up(session, confirmed.id, NOW)
    _, read, event = calendar_in(mail_of(session, vault, settings, MailKind.WITHDRAWN))
    assert (read["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")


def test_who_was_never_confirmed_gets_no_calendar_part(session, vault, settings):
    sign_up = store_sign_up(session, vault, store_slot(session))
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.withdraw_sign_up(session, sign_up.id, NOW)
    for kind in (MailKind.OFFERED, MailKind.WITHDRAWN):
        assert mail_of(session, vault, settings, kind).get_content_type() == "text/plain"


def test_a_moved_slot_is_requested_again_and_says_the_old_time(session, vault, settings, confirmed):
    slot = confirmed.slot
    slot.wave.start = slot.wave.start.replace(hour=14)
    notices.publish_and_tell(session, slot.site.campaign, acknowledged=True, now=NOW)
    message = mail_of(session, vault, settings, MailKind.SLOT_MOVED)
    _, read, event = calendar_in(message)
    assert (read["METHOD"], event["SEQUENCE"]) == ("REQUEST", 1)
    text = message.get_body(("plain",)).get_content()
    assert "Until now: Sat, 9 Jan 2027, 12:00 (UTC+01:00)" in text
    assert "14:00 (UTC+01:00)" in text


def test_a_mission_known_by_city_only_names_no_building(session, vault, settings):
    store_mission(session, precision="city", address="Hidden Street 1")
    sign_up = store_sign_up(session, vault, store_slot(session, store_campaign(session)))
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    content, _, event = calendar_in(mail_of(session, vault, settings, MailKind.CONFIRMED))
    assert event["LOCATION"] == "Place to be announced, Berlin"
    assert b"Hidden Street" not in content
    assert "GEO" not in event


@pytest.mark.parametrize("kind", [MailKind.CONFIRMED, MailKind.SLOT_CANCELLED])
def test_the_bytes_of_a_mail_are_those_of_the_golden_file(
    session, vault, settings, confirmed, kind
):
    if kind is MailKind.SLOT_CANCELLED:
        notices.cancel_slot_and_tell(session, confirmed.slot, NOW)
    session.execute(delete(OutboxMail))
    mail_id = "00000000-0000-4000-8000-000000000001"
    contact = confirmed.group.contact
    queue_mail(session, kind, contact.id, NOW, mail_id=mail_id, sign_up=confirmed.id)
    session.flush()
    details = vault.open(contact)
    vault.seal(contact, "noon", type(details)(details.email, "fixed-token"))
    written = mail_of(session, vault, settings, kind).as_bytes()
    assert written == (GOLDEN / f"mail-{kind.value}.eml").read_bytes()
