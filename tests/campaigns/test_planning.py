from datetime import timedelta

import pytest

from protestcoord.campaigns import overriding, planning, publishing, service
from protestcoord.campaigns.queries import (
    find_site,
    sites_of_campaign,
    slots_of_site,
    waves_of_campaign,
)
from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.requests import SiteChoice
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import Override, Synchronisation
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.rules import MissionStatus
from tests.campaigns.planned import (
    BERLIN,
    LATER,
    NOON,
    PYONGYANG,
    REMOTE_ONLY,
    SEOUL,
    make_draft,
    make_published,
    only_wave,
    slots_by_mission,
    utc,
    wave_request,
)
from tests.stored import NOW, store_mission


def presences(session, campaign):
    return {site.mission.slug: site.presence for site in sites_of_campaign(session, campaign)}


def choose(session, campaign, *missions, now=NOW, **presence):
    choice = SiteChoice(missions, {m.replace("_", "-"): p for m, p in presence.items()})
    return planning.choose_sites(session, campaign, choice, now)


def test_remote_only_is_proposed_by_country_and_the_organizer_decides(session):
    campaign = make_draft(session)
    choice = SiteChoice({PYONGYANG, SEOUL, BERLIN}, {BERLIN: Presence.REMOTE_ONLY}, REMOTE_ONLY)
    assert planning.choose_sites(session, campaign, choice, NOW) == 3
    assert presences(session, campaign) == {
        BERLIN: Presence.REMOTE_ONLY,
        PYONGYANG: Presence.REMOTE_ONLY,
        SEOUL: Presence.ON_SITE,
    }


def test_choosing_again_keeps_what_was_decided(session):
    campaign = make_draft(session)
    choose(session, campaign, PYONGYANG)
    again = SiteChoice([PYONGYANG], remote_only_countries=REMOTE_ONLY)
    assert planning.choose_sites(session, campaign, again, NOW) == 0
    assert presences(session, campaign) == {PYONGYANG: Presence.ON_SITE}


def test_an_unknown_or_closed_mission_is_refused_by_name(session):
    campaign = make_draft(session)
    store_mission(session, slug="xx-closed", status=MissionStatus.CLOSED)
    for slug in ("xx-closed", "xx-nowhere"):
        with pytest.raises(InvalidValue, match=slug) as raised:
            choose(session, campaign, BERLIN, slug)
        assert raised.value.field == "missions"


def test_where_people_stand_is_told_to_calendars(session):
    campaign = make_published(session, BERLIN)
    choose(session, campaign, BERLIN, now=LATER, de_berlin_embassy=Presence.REMOTE_ONLY)
    slot = slots_by_mission(session, campaign)[BERLIN]
    assert (slot.sequence, slot.changed_at) == (1, LATER)


def test_a_dropped_site_comes_back_with_the_slots_that_went_with_it(session):
    campaign = make_published(
        session, BERLIN, waves=(wave_request(), wave_request(start=NOON + timedelta(days=1)))
    )
    site = find_site(session, campaign, BERLIN)
    slots = slots_of_site(session, site)
    service.cancel_slot(session, slots[0], NOW)
    service.drop_site(session, site, LATER)
    assert presences(session, campaign) == {}
    assert choose(session, campaign, BERLIN, now=LATER + timedelta(hours=1)) == 1
    assert site.dropped_at is None
    assert [slot.cancelled_at for slot in slots] == [NOW, LATER]
    publishing.publish_campaign(
        session, campaign, acknowledged=True, now=LATER + timedelta(hours=1)
    )
    assert [slot.cancelled_at for slot in slots] == [NOW, None]


def test_a_site_without_slots_is_removed_and_one_with_slots_is_not(session):
    campaign = make_published(session, BERLIN)
    choose(session, campaign, SEOUL)
    with pytest.raises(planning.SitePublished):
        planning.remove_sites(session, campaign, {BERLIN, SEOUL}, NOW)
    assert planning.remove_sites(session, campaign, {SEOUL}, NOW) == 1
    assert presences(session, campaign).keys() == {BERLIN}


def test_waves_are_numbered_and_a_draft_can_lose_one(session):
    campaign = make_draft(session, BERLIN, waves=(wave_request(), wave_request(title="Evening")))
    first, second = waves_of_campaign(session, campaign)
    assert [(w.number, w.title) for w in (first, second)] == [(1, "Noon"), (2, "Evening")]
    planning.remove_wave(session, first, NOW)
    assert waves_of_campaign(session, campaign) == [second]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"capacity": 0}, "capacity"),
        ({"start": NOON.replace(second=1)}, "start"),
        ({"synchronisation": Synchronisation.RELAY, "relay_hours": 0}, "relay_hours"),
        ({"start": NOON.replace(year=2025)}, "start"),
    ],
)
def test_an_unusable_wave_is_refused_beside_its_field(session, changes, field):
    campaign = make_draft(session, BERLIN)
    with pytest.raises(InvalidValue) as raised:
        planning.add_wave(session, campaign, wave_request(**changes), NOW)
    assert raised.value.field == field
    assert len(waves_of_campaign(session, campaign)) == 1


def test_a_wall_clock_is_past_only_when_it_is_past_everywhere(session):
    campaign = make_draft(session, BERLIN)
    wall_clock = NOW.replace(tzinfo=None)
    planning.add_wave(session, campaign, wave_request(start=wall_clock - timedelta(hours=2)), NOW)
    early = wave_request(start=wall_clock - timedelta(hours=13))
    with pytest.raises(InvalidValue, match="everywhere"):
        planning.add_wave(session, campaign, early, NOW)


