"""Keys are changed while rows are read and written, and no value is ever lost."""

import os
import random
import subprocess
import sys
import time
import uuid
from contextlib import suppress

import pytest
from click.testing import CliRunner
from sqlalchemy import LargeBinary, insert, select

from protestcoord import rekeying
from protestcoord.cli import command_line
from protestcoord.config import load_secrets, load_settings
from protestcoord.core.crypto import CannotOpen, KeyFolder, open_sealed, seal
from protestcoord.core.database import Base, unit_of_work
from protestcoord.core.tokens import token_hash
from protestcoord.organizers.models import SecondFactor
from protestcoord.signups.contacts import ContactDetails, ContactVault
from protestcoord.signups.models import Contact, Group, GroupNote
from protestcoord.signups.notes import write_note
from tests.databases import with_tables
from tests.proofs import size
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

pytestmark = pytest.mark.long

ROWS = size(200, full=10_000)
KILLS = size(1, full=10)
SETTLES = size(0, full=rekeying.SETTLES_SECONDS)
# Columns of bytes that are no sealed values.
NOT_SEALED = {"passkey.credential_id", "passkey.public_key", "organizer_session.challenge"}


def fill(session, keys, campaign, count=ROWS):
    """Contacts with their groups, as many as a large campaign has."""
    key = keys.make(campaign.slug)
    contacts, groups = [], []
    for number in range(count):
        made, token = str(uuid.uuid4()), f"token-{number}"
        details = {"email": f"canary{number}@a.example", "link_token": token}
        contacts.append(
            {
                "id": made,
                "campaign_id": campaign.id,
                "sealed": seal(key, "contact", made, details),
                "email_index": f"{number:064x}",
                "domain_index": "",
                "created_at": NOW,
            }
        )
        groups.append(
            {
                "campaign_id": campaign.id,
                "contact_id": made,
                "key": f"g-{number:010x}",
                "name": f"Group {number}",
                "city": "Berlin",
                "language": "en",
                "link_hash": token_hash(token),
                "verified_at": NOW,
                "created_at": NOW,
                "changed_at": NOW,
            }
        )
    session.execute(insert(Contact), contacts)
    session.execute(insert(Group), groups)


def instance_in(folder):
    settings = load_settings(folder, {})
    load_secrets(settings.instance)
    return settings, with_tables(settings.database_url)


def command(folder, *arguments):
    return [sys.executable, "-m", "protestcoord", "--instance", str(folder), *arguments]


