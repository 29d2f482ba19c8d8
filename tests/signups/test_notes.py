"""Notes of a group are sealed, for organizers who decide alone, and gone with the contacts."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import service
from protestcoord.signups.models import GroupNote
from protestcoord.signups.notes import notes_of_group, write_note
from protestcoord.signups.purge import purge_contacts
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, VIEWER = "organizer@example.org", "viewer@example.org"
CANARY = "canary: they bring drums"


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here is locked, and nothing asked that the two answer otherwise."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def group(session, vault):
    return store_sign_up(session, vault, store_slot(session)).group


@pytest.mark.proves("L9")
def test_a_note_is_sealed_and_opens_with_who_and_when(session, vault, group):
    write_note(session, vault, group, store_organizer(session), CANARY, NOW)
    (stored,) = session.scalars(select(GroupNote))
    assert b"canary" not in stored.sealed
    (note,) = notes_of_group(session, vault, group)
    assert (note.text, note.by, note.at) == (CANARY, OWNER, NOW)


def test_notes_go_with_the_contacts_and_open_no_more_without_the_key(session, vault, group):
    write_note(session, vault, group, store_organizer(session), CANARY, NOW)
    assert len(notes_of_group(session, vault, group)) == 1, "the control"
    vault.keys.destroy("noon")
    assert notes_of_group(session, vault, group) == []
    vault.keys.make("noon")
    purge_contacts(session, vault, timedelta(days=30), STARTS_AT + timedelta(days=31))
    assert session.scalars(select(GroupNote)).all() == []


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def path(app):
    with stored_in(app) as session:
        slot = store_slot(session)
        campaign_id = slot.site.campaign_id
        viewer = store_organizer(session, VIEWER)
        appoint(session, campaign_id, viewer.id, Place(MemberRole.VIEWER), NOW)
        sign_up = store_sign_up(session, app.config["VAULT"], slot)
        service.open_link(session, sign_up.group, NOW)
        return f"/organize/c/noon/groups/{sign_up.group.key}/"


def acts(app):
    with stored_in(app) as session:
        return session.scalars(select(AuditEntry.act).order_by(AuditEntry.number)).all()


@pytest.mark.proves("L9")
def test_a_note_is_written_shown_and_removed(app, path):
    organizer = signed_in(app, OWNER)
    organizer.send(f"{path}notes/", path, text=f"<i>{CANARY}")
    shown = organizer.open(path).text
    assert f"&lt;i&gt;{CANARY}" in shown
    assert CANARY not in signed_in(app, VIEWER).open(path).text
    note_id = re.search(r"notes/([\w-]{36})/remove/", shown).group(1)
    organizer.send(f"{path}notes/{note_id}/remove/", path)
    assert CANARY not in organizer.open(path).text
    assert acts(app) == ["group.note", "group.note_remove"]


def test_a_note_that_is_empty_or_too_long_is_refused_and_kept_in_the_form(app, path):
    organizer = signed_in(app, OWNER)
    assert organizer.send(f"{path}notes/", path, text=" ").status_code == 422
    refused = organizer.send(f"{path}notes/", path, text="x" * 2001)
    assert (refused.status_code, "x" * 2001 in refused.text) == (422, True)
    assert acts(app) == []


def test_a_note_is_not_removed_through_another_campaign(app, path):
    with stored_in(app) as session:
        store_campaign(session, "own")
    organizer = signed_in(app, OWNER)
    organizer.send(f"{path}notes/", path, text=CANARY)
    note_id = re.search(r"notes/([\w-]{36})/remove/", organizer.open(path).text).group(1)
    other = path.replace("/noon/", "/own/")
    assert organizer.send(f"{other}notes/{note_id}/remove/", path).status_code == 404
    assert CANARY in organizer.open(path).text
