"""No text makes a pattern or a parser work for long: each with hostile texts of the full length."""

import ast
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial

import pytest
from werkzeug.datastructures import MultiDict

from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.config import shipped
from protestcoord.core.csvreading import records_from_text, text_from_bytes
from protestcoord.core.csvtext import cell_from_text, text_from_cell
from protestcoord.core.errors import DomainError
from protestcoord.core.fields import clean_text
from protestcoord.core.text import json_bytes, visible_text
from protestcoord.messages.rules import LONGEST_TEXT, check_text, filled_in
from protestcoord.missions import persons
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.cell_rules import cell_faults
from protestcoord.missions.finding import missions_found
from protestcoord.missions.gazetteer import find_city_spelled_like
from protestcoord.missions.models import Mission
from protestcoord.missions.search import folded, has_words
from protestcoord.missions.views import MOST_SEARCHED
from protestcoord.publications.addresses import find_file_name
from protestcoord.publications.negotiation import accepted_codings, asked_range, is_unchanged
from protestcoord.reports.rules import ABOUT
from protestcoord.serving import MAX_HEADER_BYTES
from protestcoord.signups.importing import COLUMNS, MOST_ROWS
from protestcoord.signups.similar import name_key, point_key
from tests.proofs import size
from tests.security.rules import CHECKOUT, code_files, tree_of
from tests.security.test_texts import FIELDS, form_of
from tests.security.walking import patterns

MOST_SECONDS = 0.010
# Single signs, and what they become when they are folded, composed or counted.
SIGNS = "a0 \u3000-_./\"'([{=+@,;<%\\é字\u200bİﬁ\n\0"
PAIRS = (
    *("a-", "0.", "a/", "c/", "a@", "@a", '""', '"a', "W/", "a,", "a=", "Q1", "{}", "..", "/."),
    *("=?", "://", "<!--", "e\u0301", "👩‍👧", "-0 ", "\r\n"),
)
REPEATED = (*SIGNS, *PAIRS)
ATTACKS = [(piece, end) for piece in REPEATED for end in ("", "!")]
# What a text must begin with so that a pattern goes on with it.
STARTS = ("", "bytes=", "/c/", "Point(", "https://www.", "url(images/", "/organize/", "+")