def test_a_published_wave_moves_but_stays_and_gives_no_fewer_places(session):
    campaign = make_published(session, BERLIN)
    wave = only_wave(session, campaign)
    planning.edit_wave(session, wave, wave_request(start=NOON + timedelta(hours=1)), LATER)
    assert wave.start == NOON + timedelta(hours=1)
    with pytest.raises(planning.WavePublished):
        planning.remove_wave(session, wave, LATER)
    with pytest.raises(InvalidValue, match="only be raised"):
        planning.edit_wave(session, wave, wave_request(capacity=4), LATER)


def test_a_wave_that_has_begun_is_history(session):
    campaign = make_published(session, BERLIN)
    begun_at = slots_by_mission(session, campaign)[BERLIN].starts_at
    wave = only_wave(session, campaign)
    with pytest.raises(planning.WaveBegun):
        planning.edit_wave(session, wave, wave_request(duration_minutes=90), begun_at)
    planning.edit_wave(session, wave, wave_request(title="Noon, with more of us"), begun_at)
    assert wave.title == "Noon, with more of us"


def test_of_a_repeating_wave_that_has_begun_the_rest_can_change(session):
    weekly = wave_request(recurrence=recurrence_from_text("FREQ=WEEKLY;COUNT=3"))
    campaign = make_published(session, BERLIN, waves=(weekly,))
    wave = only_wave(session, campaign)
    after_two = utc(2027, 1, 16, 11)
    longer = wave_request(recurrence=recurrence_from_text("FREQ=WEEKLY;COUNT=4"))
    planning.edit_wave(session, wave, longer, after_two)
    published = publishing.publish_campaign(session, campaign, acknowledged=True, now=after_two)
    assert [slot.key for slot in published.added] == [f"w1-{BERLIN}-4"]
    other = wave_request(recurrence=recurrence_from_text("FREQ=DAILY;COUNT=9"))
    with pytest.raises(planning.WaveBegun):
        planning.edit_wave(session, wave, other, after_two)


def weekly(rule, **changes):
    return wave_request(recurrence=recurrence_from_text(rule), **changes)


@pytest.mark.parametrize(
    "changed",
    [
        weekly("FREQ=WEEKLY;COUNT=6;BYDAY=SA,TU"),
        weekly("FREQ=WEEKLY;COUNT=2", start=NOON + timedelta(weeks=1)),
        weekly("FREQ=DAILY;COUNT=15"),
    ],
    ids=["a day between", "a week later, one less", "every day"],
)
def test_no_group_changes_its_day_because_others_are_added(session, changed):
    campaign = make_published(session, BERLIN, waves=(weekly("FREQ=WEEKLY;COUNT=3"),))
    with pytest.raises(InvalidValue, match="days that stay") as raised:
        planning.edit_wave(session, only_wave(session, campaign), changed, LATER)
    assert raised.value.field == "recurrence"


@pytest.mark.parametrize(
    "changed",
    [
        weekly("FREQ=WEEKLY;COUNT=9"),
        weekly("FREQ=WEEKLY;COUNT=1"),
        weekly("FREQ=WEEKLY;COUNT=3", start=NOON + timedelta(hours=2)),
        weekly("FREQ=WEEKLY;COUNT=3", start=NOON + timedelta(days=1)),
    ],
    ids=["longer", "shorter", "later that day", "a day later"],
)
def test_a_published_wave_goes_on_longer_ends_earlier_or_moves_as_a_whole(session, changed):
    campaign = make_published(session, BERLIN, waves=(weekly("FREQ=WEEKLY;COUNT=3"),))
    planning.edit_wave(session, only_wave(session, campaign), changed, LATER)


def test_what_is_different_on_one_day_stays_on_that_day(session):
    campaign = make_draft(session, BERLIN, waves=(weekly("FREQ=WEEKLY;COUNT=3"),))
    wave = only_wave(session, campaign)
    overriding.override_site(session, wave, Override(BERLIN, 2, is_cancelled=True), NOW)
    with pytest.raises(InvalidValue, match="Berlin has a time of its own"):
        planning.edit_wave(session, wave, weekly("FREQ=DAILY;COUNT=15"), NOW)


def test_what_has_begun_at_a_site_is_not_overridden_any_more(session):
    campaign = make_published(session, BERLIN, SEOUL)
    wave, slots = only_wave(session, campaign), slots_by_mission(session, campaign)
    now = slots[SEOUL].starts_at
    overriding.override_site(session, wave, Override(BERLIN, duration_minutes=20), now)
    with pytest.raises(overriding.SlotBegun):
        overriding.override_site(session, wave, Override(SEOUL, duration_minutes=20), now)


def test_a_closed_campaign_takes_neither_sites_nor_waves(session):
    campaign = make_published(session, BERLIN)
    service.close_campaign(session, campaign, LATER)
    for change in (
        lambda: choose(session, campaign, SEOUL),
        lambda: planning.add_wave(session, campaign, wave_request(), LATER),
        lambda: planning.remove_sites(session, campaign, set(), LATER),
        lambda: planning.edit_wave(session, only_wave(session, campaign), wave_request(), LATER),
        lambda: publishing.publish_campaign(session, campaign, acknowledged=True, now=LATER),
    ):
        with pytest.raises(service.CampaignClosed):
            change()
