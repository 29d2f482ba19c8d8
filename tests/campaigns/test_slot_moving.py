"""One public slot is moved and nothing else, and only where another time follows from its wave."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from protestcoord.campaigns.models import SiteOverride
from protestcoord.campaigns.overriding import SlotBegun
from protestcoord.campaigns.preview import Change, moves_soon, preview_slots
from protestcoord.campaigns.publishing import publish_campaign
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.campaigns.slot_moving import (
    NotMovable,
    SlotTime,
    SlotUnchanged,
    WaveUnpublished,
    is_soon,
    move_slot,
    plan_move,
)
from protestcoord.campaigns.stored_rules import told_of_wave
from protestcoord.core.errors import InvalidValue
from tests.stored import NOW, STARTS_AT, store_campaign, store_slot

LATER = SlotTime(date(2027, 1, 9), time(15, 30), 90)
STARTS_LATER = datetime(2027, 1, 9, 14, 30, tzinfo=UTC)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here is locked, and nothing asked that the two answer otherwise."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


def test_a_slot_gets_the_asked_time_at_its_site_and_a_higher_sequence(session):
    slot = store_slot(session)
    move_slot(session, slot, LATER, NOW)
    assert (slot.starts_at, slot.ends_at) == (STARTS_LATER, STARTS_LATER + timedelta(minutes=90))
    assert (slot.sequence, slot.local_asked) == (1, datetime(2027, 1, 9, 15, 30))  # noqa: DTZ001
    assert session.query(SiteOverride).one().occurrence == 1


def test_publishing_again_leaves_the_slot_where_it_was_moved(session):
    slot = store_slot(session)
    move_slot(session, slot, LATER, NOW)
    assert [row.change for row in preview_slots(session, slot.site.campaign, NOW).rows] == [
        Change.SAME
    ]
    published = publish_campaign(session, slot.site.campaign, True, NOW)
    assert (published.moved, slot.starts_at) == ((), STARTS_LATER)


def test_what_else_waits_to_be_published_waits_on(session):
    campaign = store_campaign(session)
    slot, other = store_slot(session, campaign), store_slot(session, campaign)
    other.wave.start += timedelta(hours=2)
    session.flush()
    move_slot(session, slot, LATER, NOW)
    assert other.starts_at == STARTS_AT
    assert other.wave.published != told_of_wave(other.wave)


def test_to_plan_changes_nothing(session):
    slot = store_slot(session)
    assert plan_move(session, slot, LATER, NOW).starts_at == STARTS_LATER
    assert slot.starts_at == STARTS_AT
    assert session.query(SiteOverride).count() == 0


def test_a_wave_with_unpublished_changes_is_published_first(session):
    slot = store_slot(session)
    slot.wave.duration_minutes = 30
    with pytest.raises(WaveUnpublished):
        plan_move(session, slot, LATER, NOW)


def test_what_is_over_called_off_begun_or_a_relays_is_not_moved(session):
    slot = store_slot(session)
    with pytest.raises(SlotBegun):
        plan_move(session, slot, LATER, STARTS_AT)
    with pytest.raises(SlotUnchanged):
        plan_move(session, slot, SlotTime(date(2027, 1, 9), time(12), 60), NOW)
    near = STARTS_AT - timedelta(minutes=5)
    with pytest.raises(InvalidValue, match="over already"):
        plan_move(session, slot, SlotTime(date(2027, 1, 9), time(11, 30), 60), near)
    slot.cancelled_at = NOW
    with pytest.raises(NotMovable):
        plan_move(session, slot, LATER, NOW)
    slot.cancelled_at, slot.wave.synchronisation = None, Synchronisation.RELAY
    with pytest.raises(NotMovable):
        plan_move(session, slot, LATER, NOW)


def test_a_day_too_far_from_the_waves_is_refused_beside_its_field(session):
    far = SlotTime(date(2027, 3, 9), time(12), 60)
    with pytest.raises(InvalidValue) as refused:
        plan_move(session, store_slot(session), far, NOW)
    assert refused.value.field == "local_day"


def test_a_near_move_is_the_one_that_publishing_would_ask_two_for(session):
    slot = store_slot(session)
    near = STARTS_AT - timedelta(hours=71)
    planned = plan_move(session, slot, LATER, near)
    assert is_soon(slot, planned, STARTS_AT - timedelta(hours=73)) == ""
    session.add(
        SiteOverride(
            wave_id=slot.wave_id,
            site_id=slot.site_id,
            occurrence=1,
            is_cancelled=False,
            local_day=LATER.local_day,
            local_time=LATER.local_time,
            duration_minutes=90,
        )
    )
    session.flush()
    whole = moves_soon(preview_slots(session, slot.site.campaign, near), near)
    assert is_soon(slot, planned, near) == whole != ""
