"""What an organizer does to slots is told to the groups on them, and to nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from protestcoord.campaigns.planning import choose_sites
from protestcoord.campaigns.requests import SiteChoice
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.core.mail import OutboxMail
from protestcoord.signups import notices, places
from protestcoord.signups.rules import SignUpState
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot


@pytest.fixture
def taken(session, vault):
    """A slot of one place: one group has it, one waits, and the mails so far are gone."""
    slot = store_slot(session, capacity=1)
    slot.wave.capacity = 1
    sign_ups = [store_sign_up(session, vault, slot, email=f"group-{n}@example.org") for n in (1, 2)]
    for sign_up in sign_ups:
        places.confirm_sign_up(session, sign_up.id, NOW)
    session.execute(delete(OutboxMail))
    return slot, sign_ups


def mails(session):
    return sorted(session.scalars(select(OutboxMail.kind)))


def test_a_closed_campaign_takes_each_confirmed_slot_back_in_a_mail_of_its_own(session, vault):
    first = store_slot(session)
    second = store_slot(
        session,
        first.site.campaign,
        starts_at=STARTS_AT + timedelta(hours=3),
        ends_at=STARTS_AT + timedelta(hours=4),
    )
    for slot in (first, second):
        sign_up = store_sign_up(session, vault, slot)
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
    session.execute(delete(OutboxMail))
    assert notices.close_campaign_and_tell(session, first.site.campaign, NOW) == 1
    assert mails(session) == ["campaign_closed", "slot_cancelled"]


def test_a_cancelled_slot_is_told_once_and_raises_the_sequence(session, taken):
    slot, _ = taken
    assert notices.cancel_slot_and_tell(session, slot, NOW) == 2
    assert notices.cancel_slot_and_tell(session, slot, NOW) == 0
    assert mails(session) == ["slot_cancelled", "slot_cancelled"]
    assert (slot.cancelled_at, slot.sequence) == (NOW, 1)


def test_a_dropped_site_cancels_its_slots_and_is_told(session, taken):
    slot, _ = taken
    assert notices.drop_site_and_tell(session, slot.site, NOW) == 2
    assert mails(session) == ["site_dropped", "site_dropped"]
    assert slot.cancelled_at == NOW


def test_a_closed_campaign_is_told_to_each_group(session, taken):
    slot, _ = taken
    assert notices.close_campaign_and_tell(session, slot.site.campaign, NOW) == 2
    assert mails(session) == ["campaign_closed", "campaign_closed"]
    assert slot.site.campaign.state is CampaignState.CLOSED
    assert (slot.cancelled_at, slot.sequence) == (NOW, 1)


def test_a_group_with_two_slots_is_told_once_that_the_campaign_closed(session, vault, taken):
    slot, _ = taken
    store_sign_up(
        session, vault, store_slot(session, slot.site.campaign), email="group-1@example.org"
    )
    session.execute(delete(OutboxMail))
    assert notices.close_campaign_and_tell(session, slot.site.campaign, NOW) == 2
    assert mails(session) == ["campaign_closed", "campaign_closed"]


def test_a_moved_slot_keeps_its_row_and_is_told(session, taken):
    slot, sign_ups = taken
    before = slot.id, slot.starts_at
    slot.wave.start += timedelta(hours=1)
    notices.publish_and_tell(session, slot.site.campaign, acknowledged=True, now=NOW)
    assert (slot.id, slot.starts_at) == (before[0], before[1] + timedelta(hours=1))
    assert slot.sequence == 1
    assert mails(session) == ["slot_moved", "slot_moved"]
    assert {mail.about["was"] for mail in session.scalars(select(OutboxMail))} == {
        "2027-01-09T11:00:00Z"
    }
    assert sign_ups[0].state is SignUpState.OFFERED


def test_more_places_go_to_those_who_wait(session, taken):
    slot, sign_ups = taken
    assert slot.wave.synchronisation is Synchronisation.SAME_LOCAL_TIME
    slot.wave.capacity = 3
    notices.publish_and_tell(session, slot.site.campaign, acknowledged=True, now=NOW)
    assert [sign_up.state for sign_up in sign_ups] == [SignUpState.OFFERED] * 2
    assert mails(session) == ["offered"]


def test_a_group_whose_sign_up_is_over_is_told_nothing(session, taken):
    slot, sign_ups = taken
    for sign_up in sign_ups:
        places.withdraw_sign_up(session, sign_up.id, NOW)
    session.execute(delete(OutboxMail))
    assert notices.cancel_slot_and_tell(session, slot, NOW) == 0
    assert mails(session) == []


def test_a_dropped_site_that_is_chosen_again_comes_back_when_published_and_is_told(session, taken):
    slot, _ = taken
    campaign, mission = slot.site.campaign, slot.site.mission.slug
    notices.drop_site_and_tell(session, slot.site, NOW)
    session.execute(delete(OutboxMail))
    choose_sites(session, campaign, SiteChoice([mission]), NOW)
    assert slot.cancelled_at == NOW
    notices.publish_and_tell(session, campaign, acknowledged=True, now=NOW)
    assert (slot.cancelled_at, slot.cancellation) == (None, None)
    assert mails(session) == ["slot_moved", "slot_moved"]


def test_a_slot_cancelled_by_hand_stays_cancelled(session, taken):
    slot, _ = taken
    notices.cancel_slot_and_tell(session, slot, NOW)
    store_slot(session, slot.site.campaign)
    notices.publish_and_tell(session, slot.site.campaign, acknowledged=True, now=NOW)
    assert slot.cancelled_at == NOW


def test_nobody_is_confirmed_on_a_cancelled_slot(session, taken):
    slot, (holder, _) = taken
    notices.cancel_slot_and_tell(session, slot, NOW)
    with pytest.raises(places.SlotClosed):
        places.approve_sign_up(session, holder.id, NOW)
