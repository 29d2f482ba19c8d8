"""One round of the worker: it builds what changed, sends what is due, and forgets in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from protestcoord.campaigns.models import Slot
from protestcoord.config import load_secrets, load_settings
from protestcoord.core import clock
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions, note_public_change, unit_of_work
from protestcoord.publications import calendar
from protestcoord.publications.health import health_of
from protestcoord.publications.publication import Publication
from protestcoord.signups import places
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import Permit, SignUpState
from protestcoord.volunteers.turnout import count_comers
from protestcoord.worker import FAILED_AGAIN_AFTER, LONG_AGO, Overtaken, Worker, stale_names
from tests.databases import with_tables
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot
from tests.volunteers.asked import store_confirmed


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "instance", {"DEMO": "1"})


@pytest.fixture
def worker(settings, monkeypatch):
    # They take seconds to compress, and no test here is about them.
    monkeypatch.setattr("protestcoord.publications.registry.static_publications", lambda: ())
    settings.instance.mkdir()
    load_secrets(settings.instance)
    sessions = with_tables(settings.database_url)
    with sessions() as session, unit_of_work(session):
        store_slot(session)
    yield Worker(settings, make_sessions(settings.database_url))
    sessions.kw["bind"].dispose()


@pytest.fixture
def vault(settings):
    index_key = load_secrets(settings.instance).index_key
    return ContactVault(KeyFolder(settings.keys_folder), index_key)


def page(settings):
    return (settings.public_folder / "c/noon/sites/de-berlin-embassy/index.html").read_text()


def test_a_round_builds_sends_and_shows_what_changed(worker, settings, vault):
    worker.round(NOW)
    assert "Lantern circle" not in page(settings)
    with worker.sessions() as session, unit_of_work(session):
        sign_up = store_sign_up(session, vault, session.scalars(select(Slot)).one())
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
    worker.round(NOW)
    assert "Lantern circle" in page(settings)
    assert len(list(settings.mail_folder.iterdir())) == 3


def test_without_a_change_nothing_is_looked_at_again(worker, monkeypatch):
    worker.round(NOW)
    monkeypatch.setattr("protestcoord.worker.build_all", lambda *_: pytest.fail("built again"))
    worker.round(NOW + timedelta(hours=1))


def test_time_alone_makes_it_look_again(worker):
    worker.round(NOW)
    assert worker.valid_until == STARTS_AT - timedelta(hours=48)
    worker.round(worker.valid_until)
    assert worker.valid_until == STARTS_AT + timedelta(minutes=60)


def test_what_failed_is_tried_again_but_not_at_once(worker, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("no map today")

    with monkeypatch.context() as broken:
        broken.setattr("protestcoord.publications.worldmap.map_script", fail)
        worker.round(NOW)
    assert worker.valid_until == NOW + FAILED_AGAIN_AFTER
    script = worker.settings.public_folder / "c/noon/map.js"
    assert not script.exists()
    worker.round(NOW + FAILED_AGAIN_AFTER)
    assert script.exists()


def test_the_unconfirmed_are_forgotten_after_a_day(worker, vault):
    with worker.sessions() as session, unit_of_work(session):
        made = store_sign_up(session, vault, session.scalars(select(Slot)).one()).id
        note_public_change(session)
    worker.round(NOW + timedelta(hours=25))
    with worker.sessions() as session:
        assert session.get_one(SignUp, made).state is SignUpState.EXPIRED


def test_a_lead_is_reminded_of_its_notice_by_the_chores(worker, settings, vault):
    with worker.sessions() as session, unit_of_work(session):
        sign_up = store_sign_up(session, vault, session.scalars(select(Slot)).one())
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
        sign_up.permit = Permit.NOT_YET
    worker.send_mails(NOW)
    before = set(settings.mail_folder.iterdir())
    due_at = STARTS_AT - timedelta(hours=48) - timedelta(days=2)
    worker.do_chores(due_at)
    worker.send_mails(due_at)
    (reminder,) = set(settings.mail_folder.iterdir()) - before
    assert b"Subject: A date for your group is near" in reminder.read_bytes()


def test_the_chores_show_who_comes_and_remind_in_time(worker, settings, vault):
    with worker.sessions() as session, unit_of_work(session):
        slot = session.scalars(select(Slot)).one()
        slot.site.campaign.counts_turnout = slot.site.campaign.sends_reminders = True
        count_comers(session, slot, 20, NOW)
        store_confirmed(session, vault, slot)
    worker.round(NOW + timedelta(hours=1))
    worker.round(NOW + timedelta(hours=1))
    assert "10 or more people" in page(settings)
    assert not settings.mail_folder.exists() or not list(settings.mail_folder.iterdir())
    day_before = STARTS_AT - timedelta(days=1)
    for _ in range(3):
        worker.do_chores(day_before)
        worker.send_mails(day_before)
    (mail,) = settings.mail_folder.iterdir()
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail.read_bytes()


def test_a_mail_does_not_wait_until_all_files_are_built(worker, settings, vault):
    with worker.sessions() as session, unit_of_work(session):
        store_sign_up(session, vault, session.scalars(select(Slot)).one())
    worker.build_if_stale(NOW)
    assert len(list(settings.mail_folder.iterdir())) == 1


def test_a_mail_that_cannot_leave_ends_no_build(worker, settings, monkeypatch):
    def refuse(_now):
        raise OSError

    monkeypatch.setattr(worker, "send_mails", refuse)
    worker.build_if_stale(NOW)
    assert page(settings)


def note_change(worker):
    with worker.sessions() as session, unit_of_work(session):
        note_public_change(session)


def test_a_newer_change_overtakes_a_build_that_goes_on_for_long(worker, settings, monkeypatch):
    worker.patience = timedelta(0)
    built = []

    def slow(value, links):
        built.append(links.language)
        if len(built) == 1:
            note_change(worker)
        worker.meanwhile_at = LONG_AGO  # as if a second had passed
        return b"text"

    pages = [Publication(f"/{number}/", number, slow) for number in range(9)]
    monkeypatch.setattr("protestcoord.worker.publications_of", lambda *_: pages)
    worker.build_if_stale(NOW)
    assert (worker.seen_change, worker.all_built, len(built)) == (-1, False, 1)
    assert health_of(settings, NOW).current_ago is None
    worker.build_if_stale(NOW)
    assert (worker.all_built, len(built)) == (True, 27)  # what was built is not built again
    assert health_of(settings, NOW).current_ago == timedelta(0)


def test_builds_that_are_overtaken_again_and_again_come_to_an_end(worker, monkeypatch):
    def restless(value, links):
        note_change(worker)
        worker.meanwhile_at = LONG_AGO
        return b"text"

    pages = [Publication(f"/{number}/", number, restless) for number in range(9)]
    monkeypatch.setattr("protestcoord.worker.publications_of", lambda *_: pages)
    worker.patience = timedelta(0)
    rounds = 0
    while not worker.all_built and rounds < 40:
        worker.build_if_stale(NOW)
        rounds += 1
    assert worker.all_built


def test_patience_grows_and_falls_back(worker, monkeypatch):
    def overtaken(*_args):
        raise Overtaken

    with monkeypatch.context() as busy:
        busy.setattr("protestcoord.worker.build_from", overtaken)
        seconds = []
        for _ in range(5):
            worker.build_if_stale(NOW)
            seconds.append(worker.patience.total_seconds())
    assert seconds == [2, 4, 8, 8, 8]
    worker.build_if_stale(NOW)
    assert worker.patience == timedelta(seconds=1)


def test_files_are_told_to_be_current_only_while_the_database_says_so(worker, settings):
    worker.round(NOW)
    assert health_of(settings, NOW).current_ago == timedelta(0)
    worker.round(NOW + timedelta(minutes=1))
    assert health_of(settings, NOW + timedelta(minutes=1)).current_ago == timedelta(0)
    settings.instance.joinpath("protestcoord.sqlite").rename(settings.instance / "gone")
    worker.sessions.kw["bind"].dispose()
    with pytest.raises(OperationalError):
        worker.round(NOW + timedelta(minutes=5))
    health = health_of(settings, NOW + timedelta(minutes=5))
    assert (health.current_ago, health.is_too_old) == (timedelta(minutes=4), True)


def test_what_failed_is_known_to_be_stale_and_not_told_to_be_current(worker, settings, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("no map today")

    monkeypatch.setattr("protestcoord.publications.worldmap.map_script", fail)
    worker.round(NOW)
    later = health_of(settings, clock.now() + timedelta(minutes=3))
    assert later.stale == 6
    assert later.oldest_stale >= timedelta(minutes=3)
    assert later.current_ago is None


def test_event_that_cannot_be_written_is_noted_in_each_feed_that_lacks_it(
    worker, settings, monkeypatch
):
    def fail(*_args):
        raise RuntimeError("no such event")

    with monkeypatch.context() as broken:
        broken.setattr("protestcoord.publications.calendar._event_lines", fail)
        worker.round(NOW)
    flaws = health_of(settings, NOW).flaws
    assert flaws["c/noon/calendar.ics"] == 1
    assert flaws.keys() == {name for name in flaws if name.endswith(".ics")}
    settings.record_file.unlink()
    worker.seen_change = -1
    worker.round(NOW)
    assert health_of(settings, NOW).flaws == {}


def test_change_of_one_slot_leaves_the_digests_of_all_else(worker):
    worker.round(NOW)
    before = worker.snapshot
    with worker.sessions() as session, unit_of_work(session):
        session.scalars(select(Slot)).one().sequence += 1
        note_public_change(session)
    worker.round(NOW)
    after = worker.snapshot
    assert after != before
    assert after.missions is before.missions
    assert after.campaigns[0].waves is before.campaigns[0].waves
    assert after.campaigns[0].sites[0].mission is before.campaigns[0].sites[0].mission


def written_at(settings):
    files = settings.public_folder.rglob("*.*")
    return {file: file.stat().st_mtime_ns for file in files if file.name != "status.json"}


def test_after_a_start_the_pieces_of_a_change_are_written_beforehand(worker, settings):
    worker.round(NOW)
    before = written_at(settings)
    calendar._kept_events.clear()
    started = Worker(settings, worker.sessions)
    started.rehearse(NOW)
    started.build_if_stale(NOW)
    assert not calendar._kept_events
    for _ in range(100):
        started.rehearse(NOW)
    assert calendar._kept_events
    assert list(started.unrehearsed) == []
    assert written_at(settings) == before


def test_what_is_stale_is_found_without_building_it(worker, settings):
    worker.round(NOW)
    with worker.sessions() as session:
        assert stale_names(settings, session, NOW) == []
        with unit_of_work(session):
            session.scalars(select(Slot)).one().sequence += 1
        found = stale_names(settings, session, NOW)
        assert "c/noon/sites/de-berlin-embassy/index.html" in found
        assert "about/index.html" not in found
        assert stale_names(settings, session, NOW) == found
