"""The reminder of a notice: by when, to whom, and the date for a calendar, with no other person."""

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from protestcoord.campaigns.permits import write_permit_note
from protestcoord.config import load_settings
from protestcoord.core.mail import OutboxMail
from protestcoord.publications.permit_mails import compose
from protestcoord.signups import permit_reminders, purge
from protestcoord.signups.rules import Permit, SignUpState
from protestcoord.worker import COMPOSERS
from tests.signups.test_permit_reminders import DAY, LATEST, lead, note
from tests.stored import NOW, STARTS_AT

__all__ = ["lead"]


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here depends on locks."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def settings(tmp_path):
    environment = {
        "BASE_URL": "https://example.org",
        "UID_HOST": "uid.example",
        "MAIL_FROM": "Coordination <us@example.org>",
    }
    return load_settings(tmp_path, environment)


def mail_at(session, vault, settings, now):
    permit_reminders.remind_due(session, now)
    chosen = select(OutboxMail).where(OutboxMail.kind == permit_reminders.KIND)
    entry = session.scalars(chosen.order_by(OutboxMail.created_at.desc())).first()
    return entry, compose(session, vault, settings, entry)


def parts(message):
    text, calendar = message.iter_parts()
    assert (text.get_content_type(), calendar.get_content_type()) == ("text/plain", "text/calendar")
    return text.get_content(), calendar


def test_the_worker_knows_who_writes_it():
    room = permit_reminders.KIND.partition(".")[0]
    assert COMPOSERS[room] is compose


def test_it_says_by_when_to_whom_and_that_it_is_no_legal_advice(session, vault, settings, lead):
    _, message = mail_at(session, vault, settings, LATEST - 7 * DAY)
    text, _ = parts(message)
    assert "Sat, 26 Dec 2026, 12:00 (UTC+01:00)" in text
    assert "To whom: Police of Berlin" in text
    assert "Information, not legal advice." in text
    assert "https://example.org/c/noon/sites/de-berlin-embassy/" in text
    assert message["Subject"] == "A date for your group is near"
    assert message["To"] == "lantern@example.org"
    assert not {"Cc", "Bcc"} & set(message.keys())


def test_its_calendar_is_the_last_moment_and_names_nobody(session, vault, settings, lead):
    entry, message = mail_at(session, vault, settings, LATEST - 7 * DAY)
    _, part = parts(message)
    assert part.get_param("method") == "PUBLISH"
    read = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = read.walk("VEVENT")
    assert read["METHOD"] == "PUBLISH"
    assert event["DTSTART"].dt == LATEST
    assert event["DTSTAMP"].dt == entry.created_at
    assert event["UID"] == f"noon.{lead.slot.key}.notice@uid.example"
    assert "ORGANIZER" not in event
    assert "ATTENDEE" not in event
    content = part.get_payload(decode=True).decode()
    assert "@example.org" not in content
    assert "/s/" not in content


def test_the_second_takes_the_place_of_the_first_in_a_calendar(session, vault, settings, lead):
    events = []
    for days in (7, 2):
        _, message = mail_at(session, vault, settings, LATEST - days * DAY)
        read = Calendar.from_ical(parts(message)[1].get_payload(decode=True))
        events.append(read.walk("VEVENT")[0])
    first, second = events
    assert first["UID"] == second["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)


def test_it_is_the_same_mail_however_often_it_is_tried(session, vault, settings, lead):
    entry, message = mail_at(session, vault, settings, LATEST - 2 * DAY)
    assert compose(session, vault, settings, entry).as_bytes() == message.as_bytes()


def test_it_is_written_in_the_language_of_the_group(session, vault, settings, lead):
    lead.group.language = "ja"
    _, message = mail_at(session, vault, settings, LATEST - 2 * DAY)
    assert "https://example.org/ja/c/noon/sites/" in parts(message)[0]


def test_who_did_it_meanwhile_gets_none(session, vault, settings, lead):
    entry, message = mail_at(session, vault, settings, LATEST - 2 * DAY)
    assert message is not None
    lead.permit = Permit.ASKED
    assert compose(session, vault, settings, entry) is None
    lead.permit = Permit.NOT_YET
    lead.state, lead.place_number = SignUpState.WITHDRAWN, None
    assert compose(session, vault, settings, entry) is None


def test_where_the_time_is_known_no_more_nothing_is_said(session, vault, settings, lead):
    entry, _ = mail_at(session, vault, settings, LATEST - 2 * DAY)
    write_permit_note(session, lead.group.campaign, "DE", note(lead=None), NOW)
    assert compose(session, vault, settings, entry) is None


def test_a_contact_that_was_forgotten_gets_none(session, vault, settings, lead):
    entry, _ = mail_at(session, vault, settings, LATEST - 2 * DAY)
    purge.purge_contacts(session, vault, timedelta(days=30), STARTS_AT + timedelta(days=40))
    assert compose(session, vault, settings, entry) is None