def hostile(most: int) -> Iterator[str]:
    for piece, end in ATTACKS:
        yield (piece * (most // len(piece) + 1))[: most - len(end)] + end


def seconds(work: Callable[[str], object], text: str) -> float:
    """How long the processor works at a text; the best of three, since others use it too."""
    best = MOST_SECONDS + 1
    for _ in range(3):
        start = time.thread_time()
        with suppress(DomainError, ValueError):  # a text that is refused is refused in time
            work(text)
        best = min(best, time.thread_time() - start)
        if best < MOST_SECONDS:
            break
    return best


# Patterns


@dataclass(frozen=True)
class Use:
    """A pattern and how it is applied."""

    where: str
    pattern: str
    way: str


METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")


def uses_in(file) -> Iterator[Use]:
    """Every pattern that stands in a file, and the ways in which its name is used there."""
    tree = tree_of(file)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            named[node.value] = node.targets[0]
    for call in calls:
        function, owner = called(call)
        where = f"{file.name}:{call.lineno}"
        if function == "_matches":
            yield Use(where, call.args[0].value, "fullmatch")
        elif owner == "re" and function in METHODS:
            yield Use(where, call.args[0].value, function)
        elif owner == "re" and function == "compile" and isinstance(call.args[0], ast.Constant):
            name = getattr(named.get(call), "id", "")
            ways = {f for f, o in map(called, calls) if o == name and f in METHODS}
            for way in ways or {"fullmatch", "match", "search"}:
                yield Use(where, call.args[0].value, way)


def called(call: ast.Call) -> tuple[str, str]:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr, getattr(call.func.value, "id", "")
    return getattr(call.func, "id", ""), ""


OWN = [file for file in code_files() if file.is_relative_to(CHECKOUT / "protestcoord")]
# To read all files as trees takes seconds, before any test begins.
WITH_PATTERNS = [file for file in OWN if re.search(r"\bre\.|_matches\(", file.read_text())]
USES = [use for file in WITH_PATTERNS for use in uses_in(file)]


def worst(use: Use) -> float:
    compiled = re.compile(use.pattern)
    if use.way == "sub":
        work = partial(compiled.sub, "")
    elif use.way == "finditer":
        work = lambda text: list(compiled.finditer(text))  # noqa: E731
    else:
        work = getattr(compiled, use.way)
    texts = [start + text for text in hostile(LONGEST_TEXT) for start in STARTS]
    return max(seconds(work, text) for text in texts[:: size(5, full=1)])


def nests(pattern: str) -> bool:
    """Whether a repetition without end begins with another, so that both take the same text."""
    return any(_begins_endless(body) for body in _endless(re._parser.parse(pattern)))


def _endless(tree) -> Iterator:
    for operation, arguments in tree:
        for body in _bodies(arguments):
            if "REPEAT" in str(operation) and arguments[1] == re._constants.MAXREPEAT:
                yield body
            yield from _endless(body)


def _bodies(arguments) -> Iterator:
    if isinstance(arguments, re._parser.SubPattern):
        yield arguments
    elif isinstance(arguments, tuple | list):
        for one in arguments:
            yield from _bodies(one)


def _begins_endless(body) -> bool:
    operation, arguments = body[0]
    if "REPEAT" in str(operation):
        return arguments[1] == re._constants.MAXREPEAT
    return str(operation) == "SUBPATTERN" and _begins_endless(arguments[-1])


@pytest.mark.proves("E10")
def test_no_pattern_works_for_long(record_property):
    slow = {use: took for use in USES if (took := worst(use)) > MOST_SECONDS}
    assert slow == {}
    record_property("E10", f"{len(USES)} uses of patterns, {len(ATTACKS)} texts each, in 10 ms")


@pytest.mark.proves("E10")
def test_no_pattern_of_ours_is_passed_over_and_none_nests():
    assert len(ATTACKS) >= 50
    known = {use.pattern for use in USES}
    kept = {pattern.pattern for pattern in patterns().values()}
    # These are put together of lists of words; how long they take is measured beside them.
    put_together = {ABOUT.pattern} | {
        pattern.pattern for pattern in vars(persons).values() if isinstance(pattern, re.Pattern)
    }
    assert kept - known - put_together == set()
    assert [pattern for pattern in known | put_together if nests(pattern)] == []


@pytest.mark.control("E10")
@pytest.mark.parametrize("pattern", ["(a+)+!?b", "(?:[a-z]+)*-b", "((a*)b?)*c", r"(?:\s*)*x"])
def test_a_pattern_that_nests_is_found(pattern):
    assert nests(pattern)


@pytest.mark.control("E10")
def test_a_pattern_that_works_for_long_is_found():
    assert seconds(re.compile(r"\s+$").search, " " * LONGEST_TEXT + "!") > MOST_SECONDS
    assert not nests("[a-z0-9]+(?:-[a-z0-9]+)*"), "a repetition that a sign begins is none"


# Parsers


def table(text: str) -> object:
    return records_from_text(f"name,email\n{text}", COLUMNS, MOST_ROWS)


def asked(header: str) -> object:
    environ = {"HTTP_IF_NONE_MATCH": header, "HTTP_RANGE": header, "HTTP_IF_RANGE": header}
    return is_unchanged(environ, '"a"', 0), asked_range(environ, '"a"', 0, 10)


PARSERS: dict[str, tuple[Callable[[str], object], int]] = {
    "clean_text": (partial(clean_text, multiline=True), LONGEST_TEXT),
    "visible_text": (visible_text, LONGEST_TEXT),
    "json": (json_bytes, LONGEST_TEXT),
    "cell": (lambda text: text_from_cell(cell_from_text(text)), LONGEST_TEXT),
    "message": (lambda text: (filled_in(text, {}), check_text(text)), LONGEST_TEXT),
    "table": (table, LONGEST_TEXT),
    "file": (lambda text: text_from_bytes(text.encode("utf-8", "surrogatepass")), LONGEST_TEXT),
    "cells": (lambda text: list(cell_faults(dict.fromkeys(CELLS, text))), 300),
    "recurrence": (recurrence_from_text, 300),
    "search": (lambda text: has_words(text, "Berlin", folded(text)), MOST_SEARCHED),
    "name": (name_key, 120),
    "point": (point_key, 300),
    "address": (find_file_name, MAX_HEADER_BYTES),
    "codings": (accepted_codings.__wrapped__, MAX_HEADER_BYTES),
    "conditions": (asked, MAX_HEADER_BYTES),
}
CELLS = ("slug", "name", "country", "latitude", "timezone", "website", "wikidata", "verified_on")


@pytest.mark.proves("E10")
@pytest.mark.parametrize("name", PARSERS)
def test_no_parser_works_for_long(name):
    work, most = PARSERS[name]
    slow = {
        text[:20]: took for text in hostile(most) if (took := seconds(work, text)) > MOST_SECONDS
    }
    assert slow == {}


def field_work(name: str) -> Callable[[str], object]:
    form = form_of({name: FIELDS[name]})
    return lambda text: form(MultiDict({name.replace(".", "_"): text})).validate()


@pytest.mark.proves("E10")
def test_no_field_works_for_long(record_property):
    slow = {}
    for name, field in FIELDS.items():
        work = field_work(name)
        for text in hostile(field.kwargs["most"]):
            if (took := seconds(work, text)) > MOST_SECONDS:
                slow[name, text[:20]] = took
    record_property("E10", f"{len(FIELDS)} fields and {len(PARSERS)} parsers, in 10 ms")
    assert slow == {}


@pytest.mark.control("E10")
def test_a_parser_that_compares_each_with_each_is_found():
    def squares(text: str) -> int:
        return sum(sign == other for sign in text for other in text[:500])

    assert seconds(squares, "a" * LONGEST_TEXT) > MOST_SECONDS


# The search


@pytest.mark.proves("E10")
def test_a_hostile_search_takes_no_longer_than_one_with_mistakes(record_property):
    """A search compares a text with every name there is, so it has no limit of a parser."""
    missions = [Mission(**asdict(row)) for row in read_catalogue(shipped("data") / "embassies.csv")]

    def least(text: str) -> float:
        find_city_spelled_like.cache_clear()
        start = time.thread_time()
        missions_found(missions, text)
        return time.thread_time() - start

    mistyped = min(least("xqzwv abcd efgh ijkl") for _ in range(3))
    texts = list(hostile(MOST_SEARCHED))
    slowest = max(min(least(text) for _ in range(3)) for text in texts[:: size(48, full=1)])
    told = f"a search {slowest * 1000:.0f} ms, with four mistyped words {mistyped * 1000:.0f} ms"
    record_property("E10", told)
    assert slowest < mistyped * 1.5
