"""What is wrong with one cell of a catalogue, whatever stands in the others."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from urllib.parse import urlsplit

from protestcoord.core.clock import zone
from protestcoord.missions.catalogue import PARSERS
from protestcoord.missions.regions import REGION_OF_COUNTRY

# A rule returns what is wrong with a text, or an empty text.
Rule = Callable[[str], str]


def cell_faults(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield column and message of every cell that is wrong by itself."""
    for column, text in row.items():
        for rule in (is_clean, RULES.get(column, _anything)):
            if message := rule(text):
                yield column, message


def is_clean(text: str) -> str:
    """Say whether a text holds what nobody sees: control characters, or spaces around it."""
    for sign in text:
        # Category Cf turns the direction of writing or hides; but its two joiners belong to the
        # spelling of Persian and Hindi.
        if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") and sign not in "\u200c\u200d":
            return f"there is a control character, U+{ord(sign):04X}"
    return "there are spaces around it" if text != text.strip() else ""


def _anything(_text: str) -> str:
    return ""


def _matches(pattern: str, message: str) -> Rule:
    compiled = re.compile(pattern)
    return lambda text: "" if compiled.fullmatch(text) else message.format(text)


def parses(parse: Callable[[str], object]) -> Rule:
    """Return the rule that ``parse`` takes a text without a ValueError."""

    def rule(text: str) -> str:
        try:
            parse(text)
        except ValueError as error:
            return str(error)
        return ""

    return rule


def _is_country(text: str) -> str:
    return "" if text in REGION_OF_COUNTRY else f"“{text}” is no country's ISO 3166-1 code"


def _is_website(text: str) -> str:
    message = f"“{text}” is not an address that begins with http:// or https://"
    try:
        parts = urlsplit(text)
    except ValueError:
        return message
    is_good = parts.scheme in ("http", "https") and parts.hostname and " " not in text
    return "" if is_good or not text else message


def _is_day(text: str) -> str:
    """A day, or the month or year it lies in."""
    message = f"“{text}” is no date like 2026-06-04, 2026-06 or 2026"
    if not re.fullmatch(r"([0-9]{4}(-[0-9]{2}){0,2})?", text):
        return message
    try:
        date.fromisoformat((text or "2026") + "-01-01"[max(0, len(text) - 4) :])
    except ValueError:
        return message
    return ""


_is_filled = _matches(r".*\S.*", "this is empty")

RULES: dict[str, Rule] = {
    "slug": _matches(r"(?=.{1,80}$)[a-z0-9]+(-[a-z0-9]+)*", "“{}” is not like de-berlin-embassy"),
    "name": _is_filled,
    "kind": parses(PARSERS["kind"]),
    "country": _is_country,
    "city": _is_filled,
    "latitude": parses(PARSERS["latitude"]),
    "longitude": parses(PARSERS["longitude"]),
    "precision": parses(PARSERS["precision"]),
    "timezone": parses(zone),
    "website": _is_website,
    "wikidata": _matches(r"(Q[1-9][0-9]*)?", "“{}” is not like Q166546"),
    "confidence": parses(PARSERS["confidence"]),
    "verified_on": _is_day,
    "status": parses(PARSERS["status"]),
}
