"""Has each item of OWASP ASVS 5.0, levels 1 and 2, an answer in ``docs/asvs.csv``.

The numbers of the items are those of its version 5.0.0; what they ask is read there.
"""

import ast
import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.security.rules import CHECKOUT

LEDGER = CHECKOUT / "docs" / "asvs.csv"
ITEMS = Path(__file__).parent / "asvs_items.csv"
ANSWERS = {"met", "not applicable", "deviation"}
MOST_DEVIATIONS = 6
SHORTEST_REASON = 20


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@cache
def names_in(file: str) -> frozenset[str]:
    path = CHECKOUT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def faults(rows: list[dict[str, str]], items: dict[str, str]) -> list[str]:
    """Return what is wrong with a ledger, in words."""
    found = [f"{item} stands {n} times" for item, n in _counts(rows).items() if n > 1]
    found += [f"{item} has no row" for item in items if item not in _counts(rows)]
    for row in rows:
        found += [f"{row['item']}: {what}" for what in _faults_of(row, items)]
    deviations = sum(row["answer"] == "deviation" for row in rows)
    return found + [f"{deviations} deviations"] * (deviations > MOST_DEVIATIONS)


def _counts(rows: list[dict[str, str]]) -> Counter[str]:
    return Counter(row["item"] for row in rows)


def _faults_of(row: dict[str, str], items: dict[str, str]) -> list[str]:
    if items.get(row["item"]) != row["level"]:
        return ["no such item at this level"]
    if row["answer"] not in ANSWERS:
        return [f"no answer: {row['answer']}"]
    if row["answer"] != "met":
        return [] if len(row["evidence"]) >= SHORTEST_REASON else ["no reason"]
    tests = row["evidence"].split()
    unknown = [test for test in tests if not _exists(test)]
    return [f"no such test: {test}" for test in unknown] or ([] if tests else ["no test"])


def _exists(test: str) -> bool:
    file, _, name = test.partition("::")
    return name.startswith("test_") and name in names_in(file)


ROWS = rows_of(LEDGER)
LEVELS = {row["item"]: row["level"] for row in rows_of(ITEMS)}


@pytest.mark.proves("S4")
def test_each_item_has_an_answer_that_holds(record_property):
    answers = Counter(row["answer"] for row in ROWS)
    told = ", ".join(f"{answers[answer]} {answer}" for answer in ("met", "not applicable"))
    record_property("S4", f"{len(ROWS)} items: {told}, {answers['deviation']} deviations")
    assert Counter(LEVELS.values()) == {"1": 70, "2": 183}
    assert len(ROWS) == 253
    assert faults(ROWS, LEVELS) == []


@pytest.mark.control("S4")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answer": ""}, "no answer"),
        ({"evidence": ""}, "no test"),
        ({"evidence": "tests/security/test_asvs.py::test_that_is_not_there"}, "no such test"),
        ({"evidence": "tests/security/test_gone.py::test_a"}, "no such test"),
        ({"item": "V1.2.99"}, "no such item"),
        ({"level": "3"}, "no such item"),
        ({"answer": "not applicable", "evidence": "no"}, "no reason"),
    ],
)
def test_a_row_without_an_answer_is_found(change, said):
    met = next(row for row in ROWS if row["answer"] == "met")
    assert any(said in fault for fault in faults([met | change], LEVELS))


@pytest.mark.control("S4")
def test_a_row_that_is_missing_or_there_twice_is_found():
    assert faults(ROWS[1:], LEVELS) == [f"{ROWS[0]['item']} has no row"]
    assert faults([*ROWS, ROWS[0]], LEVELS) == [f"{ROWS[0]['item']} stands 2 times"]


@pytest.mark.control("S4")
def test_a_seventh_deviation_is_found():
    excused = {"answer": "deviation", "evidence": "This is too much work for us."}
    met = [row for row in ROWS if row["answer"] == "met"]
    changed = [row | excused if row is met[0] else row for row in ROWS]
    assert faults(changed, LEVELS) == ["7 deviations"]
