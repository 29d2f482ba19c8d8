import re
from datetime import UTC, datetime, timedelta

import pytest

from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import Adjustment, Synchronisation
from protestcoord.publications.campaign_pages import timeline_page
from protestcoord.publications.snapshot import SiteView
from protestcoord.signups.rules import SlotState
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_state,
    make_wave,
)
from tests.publications.reading_pages import (
    ENGLISH,
    Page,
    all_missions,
    all_pages,
    four_states,
    page_at,
    page_of_site,
    slot_at,
)


def test_campaign_page_explains_each_wave_in_words():
    instant = make_wave(number=2, title="", synchronisation=Synchronisation.SAME_INSTANT)
    relay = make_wave(number=3, title="", synchronisation=Synchronisation.RELAY)
    words = page_at("/c/demo/", make_campaign(waves=(make_wave(), instant, relay))).words
    assert "Noon Sat, 9 Jan 2027, 12:00 On the clock of every site, for 1 hour." in words
    assert "The first site begins on Sat, 9 Jan 2027, 11:00 UTC" in words
    assert "Wave 2 Sat, 9 Jan 2027, 12:00 UTC At the same instant everywhere" in words
    assert "Wave 3 Sat, 9 Jan 2027, 12:00 UTC From then on, one site after another" in words


def test_campaign_page_lists_every_site_with_state_and_local_time():
    page = page_at("/c/demo/", four_states())
    assert re.search(r"Seoul Embassy Sat, 9 Jan 2027, 20:00 \(UTC\+09:00\) offered", page.words)
    assert page.all_of("data-state") == ["covered", "offered", "full", "empty"]


def test_a_dropped_site_is_not_in_the_list():
    page = page_at("/c/demo/", make_campaign(make_site(), make_site(make_seoul(), dropped=True)))
    assert "Seoul" not in page.words


@pytest.mark.parametrize("path", ["/c/demo/", "/c/demo/map/"])
def test_map_loads_the_files_that_the_world_map_names(path):
    from protestcoord.publications.worldmap import MAP_SCRIPTS, MAP_STYLES

    page = page_at(path)
    sources, sheets = page.all_of("src"), page.all_of("href")
    expected = [ENGLISH.static(name) for name in MAP_SCRIPTS] + ["/c/demo/map.js"]
    assert [source for source in sources if source in expected] == expected
    assert {ENGLISH.static(name) for name in MAP_STYLES} <= set(sheets)
    assert "map" in page.all_of("id")


def test_timeline_shows_all_slots_from_east_to_west_with_utc_and_local_time():
    seoul = make_site(make_seoul(), make_slot(starts_at=DAY_AT + timedelta(hours=5)))
    page = page_at("/c/demo/timeline/", make_campaign(make_site(), seoul))
    assert re.search(
        r"Seoul.*Sat 17:00–18:00 \(UTC\+01:00\) Sat 16:00"
        r".*Berlin.*Sat 12:00–13:00 \(UTC\+01:00\) Sat 11:00",
        page.words,
    )


