"""Of an instance, another user of the machine can read the public files and nothing else."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.journeys.served import keep_few_missions
from tests.processes import run_protestcoord

PYTHON_OF_ALL = shutil.which("python3", path="/usr/bin:/usr/local/bin")
READ = """
import os, sys
def readable(path):
    try:
        if os.path.isdir(path):
            os.listdir(path)
        else:
            open(path, "rb").read()
    except OSError:
        return False
    return True
print("\\n".join(path for path in sys.stdin.read().splitlines() if readable(path)))
"""


@pytest.fixture(scope="module")
def instance():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    run(folder / "instance", "init")
    keep_few_missions(f"sqlite:///{folder / 'instance' / 'protestcoord.sqlite'}")
    run(folder / "instance", "build")
    yield folder / "instance"
    shutil.rmtree(folder)


def run(instance: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_protestcoord(os.environ | {"DEMO": "1"}, *arguments, "--instance", instance)


def read_by_nobody(instance: Path) -> set[str]:
    paths = [instance, *instance.rglob("*")]
    done = subprocess.run(
        [
            "/usr/bin/env",
            "-i",
            shutil.which("python3", path="/usr/bin") or sys.executable,
            "-c",
            READ,
        ],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        user="nobody",
        check=True,
    )
    return {Path(path).relative_to(instance).parts[0] for path in done.stdout.splitlines()}


@pytest.mark.skipif(
    os.geteuid() != 0 or PYTHON_OF_ALL is None,
    reason="only root can act as another user, with a Python that all may run",
)
def test_another_user_reads_what_is_public_and_nothing_else(instance):
    kinds = {path.name for path in instance.iterdir()}
    assert {"protestcoord.sqlite", "secrets.json", "signing.key", "built.json"} <= kinds
    assert read_by_nobody(instance) == {"public"}
    (instance / "secrets.json").chmod(0o644)  # the control
    assert read_by_nobody(instance) == {"public", "secrets.json"}
    (instance / "secrets.json").chmod(0o600)


def test_what_was_left_open_is_told_and_closed(instance):
    database = instance / "protestcoord.sqlite"
    database.chmod(0o644)
    assert "protestcoord.sqlite can be read by others" in run(instance, "doctor").stdout
    run(instance, "init")
    assert database.stat().st_mode & 0o077 == 0
    assert run(instance, "doctor").stdout.endswith("\nwell\n")
