import pytest

from protestcoord.missions.search import folded, has_words, place_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zamyn-Üüd", "zamyn uud"),
        ("Sana'a", "sanaa"),
        ("Sana’a", "sanaa"),
        ("STRASSE  Straße", "strasse strasse"),
        ("Łódź, Tromsø", "lodz tromso"),
        ("İstanbul", "istanbul"),
        ("柏林", "柏林"),
        ("", ""),
        ("—", ""),
    ],
)
def test_text_is_folded(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_every_word_must_occur_in_some_part() -> None:
    assert has_words("embassy berl", "Embassy of China", "Berlin")
    assert not has_words("embassy paris", "Embassy of China", "Berlin")


def test_no_word_is_in_everything() -> None:
    assert has_words(" ", "anything")


@pytest.mark.parametrize(
    "name", ["Germany", "ドイツ", "독일", "德国", "ベルリン", "베를린", "柏林"]
)
def test_place_is_known_by_its_names_in_our_languages_and_in_chinese(name: str) -> None:
    assert has_words(name, place_names("DE", "Berlin", "Europe/Berlin"))


def test_city_is_not_called_by_the_name_of_its_zone() -> None:
    assert not has_words("柏林", place_names("DE", "Munich", "Europe/Berlin"))
