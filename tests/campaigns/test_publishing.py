from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from protestcoord.campaigns import planning, publishing, service
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.preview import Change, preview_slots
from protestcoord.campaigns.publishing import NotAcknowledged
from protestcoord.campaigns.queries import slots_of_campaign
from protestcoord.campaigns.readiness import NotReady
from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.requests import SiteChoice
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.schedule import Adjustment, RelayKind, Synchronisation
from protestcoord.campaigns.service import CampaignClosed
from protestcoord.core.database import change_count
from tests.campaigns.planned import (
    BERLIN,
    GAP_IN_BERLIN,
    LATER,
    LIMA,
    NOON,
    SEOUL,
    make_draft,
    make_published,
    only_wave,
    slots_by_mission,
    utc,
    wave_request,
)
from tests.stored import NOW

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2027, 1, 9)  # noqa: DTZ001 - UTC, as a wave has it
CLOCKS_CHANGE = datetime(2027, 3, 28, 2)  # noqa: DTZ001 - a wall clock


def publish(session, campaign, acknowledged=True, now=NOW):
    return publishing.publish_campaign(session, campaign, acknowledged, now)


def changes(session, campaign, now=NOW):
    return Counter(row.change for row in preview_slots(session, campaign, now).rows)


def move_wave(session, campaign, **request):
    planning.edit_wave(session, only_wave(session, campaign), wave_request(**request), LATER)


def test_publishing_gives_every_site_its_slot_and_wakes_the_worker(session):
    campaign = make_draft(session, BERLIN, SEOUL)
    published = publish(session, campaign)
    slots = slots_by_mission(session, campaign)
    assert campaign.state is CampaignState.PUBLISHED
    assert {m: s.starts_at for m, s in slots.items()} == {
        BERLIN: utc(2027, 1, 9, 11),
        SEOUL: utc(2027, 1, 9, 3),
    }
    assert slots[SEOUL].ends_at == utc(2027, 1, 9, 4)
    assert (slots[SEOUL].capacity, slots[SEOUL].sequence) == (5, 0)
    assert set(published.added) == set(slots.values())
    assert change_count(session) == 1


def test_publishing_again_changes_no_slot(session):
    campaign = make_published(session, BERLIN, SEOUL)
    assert changes(session, campaign) == {Change.SAME: 2}
    published = publish(session, campaign, now=LATER)
    assert published == publishing.Published((), (), (), ())
    assert {slot.changed_at for slot in slots_of_campaign(session, campaign)} == {NOW}


def test_a_moved_wave_moves_its_slots_and_keeps_their_rows(session):
    campaign = make_published(session, BERLIN, SEOUL)
    before = {slot.id for slot in slots_of_campaign(session, campaign)}
    move_wave(session, campaign, start=NOON + timedelta(hours=1))
    assert changes(session, campaign) == {Change.MOVED: 2}
    published = publish(session, campaign, now=LATER)
    slots = slots_by_mission(session, campaign)
    assert {slot.id for slot in slots.values()} == before == {s.id for s in published.moved}
    assert slots[BERLIN].starts_at == utc(2027, 1, 9, 12)
    assert {(slot.sequence, slot.changed_at) for slot in slots.values()} == {(1, LATER)}


def test_a_site_that_joins_later_gets_its_slot_alone(session):
    campaign = make_published(session, BERLIN)
    planning.choose_sites(session, campaign, SiteChoice([SEOUL]), LATER)
    published = publish(session, campaign, now=LATER)
    assert [slot.site.mission.slug for slot in published.added] == [SEOUL]
    assert slots_by_mission(session, campaign)[BERLIN].changed_at == NOW


def test_a_slot_that_no_wave_gives_any_more_is_called_off(session):
    relay = {"synchronisation": Synchronisation.RELAY, "relay_kind": RelayKind.MINIMAL}
    campaign = make_published(session, BERLIN, SEOUL, waves=(wave_request(**relay),))
    count = len(slots_of_campaign(session, campaign))
    move_wave(session, campaign)
    published = publish(session, campaign, now=LATER)
    assert len(published.cancelled) == count - 2
    assert {slot.cancelled_at for slot in published.cancelled} == {LATER}
    assert changes(session, campaign) == {Change.SAME: 2}


def test_a_slot_that_was_cancelled_by_itself_stays_so(session):
    campaign = make_published(session, BERLIN, SEOUL)
    slot = slots_by_mission(session, campaign)[BERLIN]
    service.cancel_slot(session, slot, LATER)
    move_wave(session, campaign, start=NOON + timedelta(hours=1))
    publish(session, campaign, now=LATER)
    assert (slot.cancelled_at, slot.starts_at) == (LATER, utc(2027, 1, 9, 11))
    assert changes(session, campaign) == {Change.STAYS_CANCELLED: 1, Change.SAME: 1}


def test_more_places_reach_slots_that_stand(session):
    campaign = make_published(session, BERLIN)
    move_wave(session, campaign, capacity=9)
    published = publish(session, campaign, now=LATER)
    slot = slots_by_mission(session, campaign)[BERLIN]
    assert (published.widened, slot.capacity, slot.sequence) == ((slot,), 9, 0)


@pytest.mark.parametrize(
    ("missions", "remove_wave", "message"),
    [([], False, "no site"), ([BERLIN], True, "no wave")],
)
def test_what_is_missing_is_said(session, missions, remove_wave, message):
    campaign = make_draft(session, *missions)
    if remove_wave:
        planning.remove_wave(session, only_wave(session, campaign), NOW)
    with pytest.raises(NotReady, match=message):
        publish(session, campaign)
    assert campaign.state is CampaignState.DRAFT


