"""The order of what is found, with names made up."""

from dataclasses import replace

import pytest

from protestcoord.missions.naming import Names
from protestcoord.missions.ranking import (
    is_citys_name,
    place_in_search,
    ranked,
    ranked_if_mistyped,
    words_of_search,
)

NOWHERE = Names((), (), (), (), (), (), ())
YORK = replace(NOWHERE, city=("york",), country=("united kingdom",), kind=("consulate",))
NEW_YORK = replace(NOWHERE, city=("new york",), other_city=("ニューヨーク",), country=("usa",))
LEEDS = replace(NOWHERE, city=("leeds",), district=("york",), country=("united kingdom",))
STREET = replace(NOWHERE, city=("dublin",), address=("12 york road",))
ALL = [STREET, LEEDS, NEW_YORK, YORK]


def test_whole_name_comes_before_a_word_of_it_then_district_then_address() -> None:
    assert ranked("York", ALL) == [3, 2, 1, 0]


def test_each_word_has_to_be_found() -> None:
    assert ranked("york united kingdom", ALL) == [3, 1]
    assert ranked("york atlantis", ALL) == []


def test_words_that_tell_nothing_apart_do_not_count() -> None:
    assert words_of_search("The Chinese consulate in York") == ["consulate", "york"]
    assert words_of_search("china") == ["china"]
    assert place_in_search("consulate general of China, York") == "york"


def test_no_word_finds_everything_in_its_order() -> None:
    assert ranked("—", ALL) == [0, 1, 2, 3]


def test_words_written_as_one_are_found() -> None:
    assert ranked("newyork", ALL) == [2]


@pytest.mark.parametrize(
    ("text", "expected"), [("yorkk", [3, 2]), ("newyrok", [2]), ("leds", [1]), ("yok", [])]
)
def test_mistakes_are_forgiven_but_in_short_words(text: str, expected: list[int]) -> None:
    assert ranked_if_mistyped(text, ALL) == expected


def test_many_words_are_not_taken_for_slips() -> None:
    assert ranked_if_mistyped("yrok yrok yrok yrok", ALL) != []
    assert ranked_if_mistyped("yrok yrok yrok yrok yrok", ALL) == []


def test_name_of_a_city_is_known_in_any_language_but_only_whole() -> None:
    assert is_citys_name("ニューヨーク", NEW_YORK)
    assert is_citys_name("consulate New York", NEW_YORK)
    assert not is_citys_name("york", NEW_YORK)
