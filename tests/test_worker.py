"""One round of the worker: it builds what changed, sends what is due, and forgets in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.config import load_secrets, load_settings
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions, note_public_change, unit_of_work
from protestcoord.signups import places
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from protestcoord.worker import FAILED_AGAIN_AFTER, Worker
from tests.databases import with_tables
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "instance", {"DEMO": "1"})


@pytest.fixture
def worker(settings):
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
