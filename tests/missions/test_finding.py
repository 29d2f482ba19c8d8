"""Which missions a search means, in the shipped directory."""

import pytest

from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.finding import city_meant, missions_found
from protestcoord.missions.rules import MissionStatus
from tests.factories import make_mission
from tests.missions.planting import BERLIN, PATH

ROWS = read_catalogue(PATH)
MUNICH = "de-munich-cg"
SEOUL = "kr-seoul-embassy"
NEW_YORK = "us-new-york-cg"


def slugs(text: str, country: str = "") -> list[str]:
    return [mission.slug for mission in missions_found(ROWS, text, country).missions]


def near(text: str, country: str = "") -> list[str]:
    found = missions_found(ROWS, text, country).near
    return [mission.slug for _, mission in found.missions] if found else []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("munich", MUNICH),
        ("MÜNCHEN", MUNICH),
        ("Muenchen", MUNICH),
        ("慕尼黑", MUNICH),
        ("ミュンヘン", MUNICH),
        ("뮌헨", MUNICH),
        ("Мюнхен", MUNICH),
        ("ميونخ", MUNICH),
        ("bavaria", MUNICH),
        ("chinese embassy in berlin", BERLIN),
        ("embassies germany", BERLIN),
        ("柏林大使馆", BERLIN),
        ("駐德國大使館", BERLIN),
        ("ベルリン大使館", BERLIN),
        ("베를린대사관", BERLIN),
        ("中国驻德国大使馆", BERLIN),
        ("서울", SEOUL),
        ("首尔", SEOUL),
        ("ソウル", SEOUL),
        ("new york", NEW_YORK),
        ("newyork", NEW_YORK),
        ("뉴욕 총영사관", NEW_YORK),
        ("pusan", "kr-busan-cg"),
        ("st petersburg", "ru-saint-petersburg-cg"),
        ("san francisco", "us-san-francisco-cg"),
    ],
)
def test_city_is_found_in_any_spelling_and_script(text: str, first: str) -> None:
    assert slugs(text)[0] == first
    assert not missions_found(ROWS, text).is_guess


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("berln", BERLIN),
        ("munhic", MUNICH),
        ("pariss", "fr-paris-embassy"),
        ("wellingtn", "nz-wellington-embassy"),
        ("kazakstan", "kz-aktobe-cg"),
        ("sanfransico consulate", "us-san-francisco-cg"),
        ("embasy vietnam", "vn-hanoi-embassy"),
    ],
)
def test_one_or_two_mistakes_are_forgiven_and_said(text: str, first: str) -> None:
    assert slugs(text)[0] == first
    assert missions_found(ROWS, text).is_guess


@pytest.mark.parametrize("text", ["xqzwv", "no such place", "?-", "東", "zz" * 90])
def test_a_search_never_fails(text: str) -> None:
    assert isinstance(missions_found(ROWS, text).missions, tuple)


def test_words_that_nothing_has_find_nothing() -> None:
    found = missions_found(ROWS, "xqzwv")
    assert (found.missions, found.near) == ((), None)


@pytest.mark.parametrize("text", ["Germany", "ドイツ", "독일", "德国", "德國", "deutschland", "de"])
def test_a_country_comes_before_what_only_has_its_letters(text: str) -> None:
    assert {slug[:2] for slug in slugs(text)[:5]} == {"de"}


def test_a_citys_own_name_comes_before_a_part_of_anothers() -> None:
    assert slugs("柏林")[:2] == [BERLIN, "ie-dublin-embassy"]
    assert slugs("rome")[0] == "it-rome-embassy"


def test_a_kind_narrows_what_a_place_finds() -> None:
    assert slugs("paris embassy")[0] == "fr-paris-embassy"
    assert slugs("paris permanent mission")[0] == "fr-paris-unesco-mission"


@pytest.mark.parametrize("text", ["Leipzig", "ライプツィヒ", "라이프치히", "consulate in Leipzig"])
def test_a_city_without_a_mission_names_the_five_nearest(text: str) -> None:
    assert slugs(text) == []
    assert near(text)[:2] == [BERLIN, "cz-prague-embassy"]
    assert len(near(text)) == 5


def test_a_mistyped_city_without_a_mission_is_a_guess() -> None:
    found = missions_found(ROWS, "lepzig").near
    assert found is not None
    assert (found.city.name, found.is_guess) == ("Leipzig", True)


@pytest.mark.parametrize("text", ["Paraguay", "パラグアイ", "embassy in Paraguay"])
def test_a_country_without_a_mission_names_what_is_near_its_largest_city(text: str) -> None:
    found = missions_found(ROWS, text)
    assert found.missions == ()
    assert found.near is not None
    assert (found.near.city.country, found.near.is_guess) == ("PY", False)


def test_a_country_that_only_shares_its_name_with_a_city_is_told_what_is_near() -> None:
    found = missions_found(ROWS, "Monaco")
    assert MUNICH in [mission.slug for mission in found.missions], "Monaco di Baviera"
    assert found.near is not None
    assert found.near.city.country == "MC"
    assert near("Mexico") == near("Singapore") == near("Luxembourg") == []


def test_what_is_near_is_not_said_of_a_city_that_has_a_mission() -> None:
    assert near("Berlin") == near("san josé, costa rica") == near("Germany") == []


def test_what_is_near_a_city_that_is_only_in_a_district_is_said_too() -> None:
    assert slugs("Kyoto") == ["jp-osaka-cg"]
    assert near("Kyoto")[:2] == ["jp-osaka-cg", "jp-nagoya-cg"]


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("birmingham", "", "GB"),
        ("birmingham", "US", "US"),
        ("Birmingham, US", "", "US"),
        ("birmingham usa", "", "US"),
        ("birmingham 미국", "", "US"),
    ],
)
def test_of_two_cities_the_one_in_the_country_that_is_said_is_meant(
    text: str, country: str, expected: str
) -> None:
    city = city_meant(text, country)
    assert city is not None
    assert city.country == expected


@pytest.mark.parametrize("text", ["Mexico", "Panama", "フランス", "embassy", ""])
def test_a_country_or_a_kind_is_no_city(text: str) -> None:
    assert city_meant(text) is None


def test_nobody_is_sent_to_a_closed_mission_as_the_nearest() -> None:
    closed = make_mission(status=MissionStatus.CLOSED)
    assert missions_found([closed], "Leipzig").near is None
    assert missions_found([make_mission()], "Leipzig").near is not None
