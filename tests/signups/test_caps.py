from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.mail import OutboxMail
from protestcoord.signups import places, service
from protestcoord.signups.caps import (
    MOST_AN_HOUR_AT_SITE,
    MOST_OFFERED_OF_DOMAIN,
    MOST_SIGN_UPS,
    PUBLIC_PROVIDERS,
    counted_domain,
)
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.stored import NOW, request_for, store_campaign, store_sign_up, store_slot


def states(sign_ups):
    return [sign_up.state.value for sign_up in sign_ups]


def pressed(session, vault, slot, email):
    sign_up = store_sign_up(session, vault, slot, email=email)
    places.confirm_sign_up(session, sign_up.id, NOW)
    return sign_up


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("a@example.org", "example.org"),
        ("a@Mail.Example.ORG", "example.org"),
        ("a@deep.mail.example.org", "example.org"),
        ("a@school.ac.jp", "school.ac.jp"),
        ("a@x.school.ac.jp", "school.ac.jp"),
        ("a@gmail.com", ""),
        ("a@GMX.de", ""),
    ],
)
def test_a_domain_is_counted_with_all_names_below_it(email, domain):
    assert counted_domain(email) == domain


@pytest.mark.proves("B3")
def test_public_providers_are_domains():
    assert all(name == name.casefold() and "." in name for name in PUBLIC_PROVIDERS)


@pytest.mark.control("B3")
def test_three_groups_of_a_domain_are_offered_and_the_fourth_waits(session, vault):
    slot = store_slot(session)
    made = [pressed(session, vault, slot, f"g{n}@mail{n}.troll.example") for n in range(5)]
    assert states(made) == ["offered"] * MOST_OFFERED_OF_DOMAIN + ["waitlisted"] * 2
    honest = pressed(session, vault, slot, "us@honest.example")
    assert honest.state is SignUpState.OFFERED


def test_groups_at_a_public_provider_are_not_counted_together(session, vault):
    slot = store_slot(session)
    made = [pressed(session, vault, slot, f"g{n}@gmail.com") for n in range(5)]
    assert states(made) == ["offered"] * 5


def test_who_waits_for_its_domain_moves_up_when_organizers_have_decided(session, vault):
    slot = store_slot(session)
    made = [pressed(session, vault, slot, f"g{n}@party.example") for n in range(4)]
    assert places.promote_where_free(session, NOW) == 0
    places.approve_sign_up(session, made[0].id, NOW)
    assert places.promote_where_free(session, NOW) == 1
    assert states(made) == ["confirmed", "offered", "offered", "offered"]


def test_an_organizer_may_confirm_one_that_waits_if_there_is_a_place(session, vault):
    slot = store_slot(session)
    waiting = [pressed(session, vault, slot, f"g{n}@party.example") for n in range(4)][-1]
    places.approve_sign_up(session, waiting.id, NOW)
    assert (waiting.state, waiting.place_number) == (SignUpState.CONFIRMED, 4)


@pytest.mark.proves("B3")
def test_nobody_is_confirmed_on_a_slot_without_a_free_place(session, vault):
    slot = store_slot(session, capacity=1)
    waiting = [pressed(session, vault, slot, f"us@g{n}.example") for n in range(2)][-1]
    with pytest.raises(places.NoPlaceFree):
        places.approve_sign_up(session, waiting.id, NOW)


@pytest.mark.proves("L9")
def test_when_only_known_groups_are_let_in_others_wait(session, vault):
    campaign = store_campaign(session)
    slot, further = store_slot(session, campaign), store_slot(session, campaign)
    known = pressed(session, vault, slot, "us@known.example")
    places.approve_sign_up(session, known.id, NOW)
    campaign.known_groups_only = True
    stranger = pressed(session, vault, slot, "us@stranger.example")
    again = store_sign_up(session, vault, further, email="us@known.example")
    places.confirm_sign_up(session, again.id, NOW, accepts_clashes=True)
    assert states([stranger, again]) == ["waitlisted", "offered"]
    campaign.known_groups_only = False
    assert places.promote_where_free(session, NOW) == 1
    assert stranger.state is SignUpState.OFFERED


@pytest.mark.proves("B3")
def test_a_trusted_group_is_confirmed_at_once(session, vault):
    slot = store_slot(session)
    sign_up = store_sign_up(session, vault, slot)
    sign_up.group.is_trusted = True
    places.confirm_sign_up(session, sign_up.id, NOW)
    assert sign_up.state is SignUpState.CONFIRMED


def test_a_group_claims_five_slots_and_is_told_that_the_sixth_is_too_many(session, vault):
    campaign = store_campaign(session)
    slots = [store_slot(session, campaign) for _ in range(MOST_SIGN_UPS + 1)]
    for slot in slots:
        service.sign_up_group(session, vault, campaign, request_for(slot), NOW)
    assert len(session.scalars(select(SignUp)).all()) == MOST_SIGN_UPS
    # Three mails a day at most, so the first of the next day tells it.
    tomorrow = NOW + timedelta(hours=25)
    service.sign_up_group(session, vault, campaign, request_for(slots[-1]), tomorrow)
    latest = select(OutboxMail.kind).where(OutboxMail.created_at == tomorrow)
    assert session.scalars(latest).all() == ["too_many"]


def test_a_withdrawn_slot_makes_room_for_another(session, vault):
    campaign = store_campaign(session)
    slots = [store_slot(session, campaign) for _ in range(MOST_SIGN_UPS + 1)]
    made = [store_sign_up(session, vault, slot) for slot in slots[:-1]]
    places.withdraw_sign_up(session, made[0].id, NOW)
    assert store_sign_up(session, vault, slots[-1]).state is SignUpState.PENDING


@pytest.mark.proves("B3")
@pytest.mark.parametrize(("earlier", "state"), [(0, "confirmed"), (1, "offered")])
def test_under_a_flood_nobody_is_approved_unseen(session, vault, earlier, state):
    slot = store_slot(session, store_campaign(session, approves_at_once=True))
    for n in range((MOST_AN_HOUR_AT_SITE - 1) * earlier):
        store_sign_up(session, vault, slot, email=f"us@flood-{n}.example")
    assert pressed(session, vault, slot, "us@honest.example").state.value == state
