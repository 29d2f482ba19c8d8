import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from protestcoord.core.errors import InvalidValue
from protestcoord.core.fields import (
    Form,
    TextBlock,
    TextLine,
    WholeNumber,
    between,
    clean_text,
    is_needed,
)


class LetterForm(Form):
    name = TextLine("Name", most=10)
    letter = TextBlock("Letter", most=40)
    remark = TextLine("Remark", most=10, needed=False)
    pages = WholeNumber("Pages", [is_needed, between(1, 5)])


def letter(**changes: str) -> LetterForm:
    return LetterForm(MultiDict({"name": "Kim", "letter": "Hello", "pages": "2"} | changes))


@pytest.mark.proves("E1")
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Kim  ", "Kim"),
        ("e\u0301tude", "\u00e9tude"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("\u0645\u200c\u0646\u200f", "\u0645\u200c\u0646\u200f"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("", ""),
    ],
)
def test_text_is_composed_trimmed_and_loses_direction_overrides_only(typed: str, stored: str):
    assert clean_text(typed) == stored


@pytest.mark.proves("E1")
@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\t", "\x85", "\u2028", "\u2029", "\ud800"])
def test_control_characters_are_refused_by_their_code(bad: str):
    with pytest.raises(InvalidValue, match=f"U\\+{ord(bad):04X}"):
        clean_text(f"a{bad}b", multiline=True)


def test_lines_belong_to_blocks_only():
    assert clean_text("a\r\nb\rc", multiline=True) == "a\nb\nc"
    with pytest.raises(InvalidValue, match="one line"):
        clean_text("a\nb")


@pytest.mark.proves("E1")
@given(st.text())
def test_every_text_is_either_refused_or_stored_so_that_it_stays_the_same(text: str):
    try:
        stored = clean_text(text, multiline=True)
    except InvalidValue:
        return
    assert clean_text(stored, multiline=True) == stored
    assert unicodedata.is_normalized("NFC", stored)
    assert stored.encode().decode() == stored


def test_good_form_has_clean_values():
    form = letter(name=" Kim ", letter="one\r\ntwo")
    assert form.validate()
    assert form.data == {"name": "Kim", "letter": "one\ntwo", "remark": "", "pages": 2}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": " "}, {"name": ["Please fill this in."]}),
        ({"name": "\u200b\u200d"}, {"name": ["Please fill this in."]}),
        (
            {"name": "k" * 11},
            {"name": ["This is too long: at most 10 characters, and there are 11."]},
        ),
        ({"remark": "a\nb"}, {"remark": ["This has to be on one line."]}),
        ({"pages": "0"}, {"pages": ["This is a number from 1 to 5."]}),
        ({"pages": ""}, {"pages": ["Please enter a whole number."]}),
    ],
)
def test_each_broken_rule_is_said_once(changes: dict[str, str], errors: dict[str, list[str]]):
    form = letter(**changes)
    assert not form.validate()
    assert form.errors == errors


def test_what_is_refused_is_kept_to_be_shown_again():
    form = letter(name="K\x00im", letter="a\ud800\nb")
    assert not form.validate()
    assert (form.name.data, form.letter.data) == ("K\ufffdim", "a\ufffd\nb")


def test_limits_stand_in_the_page_too():
    assert 'maxlength="10"' in letter().name()
    assert "required" in letter().name()
    assert "required" not in letter().remark()
