"""The built wheel, alone in an empty environment outside the checkout, runs the demonstration."""

import json
import re
import stat
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from contextlib import contextmanager

import pytest

from protestcoord.config import PACKAGE
from tests.journeys.served import free_port, wait_for_answer

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The command of an environment that holds the wheel, and the libraries of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "-w", folder, PACKAGE.parent], check=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    site = next((folder / "venv" / "lib").iterdir()) / "site-packages"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*install, *folder.glob("*.whl")], check=True)
    # A path in a .pth file brings the libraries, not this checkout: nested .pth files are not read.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "protestcoord"


@contextmanager
def demo(command, instance, port):
    process = subprocess.Popen(
        [command, "demo", "--instance", instance, "--port", str(port)],
        cwd=instance.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for_answer(f"http://127.0.0.1:{port}/healthz/ready", seconds=180)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_the_installed_wheel_runs_the_demonstration_and_keeps_it(installed, tmp_path):
    where = [installed.parent / "python", "-c", "import protestcoord; print(protestcoord.__file__)"]
    told = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(installed.parent.parent) in told.stdout
    instance, port = tmp_path / "instance", free_port()
    with demo(installed, instance, port):
        sites = json.loads(get(port, "/c/demo/sites.json"))
        states = {site["state"] for site in sites}
        first_calendar = get(port, "/c/demo/calendar.ics")
        noon = get(port, "/c/demo/waves/1.ics")
        assert "日本語" in get(port, "/ja/")
    directory = json.loads((instance / "public" / "missions.json").read_text())
    assert len(directory) == 291
    assert {site["mission"] for site in sites} == {
        row["slug"] for row in directory if row["status"] == "open"
    }
    assert states == {"empty", "offered", "covered", "full"}
    for secret in ("secrets.json", "demo-password", "keys/demo.key"):
        assert stat.S_IMODE((instance / secret).stat().st_mode) == 0o600
    assert len(re.findall(r"^DTSTART;TZID=[^:]+:\d{8}T120000\r?$", noon, re.MULTILINE)) == 284
    with demo(installed, instance, port):
        assert get(port, "/c/demo/calendar.ics") == first_calendar
        second = subprocess.run(
            [installed, "demo", "--instance", instance, "--port", str(port)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    assert second.returncode == 1
    assert "is taken" in second.stderr
