import gzip

import pytest

from protestcoord.missions import gazetteer
from protestcoord.missions.distance import within
from protestcoord.missions.gazetteer import City, find_city, people_within
from protestcoord.missions.regions import REGION_OF_COUNTRY
from protestcoord.missions.search import folded
from scripts.build_gazetteer import gazetteer_from_cities

LINES = gzip.decompress(gazetteer.FILE.read_bytes()).decode().splitlines()


@pytest.mark.parametrize(
    ("name", "city", "country"),
    [
        ("Munich", "Munich", "DE"),
        ("München", "Munich", "DE"),
        ("muenchen", "Munich", "DE"),
        ("서울", "Seoul", "KR"),
        ("ソウル", "Seoul", "KR"),
        ("東京", "Tokyo", "JP"),
        ("北京", "Beijing", "CN"),
        ("São Paulo", "São Paulo", "BR"),
        ("sao  paulo", "São Paulo", "BR"),
        ("Москва", "Moscow", "RU"),
        ("القاهرة", "Cairo", "EG"),
        ("Berlin, Germany", "Berlin", "DE"),
    ],
)
def test_city_is_found_by_its_name_in_any_script(name: str, city: str, country: str) -> None:
    found = find_city(name)
    assert found is not None
    assert (found.name, found.country) == (city, country)


@pytest.mark.parametrize("name", ["", " ", "—", "Nowhere at all", "|", "Mun"])
def test_what_is_no_citys_name_is_not_found(name: str) -> None:
    assert find_city(name) is None


def test_of_two_cities_the_one_with_more_people_is_meant() -> None:
    assert find_city("Athens") == find_city("Athens", frozenset({"GR"}))


def test_of_two_cities_the_one_in_a_preferred_country_is_meant() -> None:
    found = find_city("Athens", frozenset({"US", "FJ"}))
    assert found is not None
    assert (found.country, found.timezone) == ("US", "America/New_York")


def test_own_name_goes_before_a_larger_citys_other_name_even_in_a_preferred_country() -> None:
    larger = find_city("ירושלים")
    found = find_city("Salem", frozenset({"IL"}))
    assert larger is not None
    assert found is not None
    assert (larger.name, found.country) == ("Jerusalem", "IN")
    assert larger.people > found.people


def test_people_near_a_place_are_those_of_the_cities_within() -> None:
    cities = [city_of(line) for line in LINES[1:]]
    suva = (-18.1416, 178.4415)
    expected = sum(city.people for city in within(cities, suva, 50))
    assert people_within(*suva) == expected > 90_000


@pytest.mark.parametrize(
    "place", [(-16.9, 179.99), (-16.9, -179.99), (71.0, 25.0), (89.9, 0.0), (-54.8, -68.3)]
)
@pytest.mark.parametrize("radius_km", [50, 400])
def test_the_quick_choice_leaves_nobody_out(place: tuple[float, float], radius_km: int) -> None:
    cities = [city_of(line) for line in LINES[1:]]
    expected = sum(city.people for city in within(cities, place, radius_km))
    assert people_within(*place, radius_km) == expected


def test_nobody_lives_on_the_open_sea() -> None:
    assert people_within(0.0, -30.0) == 0


def test_file_is_small_by_latitude_and_has_every_city() -> None:
    assert gazetteer.FILE.stat().st_size <= 3_500_000
    assert LINES[0] == "\t".join(gazetteer.COLUMNS)
    assert len(LINES) - 1 == 34_006
    latitudes = [city_of(line).latitude for line in LINES[1:]]
    assert latitudes == sorted(latitudes)


def test_every_city_has_a_country_with_a_region() -> None:
    assert {city_of(line).country for line in LINES[1:]} <= set(REGION_OF_COUNTRY)


def test_names_in_the_file_are_folded_as_a_search_folds_them_and_each_is_there_once() -> None:
    for line in LINES[1::100]:
        own, *others = line.rpartition("\t")[2].split("|")
        assert own == folded(line.partition("\t")[0])
        assert others == sorted({folded(name) for name in others} - {own})


CITIES = [
    {
        "name": "Köln",
        "countrycode": "DE",
        "latitude": 50.93333,
        "longitude": 6.95,
        "population": 1024621,
        "timezone": "Europe/Berlin",
        "alternatenames": ["CGN", "Cologne", "KÖLN", "https://koeln.example", "Cologne", "科隆"],
    },
    {
        "name": "Ain",
        "countrycode": "AE",
        "latitude": 24.19,
        "longitude": 55.76,
        "population": 0,
        "timezone": "Asia/Dubai",
        "alternatenames": [],
    },
]


@pytest.mark.parametrize("cities", [CITIES, CITIES[::-1]])
def test_file_is_the_same_for_the_same_cities_in_any_order(cities: list[dict[str, object]]) -> None:
    content = gazetteer_from_cities(cities)
    assert gzip.decompress(content).decode() == (
        "name\tcountry\tlatitude\tlongitude\tpeople\ttimezone\tnames\n"
        "Ain\tAE\t24.1900\t55.7600\t0\tAsia/Dubai\tain\n"
        "Köln\tDE\t50.9333\t6.9500\t1024621\tEurope/Berlin\tkoln|cologne|科隆\n"
    )
    assert content[4:8] == bytes(4), "no moment is in the file"


def city_of(line: str) -> City:
    name, country, latitude, longitude, people, timezone, _ = line.split("\t")
    return City(name, country, float(latitude), float(longitude), int(people), timezone)


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("San José, Costa Rica", "CR"),
        ("San Jose, United States", "US"),
        ("San José, 코스타리카", "CR"),
    ],
)
def test_a_country_after_the_comma_is_preferred(name, country):
    found = find_city(name, frozenset({"US"}))
    assert found is not None
    assert found.country == country
