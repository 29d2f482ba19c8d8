from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.rules import CampaignState
from protestcoord.core.database import change_count
from protestcoord.core.mail import OutboxMail
from protestcoord.core.tokens import token_hash
from protestcoord.signups import places, service
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import NotPossible, SignUpState
from tests.stored import NOW, STARTS_AT, request_for, store_campaign, store_sign_up, store_slot


def mail_kinds(session):
    # The outbox of one moment has no order of its own.
    return sorted(session.scalars(select(OutboxMail.kind)))


def confirmed_by_mail(session, vault, slot, number):
    sign_up = store_sign_up(session, vault, slot, email=f"group-{number}@example.org")
    places.confirm_sign_up(session, sign_up.id, NOW)
    return sign_up


def test_a_sign_up_is_pending_and_reserves_nothing(session, vault):
    slot = store_slot(session)
    sign_up = store_sign_up(session, vault, slot)
    assert (sign_up.state, sign_up.place_number) == (SignUpState.PENDING, None)
    assert change_count(session) == 0
    assert mail_kinds(session) == ["confirm"]


def test_a_confirmed_mail_takes_the_first_free_place(session, vault):
    slot = store_slot(session)
    first, second = (confirmed_by_mail(session, vault, slot, n) for n in (1, 2))
    assert [first.place_number, second.place_number] == [1, 2]
    assert {first.state, second.state} == {SignUpState.OFFERED}
    assert change_count(session) == 2


def test_confirming_twice_changes_nothing(session, vault):
    slot = store_slot(session)
    sign_up = confirmed_by_mail(session, vault, slot, 1)
    assert places.confirm_sign_up(session, sign_up.id, NOW) is SignUpState.OFFERED
    assert mail_kinds(session) == ["confirm", "offered"]


def test_a_campaign_that_approves_at_once_confirms(session, vault):
    slot = store_slot(session, store_campaign(session, approves_at_once=True))
    assert confirmed_by_mail(session, vault, slot, 1).state is SignUpState.CONFIRMED


def test_over_capacity_waits_in_order_and_moves_up_when_a_place_is_freed(session, vault):
    slot = store_slot(session, capacity=1)
    holder, first, second = (confirmed_by_mail(session, vault, slot, n) for n in (1, 2, 3))
    assert [first.waitlist_number, second.waitlist_number] == [1, 2]
    places.withdraw_sign_up(session, holder.id, NOW)
    assert (holder.state, holder.place_number) == (SignUpState.WITHDRAWN, None)
    assert (first.state, first.place_number) == (SignUpState.OFFERED, 1)
    assert second.state is SignUpState.WAITLISTED


def test_declining_frees_the_place_too(session, vault):
    slot = store_slot(session, capacity=1)
    holder, waiting = (confirmed_by_mail(session, vault, slot, n) for n in (1, 2))
    places.decline_sign_up(session, holder.id, NOW)
    assert waiting.state is SignUpState.OFFERED


def test_a_declined_sign_up_cannot_be_approved(session, vault):
    sign_up = confirmed_by_mail(session, vault, store_slot(session), 1)
    places.decline_sign_up(session, sign_up.id, NOW)
    with pytest.raises(NotPossible):
        places.approve_sign_up(session, sign_up.id, NOW)


def test_approval_confirms_and_tells_the_group(session, vault):
    sign_up = confirmed_by_mail(session, vault, store_slot(session), 1)
    places.approve_sign_up(session, sign_up.id, NOW)
    assert sign_up.state is SignUpState.CONFIRMED
    assert mail_kinds(session) == ["confirm", "confirmed", "offered"]


@pytest.mark.parametrize(
    "changes",
    [{"cancelled_at": NOW}, {"starts_at": NOW - timedelta(hours=2), "ends_at": NOW}],
    ids=["cancelled", "over"],
)
def test_a_closed_slot_takes_no_sign_up(session, vault, changes):
    slot = store_slot(session, **changes)
    with pytest.raises(places.SlotClosed):
        service.sign_up_group(session, vault, slot.site.campaign, request_for(slot), NOW)


def test_a_draft_takes_no_sign_up(session, vault):
    slot = store_slot(session, store_campaign(session, state=CampaignState.DRAFT))
    with pytest.raises(places.SlotClosed):
        service.sign_up_group(session, vault, slot.site.campaign, request_for(slot), NOW)


