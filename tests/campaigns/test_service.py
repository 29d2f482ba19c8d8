from datetime import timedelta

import pytest

from protestcoord.campaigns import service
from protestcoord.campaigns.queries import find_campaign, find_site
from protestcoord.campaigns.rules import CampaignState, Cancellation
from protestcoord.core.database import change_count
from protestcoord.core.errors import InvalidValue
from tests.campaigns.planned import (
    BERLIN,
    LATER,
    SEOUL,
    campaign_request,
    make_draft,
    make_published,
    slots_by_mission,
)
from tests.stored import NOW


def test_a_new_campaign_is_a_draft_that_nobody_hears_of(session):
    made = service.create_campaign(session, campaign_request(session), NOW)
    assert (made.slug, made.state, made.created_at) == ("one-noon", CampaignState.DRAFT, NOW)
    assert find_campaign(session, "one-noon") is made
    assert change_count(session) == 0


def test_an_address_made_from_a_title_is_always_free(session):
    titles = ["One noon", "One noon!", "脱北者", "One noon"]
    slugs = [
        service.create_campaign(session, campaign_request(session, title=title), NOW).slug
        for title in titles
    ]
    assert slugs == ["one-noon", "one-noon-2", "campaign", "one-noon-3"]


@pytest.mark.parametrize("slug", ["One", "a--b", "-a", "a/b", "é", "a" * 61, "taken"])
def test_an_unusable_or_taken_address_is_refused_beside_its_field(session, slug):
    service.create_campaign(session, campaign_request(session, slug="taken"), NOW)
    with pytest.raises(InvalidValue) as raised:
        service.create_campaign(session, campaign_request(session, slug=slug), NOW)
    assert raised.value.field == "slug"


def test_the_message_can_be_edited_and_readers_see_it(session):
    campaign = make_published(session, BERLIN)
    changes = change_count(session)
    request = campaign_request(session, title="Two noons", approves_at_once=True)
    service.edit_campaign(session, campaign, request, LATER)
    assert (campaign.title, campaign.slug) == ("Two noons", "one-noon")
    assert (campaign.approves_at_once, campaign.changed_at) == (True, LATER)
    assert change_count(session) == changes + 1


def test_the_address_of_a_draft_can_change_and_that_of_a_published_campaign_stays(session):
    campaign = make_draft(session, BERLIN)
    service.edit_campaign(session, campaign, campaign_request(session, slug="new"), NOW)
    assert campaign.slug == "new"
    campaign.state = CampaignState.PUBLISHED
    with pytest.raises(InvalidValue, match="The address stays"):
        service.edit_campaign(session, campaign, campaign_request(session, slug="newer"), NOW)


def test_cancelling_a_slot_tells_calendars_once(session):
    campaign = make_published(session, BERLIN)
    slot = slots_by_mission(session, campaign)[BERLIN]
    service.cancel_slot(session, slot, LATER)
    service.cancel_slot(session, slot, LATER + timedelta(hours=1))
    assert (slot.cancelled_at, slot.sequence, slot.changed_at) == (LATER, 1, LATER)


def test_dropping_a_site_cancels_its_slots_and_no_others(session):
    campaign = make_published(session, BERLIN, SEOUL)
    site = find_site(session, campaign, BERLIN)
    service.drop_site(session, site, LATER)
    slots = slots_by_mission(session, campaign)
    assert site.dropped_at == slots[BERLIN].cancelled_at == LATER
    assert slots[SEOUL].cancelled_at is None


def test_dropping_a_site_leaves_what_is_over(session):
    campaign = make_published(session, BERLIN)
    slot = slots_by_mission(session, campaign)[BERLIN]
    service.drop_site(session, find_site(session, campaign, BERLIN), slot.ends_at)
    assert slot.cancelled_at is None


def test_a_closed_campaign_changes_no_more(session):
    campaign = make_published(session, BERLIN)
    service.close_campaign(session, campaign, LATER)
    assert campaign.state is CampaignState.CLOSED
    with pytest.raises(service.CampaignClosed):
        service.edit_campaign(session, campaign, campaign_request(session), LATER)
    with pytest.raises(service.CampaignClosed):
        service.close_campaign(session, campaign, LATER)


def test_closing_calls_off_each_slot_once_and_for_good(session):
    campaign = make_published(session, BERLIN, SEOUL)
    slots = slots_by_mission(session, campaign)
    service.cancel_slot(session, slots[SEOUL], NOW)
    service.close_campaign(session, campaign, LATER)
    told = [(s.cancelled_at, s.cancellation, s.sequence, s.changed_at) for s in slots.values()]
    assert sorted(told) == [
        (NOW, Cancellation.BY_HAND, 1, NOW),
        (LATER, Cancellation.WITH_CAMPAIGN, 1, LATER),
    ]


def test_closing_leaves_what_is_over(session):
    campaign = make_published(session, BERLIN)
    slot = slots_by_mission(session, campaign)[BERLIN]
    service.close_campaign(session, campaign, slot.ends_at)
    assert (slot.cancelled_at, slot.sequence) == (None, 0)


def test_a_slot_that_has_begun_is_called_off_too(session):
    campaign = make_published(session, BERLIN)
    slot = slots_by_mission(session, campaign)[BERLIN]
    service.close_campaign(session, campaign, slot.starts_at)
    assert slot.cancelled_at == slot.starts_at


def test_a_draft_cannot_be_closed_since_closed_campaigns_are_public(session):
    with pytest.raises(service.CampaignNotPublished):
        service.close_campaign(session, make_draft(session, BERLIN), LATER)
