from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.signups import places, service
from protestcoord.signups.models import SignUpStep
from protestcoord.signups.rules import (
    HOLDS_PLACE,
    TRANSITIONS,
    Actor,
    NotPossible,
    SignUpState,
)
from protestcoord.signups.steps import bring_back, move
from tests.stored import NOW, store_sign_up, store_slot

LATER = NOW + timedelta(hours=1)


def steps_of(session, sign_up):
    steps = select(SignUpStep).where(SignUpStep.sign_up_id == sign_up.id).order_by(SignUpStep.id)
    return [(step.before, step.after, step.actor) for step in session.scalars(steps)]


def test_each_step_of_a_sign_up_is_written_down_with_who_took_it(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, LATER)
    places.withdraw_sign_up(session, sign_up.id, LATER)
    assert steps_of(session, sign_up) == [
        (None, SignUpState.PENDING, Actor.GROUP),
        (SignUpState.PENDING, SignUpState.OFFERED, Actor.GROUP),
        (SignUpState.OFFERED, SignUpState.CONFIRMED, Actor.ORGANIZER),
        (SignUpState.CONFIRMED, SignUpState.WITHDRAWN, Actor.GROUP),
    ]


def test_who_waits_is_moved_up_by_the_queue(session, vault):
    slot = store_slot(session, capacity=1)
    first = store_sign_up(session, vault, slot, email="a@a.example")
    second = store_sign_up(session, vault, slot, email="b@b.example")
    for sign_up in (first, second):
        places.confirm_sign_up(session, sign_up.id, NOW)
    places.decline_sign_up(session, first.id, NOW)
    assert steps_of(session, second)[-1] == (
        SignUpState.WAITLISTED,
        SignUpState.OFFERED,
        Actor.QUEUE,
    )


def test_what_nobody_confirms_in_time_is_let_go_by_time(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    places.expire_pending(session, NOW + timedelta(hours=25))
    assert steps_of(session, sign_up)[-1] == (
        SignUpState.PENDING,
        SignUpState.EXPIRED,
        Actor.TIME,
    )


def test_asking_again_for_what_was_withdrawn_is_a_step_too(session, vault):
    slot = store_slot(session)
    sign_up = store_sign_up(session, vault, slot)
    places.withdraw_sign_up(session, sign_up.id, NOW)
    assert store_sign_up(session, vault, slot) is sign_up
    assert steps_of(session, sign_up)[-1] == (
        SignUpState.WITHDRAWN,
        SignUpState.PENDING,
        Actor.GROUP,
    )


@pytest.mark.parametrize("before", SignUpState)
@pytest.mark.parametrize("after", SignUpState)
def test_only_the_steps_of_the_machine_exist(session, vault, before, after):
    sign_up = store_sign_up(session, vault, store_slot(session))
    sign_up.state, sign_up.place_number = before, 1 if before in HOLDS_PLACE else None
    if after in TRANSITIONS[before]:
        move(session, sign_up, after, Actor.GROUP, NOW)
        assert sign_up.state is after
    else:
        with pytest.raises(NotPossible):
            move(session, sign_up, after, Actor.GROUP, NOW)
        assert sign_up.state is before
    session.rollback()


def test_a_link_opened_writes_down_the_group(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    service.open_link(session, sign_up.group, NOW)
    assert steps_of(session, sign_up)[-1][2] is Actor.GROUP


def test_only_what_was_declined_is_brought_back(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    with pytest.raises(NotPossible):
        bring_back(session, sign_up, SignUpState.CONFIRMED, LATER)
    assert sign_up.state is SignUpState.PENDING
