"""What an organizer hides is gone from page, feed and data after one round of the worker."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.config import load_secrets, load_settings
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.reports.models import Report
from protestcoord.reports.rules import KEPT, ReportKind
from protestcoord.reports.service import ReportRequest, take_report
from protestcoord.signups import places, service
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Group
from protestcoord.worker import Worker
from tests.databases import with_tables
from tests.stored import NOW, store_sign_up, store_slot

CANARIES = ["canary-name", "canary-city", "canary-point"]
SITE = "c/noon/sites/de-berlin-embassy"


@pytest.fixture
def worker(tmp_path, monkeypatch):
    # They take seconds to compress, and no test here is about them.
    monkeypatch.setattr("protestcoord.publications.registry.static_publications", lambda: ())
    settings = load_settings(tmp_path / "instance", {"DEMO": "1"})
    settings.instance.mkdir()
    vault = ContactVault(KeyFolder(settings.keys_folder), load_secrets(settings.instance).index_key)
    sessions = with_tables(settings.database_url)
    with sessions() as session, unit_of_work(session):
        texts = dict(zip(("name", "city", "meeting_point"), CANARIES, strict=True))
        sign_up = store_sign_up(session, vault, store_slot(session), **texts)
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
    yield Worker(settings, make_sessions(settings.database_url))
    sessions.kw["bind"].dispose()


def files_with_a_canary(worker):
    public = worker.settings.public_folder
    files = [path for path in public.rglob("*") if path.is_file()]
    found = [path for path in files if any(c.encode() in path.read_bytes() for c in CANARIES)]
    return {path.relative_to(public).as_posix() for path in found}


def hide(worker, *, hidden):
    with worker.sessions() as session, unit_of_work(session):
        group = session.scalars(select(Group)).one()
        service.hide_group(session, group, NOW, hidden=hidden)


@pytest.mark.proves("L8")
def test_hidden_texts_are_gone_from_every_file_after_a_round(worker, record_property):
    worker.round(NOW)
    assert {f"{SITE}/index.html", f"{SITE}.ics"} <= files_with_a_canary(worker)
    hide(worker, hidden=True)
    began = time.perf_counter()
    worker.round(NOW + timedelta(seconds=1))
    seconds = time.perf_counter() - began
    assert files_with_a_canary(worker) == set()
    assert seconds < 60
    record_property("L8", f"hidden from all pages and feeds {seconds:.1f} s later")


@pytest.mark.control("L8")
def test_the_same_round_without_hiding_keeps_the_texts(worker):
    worker.round(NOW)
    before = files_with_a_canary(worker)
    hide(worker, hidden=True)
    hide(worker, hidden=False)
    worker.round(NOW + timedelta(seconds=1))
    assert before == files_with_a_canary(worker) != set()


@pytest.mark.proves("L8")
def test_the_group_cannot_show_itself_again(worker):
    hide(worker, hidden=True)
    with worker.sessions() as session, unit_of_work(session):
        group = session.scalars(select(Group)).one()
        service.edit_group(session, group, CANARIES[0], CANARIES[1], NOW, is_named=True)
    worker.round(NOW)
    assert files_with_a_canary(worker) == set()


def test_every_public_page_leads_to_the_form_about_itself(worker):
    worker.round(NOW)
    for path in ("", "c/noon/", f"{SITE}/", "missions/", "privacy/"):
        page = (worker.settings.public_folder / path / "index.html").read_text()
        assert f'href="/report/?about=/{path}"' in page
    page = (worker.settings.public_folder / "ja" / SITE / "index.html").read_text()
    assert f'href="/ja/report/?about=/{SITE}/"' in page


def test_the_chores_forget_old_reports(worker):
    with worker.sessions() as session, unit_of_work(session):
        take_report(session, ReportRequest("/", ReportKind.OTHER, ""), NOW - KEPT)
    worker.do_chores(NOW)
    with worker.sessions() as session:
        assert session.scalars(select(Report)).all() == []
