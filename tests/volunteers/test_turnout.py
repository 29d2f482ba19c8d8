"""Counting without knowing whom: budget, buckets, and a schema that could hold nobody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Boolean, Column, DateTime, Integer, String, Table, select

from protestcoord.campaigns.models import Slot
from protestcoord.core.database import Base, change_count, unit_of_work
from protestcoord.volunteers.models import Turnout
from protestcoord.volunteers.rules import MOST_AN_HOUR, NotAsked
from protestcoord.volunteers.turnout import count_comers, show_buckets
from tests.stored import NOW, store_campaign, store_slot
from tests.volunteers.asked import on_both

HOUR = timedelta(hours=1)
# What can hold neither a name, an address, nor a digest of one.
HOLDS_NOBODY = (Integer, Boolean, DateTime)


@pytest.fixture
def slot(session):
    return store_slot(session, store_campaign(session, counts_turnout=True))


def columns_that_hold_somebody(table):
    kinds = {column.name: getattr(column.type, "impl", column.type) for column in table.columns}
    return [name for name, kind in kinds.items() if not isinstance(kind, HOLDS_NOBODY)]


@pytest.mark.proves("L4", "P7")
def test_no_column_of_the_counter_could_hold_a_person():
    table = Base.metadata.tables["turnout"]
    assert columns_that_hold_somebody(table) == []
    assert [column.name for column in table.primary_key] == ["slot_id"]
    assert {key.column.table.name for key in table.foreign_keys} == {"slot"}


@pytest.mark.control("L4", "P7")
def test_the_schema_test_sees_a_column_that_could():
    """The control."""
    metadata = type(Base.metadata)()
    planted = Table("planted", metadata, Column("n", Integer), Column("address", String(64)))
    assert columns_that_hold_somebody(planted) == ["address"]


def test_presses_add_up_in_one_row(session, slot):
    for people in (1, 2, 20):
        count_comers(session, slot, people, NOW)
    turnout = session.scalars(select(Turnout)).one()
    assert (turnout.people, turnout.counted_in_hour) == (23, 23)


@pytest.mark.proves("P7")
def test_no_moment_of_a_press_is_kept(session, slot):
    count_comers(session, slot, 1, NOW + timedelta(minutes=17, seconds=5))
    turnout = session.scalars(select(Turnout)).one()
    assert {turnout.hour, turnout.looked_at} == {NOW}


@pytest.mark.proves("P7")
def test_a_slot_that_asks_nobody_counts_nobody(session, slot):
    slot.site.campaign.counts_turnout = False
    with pytest.raises(NotAsked):
        count_comers(session, slot, 1, NOW)
    assert session.scalars(select(Turnout)).all() == []


def test_a_script_drives_the_number_no_further_than_its_hour(session, slot):
    for _ in range(MOST_AN_HOUR):
        count_comers(session, slot, 20, NOW)
    turnout = session.scalars(select(Turnout)).one()
    assert turnout.people == MOST_AN_HOUR
    count_comers(session, slot, 3, NOW + HOUR)
    assert turnout.people == MOST_AN_HOUR + 3


def shown_after_each_press(session, slot, presses):
    shown, at = [slot.shown_bucket], NOW
    for _ in range(presses):
        count_comers(session, slot, 1, at)
        at += HOUR
        show_buckets(session, at)
        shown.append(slot.shown_bucket)
    return shown


@pytest.mark.proves("P7")
def test_twenty_single_presses_never_move_the_shown_number_by_one(session, slot):
    shown = shown_after_each_press(session, slot, 20)
    steps = {after - before for before, after in pairwise(shown)}
    assert steps == {0, 10}
    assert shown[-1] == 10


@pytest.mark.control("P7")
def test_a_number_without_buckets_would_be_seen_to_move_by_one(session, slot, monkeypatch):
    """The control."""
    monkeypatch.setattr("protestcoord.volunteers.turnout.bucket_of", lambda people: people)
    shown = shown_after_each_press(session, slot, 20)
    assert {after - before for before, after in pairwise(shown)} == {1}


@pytest.mark.proves("P7")
def test_the_shown_number_is_made_once_an_hour_and_only_a_new_one_is_published(session, slot):
    count_comers(session, slot, 9, NOW)
    before = change_count(session)
    assert show_buckets(session, NOW + HOUR) == 0
    assert change_count(session) == before
    count_comers(session, slot, 20, NOW + HOUR)
    assert show_buckets(session, NOW + 2 * HOUR - timedelta(seconds=1)) == 0
    assert slot.shown_bucket == 0
    assert show_buckets(session, NOW + 2 * HOUR) == 1
    assert slot.shown_bucket == 25
    assert change_count(session) == before + 1
    assert show_buckets(session, NOW + 3 * HOUR) == 0


@on_both
def test_who_press_at_once_are_all_counted(sessions):
    with sessions() as session, unit_of_work(session):
        slot_id = store_slot(session, store_campaign(session, counts_turnout=True)).id

    def press(_number):
        with sessions() as session, unit_of_work(session):
            count_comers(session, session.get_one(Slot, slot_id), 2, NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(press, range(40)))
    with sessions() as session:
        assert session.get_one(Turnout, slot_id).people == 80
