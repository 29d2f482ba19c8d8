"""What a monitor and the doctor say of mails that wait or were given up."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.mail import OutboxMail, queue_mail
from protestcoord.doctor import _late_mails
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        queue_mail(session, "link", "a", NOW - timedelta(hours=1))
        queue_mail(session, "link", "b", NOW - timedelta(hours=2))
        given_up = session.scalars(select(OutboxMail).where(OutboxMail.contact_id == "b")).one()
        given_up.failed_at = given_up.refused_at = NOW
    return made


def gauges(app):
    text = app.test_client().get("/metrics").text
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {name.removeprefix("protestcoord_"): value for name, value in lines}


def test_a_monitor_reads_how_many_mails_wait_and_since_when(app):
    seen = gauges(app)
    assert (seen["mails_waiting"], seen["oldest_waiting_mail_seconds"]) == ("1", "3600")
    assert seen["mails_failed_today"] == "1"


def test_without_the_database_the_files_are_told_and_the_mails_are_not(app, tmp_path):
    with stored_in(app) as session:
        session.execute(OutboxMail.__table__.delete())
        OutboxMail.__table__.drop(session.connection())
    seen = gauges(app)
    assert seen["mails_waiting"] == "nan"
    assert seen["stale_publications"] == "0"


def test_the_doctor_names_mails_that_wait_and_those_that_were_given_up(app):
    with stored_in(app) as session:
        assert list(_late_mails(session)) == [
            "1 mails wait, the oldest since 2026-11-20 08:00 UTC",
            "1 mails were given up within a day, 1 refused for good",
        ]


def test_the_doctor_says_nothing_of_mails_that_just_came_in(app):
    with stored_in(app) as session:
        session.execute(OutboxMail.__table__.delete())
        queue_mail(session, "link", "c", NOW)
        session.flush()
        assert list(_late_mails(session)) == []
