import pytest

from protestcoord.missions.spelling import allowed_mistakes, mistakes_between


@pytest.mark.parametrize(
    ("word", "other", "mistakes"),
    [
        ("berlin", "berlin", 0),
        ("berln", "berlin", 1),
        ("berlinn", "berlin", 1),
        ("bärlin", "berlin", 1),
        ("belrin", "berlin", 1),
        ("munhic", "munich", 2),
        ("rome", "kobe", 2),
        ("berlin", "dublin", None),
        ("berlin", "berlinerin", None),
        ("", "abc", None),
    ],
)
def test_mistakes_are_counted_up_to_two(word: str, other: str, mistakes: int | None) -> None:
    assert mistakes_between(word, other, 2) == mistakes
    assert mistakes_between(other, word, 2) == mistakes


@pytest.mark.parametrize(
    ("word", "allowed"),
    [("uk", 0), ("oslo", 1), ("berlin", 1), ("kampala", 2), ("柏林", 0), ("圣彼得堡市", 0)],
)
def test_short_words_and_chinese_signs_allow_none(word: str, allowed: int) -> None:
    assert allowed_mistakes(word) == allowed
