"""Is each part of others pinned to its bytes and listed, and are they few."""

import configparser
import re

import pytest

from tests.security.inventory import (
    LOCK,
    inventory,
    locked_parts,
    parts_without_hash,
    vendored_parts,
)
from tests.security.rules import CHECKOUT

RECORD = CHECKOUT / "docs" / "decisions" / "0042-twenty-three-dependencies.md"
LOCKS = (LOCK, CHECKOUT / "requirements-test.lock")


def direct_dependencies() -> list[str]:
    read = configparser.ConfigParser()
    read.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    return read["options"]["install_requires"].split()


@pytest.mark.proves("S1")
def test_every_locked_package_and_vendored_part_is_listed(record_property):
    listed = inventory()
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    found = {(c["name"].lower(), c["version"]) for c in listed["components"]}
    wanted = locked_parts() + vendored_parts()
    assert {(part.name, part.version) for part in wanted} <= found
    direct = len(direct_dependencies())
    record_property("S1", f"{direct} direct, {len(found)} listed, all pinned by hash")


@pytest.mark.proves("S1")
def test_every_vendored_file_is_listed_with_its_hash():
    parts = [c for c in inventory()["components"] if c["bom-ref"].startswith("vendored-")]
    assert len(parts) == len(vendored_parts()) == 5
    assert all(part["components"] for part in parts)


@pytest.mark.proves("S1")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_hash(lock):
    assert len(locked_parts(lock)) > 50
    assert parts_without_hash(lock) == []


@pytest.mark.control("S1")
def test_a_package_without_a_hash_is_found(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"{LOCK.read_text()}\nloose==1.0 \\\n    # via nobody\n")
    assert parts_without_hash(lock) == ["loose"]


@pytest.mark.proves("S1")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_where_it_was_resolved(lock):
    assert not re.search(r"index-url|find-links|https?://|file:", lock.read_text())


@pytest.mark.proves("S1")
def test_how_many_there_are_is_written_down():
    direct = direct_dependencies()
    assert f"there are {len(direct)}" in RECORD.read_text()


@pytest.mark.control("S1")
def test_another_one_would_be_noticed():
    assert f"there are {len(direct_dependencies()) + 1}" not in RECORD.read_text()