@pytest.mark.parametrize(
    ("starts_at", "there"),
    [
        (datetime(2027, 1, 9, 22, 30, tzinfo=UTC), "Sat 23:30–Sun 00:30 (UTC+01:00)"),
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "Sun 01:30 (UTC+01:00)–03:30 (UTC+02:00)"),
    ],
)
def test_timeline_says_when_a_slot_ends_on_another_day_or_offset(starts_at, there):
    slot = make_slot(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    assert (
        there in page_at("/c/demo/timeline/", make_campaign(make_site(make_mission(), slot))).words
    )


def test_timeline_says_where_one_acts_from_elsewhere_and_leaves_out_what_is_cancelled():
    away = make_site(make_mission(), make_slot(), presence=Presence.REMOTE_ONLY)
    gone = make_site(make_seoul(), make_slot(cancelled=True))
    words = page_at("/c/demo/timeline/", make_campaign(away, gone)).words
    assert "Embassy · remote only" in words
    assert "Seoul" not in words


def test_timeline_of_days_far_apart_shows_each_by_itself():
    weekly = [make_slot(starts_at=DAY_AT + timedelta(weeks=n), occurrence=n) for n in range(3)]
    page = page_at("/c/demo/timeline/", make_campaign(make_site(make_mission(), *weekly)))
    assert page.count("details") == page.count("table") == 3


def test_timeline_only_names_the_days_that_are_too_many():
    missions = all_missions()
    sites = [
        make_site(
            mission,
            *(
                make_slot(mission.slug, starts_at=DAY_AT + timedelta(weeks=n), occurrence=n)
                for n in range(8)
            ),
        )
        for mission in missions
    ]
    page = page_at("/c/demo/timeline/", make_campaign(*sites))
    assert page.count("table") == 3
    assert "Other days" in page.words
    assert "All times as a calendar file" in page.words


def test_timeline_without_times_says_so():
    site = make_site(make_mission(), make_slot(cancelled=True))
    assert "There are no times yet." in page_at("/c/demo/timeline/", make_campaign(site)).words


def site_with(**changes: object) -> SiteView:
    return make_site(make_mission(), make_slot(**changes))


def test_site_page_tells_places_groups_and_where_to_meet():
    group = make_participant(meeting_point="At the fountain")
    page = page_of_site(site_with(groups=(group,), offered=1))
    assert "4 places for groups are free · 1 group waits for approval" in page.words
    assert "Lantern circle, Berlin Meeting point: At the fountain" in page.words
    assert "/c/demo/sign-up/?slot=w1-de-berlin-embassy-1" in page.all_of("href")
    assert "/c/demo/slots/w1-de-berlin-embassy-1.ics" in page.all_of("href")


def test_site_page_gives_local_time_with_offset_and_utc():
    words = page_of_site(site_with()).words
    assert (
        "Sat, 9 Jan 2027, 12:00 (UTC+01:00) until 13:00 starts Sat, 9 Jan 2027, 11:00 UTC" in words
    )


def test_an_end_on_another_day_is_given_in_full():
    slot = site_with(ends_at=DAY_AT + timedelta(hours=20))
    assert "until Sun, 10 Jan 2027, 08:00 (UTC+01:00)" in page_of_site(slot).words


def test_a_full_slot_offers_the_waiting_list():
    site = make_state(SlotState.FULL, make_mission())
    assert (
        "All places are taken. You can still sign up and wait for one." in page_of_site(site).words
    )


def test_a_cancelled_slot_says_so_and_cannot_be_taken():
    page = page_of_site(site_with(cancelled=True, sequence=1))
    assert "Cancelled on Sun, 1 Nov 2026, 12:00 UTC. Please do not come." in page.words
    assert not [href for href in page.all_of("href") if "sign-up" in href]


def test_a_moved_slot_says_when_it_was_changed():
    page = page_of_site(site_with(sequence=1))
    assert "Time or place was changed on Sun, 1 Nov 2026, 12:00 UTC." in page.words


def test_a_slot_that_has_ended_cannot_be_taken():
    page = page_of_site(site_with(ended=True))
    assert "This is over." in page.words
    assert not [href for href in page.all_of("href") if "sign-up" in href]


def test_a_remote_site_sends_nobody_to_the_mission():
    page = page_of_site(make_site(presence=Presence.REMOTE_ONLY))
    assert "Please do not go there. Groups act elsewhere at this time" in page.words


def test_a_dropped_site_says_that_it_is_cancelled():
    page = page_of_site(make_site(dropped=True))
    assert "This site takes no part any more." in page.words
    assert not [href for href in page.all_of("href") if "sign-up" in href]


def test_a_place_known_by_city_is_to_be_announced():
    assert "Place to be announced." in page_of_site(make_site(make_seoul())).words


def test_an_adjusted_time_is_explained():
    wave = make_wave(start=datetime(2027, 3, 28, 2, 30))  # noqa: DTZ001 - a wall clock
    slot = make_slot(
        starts_at=datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        local_asked=wave.start,
        adjustment=Adjustment.MOVED_FORWARD,
    )
    words = page_of_site(make_site(make_mission(), slot), waves=(wave,)).words
    assert "02:30 does not exist there that day; moved forward to 03:30." in words


def test_subscribe_page_has_the_address_as_text_as_webcal_and_as_code():
    page = page_at("/c/demo/subscribe/")
    assert "https://protest.example/c/demo/calendar.ics" in page.all_of("value")
    assert "webcal://protest.example/c/demo/calendar.ics" in page.all_of("href")
    assert any(src.startswith("data:image/svg+xml") for src in page.all_of("src"))
    assert {
        "/c/demo/calendar-alarm-60.ics",
        "/c/demo/countries/de.ics",
        "/c/demo/regions/155.ics",
        "/c/demo/sites/de-berlin-embassy.ics",
    } <= set(page.all_of("href"))


def test_subscribe_page_is_not_built_again_when_a_group_is_confirmed():
    before, after = (
        next(page.slice for page in all_pages(campaign) if page.path.endswith("/subscribe/"))
        for campaign in (make_campaign(), make_campaign(make_state(SlotState.FULL, make_mission())))
    )
    assert before.digest == after.digest


def test_a_change_at_one_site_leaves_the_other_sites_pages_alone():
    seoul = make_site(make_seoul())
    before = make_campaign(make_site(), seoul)
    after = make_campaign(make_state(SlotState.COVERED, make_mission()), seoul)
    changed = [
        old.path
        for old, new in zip(all_pages(before), all_pages(after), strict=True)
        if old.slice.digest != new.slice.digest
    ]
    assert changed == [
        "/",
        "/c/demo/",
        "/c/demo/map/",
        "/c/demo/timeline/",
        "/c/demo/day/",
        "/c/demo/wall/",
        "/c/demo/text/",
        "/c/demo/embed/list/",
        "/c/demo/sites/de-berlin-embassy/",
        "/missions/de-berlin-embassy/",
    ]


def test_timeline_of_a_whole_world_is_one_table_row_a_slot():
    missions = all_missions()
    campaign = make_campaign(*(make_site(mission, slot_at(mission)) for mission in missions))
    whole = next(p.slice for p in all_pages(campaign) if p.path == "/c/demo/timeline/")
    assert Page(timeline_page(whole, ENGLISH)).count("tr") == 1 + len(missions)
