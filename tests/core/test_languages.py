import pytest

from protestcoord.core.languages import percent, rounded_number


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (0, "en", "0"),
        (7, "en", "7"),
        (132_456, "en", "130 thousand"),
        (999_999, "en", "1 million"),
        (7_662_475, "en", "7.7 million"),
        (7_662_475, "ja", "770万"),
        (45_438_479, "ko", "4500만"),
    ],
)
def test_large_number_has_two_digits_in_words(number: int, language: str, text: str) -> None:
    assert rounded_number(number, language) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (0.0035, "0.4%"), (0.296, "29.6%"), (1, "100%")]
)
def test_share_is_a_percentage_with_one_decimal(share: float, text: str) -> None:
    assert percent(share, "en") == text
