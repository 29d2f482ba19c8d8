import pytest

from protestcoord.missions.place_rules import place_faults, point_of


def faults(country: str, latitude: str, longitude: str, timezone: str) -> list[tuple[str, str]]:
    cells = (country, latitude, longitude, timezone)
    columns = ("country", "latitude", "longitude", "timezone")
    return list(place_faults(dict(zip(columns, cells, strict=True))))


def test_place_in_order_has_no_fault() -> None:
    assert faults("KR", "37.566", "126.9784", "Asia/Seoul") == []


@pytest.mark.parametrize(
    ("country", "latitude", "longitude"),
    [("AU", "149.1", "-35.3"), ("KR", "126.9784", "37.566"), ("BR", "-47.9", "-15.8")],
)
def test_swapped_coordinates_are_told_from_merely_wrong_ones(
    country: str, latitude: str, longitude: str
) -> None:
    assert faults(country, latitude, longitude, "Europe/Paris") == [
        ("latitude", "latitude and longitude look swapped")
    ]


def test_place_in_the_sea_is_a_fault() -> None:
    assert faults("PT", "38.7", "-20", "Europe/Lisbon") == [
        ("latitude", "38.7, -20 lies in no country, not in PT")
    ]


def test_territory_without_a_shape_is_checked_by_its_zone_alone() -> None:
    assert faults("RE", "-20.88", "55.45", "Indian/Reunion") == []
    assert [field for field, _ in faults("RE", "55.45", "-20.88", "Indian/Reunion")] == ["timezone"]


def test_zone_of_a_wrong_place_is_not_asked() -> None:
    assert [field for field, _ in faults("DE", "48.8534", "2.3488", "Europe/Berlin")] == [
        "latitude"
    ]


def test_cells_that_are_no_numbers_mean_no_point_and_no_fault_here() -> None:
    assert point_of("north", "13") is None
    assert faults("DE", "north", "13", "Europe/Berlin") == []


def test_row_without_coordinates_has_no_fault_here() -> None:
    assert list(place_faults({"slug": "x"})) == []
