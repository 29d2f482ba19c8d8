"""The log of acts is one chain, and whatever is done to it shows."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from protestcoord.core.database import unit_of_work
from protestcoord.organizers.audit import links_of, record
from protestcoord.organizers.chain import Entry, Link, first_broken, hash_of
from protestcoord.organizers.heads import ForgedHead, heads_in, keep_head
from protestcoord.organizers.models import AuditEntry, AuditHead, Organizer
from tests.stored import NOW, store_organizer

WRITERS, EACH = 8, 50


def chain_of(count):
    links, last = [], "0" * 64
    for number in range(1, count + 1):
        entry = Entry(number, NOW, 1, "wave.add", f"campaign {number}", {"added": number})
        last = hash_of(last, entry)
        links.append(Link(entry, last))
    return links


def edited(links, chance):
    at = chance.randrange(len(links))
    changes = [{"act": "x"}, {"subject": "campaign 0"}, {"organizer_id": 2}, {"detail": {}}]
    changed = replace(links[at].entry, **chance.choice(changes))
    return [*links[:at], replace(links[at], entry=changed), *links[at + 1 :]]


def moved_in_time(links, chance):
    at = chance.randrange(len(links))
    changed = replace(links[at].entry, at=NOW + timedelta(microseconds=1))
    return [*links[:at], replace(links[at], entry=changed), *links[at + 1 :]]


def dropped(links, chance):
    at = chance.randrange(len(links) - 1)
    return links[:at] + links[at + 1 :]


def swapped(links, chance):
    one, other = chance.sample(range(len(links)), 2)
    links = list(links)
    links[one], links[other] = links[other], links[one]
    return links


def inserted(links, chance):
    at = chance.randrange(len(links))
    return [*links[:at], chance.choice(links), *links[at:]]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("tamper", [edited, moved_in_time, dropped, swapped, inserted])
@pytest.mark.proves("A11")
def test_each_of_a_hundred_tampers_is_found(tamper, seed):
    links = chain_of(30)
    assert first_broken(links) is None, "the control: as written it is whole"
    chance = random.Random(seed)  # noqa: S311 - the same tampers every time
    assert first_broken(tamper(links, chance)) is not None


def test_an_entry_written_anew_with_a_right_hash_breaks_the_next():
    links = chain_of(5)
    forged = replace(links[2].entry, subject="campaign 9")
    links[2] = Link(forged, hash_of(links[1].hash, forged))
    assert first_broken(links) == 4


@pytest.fixture
def logged(session):
    organizer = store_organizer(session)
    for number in range(4):
        record(session, organizer, "wave.add", f"campaign {number}", NOW, added=number)
    session.commit()
    return session


def test_what_is_stored_is_one_chain(logged):
    links = list(links_of(logged))
    assert first_broken(links) is None
    assert logged.get(AuditHead, 1).hash == links[-1].hash


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEntry).where(AuditEntry.number == 2).values(act="x"),
        delete(AuditEntry).where(AuditEntry.number == 4),
        delete(AuditEntry),
    ],
)
@pytest.mark.proves("A11")
def test_the_database_refuses_to_change_an_entry(logged, statement):
    with pytest.raises(DBAPIError, match="append-only"):
        logged.execute(statement)
    logged.rollback()
    assert len(list(links_of(logged))) == 4


@pytest.mark.proves("A11")
def test_writers_at_once_make_one_chain(sessions):
    with sessions() as session, unit_of_work(session):
        organizer_id = store_organizer(session).id

    def write(writer):
        for number in range(EACH):
            with sessions() as session, unit_of_work(session):
                organizer = session.get_one(Organizer, organizer_id)
                record(session, organizer, "wave.add", f"campaign {writer}", NOW, added=number)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with sessions() as session:
        links = list(links_of(session))
    assert len(links) == WRITERS * EACH
    assert first_broken(links) is None


def test_heads_are_kept_once_a_day_and_only_if_the_log_grew(tmp_path):
    file, key = tmp_path / "heads.txt", Ed25519PrivateKey.generate()
    links = chain_of(6)
    tomorrow = NOW + timedelta(days=1)
    assert not keep_head(file, key, 0, "0" * 64, NOW)
    assert keep_head(file, key, 4, links[3].hash, NOW)
    assert not keep_head(file, key, 5, links[4].hash, NOW)
    assert not keep_head(file, key, 4, links[3].hash, tomorrow)
    assert keep_head(file, key, 6, links[5].hash, tomorrow)
    assert [head.number for head in heads_in(file, key)] == [4, 6]


def test_what_a_killed_worker_left_behind_keeps_no_later_head_away(tmp_path):
    file, key = tmp_path / "heads.txt", Ed25519PrivateKey.generate()
    file.with_suffix(".new").write_text("half a li")
    assert keep_head(file, key, 4, chain_of(4)[3].hash, NOW)
    assert [head.number for head in heads_in(file, key)] == [4]


@pytest.mark.proves("A11")
def test_a_head_that_was_changed_is_found(tmp_path):
    file, key = tmp_path / "heads.txt", Ed25519PrivateKey.generate()
    keep_head(file, key, 4, chain_of(4)[3].hash, NOW)
    file.write_text(file.read_text().replace(" 4 ", " 3 "))
    with pytest.raises(ForgedHead):
        list(heads_in(file, key))


@pytest.mark.control("A11")
def test_a_chain_cut_off_at_its_end_is_whole_for_itself_and_told_by_a_head(logged, tmp_path):
    links = list(links_of(logged))
    assert first_broken(links[:2]) is None
    file, key = tmp_path / "heads.txt", Ed25519PrivateKey.generate()
    keep_head(file, key, len(links), links[-1].hash, NOW)
    (head,) = heads_in(file, key)
    assert head.number > len(links[:2])


def test_triggers_are_named_in_the_database(logged):
    if logged.bind.dialect.name == "sqlite":
        found = logged.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        assert set(found) == {"audit_entry_no_update", "audit_entry_no_delete"}