def test_an_unknown_slot_key_is_a_closed_slot(session, vault):
    slot = store_slot(session)
    for key in ("", "w1", "w1-de-berlin-embassy-9", "w²-x-1", "w1-de-berlin-embassy-²", "x" * 999):
        with pytest.raises(places.SlotClosed):
            service.get_open_slot(session, slot.site.campaign, key, NOW)


def test_one_address_has_one_group_and_one_sign_up_for_a_slot(session, vault):
    slot = store_slot(session)
    first = store_sign_up(session, vault, slot)
    second = store_sign_up(session, vault, slot, email="LANTERN@example.org")
    assert first.id == second.id
    assert len(session.scalars(select(Group)).all()) == 1


def test_until_the_address_is_proven_the_latest_form_counts(session, vault):
    slot = store_slot(session)
    store_sign_up(session, vault, slot, name="A stranger's joke")
    sign_up = store_sign_up(session, vault, slot, name="Lantern circle")
    assert sign_up.group.name == "Lantern circle"


def test_a_stranger_cannot_rename_a_group_that_proved_its_address(session, vault):
    slot = store_slot(session)
    sign_up = store_sign_up(session, vault, slot)
    service.open_link(session, sign_up.group, NOW)
    other = store_slot(session, slot.site.campaign)
    store_sign_up(session, vault, other, name="Something else")
    assert sign_up.group.name == "Lantern circle"


def test_the_first_press_confirms_but_a_later_claim_waits_for_its_own(session, vault):
    slot = store_slot(session)
    sign_up = store_sign_up(session, vault, slot)
    service.open_link(session, sign_up.group, NOW)
    assert sign_up.state is SignUpState.OFFERED
    later = store_sign_up(session, vault, store_slot(session, slot.site.campaign))
    service.open_link(session, sign_up.group, NOW)
    assert later.state is SignUpState.PENDING


def test_at_most_three_mails_a_day_go_to_an_address_that_strangers_can_name(session, vault):
    slot = store_slot(session)
    for _ in range(10):
        store_sign_up(session, vault, slot)
    assert len(mail_kinds(session)) == 3


@pytest.mark.proves("A2")
def test_asking_for_the_link_again_kills_the_old_one(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    old = vault.open(sign_up.group.contact).link_token
    service.send_links_again(session, vault, "lantern@example.org", NOW)
    new = vault.open(sign_up.group.contact).link_token
    assert new != old
    assert sign_up.group.link_hash == token_hash(new)


def test_asking_for_an_unknown_address_does_nothing(session, vault):
    store_slot(session)
    service.send_links_again(session, vault, "nobody@example.org", NOW)
    assert mail_kinds(session) == []


def test_unconfirmed_sign_ups_expire_after_a_day_and_may_be_sent_again(session, vault):
    slot = store_slot(session)
    sign_up = store_sign_up(session, vault, slot)
    assert places.expire_pending(session, NOW + timedelta(hours=24)) == 0
    assert places.expire_pending(session, NOW + timedelta(hours=24, seconds=1)) == 1
    assert sign_up.state is SignUpState.EXPIRED
    assert store_sign_up(session, vault, slot).state is SignUpState.PENDING


def test_a_pending_sign_up_cannot_be_confirmed_after_its_slot_is_over(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    with pytest.raises(places.SlotClosed):
        places.confirm_sign_up(session, sign_up.id, STARTS_AT + timedelta(hours=2))


def test_a_new_meeting_point_of_a_confirmed_group_raises_the_sequence(session, vault):
    sign_up = confirmed_by_mail(session, vault, store_slot(session), 1)
    places.approve_sign_up(session, sign_up.id, NOW)
    service.edit_sign_up(session, sign_up, service.Part(9, "At the fountain"), NOW)
    assert sign_up.slot.sequence == 1
    service.edit_sign_up(session, sign_up, service.Part(10, "At the fountain"), NOW)
    assert sign_up.slot.sequence == 1


def test_the_address_is_nowhere_in_the_database(session, vault):
    store_sign_up(session, vault, store_slot(session), email="canary-address@example.org")
    session.flush()
    everything = [
        repr(row)
        for table in SignUp.metadata.sorted_tables
        for row in session.execute(table.select())
    ]
    assert not [row for row in everything if "canary-address" in row]
    # The control: what is not sealed would be found.
    assert [row for row in everything if "Lantern circle" in row]
