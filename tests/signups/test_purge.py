import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from protestcoord.campaigns.models import Campaign
from protestcoord.core.crypto import CannotOpen, KeyFolder
from protestcoord.core.database import make_sessions, scrub, unit_of_work
from protestcoord.core.instance import Instance
from protestcoord.core.mail import OutboxMail
from protestcoord.signups import cli_purge, places
from protestcoord.signups.cli_purge import purge
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.forgetting import forget_groups
from protestcoord.signups.models import Contact, Group, SignUp, SignUpStep
from protestcoord.signups.notices import close_campaign_and_tell
from protestcoord.signups.purge import purge_contacts
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot

OVER_AT = STARTS_AT + timedelta(minutes=60)
KEPT = timedelta(days=30)


@pytest.mark.proves("P5")
def test_contacts_are_kept_until_thirty_days_after_the_last_slot(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    early = OVER_AT + KEPT - timedelta(seconds=1)
    assert purge_contacts(session, vault, KEPT, early) == []
    assert vault.open(sign_up.group.contact).email == "lantern@example.org"


@pytest.mark.proves("P5", "L7")
def test_a_purged_group_is_nobody_and_its_contact_opens_never_again(session, vault):
    said = {"meeting_point": "the fountain", "name": "Lantern circle", "city": "Berlin"}
    sign_up = store_sign_up(session, vault, store_slot(session), **said)
    places.confirm_sign_up(session, sign_up.id, NOW)
    group, backup, link = sign_up.group, sign_up.group.contact.sealed, sign_up.group.link_hash
    assert [c.slug for c in purge_contacts(session, vault, KEPT, OVER_AT + KEPT)] == ["noon"]
    session.expire_all()
    assert (group.name, group.city, group.is_named) == (group.key, "", False)
    assert (sign_up.meeting_point, sign_up.expected_number) == ("", 0)
    assert group.link_hash != link
    assert session.scalars(select(OutboxMail)).all() == []
    assert session.scalars(select(SignUpStep)).all() == []
    group.contact.sealed = backup
    with pytest.raises(CannotOpen):
        vault.open(group.contact)


def test_purging_again_finds_nothing_to_do(session, vault):
    store_sign_up(session, vault, store_slot(session))
    purge_contacts(session, vault, KEPT, OVER_AT + KEPT)
    assert purge_contacts(session, vault, KEPT, OVER_AT + KEPT) == []


@pytest.fixture
def backup(session, vault, tmp_path):
    """A copy of the database with three contacts, from before any purge."""
    with unit_of_work(session):
        slot = store_slot(session)
        for number in range(3):
            store_sign_up(session, vault, slot, email=f"group{number}@example.org")
    with sqlite3.connect(tmp_path / "test.sqlite") as connection:
        connection.execute(f"VACUUM INTO '{tmp_path / 'backup.sqlite'}'")
    connection.close()
    return tmp_path / "backup.sqlite"


def opened_in(backup, folder) -> int:
    """How many contacts of a copy of the database open with the keys of a folder."""
    opened = 0
    with make_sessions(f"sqlite:///{backup}")() as session:
        for contact in session.scalars(select(Contact)):
            with suppress(CannotOpen):
                opened += ContactVault(KeyFolder(folder), "ab" * 32).open(contact).email != ""
        session.get_bind().dispose()
    return opened


@pytest.mark.proves("P5")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_from_before_opens_with_no_key_from_after(session, vault, backup, record_property):
    with unit_of_work(session):
        purge_contacts(session, vault, KEPT, OVER_AT + KEPT)
    opened = opened_in(backup, vault.keys.folder)
    record_property("P5", f"{opened} of 3 contacts of an older backup open after the purge")
    assert opened == 0


@pytest.mark.control("P5")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_would_open_with_the_keys_from_before(vault, backup):
    assert opened_in(backup, vault.keys.folder) == 3


@pytest.mark.proves("P5")
def test_the_command_shows_and_forgets(tmp_path, monkeypatch):
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_sign_up(session, app.config["VAULT"], store_slot(session))

    def run(*arguments):
        return CliRunner().invoke(purge, arguments, obj=Instance(tmp_path, lambda _: app))

    assert "noon  1 contacts  until 2027-02-08 12:00 UTC\nnothing is due" in run().output
    with stored_in(app) as session:
        close_campaign_and_tell(session, session.scalars(select(Campaign)).one(), NOW)
    assert run("noon", "--yes").output.endswith("purged noon\n")
    assert "noon  0 contacts" in run().output
    assert run("other", "--yes").exit_code == 1


def confirmed_claim(app):
    with stored_in(app) as session:
        sign_up = store_sign_up(session, app.config["VAULT"], store_slot(session))
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)


