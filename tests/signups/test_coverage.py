"""Coverage of real rows: what counts as covered, and where groups are, on both databases."""

from datetime import timedelta

import pytest

from protestcoord.campaigns.models import Site
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.campaigns.service import cancel_slot
from protestcoord.missions.queries import open_missions_count
from protestcoord.publications.capture import take_snapshot
from protestcoord.signups import places, service
from protestcoord.signups.coverage import group_places, site_covers
from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import coverage_of
from tests.stored import (
    NOW,
    STARTS_AT,
    store_campaign,
    store_mission,
    store_sign_up,
    store_slot,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def campaign(session):
    return store_campaign(session)


@pytest.fixture
def slot(session, campaign):
    return store_slot(session, campaign)


def take(session, vault, slot, **changes):
    """A group takes a slot and an organizer confirms it."""
    sign_up = store_sign_up(session, vault, slot, **changes)
    service.open_link(session, sign_up.group, NOW)
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    return sign_up


def test_console_and_public_pages_read_the_same_figures(session, vault, campaign, slot):
    take(session, vault, slot)
    store_mission(session, slug="kr-seoul-embassy", country="KR", region="030")
    store_mission(session, slug="kr-busan-cg", country="KR", status="closed")
    in_console = coverage_of(site_covers(session, campaign, NOW), open_missions_count(session))
    (view,) = take_snapshot(session, NOW).campaigns
    assert vars(in_console).items() <= vars(view.coverage).items()
    assert (in_console.posts, in_console.posts_covered) == (2, 1)
    assert view.coverage.share_of_posts == in_console.share_of_posts == 0.5


def test_covers_are_the_same_from_rows_and_from_the_snapshot(session, vault, campaign, slot):
    take(session, vault, slot)
    store_slot(session, campaign, starts_at=STARTS_AT + HOUR, ends_at=STARTS_AT + 2 * HOUR)
    (view,) = take_snapshot(session, NOW).campaigns
    (cover,) = view.covers
    assert site_covers(session, campaign, NOW) == [cover]
    assert [slot.state for slot in cover.slots] == [SlotState.COVERED, SlotState.EMPTY]
    assert cover.groups == {group.key for slot in view.sites[0].slots for group in slot.groups}


def test_a_group_at_a_cancelled_slot_covers_nothing(session, vault, campaign, slot):
    take(session, vault, slot)
    cancel_slot(session, slot, NOW)
    (cover,) = site_covers(session, campaign, NOW)
    assert (cover.state, cover.groups, cover.slots) == (SlotState.EMPTY, frozenset(), ())


def test_a_site_without_a_slot_is_shown_and_not_counted(session, campaign):
    mission = store_mission(session)
    session.add(
        Site(
            campaign_id=campaign.id,
            mission_id=mission.id,
            presence=Presence.REMOTE_ONLY,
            changed_at=NOW,
        )
    )
    session.flush()
    (cover,) = site_covers(session, campaign, NOW)
    assert (cover.is_public, cover.is_remote) == (False, True)
    assert coverage_of([cover], 1).sites == 0


@pytest.mark.parametrize(
    ("at", "state", "is_open"),
    [
        (NOW, CampaignState.PUBLISHED, True),
        (STARTS_AT + HOUR, CampaignState.PUBLISHED, False),
        (NOW, CampaignState.CLOSED, False),
    ],
)
def test_a_slot_is_open_until_it_ends_or_the_campaign_closes(
    session, campaign, slot, at, state, is_open
):
    campaign.state = state
    (cover,) = site_covers(session, campaign, at)
    (view,) = take_snapshot(session, at).campaigns
    assert [slot.is_open for slot in cover.slots] == [is_open]
    assert [slot.is_open for slot in view.covers[0].slots] == [is_open]


def test_a_group_is_where_its_city_is_and_busy_while_its_slots_last(session, vault, campaign, slot):
    take(session, vault, slot, city="Potsdam")
    (group,) = group_places(session, campaign.id)
    assert group.found is not None
    assert (group.city, group.found.name, group.found.country) == ("Potsdam", "Potsdam", "DE")
    assert group.busy == ((STARTS_AT, STARTS_AT + HOUR),)


def test_countries_of_its_sites_tell_which_city_a_group_means(session, vault, campaign, slot):
    slot.site.mission.country = "US"
    session.flush()
    take(session, vault, slot, city="Athens")
    (group,) = group_places(session, campaign.id)
    assert group.found is not None
    assert group.found.country == "US"


def test_a_group_whose_slot_is_cancelled_is_free_and_one_that_gave_it_back_is_not_asked_for_it(
    session, vault, campaign, slot
):
    later = store_slot(session, campaign, starts_at=STARTS_AT + HOUR, ends_at=STARTS_AT + 2 * HOUR)
    take(session, vault, slot)
    given_back = take(session, vault, later)
    places.withdraw_sign_up(session, given_back.id, NOW)
    cancel_slot(session, slot, NOW)
    (group,) = group_places(session, campaign.id)
    assert group.busy == ((later.starts_at, later.ends_at),)


def test_a_group_that_was_declined_is_not_asked_again(session, vault, campaign, slot):
    sign_up = take(session, vault, slot)
    assert len(group_places(session, campaign.id)) == 1
    places.decline_sign_up(session, sign_up.id, NOW)
    assert group_places(session, campaign.id) == []


def test_a_group_whose_address_was_never_confirmed_is_asked_for_nothing(
    session, vault, campaign, slot
):
    sign_up = store_sign_up(session, vault, slot)
    assert group_places(session, campaign.id) == []
    service.open_link(session, sign_up.group, NOW)
    assert [group.name for group in group_places(session, campaign.id)] == ["Lantern circle"]


def test_groups_of_another_campaign_are_not_among_them(session, vault, campaign, slot):
    take(session, vault, store_slot(session, store_campaign(session, "another")))
    assert group_places(session, campaign.id) == []
