from collections import Counter
from datetime import timedelta

import pytest

from protestcoord.campaigns import planning, publishing, service
from protestcoord.campaigns.preview import Change, NotReady, preview_slots
from protestcoord.campaigns.publishing import NotAcknowledged
from protestcoord.campaigns.queries import slots_of_campaign
from protestcoord.campaigns.requests import SiteChoice
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.schedule import Adjustment, RelayKind, Synchronisation
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


def test_what_has_started_is_left_as_it_was(session):
    campaign = make_published(session, BERLIN, LIMA)
    slots = slots_by_mission(session, campaign)
    only_wave(session, campaign).duration_minutes = 90
    publish(session, campaign, now=slots[BERLIN].starts_at)
    assert slots[BERLIN].ends_at == utc(2027, 1, 9, 12)
    assert slots[LIMA].ends_at == utc(2027, 1, 9, 18, 30)


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
