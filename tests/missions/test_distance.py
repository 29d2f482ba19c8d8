import pytest

from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.distance import km_between, nearest, within
from tests.missions.planting import PATH

ROWS = read_catalogue(PATH)


def test_five_nearest_to_leipzig_begin_with_berlin() -> None:
    found = nearest(ROWS, 51.34, 12.37)
    assert [row.city for _, row in found] == [
        "Berlin",
        "Prague",
        "Frankfurt am Main",
        "Hamburg",
        "Munich",
    ]
    assert [distance_km for distance_km, _ in found] == sorted(km for km, _ in found)


def test_distance_is_on_the_ellipsoid() -> None:
    berlin = next(row for row in ROWS if row.slug == "de-berlin-embassy")
    ((distance_km, _),) = nearest([berlin], berlin.latitude + 1, berlin.longitude)
    assert distance_km == pytest.approx(111.27, abs=0.02)


def test_date_line_is_no_obstacle() -> None:
    (_, first), *_ = nearest(ROWS, -18.0, -179.9)
    assert first.city == "Suva"


def test_two_points_are_measured_the_shorter_way_round() -> None:
    suva, apia = (-18.14, 178.44), (-13.83, -171.76)
    assert km_between(suva, apia) == pytest.approx(1150, rel=0.02)
    assert km_between(suva, apia) == km_between(apia, suva)
    assert km_between(suva, suva) == 0


def test_what_lies_within_a_distance_is_found_across_the_date_line() -> None:
    found = within(ROWS, (-18.0, -179.9), 200)
    assert [row.city for row in found] == ["Suva"]


def test_nothing_lies_within_no_distance_of_the_open_sea() -> None:
    assert list(within(ROWS, (0.0, -30.0), 50)) == []
