"""A group's claims that clash: held against each other when confirmed, and when shown."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from protestcoord.campaigns.models import Site
from protestcoord.campaigns.rules import Presence
from protestcoord.core.mail import OutboxMail
from protestcoord.signups import places, queries, service
from protestcoord.signups.claims import clashes_by_sign_up
from protestcoord.signups.clashes import ClashKind
from protestcoord.signups.rules import SignUpState
from tests.stored import NOW, STARTS_AT, store_campaign, store_mission, store_sign_up, store_slot

HOUR = timedelta(hours=1)
HAMBURG = {
    "slug": "de-hamburg-cg",
    "city": "Hamburg",
    "latitude": 53.553,
    "longitude": 9.958,
}


@pytest.fixture
def campaign(session):
    return store_campaign(session)


@pytest.fixture
def held(session, vault, campaign):
    """What the group holds: the hour from noon in Berlin."""
    sign_up = store_sign_up(session, vault, store_slot(session, campaign))
    service.open_link(session, sign_up.group, NOW)
    return sign_up


def slot_from(session, campaign, starts_at, **changes):
    return store_slot(session, campaign, starts_at=starts_at, ends_at=starts_at + HOUR, **changes)


def site_in_hamburg(session, campaign, presence=Presence.ON_SITE):
    mission = store_mission(session, **HAMBURG)
    site = Site(campaign_id=campaign.id, mission_id=mission.id, presence=presence, changed_at=NOW)
    session.add(site)
    session.flush()
    return site


def confirm(session, sign_up, **how):
    return places.confirm_sign_up(session, sign_up.id, NOW, **how)


def mails(session):
    return sorted(session.scalars(select(OutboxMail.kind)))


@pytest.mark.parametrize("minutes", [-59, 0, 59])
def test_a_slot_that_overlaps_with_one_that_is_held_is_not_confirmed(
    session, vault, campaign, held, minutes
):
    slot = slot_from(session, campaign, STARTS_AT + timedelta(minutes=minutes))
    sign_up = store_sign_up(session, vault, slot)
    session.execute(delete(OutboxMail))
    with pytest.raises(places.ClashingSlots) as raised:
        confirm(session, sign_up)
    assert raised.value.status == 409
    assert (sign_up.state, sign_up.clash_accepted_at) == (SignUpState.PENDING, None)
    assert mails(session) == []


def test_the_next_hour_at_the_same_site_is_confirmed(session, vault, campaign, held):
    sign_up = store_sign_up(session, vault, slot_from(session, campaign, STARTS_AT + HOUR))
    assert confirm(session, sign_up) is SignUpState.OFFERED
    assert sign_up.clash_accepted_at is None


@pytest.mark.parametrize(("kmh", "reached"), [(80, False), (300, True)])
def test_a_slot_far_away_is_confirmed_if_the_group_travels_fast_enough(
    session, vault, campaign, held, kmh, reached
):
    site = site_in_hamburg(session, campaign)
    slot = slot_from(session, campaign, STARTS_AT + 2 * HOUR, site_id=site.id)
    sign_up = store_sign_up(session, vault, slot)
    if reached:
        assert confirm(session, sign_up, travel_kmh=kmh) is SignUpState.OFFERED
    else:
        with pytest.raises(places.ClashingSlots):
            confirm(session, sign_up, travel_kmh=kmh)


def test_nobody_travels_to_a_remote_only_site(session, vault, campaign, held):
    site = site_in_hamburg(session, campaign, Presence.REMOTE_ONLY)
    slot = slot_from(session, campaign, STARTS_AT + HOUR, site_id=site.id)
    assert confirm(session, store_sign_up(session, vault, slot)) is SignUpState.OFFERED


def test_a_group_of_enough_people_takes_both_and_that_is_kept(session, vault, campaign, held):
    sign_up = store_sign_up(session, vault, store_slot(session, campaign))
    assert confirm(session, sign_up, accepts_clashes=True) is SignUpState.OFFERED
    assert sign_up.clash_accepted_at == NOW
    shown = clashes_by_sign_up([held, sign_up], 80)
    assert {key: [c.is_accepted for c in found] for key, found in shown.items()} == {
        held.id: [True],
        sign_up.id: [True],
    }


def test_accepting_where_nothing_clashes_leaves_no_mark(session, vault, campaign):
    sign_up = store_sign_up(session, vault, store_slot(session, campaign))
    confirm(session, sign_up, accepts_clashes=True)
    assert sign_up.clash_accepted_at is None


def test_what_was_accepted_ends_with_the_claim(session, vault, campaign, held):
    sign_up = store_sign_up(session, vault, store_slot(session, campaign))
    confirm(session, sign_up, accepts_clashes=True)
    places.withdraw_sign_up(session, sign_up.id, NOW)
    assert sign_up.clash_accepted_at is None
    again = store_sign_up(session, vault, sign_up.slot)
    assert again is sign_up
    with pytest.raises(places.ClashingSlots):
        confirm(session, again)


def test_a_place_that_a_group_waits_for_counts_as_held(session, vault, campaign):
    full = store_slot(session, campaign, capacity=1)
    confirm(session, store_sign_up(session, vault, full, email="first@example.org"))
    assert confirm(session, store_sign_up(session, vault, full)) is SignUpState.WAITLISTED
    with pytest.raises(places.ClashingSlots):
        confirm(session, store_sign_up(session, vault, store_slot(session, campaign)))


@pytest.mark.parametrize("end", ["withdrawn", "declined", "cancelled"])
def test_what_is_held_no_more_stands_in_no_way(session, vault, campaign, held, end):
    if end == "withdrawn":
        places.withdraw_sign_up(session, held.id, NOW)
    elif end == "declined":
        places.decline_sign_up(session, held.id, NOW)
    else:
        held.slot.cancelled_at = NOW
    sign_up = store_sign_up(session, vault, store_slot(session, campaign))
    assert confirm(session, sign_up) is SignUpState.OFFERED


def test_another_group_is_not_in_the_way(session, vault, campaign, held):
    slot = store_slot(session, campaign)
    sign_up = store_sign_up(session, vault, slot, email="other@example.org")
    assert confirm(session, sign_up) is SignUpState.OFFERED


def test_the_first_press_confirms_what_does_not_clash_and_leaves_the_rest(session, vault, campaign):
    hours = [0, 0.5, 1]
    first, between, last = (
        store_sign_up(session, vault, slot_from(session, campaign, STARTS_AT + h * HOUR))
        for h in hours
    )
    service.open_link(session, first.group, NOW)
    states = [sign_up.state for sign_up in (first, between, last)]
    assert states == [SignUpState.OFFERED, SignUpState.PENDING, SignUpState.OFFERED]
    assert first.group.verified_at == NOW


def test_the_first_press_passes_over_a_slot_that_was_closed_meanwhile(session, vault, campaign):
    slots = [slot_from(session, campaign, STARTS_AT + n * HOUR) for n in (0, 1)]
    closed, open_one = (store_sign_up(session, vault, slot) for slot in slots)
    closed.slot.cancelled_at = NOW
    service.open_link(session, closed.group, NOW)
    assert [closed.state, open_one.state] == [SignUpState.PENDING, SignUpState.OFFERED]


def test_the_answer_to_the_form_says_nothing_of_clashes(session, vault, campaign, held):
    """The form takes a clashing slot as any other: it must not tell what an address holds."""
    sign_up = store_sign_up(session, vault, store_slot(session, campaign))
    assert sign_up.state is SignUpState.PENDING


def test_a_slot_that_was_moved_clashes_as_soon_as_it_is_shown(session, vault, campaign, held):
    later = slot_from(session, campaign, STARTS_AT + HOUR)
    sign_up = store_sign_up(session, vault, later)
    confirm(session, sign_up)
    assert clashes_by_sign_up([held, sign_up], 80) == {}
    later.starts_at -= timedelta(minutes=1)
    shown = clashes_by_sign_up([held, sign_up], 80)
    assert [c.kind for found in shown.values() for c in found] == [ClashKind.OVERLAP] * 2
    assert not any(c.is_accepted for found in shown.values() for c in found)


def test_a_pending_claim_is_shown_to_clash_but_nothing_clashes_with_it(
    session, vault, campaign, held
):
    pending = store_sign_up(session, vault, store_slot(session, campaign))
    assert clashes_by_sign_up([held, pending], 80).keys() == {pending.id}


def test_cancelled_slots_and_other_groups_are_shown_without_a_clash(session, vault, campaign, held):
    slot = store_slot(session, campaign)
    other = store_sign_up(session, vault, slot, email="other@example.org")
    confirm(session, other)
    own = store_sign_up(session, vault, store_slot(session, campaign))
    confirm(session, own, accepts_clashes=True)
    own.slot.cancelled_at = NOW
    sign_ups = queries.sign_ups_of_campaign(session, campaign.id)
    assert len(sign_ups) == 3
    assert clashes_by_sign_up(sign_ups, 80) == {}
