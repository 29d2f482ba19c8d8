from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.campaigns.overrides import Override, check_override
from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.schedule import (
    SchedulePlace,
    Synchronisation,
    WaveRule,
    relay_reports,
    slots_of_wave,
)
from protestcoord.core.clock import local_text
from protestcoord.core.errors import InvalidValue

NOON = datetime(2027, 6, 4, 12)  # noqa: DTZ001 - a wall clock
BERLIN = SchedulePlace("berlin", "Europe/Berlin", 13.4, 52.5)
TEHRAN = SchedulePlace("tehran", "Asia/Tehran", 51.4, 35.7)
PLACES = [BERLIN, TEHRAN]
THRICE = recurrence_from_text("FREQ=DAILY;COUNT=3;BYHOUR=12,14,16")
WEEKLY = recurrence_from_text("FREQ=WEEKLY;COUNT=3")


def make_rule(synchronisation=Synchronisation.SAME_LOCAL_TIME, **changes):
    values = {"start": NOON, "duration_minutes": 60, **changes}
    return WaveRule(synchronisation, **values)


def times(rule, *overrides):
    slots = slots_of_wave(rule, PLACES, overrides)
    return {
        f"{slot.key}-{slot.occurrence}": local_text(slot.starts_at, slot.timezone)[5:16]
        for slot in slots
    }


def test_one_site_starts_at_a_time_of_its_own():
    assert times(make_rule(), Override("tehran", local_time=time(15, 30))) == {
        "berlin-1": "06-04T12:00",
        "tehran-1": "06-04T15:30",
    }


def test_one_site_acts_on_a_day_of_its_own():
    own = Override("tehran", local_day=date(2027, 6, 3))
    assert times(make_rule(), own)["tehran-1"] == "06-03T12:00"


def test_one_site_of_a_same_instant_wave_is_moved_on_its_own_clock():
    instant = make_rule(Synchronisation.SAME_INSTANT)
    slots = slots_of_wave(instant, PLACES, [Override("tehran", local_time=time(9))])
    told = {s.key: (local_text(s.starts_at, s.timezone), s.local_asked) for s in slots}
    assert told == {
        "berlin": ("2027-06-04T14:00+02:00", None),
        "tehran": ("2027-06-04T09:00+03:30", NOON.replace(hour=9)),
    }


def test_one_site_is_shorter_and_says_that_its_time_is_its_own():
    slots = slots_of_wave(make_rule(), PLACES, [Override("tehran", duration_minutes=20)])
    told = {s.key: (s.ends_at - s.starts_at, s.is_own_time) for s in slots}
    assert told == {
        "berlin": (timedelta(minutes=60), False),
        "tehran": (timedelta(minutes=20), True),
    }


def test_nothing_takes_place_at_a_cancelled_site():
    assert times(make_rule(), Override("tehran", is_cancelled=True)) == {"berlin-1": "06-04T12:00"}


def test_one_occurrence_has_a_word_before_every_one():
    rule = make_rule(recurrence=WEEKLY)
    told = times(
        rule,
        Override("tehran", local_time=time(14)),
        Override("tehran", 2, is_cancelled=True),
        Override("tehran", 3, local_day=date(2027, 6, 19)),
    )
    assert {key: at for key, at in told.items() if key.startswith("tehran")} == {
        "tehran-1": "06-04T14:00",
        "tehran-3": "06-19T12:00",
    }


def test_a_time_of_its_own_that_clocks_skip_is_moved_forward_and_says_so():
    rule = make_rule(start=datetime(2027, 3, 28, 12))  # noqa: DTZ001 - a wall clock
    (slot,) = slots_of_wave(rule, [BERLIN], [Override("berlin", local_time=time(2, 30))])
    assert str(slot.note) == "02:30 does not exist there that day; moved forward to 03:30."


def test_a_site_left_out_of_a_relay_is_no_part_of_its_plan():
    relay = make_rule(Synchronisation.RELAY, start=datetime(2027, 6, 4, 0))  # noqa: DTZ001
    left_out = Override("tehran", is_cancelled=True)
    assert {slot.key for slot in slots_of_wave(relay, PLACES, [left_out])} == {"berlin"}
    (before,), (after,) = relay_reports(relay, PLACES), relay_reports(relay, PLACES, [left_out])
    assert sum(g.minutes for g in after.gaps) == sum(g.minutes for g in before.gaps) + 60


@pytest.mark.parametrize(
    ("rule", "override", "field"),
    [
        (make_rule(), Override("x"), "local_time"),
        (make_rule(), Override("x", 2, is_cancelled=True), "occurrence"),
        (make_rule(recurrence=WEEKLY), Override("x", 4, is_cancelled=True), "occurrence"),
        (make_rule(recurrence=WEEKLY), Override("x", local_day=date(2027, 6, 5)), "local_day"),
        (make_rule(), Override("x", local_day=date(2027, 8, 5)), "local_day"),
        (make_rule(), Override("x", local_time=time(12, 0, 1)), "local_time"),
        (make_rule(recurrence=THRICE), Override("x", local_time=time(15)), "local_time"),
        (make_rule(), Override("x", duration_minutes=0), "duration_minutes"),
        (make_rule(), Override("x", duration_minutes=1441), "duration_minutes"),
        (make_rule(Synchronisation.RELAY), Override("x", local_time=time(9)), "is_cancelled"),
        (make_rule(Synchronisation.RELAY), Override("x", 1, is_cancelled=True), "is_cancelled"),
    ],
)
def test_what_no_slot_follows_from_is_refused_beside_its_field(rule, override, field):
    with pytest.raises(InvalidValue) as raised:
        check_override(rule, override)
    assert raised.value.field == field


def test_two_different_times_for_one_occurrence_are_refused():
    overrides = [Override("tehran", local_time=time(hour)) for hour in (9, 10)]
    with pytest.raises(InvalidValue) as raised:
        slots_of_wave(make_rule(), PLACES, overrides)
    assert raised.value.field == "occurrence"


overrides = st.lists(
    st.builds(
        Override,
        st.sampled_from(["berlin", "tehran", "nowhere"]),
        st.integers(0, 3),
        is_cancelled=st.booleans(),
        local_time=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        duration_minutes=st.none() | st.integers(1, 1440),
    ),
    unique_by=lambda override: (override.key, override.occurrence),
    max_size=6,
)


@given(st.sampled_from([Synchronisation.SAME_INSTANT, Synchronisation.SAME_LOCAL_TIME]), overrides)
def test_sites_that_say_nothing_of_their_own_are_as_if_nobody_did(synchronisation, own):
    rule = make_rule(synchronisation, recurrence=WEEKLY)
    plain = {(s.key, s.occurrence): s for s in slots_of_wave(rule, PLACES)}
    changed = {(s.key, s.occurrence): s for s in slots_of_wave(rule, PLACES, own)}
    spoken = {(o.key, o.occurrence): o for o in own}
    for identity, slot in plain.items():
        override = spoken.get(identity) or spoken.get((identity[0], 0))
        if override is None:
            assert changed[identity] == slot
        elif override.is_cancelled:
            assert identity not in changed
        else:
            minutes = override.duration_minutes or 60
            made = changed[identity]
            assert made.ends_at - made.starts_at == timedelta(minutes=minutes)