@pytest.mark.proves("P5")
def test_a_campaign_that_still_runs_is_not_purged(tmp_path, monkeypatch):
    monkeypatch.setattr(cli_purge, "now", lambda: OVER_AT - timedelta(seconds=1))
    app = app_with_tables(tmp_path)
    confirmed_claim(app)
    refused = CliRunner().invoke(purge, ["noon", "--yes"], obj=Instance(tmp_path, lambda _: app))
    assert (refused.exit_code, "noon still runs" in refused.output) == (1, True)
    with stored_in(app) as session:
        sign_up = session.scalars(select(SignUp)).one()
        assert (sign_up.state, sign_up.group.name) == (SignUpState.CONFIRMED, "Lantern circle")
        assert app.config["VAULT"].open(sign_up.group.contact).email == "lantern@example.org"


@pytest.mark.control("P5")
def test_as_soon_as_its_last_slot_is_over_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(cli_purge, "now", lambda: OVER_AT)
    app = app_with_tables(tmp_path)
    confirmed_claim(app)
    done = CliRunner().invoke(purge, ["noon", "--yes"], obj=Instance(tmp_path, lambda _: app))
    assert (done.exit_code, "purged noon" in done.output) == (0, True)
    with stored_in(app) as session:
        group = session.scalars(select(Group)).one()
        assert group.name == group.key


CANARY = b"Canary-of-the-disk"


def on_disk(session, tmp_path) -> bool:
    """Whether the canary stands in what the database keeps on disk."""
    if session.get_bind().dialect.name == "sqlite":
        files = list(tmp_path.glob("test.sqlite*"))
    else:
        session.execute(text("CHECKPOINT"))
        path = session.scalar(
            text(
                "SELECT current_setting('data_directory') || '/' || "
                "pg_relation_filepath('\"group\"')"
            )
        )
        session.rollback()
        files = [Path(path)]
    return any(CANARY in file.read_bytes() for file in files)


@pytest.fixture
def purged(session, vault):
    # Rows that were there before leave gaps, where PostgreSQL keeps what it moved.
    with unit_of_work(session):
        slot = store_slot(session, store_campaign(session, "earlier"), capacity=20)
        addresses = (f"group-{number}@example.org" for number in range(20))
        earlier = [store_sign_up(session, vault, slot, email=address) for address in addresses]
    with unit_of_work(session):
        forget_groups(session, Group.id.in_([row.group_id for row in earlier[::2]]))
    with unit_of_work(session):
        store_sign_up(session, vault, store_slot(session), name=CANARY.decode())
    with unit_of_work(session):
        purge_contacts(session, vault, KEPT, OVER_AT + KEPT)
    return session


@pytest.mark.proves("P5a")
def test_after_a_purge_and_a_scrub_no_name_is_left_on_the_disk(purged, tmp_path):
    scrub(purged.get_bind())
    assert not on_disk(purged, tmp_path)


@pytest.mark.control("P5a")
def test_without_the_scrub_it_would_be_there(purged, tmp_path):
    assert on_disk(purged, tmp_path)


def test_a_purge_touches_no_other_campaign(session, vault):
    store_sign_up(session, vault, store_slot(session))
    later = store_slot(
        session,
        store_campaign(session, "later"),
        starts_at=STARTS_AT + KEPT,
        ends_at=OVER_AT + KEPT,
    )
    kept = store_sign_up(session, vault, later)
    purge_contacts(session, vault, KEPT, OVER_AT + KEPT)
    assert vault.open(kept.group.contact).email == "lantern@example.org"
    assert session.scalars(select(Group.name).where(Group.id == kept.group_id)).one() != ""
    assert session.scalars(select(SignUp)).all()
