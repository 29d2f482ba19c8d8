import pytest

from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.countries import country_at, has_shape, may_lie_in, shapes_of_countries
from protestcoord.missions.regions import REGION_OF_COUNTRY
from tests.missions.planting import PATH


@pytest.mark.parametrize(
    ("latitude", "longitude", "country"),
    [
        (52.52, 13.40, "DE"),
        (-29.6, 28.2, "LS"),  # inside a hole of South Africa
        (-26.2, 28.05, "ZA"),
        (42.66, 21.16, "XK"),
        (66.0, -178.0, "RU"),  # beyond the date line
        (0.0, -30.0, ""),
    ],
)
def test_country_of_a_point(latitude: float, longitude: float, country: str) -> None:
    assert country_at(latitude, longitude) == country


def test_every_country_with_a_mission_but_reunion_has_a_shape() -> None:
    countries = {row.country for row in read_catalogue(PATH)}
    assert {country for country in countries if not has_shape(country)} == {"RE"}


def test_shapes_are_of_countries_that_have_a_region_or_of_antarctica() -> None:
    assert set(shapes_of_countries()) - set(REGION_OF_COUNTRY) == {"AQ"}


def test_little_is_forgiven_off_the_coast() -> None:
    assert may_lie_in("PT", 38.7, -9.6)
    assert not may_lie_in("PT", 38.7, -10.0)


def test_less_is_forgiven_where_another_country_begins() -> None:
    assert may_lie_in("AT", 48.14, 17.09)  # Bratislava, 3 km behind the border
    assert not may_lie_in("AT", 48.15, 17.25)


def test_everything_may_lie_in_a_territory_without_a_shape() -> None:
    assert may_lie_in("RE", 52.5, 13.4)
