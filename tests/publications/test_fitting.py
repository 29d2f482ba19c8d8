import pytest

from protestcoord.publications.fitting import brief, fitted, lines_of, width_of


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("One question.", 40, "One question."),
        ("One question.\n\nAnother.", 40, "One question."),
        ("One question here. Another one that is long.", 30, "One question here."),
        ("平和。自由を求めます。長い文章が続きます。", 30, "平和。自由を求めます。"),
        ("words without any end at all", 16, "words without…"),
        ("", 10, ""),
    ],
)
def test_a_statement_is_cut_after_a_sentence_or_a_word(text, most, short):
    assert brief(text, most) == short
    assert width_of(short) <= most


def test_letters_of_east_asia_take_the_room_of_two():
    assert [width_of(text) for text in ("noon", "正午", "정오", "")] == [4, 4, 4, 0]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("One noon for the refugees", ["One noon", "for the", "refugees"]),
        ("Refugees", ["Refugees"]),
        ("難民のための正午", ["難民のた", "めの正午"]),
        ("난민을 위한 정오", ["난민을", "위한", "정오"]),
        ("", [""]),
    ],
)
def test_lines_are_broken_between_words_or_else_letters(text, lines):
    assert lines_of(text, 8) == lines


def test_the_largest_size_that_fits_is_taken():
    assert fitted("Noon", 560, (100, 50), 1) == (100, ["Noon"])
    assert fitted("Noon for refugees", 560, (100, 50), 1) == (50, ["Noon for refugees"])


def test_what_fits_in_no_size_ends_with_an_ellipsis():
    size, lines = fitted("noon " * 40, 560, (100, 50), 2)
    assert (size, len(lines), lines[-1][-1]) == (50, 2, "…")
