import pytest

from protestcoord.config import LANGUAGES
from protestcoord.core.errors import InvalidValue
from protestcoord.core.languages import territory_name
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.regions import COUNTRIES_OF_REGION, REGION_OF_COUNTRY, region_of
from tests.missions.planting import PATH


@pytest.mark.parametrize(
    ("country", "region", "name"),
    [
        ("JP", "030", "Eastern Asia"),
        ("DE", "155", "Western Europe"),
        ("XK", "039", "Southern Europe"),
        ("BR", "005", "South America"),
        ("KE", "014", "Eastern Africa"),
        ("GB", "154", "Northern Europe"),
        ("PF", "061", "Polynesia"),
        ("CW", "029", "Caribbean"),
        ("US", "021", "Northern America"),
        ("CY", "145", "Western Asia"),
    ],
)
def test_country_lies_in_its_region(country: str, region: str, name: str) -> None:
    assert region_of(country) == region
    assert territory_name(region, "en") == name


def test_no_country_lies_in_two_regions() -> None:
    assert sum(len(text.split()) for text in COUNTRIES_OF_REGION.values()) == 249
    assert len(REGION_OF_COUNTRY) == 249


def test_every_country_of_the_directory_has_a_region() -> None:
    assert {row.country for row in read_catalogue(PATH)} <= set(REGION_OF_COUNTRY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_and_region_has_a_name(language: str) -> None:
    codes = [*REGION_OF_COUNTRY, *COUNTRIES_OF_REGION]
    assert [code for code in codes if territory_name(code, language) == code] == []


@pytest.mark.parametrize("country", ["XX", "", "de", "AQ"])
def test_what_is_no_host_country_has_no_region(country: str) -> None:
    with pytest.raises(InvalidValue):
        region_of(country)
