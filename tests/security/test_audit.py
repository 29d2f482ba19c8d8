"""Does the search for known holes find one, and does it fail where it could not look."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.security.audit import NotLooked, is_affected, look_offline
from tests.security.inventory import LOCK, Part, locked_parts, vendored_parts
from tests.security.rules import CHECKOUT

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ADVISORY = {
    "id": "PYSEC-2018-66",
    "modified": "2026-11-16T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Flask"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.12.3"}]}],
        }
    ],
}
OLD_FLASK = Part("PyPI", "flask", "0.12")
YAML = """\
id: PYSEC-2019-217
modified: "2026-11-20T00:00:00Z"
affected:
- package: {ecosystem: PyPI, name: jinja2}
  ranges:
  - {type: ECOSYSTEM, events: [{introduced: "0"}, {fixed: "2.10.1"}]}
"""


@pytest.fixture
def advisories(tmp_path):
    (tmp_path / "flask.json").write_text(json.dumps(ADVISORY))
    (tmp_path / "jinja2.yaml").write_text(YAML)
    return tmp_path


def audit(**environment: str):
    return subprocess.run(
        [sys.executable, "-m", "tests.security.audit"],
        cwd=CHECKOUT,
        env={k: v for k, v in os.environ.items() if k != "OSV_FOLDER"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.control("S2")
def test_a_known_hole_is_found(advisories):
    looked = look_offline(advisories, [OLD_FLASK, Part("PyPI", "Jinja2", "2.10")], NOW)
    assert [str(hole) for hole in looked.holes] == [
        "flask 0.12: PYSEC-2018-66",
        "Jinja2 2.10: PYSEC-2019-217",
    ]


@pytest.mark.proves("S2")
def test_what_is_locked_is_compared_and_the_age_of_the_data_told(advisories, record_property):
    parts = locked_parts() + vendored_parts()
    looked = look_offline(advisories, parts, NOW)
    assert (looked.holes, looked.parts) == ([], len(parts))
    assert looked.where == "2 advisories, the newest 6 days old; none for vendored scripts"
    record_property("S2", f"{len(parts)} parts compared; not having looked ends with a failure")


@pytest.mark.proves("S2")
def test_not_having_looked_is_a_failure(tmp_path):
    # The other end of the proxy is a port where nobody listens.
    nowhere = "http://127.0.0.1:9"
    ended = audit(HTTPS_PROXY=nowhere, https_proxy=nowhere, NO_PROXY="", no_proxy="")
    assert ended.returncode != 0
    assert ended.stderr.startswith("NOT LOOKED")


@pytest.mark.proves("S2")
def test_a_folder_without_advisories_is_a_failure(tmp_path):
    ended = audit(OSV_FOLDER=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("NOT LOOKED: no advisory for PyPI")


@pytest.mark.proves("S2")
def test_an_advisory_that_cannot_be_read_is_a_failure(advisories):
    (advisories / "torn.json").write_text('{"id": "PYSEC-1", "affected": [')
    with pytest.raises(NotLooked, match=r"torn\.json"):
        look_offline(advisories, [OLD_FLASK], NOW)


@pytest.mark.control("S2")
def test_the_command_ends_with_a_failure_at_a_hole(tmp_path):
    first = locked_parts(LOCK)[0]
    package = {"ecosystem": "PyPI", "name": first.name}
    known = ADVISORY | {"affected": [{"package": package, "versions": [first.version]}]}
    (tmp_path / "known.json").write_text(json.dumps(known))
    ended = audit(OSV_FOLDER=str(tmp_path))
    assert ended.returncode == 1
    assert f"HOLE  {first.name} {first.version}: PYSEC-2018-66" in ended.stdout


@pytest.mark.parametrize(
    ("version", "events", "expected"),
    [
        ("1.0", [{"introduced": "0"}], True),
        ("1.0", [{"introduced": "0"}, {"fixed": "1.0"}], False),
        ("0.9", [{"introduced": "0"}, {"fixed": "1.0"}], True),
        ("1.0", [{"introduced": "0"}, {"last_affected": "1.0"}], True),
        ("1.1", [{"introduced": "0"}, {"last_affected": "1.0"}], False),
        ("2.5", [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}], True),
        ("1.5", [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}], False),
        ("1.10", [{"introduced": "1.9"}, {"fixed": "1.11"}], True),
    ],
)
def test_a_range_is_read_as_osv_means_it(version, events, expected):
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    affected = {"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": ranges}
    assert is_affected(Part("PyPI", "x", version), affected) is expected


def test_a_withdrawn_advisory_counts_for_nothing(tmp_path):
    withdrawn = ADVISORY | {"withdrawn": "2026-01-01T00:00:00Z"}
    (tmp_path / "flask.json").write_text(json.dumps(withdrawn))
    assert look_offline(tmp_path, [OLD_FLASK], NOW).holes == []
