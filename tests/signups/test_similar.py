"""Sign-ups are alike by mail domain, name, meeting point and hour; what chance brings is not."""

from datetime import UTC, datetime, timedelta

import pytest

from protestcoord.signups.similar import Likeness, Seen, clusters_of, name_key, point_key

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def seen(number, **changes):
    """A sign-up that is like no other."""
    values = {
        "sign_up_id": number,
        "group_id": number,
        "name": "".join(chr(97 + int(digit)) for digit in str(number)) + " circle",
        "domain": "",
        "signed_up_at": AT + timedelta(hours=number),
        "point": "",
    }
    return Seen(**values | changes)


@pytest.mark.control("L9")
def test_what_has_nothing_in_common_is_no_cluster():
    assert clusters_of(seen(n) for n in range(20)) == []


@pytest.mark.proves("L9")
@pytest.mark.parametrize(
    ("likeness", "same", "fewest"),
    [
        (Likeness.DOMAIN, {"domain": "ab12"}, 3),
        (Likeness.NAME, {"name": "Lantern circle"}, 2),
        (Likeness.POINT, {"point": "Main gate"}, 2),
        (Likeness.HOUR, {"signed_up_at": AT}, 5),
    ],
)
def test_so_many_groups_that_are_alike_are_a_cluster(likeness, same, fewest):
    alike = [seen(n, **same) for n in range(fewest)]
    others = [seen(n) for n in range(10, 14)]
    (found,) = clusters_of(others + alike)
    assert (found.likeness, found.ids, found.groups) == (likeness, tuple(range(fewest)), fewest)
    assert clusters_of(others + alike[1:]) == []


def test_one_group_with_many_slots_is_no_cluster():
    assert clusters_of(seen(n, group_id=1, name="One", domain="ab12") for n in range(9)) == []


def test_the_largest_cluster_comes_first_and_a_sign_up_may_be_in_several():
    alike = [seen(n, domain="ab12", point="Main gate" if n < 4 else "") for n in range(6)]
    found = clusters_of(alike)
    assert [(c.likeness, len(c.ids)) for c in found] == [(Likeness.DOMAIN, 6), (Likeness.POINT, 4)]
    assert found[1].said == "Main gate"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lantern Circle 7", "lantern-circle"),
        ("Café Ouvert", "CAFE OUVERT"),
        ("\uff2cantern", "Lantern"),
        ("灯火会 1", "灯火会2"),
    ],
)
def test_names_are_the_same_without_case_signs_and_numbers(one, other):
    assert name_key(one) == name_key(other)


def test_names_of_nothing_but_digits_stay_apart():
    assert name_key("123") != name_key("124")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Meet at the main gate, 12:00", "meet: at main gate (12:30)"),
        ("Main gate, meet", "Meet - main gate"),
        ("正门 12:00", "正门12:30"),
    ],
)
def test_meeting_points_are_the_same_by_their_longer_words(one, other):
    assert point_key(one) == point_key(other)


def test_other_meeting_points_stay_apart():
    assert point_key("Main gate") != point_key("Main station")
    assert point_key("正门") != point_key("后门")
