"""How does a text leave the house: its visible characters and line feeds, and nothing else."""

import json
import re

_LINE_ENDS = re.compile("\r\n?")
# C0 without line feed, DEL and C1, the line separators of Unicode, lone surrogates, and the two
# noncharacters that XML has no place for.
_INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def visible_text(text: str) -> str:
    r"""Return a text without control characters; it fits into calendars, XML and JSON.

    CR LF and CR become line feeds, tabs become spaces. Whatever else a reader could take for the
    end of a line (vertical tab, form feed, NEL, U+2028, U+2029) is removed, as are lone
    surrogates, so that the result can be encoded.

    Source:
        RFC 5545 section 3.1 (CONTROL); XML 1.0 section 2.2 (Char).
    """
    if text.isprintable():  # nearly all are: this is twenty times as fast
        return text
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " "))


def json_bytes(value: object) -> bytes:
    """Return a value of dicts, sequences and plain values as compact JSON in UTF-8.

    Keys stay in their order, so the same value gives the same bytes; texts are made visible.

    Raises:
        ValueError: A number is not finite, which JSON cannot say.
    """
    text = _json_text(value)
    if "\\" in text or _INVISIBLE.search(text):  # else there is nothing that could be invisible
        text = _json_text(_visible(value))
    return text.encode()


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _visible(value: object) -> object:
    if isinstance(value, str):
        return visible_text(value)
    if isinstance(value, dict):
        return {key: _visible(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(item) for item in value]
    return value
