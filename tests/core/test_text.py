import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.core.text import json_bytes, visible_text

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    "number", [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)]
)
def test_control_character_is_removed(number):
    assert visible_text(f"a{chr(number)}b") == "ab"


@pytest.mark.parametrize("unseen", ["\u2028", "\u2029", "\ud800", "\ufffe", "\uffff"])
def test_separator_surrogate_and_noncharacter_are_removed(unseen):
    assert visible_text(f"a{unseen}b") == "ab"


def test_every_end_of_line_becomes_a_line_feed_and_a_tab_a_space():
    assert visible_text("a\r\nb\rc\nd\te") == "a\nb\nc\nd e"


@pytest.mark.parametrize(
    "text", ["", "Märkisches Ufer 54", "中华", "👩🏽‍🤝‍👩🏻", "\u200fسفارة", "می‌خواهم"]
)
def test_text_in_any_script_stays_as_it_is(text):
    assert visible_text(text) == text


@given(ANY_TEXT)
def test_visible_text_has_only_line_feeds_as_ends_of_lines_and_fits_into_xml(text):
    seen = visible_text(text)
    assert visible_text(seen) == seen
    assert f"{seen}.".splitlines() == f"{seen}.".split("\n")
    element = ET.Element("a")
    element.text = seen
    written = ET.tostring(element)
    assert (ET.fromstring(written).text or "") == seen  # noqa: S314 - written one line above


@given(ANY_TEXT)
def test_json_of_any_text_is_utf_8_and_reads_back(text):
    assert json.loads(json_bytes({"a": [text, 1]}).decode()) == {"a": [visible_text(text), 1]}


def test_json_keeps_order_and_scripts_and_is_compact():
    assert json_bytes({"b": "中", "a": (1, None, True)}) == '{"b":"中","a":[1,null,true]}'.encode()


def test_json_refuses_a_number_that_is_not_finite():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes([float("nan")])
