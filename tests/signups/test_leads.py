from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.mail import OutboxMail
from protestcoord.signups import places
from protestcoord.signups.leads import NotConfirmed, appoint_lead
from protestcoord.signups.rules import SignUpState
from tests.stored import NOW, store_sign_up, store_slot


def minutes(count):
    return NOW + timedelta(minutes=count)


def confirmed(session, vault, slot, number):
    sign_up = store_sign_up(session, vault, slot, email=f"us@group-{number}.example")
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, minutes(number))
    return sign_up


def told(session, sign_up):
    mails = select(OutboxMail.kind).where(OutboxMail.contact_id == sign_up.group.contact_id)
    return set(session.scalars(mails))


@pytest.fixture
def three(session, vault):
    slot = store_slot(session)
    return [confirmed(session, vault, slot, number) for number in (1, 2, 3)]


def test_the_first_confirmed_group_leads_and_the_others_support(session, three):
    assert [sign_up.is_lead for sign_up in three] == [True, False, False]
    assert "leads" not in told(session, three[0])  # the mail that confirms says it


def test_an_offered_group_leads_nothing(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    places.confirm_sign_up(session, sign_up.id, NOW)
    assert not sign_up.is_lead
    with pytest.raises(NotConfirmed):
        appoint_lead(session, sign_up, NOW)


def test_when_the_lead_leaves_the_next_takes_over_and_is_told(session, three):
    places.withdraw_sign_up(session, three[0].id, minutes(9))
    assert [sign_up.is_lead for sign_up in three] == [False, True, False]
    assert "leads" in told(session, three[1])
    assert "leads" not in told(session, three[2])


def test_an_organizer_appoints_another_and_both_are_told(session, three):
    appoint_lead(session, three[2], minutes(9))
    assert [sign_up.is_lead for sign_up in three] == [False, False, True]
    assert "leads" in told(session, three[2])
    assert "leads_no_more" in told(session, three[0])


def test_one_who_leads_already_is_not_told_again(session, three):
    appoint_lead(session, three[0], minutes(9))
    assert "leads" not in told(session, three[0])


def test_a_trusted_group_that_moves_up_to_the_last_place_leads_though_others_wait(session, vault):
    slot = store_slot(session, capacity=1)
    first, trusted, last = [
        store_sign_up(session, vault, slot, email=f"us@g{n}.example") for n in range(3)
    ]
    for sign_up in (first, trusted, last):
        places.confirm_sign_up(session, sign_up.id, NOW)
    trusted.group.is_trusted = True
    places.decline_sign_up(session, first.id, NOW)
    assert (trusted.state, trusted.is_lead) == (SignUpState.CONFIRMED, True)
    assert last.state is SignUpState.WAITLISTED
