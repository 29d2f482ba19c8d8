"""Every requirement has a test and a control, and the page of proofs knows them."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.proofs import Proof, requirements

TESTS = Path(__file__).parent.parent
MARK = re.compile(r"mark\.(proves|control)\(([^)]*)\)")
NAME = re.compile(r"[\"']([A-Z][0-9]+a?)[\"']")


def marked(texts) -> dict[str, set[str]]:
    """Which requirements tests and controls name."""
    found = defaultdict(set)
    for kind, names in (pair for text in texts for pair in MARK.findall(text)):
        found[kind].update(NAME.findall(names))
    return found


@pytest.fixture(scope="module")
def named():
    return marked(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("kind", ["proves", "control"])
def test_each_requirement_has_both(named, kind):
    assert sorted(requirements().keys() - named[kind]) == []


def test_no_test_names_what_is_no_requirement(named):
    assert sorted((named["proves"] | named["control"]) - requirements().keys()) == []


def test_a_requirement_without_a_control_is_noticed():
    found = marked(['@pytest.mark.proves("P1", "P2")', '@pytest.mark.control("P1")'])
    assert found == {"proves": {"P1", "P2"}, "control": {"P1"}}


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({}, "no test"),
        ({"proved": {"a"}}, "not run whole"),
        ({"proved": {"a"}, "controlled": {"b"}}, "held"),
        ({"proved": {"a"}, "controlled": {"b"}, "skipped": {"c"}}, "not run whole"),
        ({"proved": {"a"}, "controlled": {"b"}, "failed": {"c"}}, "FAILED"),
    ],
)
def test_what_was_skipped_or_never_controlled_is_not_held(seen, verdict):
    assert Proof(**seen).verdict == verdict
