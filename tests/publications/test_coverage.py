"""Coverage as the public gets it: the JSON to the byte, and what pages say of regions and gaps."""

import json
from dataclasses import asdict, replace

import pytest

from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.publications.documents import coverage_json
from protestcoord.publications.snapshot import CampaignView
from protestcoord.signups.rules import SlotState
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_state,
)
from tests.publications.test_pages import ENGLISH, JAPANESE, four_states, page_at

EMPTY, OFFERED, COVERED, FULL = SlotState
PYONGYANG = make_seoul(slug="kp-pyongyang-embassy", city="Pyongyang", country="KP", latitude=39.0)


def campaign_with_remote() -> CampaignView:
    """One site in each state, and a remote-only one that is covered."""
    remote = replace(make_state(COVERED, PYONGYANG), presence=Presence.REMOTE_ONLY)
    return make_campaign(*four_states().sites, remote, posts=291)


def gaps_on(page) -> list[str]:
    return [href for href in page.all_of("href") if "/sign-up/?slot=" in href]


def test_coverage_json_has_every_figure():
    found = json.loads(coverage_json(campaign_with_remote(), ENGLISH))
    assert found == {
        "sites": 5,
        "countries": 4,
        "sites_covered": 3,
        "countries_covered": 3,
        "sites_offered": 1,
        "sites_empty": 1,
        "groups": 5,
        "slots": 5,
        "slots_covered": 3,
        "full": 1,
        "posts": 291,
        "posts_covered": 3,
        "share_of_posts": 0.0103,
        "remote_only": {"sites": 1, "covered": 1},
        "regions": [
            {"m49": "030", "sites": 3, "covered": 2, "full": 0, "offered": 1, "empty": 0},
            {"m49": "155", "sites": 2, "covered": 1, "full": 1, "offered": 0, "empty": 1},
        ],
        "by_country": [
            {"country": "AT", "sites": 1, "covered": 1, "full": 1, "offered": 0, "empty": 0},
            {"country": "DE", "sites": 1, "covered": 0, "full": 0, "offered": 0, "empty": 1},
            {"country": "KP", "sites": 1, "covered": 1, "full": 0, "offered": 0, "empty": 0},
            {"country": "KR", "sites": 2, "covered": 1, "full": 0, "offered": 1, "empty": 0},
        ],
    }


def test_coverage_is_the_same_whatever_the_order_of_the_sites():
    campaign = campaign_with_remote()
    turned = replace(campaign, sites=campaign.sites[::-1])
    assert turned.coverage == campaign.coverage
    assert turned.coverage.digest == campaign.coverage.digest
    assert coverage_json(turned, ENGLISH) == coverage_json(campaign, ENGLISH)


def test_coverage_of_another_state_has_another_digest():
    digests = {make_campaign(make_state(s, make_mission())).coverage.digest for s in SlotState}
    assert len(digests) == 4


def test_a_dropped_site_and_a_cancelled_slot_count_for_nothing():
    dropped = make_site(make_seoul(), dropped=True)
    cancelled = make_slot(cancelled=True, groups=(make_participant(),))
    coverage = make_campaign(dropped, make_site(make_mission(), cancelled)).coverage
    assert (coverage.sites, coverage.sites_covered, coverage.groups) == (1, 0, 0)


def test_json_says_nothing_that_is_no_figure():
    names = set(asdict(campaign_with_remote().coverage))
    assert not names & {"name", "city", "email", "key"}
    assert "Group 0" not in coverage_json(campaign_with_remote(), ENGLISH).decode()


def test_home_says_the_share_of_all_posts_and_counts_remote_only_sites_apart():
    words = page_at("/", campaign_with_remote()).words
    assert "of 291 open missions 1%" in words
    assert "1 of the covered sites is full." in words
    assert "Remote-only sites, for which groups act elsewhere: 1 of 1 covered." in words


def test_without_a_remote_only_site_nothing_is_said_of_them():
    assert "Remote-only" not in page_at("/", four_states()).words


def test_campaign_page_shows_each_region_with_its_figures():
    words = page_at("/c/demo/", four_states()).words
    assert "Region Sites Covered Offered Empty" in words
    assert "Eastern Asia 2 1 1 0" in words
    assert "Western Europe 2 1 0 1" in words


def test_campaign_page_invites_to_the_sites_that_look_for_a_group():
    page = page_at("/c/demo/", four_states())
    assert "Sites still looking for a group" in page.words
    assert gaps_on(page) == [
        "/c/demo/sign-up/?slot=w1-de-berlin-embassy-1",
        "/c/demo/sign-up/?slot=w1-kr-seoul-embassy-1",
    ]
    assert "22 million people near" in page.words


def test_people_near_are_told_in_the_readers_language():
    assert "2200万" in page_at("/c/demo/", four_states(), links=JAPANESE).words


def test_only_ten_gaps_are_shown():
    missions = [make_mission(slug=f"de-city-{n:02}", latitude=50 + n / 10) for n in range(12)]
    campaign = make_campaign(*(make_state(EMPTY, mission) for mission in missions))
    assert len(gaps_on(page_at("/c/demo/", campaign))) == 10


@pytest.mark.parametrize(
    "changes",
    [{"over": True}, {"state": CampaignState.CLOSED}],
    ids=["over", "closed"],
)
def test_a_campaign_that_is_over_or_closed_looks_for_nobody(changes):
    page = page_at("/c/demo/", replace(four_states(), **changes))
    assert "Sites still looking for a group" not in page.words
    assert gaps_on(page) == []


def test_a_campaign_without_a_gap_looks_for_nobody():
    page = page_at("/c/demo/", make_campaign(make_state(COVERED, make_mission())))
    assert "Sites still looking for a group" not in page.words
