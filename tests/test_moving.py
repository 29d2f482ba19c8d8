"""A site moves to a new host with its database and its keys, and nothing else."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest

from protestcoord.config import load_secrets, load_settings
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Contact
from tests.journeys.served import free_port, run_command, running
from tests.proofs import FULL
from tests.stored import store_campaign, store_sign_up, store_slot

# Two instances are set up and built whole, which takes a minute on a busy machine.
pytestmark = pytest.mark.skipif(not FULL, reason="in make security only")
CARRIED = ("protestcoord.sqlite", "secrets.json", "signing.key")


def environment_of(folder, port):
    return os.environ | {
        "PROTESTCOORD_INSTANCE": str(folder),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "UID_HOST": "calendar.example.org",
    }


def vault_of(folder):
    settings = load_settings(folder, {})
    return settings, ContactVault(
        KeyFolder(settings.keys_folder), load_secrets(settings.instance).index_key
    )


def old_host(folder):
    """An instance with one campaign and one group, whose copies readers know by its key."""
    environment = environment_of(folder, free_port())
    run_command(environment, "init")
    settings, vault = vault_of(folder)
    sessions = make_sessions(settings.database_url)
    with sessions() as session, unit_of_work(session):
        sign_up = store_sign_up(session, vault, store_slot(session, store_campaign(session)))
        contact_id = sign_up.group.contact_id
    sessions.kw["bind"].dispose()
    told = run_command(environment, "mirror", str(folder.parent / "first")).stdout
    key = next(word for word in told.split() if len(word.strip(".")) == 64).strip(".")
    return key, contact_id


def carry(old, new, *names):
    new.mkdir(mode=0o700)
    for name in names:
        shutil.copy2(old / name, new / name)
    shutil.copytree(old / "keys", new / "keys")


def verified(copy, key):
    command = [sys.executable, "-I", copy / "mirror" / "verify.py", copy, key]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moved") / "old"
    return folder, *old_host(folder)


@pytest.mark.proves("L10")
def test_a_new_host_serves_and_its_copies_are_believed(old, tmp_path, record_property):
    folder, key, contact_id = old
    new, port = tmp_path / "new", free_port()
    began = time.monotonic()
    carry(folder, new, *CARRIED)
    environment = environment_of(new, port)
    run_command(environment, "init")
    with running(environment, port) as base_url:
        with urllib.request.urlopen(f"{base_url}/c/noon/") as answer:
            assert b"One noon" in answer.read()
        pages = time.monotonic() - began
        form = f"{base_url}/c/noon/sign-up/?slot=w1-de-berlin-embassy-1"
        with urllib.request.urlopen(form) as answer:
            assert answer.status == 200
    run_command(environment, "mirror", str(tmp_path / "copy"))
    assert pages <= 15 * 60
    done = verified(tmp_path / "copy", key)
    assert (done.returncode, done.stdout[:5]) == (0, "good:")
    settings, vault = vault_of(new)
    sessions = make_sessions(settings.database_url)
    with sessions() as session:
        assert vault.open(session.get_one(Contact, contact_id)).email == "lantern@example.org"
    sessions.kw["bind"].dispose()
    record_property("L10", f"moved to a new host in {pages:.0f} s, form too; its copy is good")


@pytest.mark.control("L10")
def test_a_host_without_the_signing_key_is_not_believed(old, tmp_path):
    folder, key, _ = old
    carry(folder, tmp_path / "new", "protestcoord.sqlite", "secrets.json")
    environment = environment_of(tmp_path / "new", free_port())
    run_command(environment, "init")
    run_command(environment, "mirror", str(tmp_path / "copy"))
    done = verified(tmp_path / "copy", key)
    assert done.returncode == 1
    assert "REFUSED" in done.stdout + done.stderr
