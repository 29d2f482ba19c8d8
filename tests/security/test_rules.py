"""Does the code keep to the rules of ``rules``, and would it be seen if it did not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs import size
from tests.security.rules import (
    CHECKOUT,
    KEEPS_IN_BROWSER,
    LISTENS_TO_OTHERS,
    MAKES_MARKUP,
    RULES,
    SAFE_FILTER,
    WITH_NUMBERS,
    WITH_OWN_WORKER,
    WRITES_BY_NAME,
    Rule,
    breaks,
    code_files,
    found_in_texts,
    own_scripts,
    templates,
    tree_of,
)

SAID = [rule.says for rule in RULES]


@pytest.mark.proves("S3", "E7", "E8")
@pytest.mark.parametrize("rule", RULES, ids=SAID)
def test_the_code_keeps_to_the_rule(rule: Rule, record_property):
    record_property("S3", f"{len(RULES)} rules over {len(code_files())} files")
    assert breaks(rule, code_files()) == []


@pytest.mark.control("S3", "E7", "E8")
@pytest.mark.parametrize("rule", RULES, ids=SAID)
def test_a_planted_line_is_found(rule: Rule, tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text(f"{rule.planted}\n")
    assert breaks(rule, [planted]) == ["planted.py:1"]


@pytest.mark.parametrize("rule", RULES, ids=SAID)
def test_no_exception_is_left_over(rule: Rule):
    for name in rule.except_in:
        assert list(rule.look(tree_of(CHECKOUT / name))), f"{name} needs no exception any more"


@pytest.mark.proves("S3", "E2")
def test_no_template_calls_a_text_safe():
    assert templates()
    assert found_in_texts(SAFE_FILTER, templates()) == []


@pytest.mark.proves("S3", "E2")
def test_no_script_makes_markup_of_a_text():
    assert found_in_texts(MAKES_MARKUP, own_scripts()) == []


@pytest.mark.proves("S3")
def test_no_script_keeps_anything_in_the_browser():
    assert found_in_texts(KEEPS_IN_BROWSER, own_scripts()) == []


@pytest.mark.proves("S3")
def test_no_script_listens_to_other_windows():
    others = [script for script in own_scripts() if script.name not in WITH_OWN_WORKER]
    assert found_in_texts(LISTENS_TO_OTHERS, others) == []


@pytest.mark.proves("S3")
def test_no_script_writes_into_an_object_by_a_name_of_others():
    others = [script for script in own_scripts() if script.name not in WITH_NUMBERS]
    assert found_in_texts(WRITES_BY_NAME, others) == []


@pytest.mark.control("S3", "E2")
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (SAFE_FILTER, "{{ group.name|safe }}"),
        (SAFE_FILTER, "{% autoescape false %}"),
        (MAKES_MARKUP, "place.innerHTML = name;"),
        (MAKES_MARKUP, "eval(text)"),
        (KEEPS_IN_BROWSER, 'localStorage.setItem("group", name)'),
        (WRITES_BY_NAME, "found[name] = value;"),
        (LISTENS_TO_OTHERS, 'addEventListener("message", take)'),
    ],
)
def test_planted_text_is_found(pattern, text, tmp_path):
    planted = tmp_path / "planted.html"
    planted.write_text(text)
    assert len(found_in_texts(pattern, [planted])) == 1


def bandit(*places) -> subprocess.CompletedProcess[str]:
    asked = [Path(sys.executable).with_name("bandit"), "--quiet", "--ini", CHECKOUT / ".bandit"]
    options = ["--recursive", "--severity-level", "medium"]
    return subprocess.run([*asked, *options, *places], capture_output=True, text=True, cwd=CHECKOUT)


@pytest.mark.proves("S3", "E7")
def test_bandit_finds_nothing_of_weight():
    # All of it is looked at by `make lint` as well.
    places = ["protestcoord", "migrations", "scripts"] if size(0, full=1) else ["protestcoord/core"]
    found = bandit(*places)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.control("S3", "E7")
def test_bandit_finds_planted_sql(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text(
        "def find(session, name):\n    session.execute(\"SELECT * FROM a WHERE b = '%s'\" % name)\n"
    )
    found = bandit(tmp_path)
    assert found.returncode == 1
    assert "B608" in found.stdout