def run(folder, *arguments):
    done = CliRunner().invoke(command_line, ["--instance", str(folder), *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def emails(sessions, keys, slug="noon"):
    """Every address that opens, and how many do not."""
    key, opened, lost = keys.get(slug), set(), 0
    with sessions() as session:
        for row, sealed in session.execute(select(Contact.id, Contact.sealed)):
            try:
                opened.add(open_sealed(key, "contact", row, sealed)["email"])
            except CannotOpen:
                lost += 1
    return opened, lost


def killed_when_begun(folder, former):
    """Kill a change as soon as there are two keys; return how long that took."""
    began = time.monotonic()
    running = subprocess.Popen(command(folder, "keys", "rotate", "noon"))
    while not former.exists():
        time.sleep(0.001)
    running.kill()
    running.wait()
    return time.monotonic() - began


@pytest.mark.proves("P1")
def test_no_contact_is_unreadable_however_often_the_change_is_killed(
    tmp_path, monkeypatch, record_property
):
    monkeypatch.setattr(rekeying, "SETTLES_SECONDS", SETTLES)
    settings, sessions = instance_in(tmp_path)
    keys = KeyFolder(settings.keys_folder)
    with sessions() as session, unit_of_work(session):
        fill(session, keys, store_campaign(session))
    before, chance = keys.get("noon"), random.Random(7)  # noqa: S311 - moments to kill at
    everyone = {f"canary{number}@a.example" for number in range(ROWS)}
    started = killed_when_begun(tmp_path, settings.keys_folder / "noon.old.key")
    assert emails(sessions, keys) == (everyone, 0)
    for _ in range(KILLS):
        running = subprocess.Popen(command(tmp_path, "keys", "rotate", "noon"))
        with suppress(subprocess.TimeoutExpired):
            running.wait(started + chance.uniform(0, 0.5))
        running.kill()
        running.wait()
        assert emails(sessions, keys) == (everyone, 0)
    began = time.monotonic()
    run(tmp_path, "keys", "rotate", "noon")
    seconds = time.monotonic() - began
    assert seconds <= 60
    assert emails(sessions, keys) == (everyone, 0)
    assert len(keys.get("noon")) == 32
    assert keys.get("noon") != before[:32]
    assert [path.name for path in settings.keys_folder.iterdir() if ".old" in path.name] == []
    record_property("P1", f"{ROWS:,} rows in {seconds:.1f} s, {KILLS + 1} kills before, 0 lost")


@pytest.mark.control("P1")
def test_without_the_former_key_a_change_broken_off_loses_rows(sessions, tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    with sessions() as session, unit_of_work(session):
        fill(session, keys, store_campaign(session), 10)
    keys.begin_change("noon")
    assert emails(sessions, keys)[1] == 0
    keys.end_change("noon")
    assert emails(sessions, keys)[1] == 10


@pytest.mark.proves("P1")
def test_a_change_killed_between_its_two_names_is_gone_on_with(tmp_path):
    keys = KeyFolder(tmp_path)
    old = keys.make("noon")
    os.link(tmp_path / "noon.key", tmp_path / "noon.old.key")
    assert open_sealed(keys.get("noon"), "t", "1", seal(old, "t", "1", {"a": 1})) == {"a": 1}
    keys.begin_change("noon")
    keys.begin_change("noon")
    assert keys.get("noon")[32:] == old
    assert keys.get("noon")[:32] != old


def changed(sessions, settings):
    with sessions() as session:
        found = rekeying.changes_of(session, settings)
    return rekeying.change_keys(sessions, found, settle=lambda _: None)


@pytest.mark.proves("P1")
def test_all_that_is_sealed_opens_after_all_keys_were_changed(sessions, tmp_path):
    settings = load_settings(tmp_path, {})
    vault = ContactVault(KeyFolder(settings.keys_folder), "ab" * 32)
    accounts = KeyFolder(settings.instance)
    with sessions() as session, unit_of_work(session):
        owner = store_organizer(session)
        group = store_sign_up(session, vault, store_slot(session)).group
        group_id = group.id
        write_note(session, vault, group, owner, "a note", NOW)
        sealed = seal(accounts.make("accounts"), "second_factor", str(owner.id), {"secret": "00"})
        session.add(
            SecondFactor(organizer_id=owner.id, sealed_secret=sealed, last_step=0, set_at=NOW)
        )
    was = vault.keys.get("noon"), accounts.get("accounts")
    assert changed(sessions, settings) == 3
    assert vault.keys.get("noon") != was[0]
    assert accounts.get("accounts") != was[1]
    with sessions() as session:
        group = session.get_one(Group, group_id)
        assert vault.open(group.contact).email == "lantern@example.org"
        assert vault.open_note(session.scalars(select(GroupNote)).one()) == "a note"
        factor = session.scalars(select(SecondFactor)).one()
        row = str(factor.organizer_id)
        assert open_sealed(
            accounts.get("accounts"), "second_factor", row, factor.sealed_secret
        ) == {"secret": "00"}


@pytest.mark.proves("P1")
def test_what_is_sealed_while_the_change_settles_is_sealed_anew(sessions, tmp_path):
    settings = load_settings(tmp_path, {})
    vault = ContactVault(KeyFolder(settings.keys_folder), "ab" * 32)
    with sessions() as session, unit_of_work(session):
        fill(session, vault.keys, store_campaign(session), 3)
    old = vault.keys.get("noon")

    def seal_late(_seconds):
        """A request that had read the old key before the change began."""
        with sessions() as session, unit_of_work(session):
            contact = session.scalars(select(Contact)).first()
            contact.sealed = seal(old, "contact", contact.id, {"email": "late@a.example"})

    with sessions() as session:
        found = rekeying.changes_of(session, settings)
    rekeying.change_keys(sessions, found, settle=seal_late)
    opened, lost = emails(sessions, vault.keys)
    assert (len(opened), lost) == (3, 0)
    assert "late@a.example" in opened


def unlisted(listed):
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    known = {f"{each.table.__tablename__}.{each.value.key}" for each in listed}
    return columns - known - NOT_SEALED


def test_every_sealed_column_is_sealed_anew():
    assert unlisted(rekeying.SEALED_BY_CAMPAIGN + rekeying.SEALED_BY_ACCOUNTS) == set()


def test_a_sealed_column_that_is_forgotten_is_found():
    assert unlisted(rekeying.SEALED_BY_CAMPAIGN) == {
        "second_factor.sealed_secret",
        "invitation.sealed",
    }


@pytest.mark.proves("P1")
def test_no_value_opens_in_the_row_of_another(sessions, vault, record_property):
    with sessions() as session, unit_of_work(session):
        fill(session, vault.keys, store_campaign(session), 200)
        contacts = session.scalars(select(Contact).order_by(Contact.id)).all()
        values = [contact.sealed for contact in contacts]
        for contact, value in zip(contacts, values[1:] + values[:1], strict=True):
            contact.sealed = value
    assert emails(sessions, vault.keys) == (set(), 200)
    record_property("P1", "200 of 200 swapped values refused")


@pytest.mark.proves("P1")
def test_a_copy_of_the_database_alone_holds_no_contact(tmp_path):
    settings, sessions = instance_in(tmp_path)
    with sessions() as session, unit_of_work(session):
        fill(session, KeyFolder(settings.keys_folder), store_campaign(session), 100)
    assert b"canary" not in dumped(sessions)


@pytest.mark.control("P1")
def test_a_contact_in_clear_would_be_seen_in_the_copy(tmp_path):
    _settings, sessions = instance_in(tmp_path)
    with sessions() as session, unit_of_work(session):
        fill(session, KeyFolder(tmp_path / "keys"), store_campaign(session), 1)
        session.scalars(select(Contact)).one().sealed = b"canary0@a.example"
    assert b"canary" in dumped(sessions)


def dumped(sessions):
    raw = sessions.kw["bind"].raw_connection()
    try:
        return raw.driver_connection.serialize()
    finally:
        raw.close()


def details_of(sessions, vault):
    with sessions() as session:
        found = session.scalars(select(Contact).limit(1)).one()
        return vault.open(found), session.scalars(
            select(Group).where(Group.contact_id == found.id)
        ).one().link_hash


@pytest.mark.proves("L12")
def test_one_command_changes_all_keys_and_links(tmp_path, monkeypatch, record_property):
    monkeypatch.setattr(rekeying, "SETTLES_SECONDS", SETTLES)
    settings, sessions = instance_in(tmp_path)
    keys = KeyFolder(settings.keys_folder)
    vault = ContactVault(keys, load_secrets(settings.instance).index_key)
    with sessions() as session, unit_of_work(session):
        fill(session, keys, store_campaign(session))
    before, secret = details_of(sessions, vault), load_secrets(settings.instance)
    began = time.monotonic()
    run(tmp_path, "panic", "--rotate")
    seconds = time.monotonic() - began
    assert seconds <= 300
    details, link_hash = details_of(sessions, vault)
    assert details.email == before[0].email
    assert details.link_token != before[0].link_token
    assert link_hash == token_hash(details.link_token) != before[1]
    now = load_secrets(settings.instance)
    assert now.session_key != secret.session_key
    assert now.index_key == secret.index_key
    record_property("L12", f"panic --rotate on {ROWS:,} rows in {seconds:.1f} s")


@pytest.mark.control("L12")
def test_panic_alone_leaves_the_links_as_they_are(tmp_path):
    settings, sessions = instance_in(tmp_path)
    keys = KeyFolder(settings.keys_folder)
    vault = ContactVault(keys, load_secrets(settings.instance).index_key)
    with sessions() as session, unit_of_work(session):
        fill(session, keys, store_campaign(session), 1)
    before = details_of(sessions, vault)
    run(tmp_path, "panic")
    assert details_of(sessions, vault) == before
    assert before[0] == ContactDetails("canary0@a.example", "token-0")
