"""Who may be told to come, and in which steps the public number moves."""

from datetime import timedelta

import pytest

from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.volunteers.rules import bucket_of, counts_turnout
from tests.stored import NOW, STARTS_AT, store_campaign, store_slot


@pytest.mark.parametrize(
    ("people", "bucket"),
    [(0, 0), (9, 0), (10, 10), (24, 10), (25, 25), (50, 50), (100, 100), (249, 100), (9999, 250)],
)
def test_a_bucket_is_the_largest_that_is_filled(people, bucket):
    assert bucket_of(people) == bucket


def test_a_slot_counts_while_it_stands_and_its_campaign_wants_it(session):
    slot = store_slot(session, store_campaign(session, counts_turnout=True))
    assert counts_turnout(slot, NOW)
    assert not counts_turnout(slot, STARTS_AT + timedelta(hours=1))
    for thing, name, value in (
        (slot, "cancelled_at", NOW),
        (slot.site, "dropped_at", NOW),
        (slot.site, "presence", Presence.REMOTE_ONLY),
        (slot.site.campaign, "state", CampaignState.CLOSED),
        (slot.site.campaign, "counts_turnout", False),
    ):
        before = getattr(thing, name)
        setattr(thing, name, value)
        assert not counts_turnout(slot, NOW)
        setattr(thing, name, before)
    assert counts_turnout(slot, NOW)
