from dataclasses import replace
from datetime import timedelta

import pytest

from protestcoord.missions.gazetteer import find_city
from protestcoord.signups.nearby import GroupPlace, nearest_free_groups
from tests.signups.covers import NOON_AT

BERLIN = (52.512, 13.4156)
HOUR = timedelta(hours=1)
SPAN = (NOON_AT, NOON_AT + HOUR)


def make_group(city="Berlin", **changes):
    key = changes.get("key", city)
    group = GroupPlace(key, f"Group of {city}", city, "en", find_city(city), ())
    return replace(group, **changes)


def keys(near):
    return [one.group.key for one in near]


def test_nearest_comes_first_and_an_unknown_place_last():
    groups = [make_group(city) for city in ("Nowhere", "서울", "Hamburg", "Berlin", "Potsdam")]
    near = nearest_free_groups(groups, BERLIN, SPAN)
    assert keys(near) == ["Berlin", "Potsdam", "Hamburg", "서울", "Nowhere"]
    assert [None if one.km is None else round(one.km, -1) for one in near] == [
        0,
        30,
        260,
        8150,
        None,
    ]


@pytest.mark.parametrize(
    ("starts_minutes", "ends_minutes", "is_free"),
    [
        (-60, 0, True),
        (60, 120, True),
        (-60, 1, False),
        (59, 120, False),
        (0, 60, False),
        (15, 30, False),
        (-600, 600, False),
    ],
)
def test_a_group_is_free_unless_its_slot_overlaps(starts_minutes, ends_minutes, is_free):
    busy = (
        NOON_AT + timedelta(minutes=starts_minutes),
        NOON_AT + timedelta(minutes=ends_minutes),
    )
    near = nearest_free_groups([make_group(busy=(busy,))], BERLIN, SPAN)
    assert bool(near) is is_free


def test_only_the_ten_nearest_are_given():
    groups = [make_group(key=f"g-{number:02}") for number in range(12)]
    assert keys(nearest_free_groups(groups[::-1], BERLIN, SPAN)) == [g.key for g in groups[:10]]
