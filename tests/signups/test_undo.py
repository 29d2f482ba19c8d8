"""A decline and a cancellation are undone within a day: rows come back as they were, or queue."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.mail import OutboxMail
from protestcoord.signups import notices, places, undo
from protestcoord.signups.bulk import decline_many
from protestcoord.signups.caps import MOST_OFFERED_OF_DOMAIN, MOST_SIGN_UPS
from protestcoord.signups.merging import merge_groups
from protestcoord.signups.models import SignUp, Undo
from protestcoord.signups.rules import SignUpState
from tests.stored import NOW, STARTS_AT, store_organizer, store_sign_up, store_slot

LATER = NOW + timedelta(hours=1)


def rows(session, model=SignUp):
    session.expire_all()
    columns = list(model.__table__.columns)
    return session.execute(select(*columns).order_by(model.id)).all()


def signed_up(session, vault, slot, count, domain="g{}.example"):
    made = [
        store_sign_up(session, vault, slot, email=f"n{n}@{domain.format(n)}") for n in range(count)
    ]
    for sign_up in made:
        places.confirm_sign_up(session, sign_up.id, NOW)
    return made


def decline(session, sign_ups, now=LATER):
    organizer = store_organizer(session)
    undo.keep_sign_ups(session, organizer, "sign_ups.decline", sign_ups, now)
    assert decline_many(session, sign_ups, now).done == len(sign_ups)
    return session.scalars(select(Undo).order_by(Undo.id.desc())).first()


def states(sign_ups):
    return [sign_up.state.value for sign_up in sign_ups]


@pytest.mark.proves("L9")
@pytest.mark.proves("A10")
def test_a_hundred_declined_and_undone_are_the_rows_they_were(session, vault):
    slot = store_slot(session, capacity=60)
    made = signed_up(session, vault, slot, 98)
    places.approve_sign_up(session, made[7].id, NOW)
    places.approve_sign_up(session, made[3].id, NOW)
    made += [store_sign_up(session, vault, slot, email=f"p{n}@p.example") for n in range(2)]
    before = rows(session)
    kept = decline(session, made)
    declined = rows(session)
    assert before != declined, "the control: the decline does change the rows"
    done = undo.undo_act(session, kept, LATER)
    assert (done.restored, done.queued, done.left) == (100, 0, 0)
    assert rows(session) == before
    told = session.scalars(select(OutboxMail).where(OutboxMail.kind == "restored")).all()
    assert len(told) == len({mail.contact_id for mail in told}) == 100


def test_whose_place_is_taken_meanwhile_comes_into_the_queue(session, vault):
    slot = store_slot(session, capacity=2)
    made = signed_up(session, vault, slot, 3)
    kept = decline(session, made[:2])
    assert states(made) == ["declined", "declined", "offered"]
    done = undo.undo_act(session, kept, LATER)
    assert (done.restored, done.queued) == (1, 1)
    assert sorted(states(made[:2])) == ["offered", "waitlisted"]
    assert made[2].state is SignUpState.OFFERED, "who moved up keeps the place"
    assert sorted(s.place_number for s in made if s.place_number) == [1, 2]


def test_the_lead_comes_back_and_both_are_told(session, vault):
    slot = store_slot(session)
    made = signed_up(session, vault, slot, 2)
    for sign_up in made:
        places.approve_sign_up(session, sign_up.id, NOW)
    before = rows(session)
    kept = decline(session, made[:1])
    assert made[1].is_lead
    undo.undo_act(session, kept, LATER)
    assert rows(session) == before
    kinds = session.scalars(select(OutboxMail.kind).where(OutboxMail.created_at == LATER)).all()
    assert {"leads", "leads_no_more", "restored"} <= set(kinds)


@pytest.mark.control("A10")
def test_what_is_undone_or_a_day_old_is_undone_no_more(session, vault):
    made = signed_up(session, vault, store_slot(session), 2)
    kept = decline(session, made[:1])
    old = decline(session, made[1:])
    undo.undo_act(session, kept, LATER)
    with pytest.raises(undo.UndoneAlready):
        undo.undo_act(session, kept, LATER)
    with pytest.raises(undo.UndoneAlready):
        undo.undo_act(session, old, LATER + undo.UNDO_LIFE)
    assert states(made) == ["offered", "declined"]
    assert undo.undoable(session, kept.campaign_id, LATER) == [old]
    undo.forget_over(session, LATER + undo.UNDO_LIFE)
    assert rows(session, Undo) == []


def test_a_slot_that_is_over_takes_nobody_back(session, vault):
    made = signed_up(session, vault, store_slot(session), 1)
    ended = STARTS_AT + timedelta(hours=1)
    kept = decline(session, made, ended - timedelta(minutes=1))
    done = undo.undo_act(session, kept, ended)
    assert (done.left, states(made)) == (1, ["declined"])


def test_no_domain_gets_more_places_by_an_undo_than_it_may_have(session, vault):
    made = signed_up(session, vault, store_slot(session, capacity=20), 6, "troll.example")
    kept = decline(session, made[:MOST_OFFERED_OF_DOMAIN])
    places.promote_where_free(session, LATER)
    assert states(made[MOST_OFFERED_OF_DOMAIN:]) == ["offered"] * 3
    done = undo.undo_act(session, kept, LATER)
    assert (done.queued, states(made[:3])) == (3, ["waitlisted"] * 3)
    numbers = [sign_up.waitlist_number for sign_up in made[:3]]
    assert len(set(numbers)) == 3


def test_a_group_that_is_one_with_another_by_now_gets_nothing_back(session, vault):
    first, second = signed_up(session, vault, store_slot(session), 2)
    first.group.verified_at = NOW
    kept = decline(session, [second])
    merge_groups(session, first.group, second.group, LATER)
    done = undo.undo_act(session, kept, LATER)
    assert (done.left, second.state) == (1, SignUpState.DECLINED)


def test_a_group_that_has_its_five_by_now_gets_no_sixth(session, vault):
    slot = store_slot(session)
    slots = [store_slot(session, slot.site.campaign) for _ in range(MOST_SIGN_UPS)]
    (sign_up,) = signed_up(session, vault, slot, 1)
    kept = decline(session, [sign_up])
    for other in slots:
        store_sign_up(session, vault, other, email="n0@g0.example")
    assert undo.undo_act(session, kept, LATER).left == 1
    assert sign_up.state is SignUpState.DECLINED


def test_what_is_kept_holds_ids_and_states_and_no_name(session, vault):
    made = signed_up(session, vault, store_slot(session), 1)
    kept = decline(session, made)
    assert set(kept.former[0]) == {
        "sign_up",
        "state",
        "place_number",
        "waitlist_number",
        "is_lead",
        "clash_accepted_at",
        "changed_at",
    }


@pytest.mark.proves("A10")
def test_a_cancelled_slot_takes_place_after_all_with_a_higher_sequence(session, vault):
    slot = store_slot(session)
    made = signed_up(session, vault, slot, 2)
    undo.keep_slots(session, store_organizer(session), "slot.cancel", [slot], LATER)
    notices.cancel_slot_and_tell(session, slot, LATER)
    (kept,) = session.scalars(select(Undo))
    done = undo.undo_act(session, kept, LATER)
    assert (done.restored, slot.cancelled_at, slot.cancellation, slot.sequence) == (
        1,
        None,
        None,
        2,
    )
    told = session.scalars(select(OutboxMail).where(OutboxMail.kind == "slot_restored")).all()
    assert {mail.contact_id for mail in told} == {s.group.contact_id for s in made}


def test_a_cancelled_slot_does_not_come_back_to_an_hour_that_was_given_up(session, vault):
    slot = store_slot(session)
    signed_up(session, vault, slot, 1)
    undo.keep_slots(session, store_organizer(session), "slot.cancel", [slot], LATER)
    notices.cancel_slot_and_tell(session, slot, LATER)
    slot.wave.start += timedelta(hours=2)
    session.flush()
    (kept,) = session.scalars(select(Undo))
    assert undo.undo_act(session, kept, LATER).restored == 0
    assert slot.cancelled_at == LATER


def test_a_dropped_site_comes_back_with_the_slots_that_went_with_it(session, vault):
    slot = store_slot(session)
    other = store_slot(session, slot.site.campaign)
    notices.cancel_slot_and_tell(session, other, NOW)
    ahead = notices.open_slots_of_site(session, slot.site)
    undo.keep_slots(session, store_organizer(session), "site.drop", ahead, LATER, slot.site)
    notices.drop_site_and_tell(session, slot.site, LATER)
    (kept,) = session.scalars(select(Undo))
    undo.undo_act(session, kept, LATER)
    assert slot.site.dropped_at is None
    assert (slot.cancelled_at, other.cancelled_at) == (None, NOW)
