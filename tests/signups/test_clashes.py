"""When one group cannot act at both of two slots."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.signups.clashes import ClaimedSlot, ClashKind, clash_between, clashes_of

NOON = datetime(2027, 1, 9, 11, tzinfo=UTC)
BERLIN, HAMBURG, SUVA, APIA = (52.512, 13.416), (53.553, 9.958), (-18.14, 178.44), (-13.83, -171.76)
HOUR = timedelta(hours=1)
KMH = 80


def claim(sign_up_id=1, start=0, point=BERLIN, **changes):
    """A claim on an hour that starts some minutes after noon."""
    starts_at = NOON + timedelta(minutes=start)
    made = ClaimedSlot(
        sign_up_id=sign_up_id,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        timezone="Europe/Berlin",
        city="Berlin",
        point=point,
        is_remote=False,
        accepts_clashes=False,
    )
    return replace(made, **changes)


def kind_of(first, second, kmh=KMH):
    clash = clash_between(first, second, kmh)
    return clash.kind if clash else None


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"start": 0}, ClashKind.OVERLAP),
        ({"start": 59}, ClashKind.OVERLAP),
        ({"start": -59}, ClashKind.OVERLAP),
        ({"start": 10, "ends_at": NOON + HOUR / 2}, ClashKind.OVERLAP),
        ({"start": 0, "point": HAMBURG}, ClashKind.OVERLAP),
        ({"start": 0, "point": HAMBURG, "is_remote": True}, ClashKind.OVERLAP),
        ({"start": 60}, None),
        ({"start": -60}, None),
        ({"start": 600}, None),
        ({"start": 60, "point": HAMBURG}, ClashKind.TOO_FAR),
        ({"start": 60 + 190, "point": HAMBURG}, ClashKind.TOO_FAR),
        ({"start": 60 + 195, "point": HAMBURG}, None),
        ({"start": -60 - 190, "point": HAMBURG}, ClashKind.TOO_FAR),
        ({"start": 60, "point": HAMBURG, "is_remote": True}, None),
    ],
    ids=[
        "the same hour",
        "a minute of overlap after",
        "a minute of overlap before",
        "within",
        "the same hour elsewhere",
        "the same hour at a remote-only site",
        "touching after",
        "touching before",
        "later at the same site",
        "touching elsewhere",
        "just not enough for the way",
        "just enough for the way",
        "just not enough before",
        "touching a remote-only site",
    ],
)
def test_the_table_of_clashes(other, kind):
    # Berlin to Hamburg are just under 260 km, 195 minutes at 80 km/h.
    assert kind_of(claim(), claim(2, **other)) is kind


@pytest.mark.parametrize(("kmh", "kind"), [(250, ClashKind.TOO_FAR), (260, None)])
def test_who_travels_faster_reaches_more(kmh, kind):
    assert kind_of(claim(), claim(2, start=120, point=HAMBURG), kmh) is kind


def test_the_way_across_the_date_line_is_the_short_one():
    clash = clash_between(claim(point=SUVA), claim(2, start=60, point=APIA), KMH)
    assert (clash.kind, clash.km) == (ClashKind.TOO_FAR, pytest.approx(1150, rel=0.02))
    assert kind_of(claim(point=SUVA), claim(2, start=60 + 15 * 60, point=APIA)) is None


def test_a_clash_says_why_in_whole_units():
    clash = clash_between(claim(), claim(2, start=105, point=HAMBURG), KMH)
    said = "They are 260 km apart, with 45 min between; at 80 km/h it takes 3 h 15 min."
    assert str(clash.note) == said
    assert str(clash_between(claim(), claim(2), KMH).note) == "The two overlap in time."


def test_no_time_between_is_said_as_no_minutes():
    assert "with 0 min between" in str(clash_between(claim(), claim(2, 60, HAMBURG), KMH).note)


def test_a_claim_does_not_clash_with_itself_and_others_keep_their_order():
    others = [claim(3, 30), claim(1), claim(2, 10), claim(4, 600)]
    assert [clash.other.sign_up_id for clash in clashes_of(claim(1), others, KMH)] == [3, 2]


@pytest.mark.parametrize(
    ("mine", "theirs"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_a_clash_is_accepted_if_the_group_accepted_it_at_one_of_the_two(mine, theirs):
    first, second = claim(accepts_clashes=mine), claim(2, accepts_clashes=theirs)
    assert clash_between(first, second, KMH).is_accepted is (mine or theirs)


claims = st.builds(
    claim,
    start=st.integers(-3000, 3000),
    point=st.tuples(st.floats(-85, 85), st.floats(-180, 180)),
    is_remote=st.booleans(),
)


@given(claims, claims, st.integers(1, 2000))
def test_a_clash_is_the_same_from_both_sides(first, second, kmh):
    here, there = clash_between(first, second, kmh), clash_between(second, first, kmh)
    assert (here is None) == (there is None)
    if here and there:
        assert (here.other, there.other) == (second, first)
        assert replace(here, other=first) == there


@given(claims, claims, st.integers(1, 1999))
def test_no_clash_arises_by_travelling_faster(first, second, kmh):
    if clash_between(first, second, kmh) is None:
        assert clash_between(first, second, kmh + 1) is None