def test_a_relay_that_gives_no_slot_is_not_published(session):
    nobody = {
        "synchronisation": Synchronisation.RELAY,
        "relay_hours": 1,
        "start": NOON.replace(hour=0),
    }
    campaign = make_draft(session, BERLIN, waves=(wave_request(**nobody),))
    with pytest.raises(NotReady, match="No site has a slot"):
        publish(session, campaign)


def test_a_first_start_in_the_past_is_refused_by_place_and_time(session):
    campaign = make_draft(session, BERLIN, SEOUL)
    with pytest.raises(NotReady, match=r"Seoul it would be 2027-01-09 12:00\+09:00"):
        publish(session, campaign, now=utc(2027, 1, 9, 3))


def test_a_site_that_joins_a_wave_too_late_has_no_slot_in_it(session):
    campaign = make_published(session, LIMA)
    planning.choose_sites(session, campaign, SiteChoice([SEOUL]), LATER)
    during = utc(2027, 1, 9, 5)
    assert changes(session, campaign, during) == {Change.TOO_LATE: 1, Change.SAME: 1}
    assert publish(session, campaign, now=during).added == ()


def test_a_wave_that_begins_before_its_change_is_published_has_to_be_set_back(session):
    campaign = make_published(session, BERLIN, LIMA)
    slots = slots_by_mission(session, campaign)
    wave = only_wave(session, campaign)
    planning.edit_wave(session, wave, wave_request(duration_minutes=90), LATER)
    during = slots[BERLIN].starts_at
    with pytest.raises(NotReady, match="2027-01-09 12:00, 60 minutes"):
        publish(session, campaign, now=during)
    planning.edit_wave(session, wave, wave_request(), during)
    publish(session, campaign, now=during)
    assert {slot.ends_at - slot.starts_at for slot in slots.values()} == {timedelta(minutes=60)}


def test_a_campaign_that_was_closed_meanwhile_is_not_published_again(session):
    campaign = make_published(session, BERLIN)
    # As another process does it: what this session read before is no longer true.
    closed = update(Campaign).values(state=CampaignState.CLOSED)
    session.execute(closed.execution_options(synchronize_session=False))
    assert campaign.state is CampaignState.PUBLISHED
    with pytest.raises(CampaignClosed):
        publish(session, campaign, now=LATER)


def test_the_same_instant_asked_for_in_another_way_moves_no_calendar(session):
    campaign = make_published(session, BERLIN)
    wave, slot = only_wave(session, campaign), slots_by_mission(session, campaign)[BERLIN]
    assert slot.local_asked == NOON
    instant = wave_request(
        synchronisation=Synchronisation.SAME_INSTANT, start=NOON - timedelta(hours=1)
    )
    planning.edit_wave(session, wave, instant, LATER)
    preview = preview_slots(session, campaign, LATER)
    assert preview.changes_anything
    assert preview.adjusted() == []
    publish(session, campaign, now=LATER)
    assert (slot.local_asked, slot.sequence, slot.changed_at) == (None, 0, LATER)


def test_while_a_relay_runs_what_is_ahead_of_a_site_is_never_moved_into_the_past(session):
    relay = wave_request(synchronisation=Synchronisation.RELAY, start=MIDNIGHT)
    campaign = make_published(session, BERLIN, SEOUL, LIMA, waves=(relay,))
    slots = slots_by_mission(session, campaign)
    berlin, now = slots[BERLIN], slots[BERLIN].ends_at
    assert slots[SEOUL].starts_at < now, "the relay runs"
    # As if Berlin had a later hour until now, which a newer plan gives to others.
    berlin.starts_at, berlin.ends_at = now + HOUR, now + 2 * HOUR
    rows = {row.site.mission.slug: row for row in preview_slots(session, campaign, now).rows}
    assert (rows[BERLIN].change, rows[BERLIN].planned.starts_at) == (Change.KEPT, now + HOUR)
    assert publish(session, campaign, now=now).moved == ()
    assert berlin.starts_at == now + HOUR


def test_one_wave_cannot_act_twice_at_once_at_a_site(session):
    twice = recurrence_from_text("FREQ=DAILY;COUNT=2;BYHOUR=2,3")
    daily = wave_request(start=CLOCKS_CHANGE, recurrence=twice)
    campaign = make_draft(session, BERLIN, waves=(daily,))
    with pytest.raises(NotReady, match="overlap at Berlin"):
        publish(session, campaign)


def test_an_adjusted_time_has_to_be_acknowledged(session):
    campaign = make_draft(session, BERLIN, SEOUL, waves=(wave_request(start=GAP_IN_BERLIN),))
    adjusted = preview_slots(session, campaign, NOW).adjusted()
    keys = [row.adjustment_key for row in adjusted]
    assert keys == ["w1-de-berlin-embassy-1-2027-03-28T03:30+02:00"]
    for nothing in ((), False, {"w1-de-berlin-embassy-1-2027-03-28T04:30+02:00"}):
        with pytest.raises(NotAcknowledged):
            publish(session, campaign, nothing)
    publish(session, campaign, keys)
    slot = slots_by_mission(session, campaign)[BERLIN]
    assert (slot.starts_at, slot.adjustment) == (
        utc(2027, 3, 28, 1, 30),
        Adjustment.MOVED_FORWARD,
    )


def test_what_was_acknowledged_is_not_asked_again(session):
    campaign = make_published(session, BERLIN, waves=(wave_request(start=GAP_IN_BERLIN),))
    assert preview_slots(session, campaign, LATER).adjusted() == []
    publish(session, campaign, (), LATER)
