import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.core.text import visible_text
from protestcoord.publications.contentlines import content_lines, escaped

LONG_TEXTS = [
    "中华人民共和国驻德意志联邦共和国大使馆" * 5,
    "주독일 중화인민공화국 대사관 앞에서 " * 6,
    "سفارة جمهورية الصين الشعبية في برلين " * 6,
    "🕯️👩🏽‍🤝‍👩🏻🏳️‍🌈" * 12,
    "a" * 61 + "é" * 80,
    "\\" * 200,
    "\n" * 200,
    ";," * 100,
]


def unfolded(lines: bytes) -> bytes:
    return lines.replace(b"\r\n ", b"").removesuffix(b"\r\n")


def unescaped(value: str) -> str:
    return re.sub(r"\\([\\;,nN])", lambda m: "\n" if m[1] in "nN" else m[1], value)


def test_backslash_semicolon_comma_and_line_feed_are_escaped():
    assert escaped("a\\b;c,d\ne") == r"a\\b\;c\,d\ne"


def test_short_property_is_one_line_ended_by_crlf():
    lines = content_lines([("SUMMARY", "Noon"), ("STATUS", "CONFIRMED")])
    assert lines == b"SUMMARY:Noon\r\nSTATUS:CONFIRMED\r\n"


@pytest.mark.parametrize("text", LONG_TEXTS)
def test_line_is_folded_at_75_octets_between_characters_and_between_escapes(text):
    lines = content_lines([("DESCRIPTION", escaped(text))])
    folded = lines.removesuffix(b"\r\n").split(b"\r\n ")
    assert max(map(len, folded[:1])) <= 75
    assert max(map(len, folded[1:])) <= 74
    assert min(map(len, folded[:-1])) >= 70
    assert b"".join(folded).decode() == f"DESCRIPTION:{escaped(text)}"
    for piece in folded:
        assert not re.search(r"(?<!\\)(\\\\)*\\$", piece.decode())


def test_line_of_exactly_75_octets_is_not_folded():
    assert content_lines([("X", "a" * 73)]) == b"X:" + b"a" * 73 + b"\r\n"
    assert content_lines([("X", "a" * 74)]) == b"X:" + b"a" * 73 + b"\r\n a\r\n"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\0"])
def test_value_that_is_more_than_one_line_is_refused(end):
    for value in (f"https://example.org/{end}ATTENDEE:x", f"https://example.org/{end}"):
        with pytest.raises(ValueError, match="not one visible line"):
            content_lines([("URL", value)])


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_read_back_without_its_invisible_characters(text):
    lines = content_lines([("SUMMARY", escaped(text))])
    assert unescaped(unfolded(lines).decode()) == f"SUMMARY:{visible_text(text)}"
