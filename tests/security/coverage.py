"""How much of the code that protects do the tests of its rooms reach, lines and branches together.

    python -m tests.security.coverage

The modules are those of ``[coverage:run]`` in setup.cfg. Exit status 1 if one falls short.
"""

import configparser
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.proofs import quick_environment
from tests.security.rules import CHECKOUT

LEAST_PERCENT = 95
ROOMS = (
    "tests/core",
    "tests/members",
    "tests/organizers",
    "tests/signups",
    "tests/volunteers",
    "tests/test_app.py",
    "tests/test_authorization.py",
    "tests/test_every_mail.py",
    "tests/test_rekeying.py",
    "tests/campaigns/test_console.py",
    "tests/campaigns/test_console_people.py",
    "tests/publications/test_door.py",
    "tests/publications/test_mirror.py",
)


class TestsFailed(Exception):
    """What failed says nothing about how much it reaches."""


def modules() -> list[str]:
    read = configparser.ConfigParser()
    read.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    return read["coverage:run"]["include"].split()


def reached(tests: tuple[str, ...] = ROOMS, processes: int = 2) -> dict[str, float]:
    """Return the share of lines and branches of each module that tests reach, in percent.

    Raises:
        TestsFailed: One did.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "reached.json"
        options = ["--cov", "--cov-config=setup.cfg", f"--cov-report=json:{report}"]
        # Chance and the speed of this machine decide nothing here.
        # The other database takes the same lines.
        asked = ["-q", "-n", str(processes), "-m", "not postgres", "-p", "no:cacheprovider"]
        asked += [*options, *tests]
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *asked],
            cwd=CHECKOUT,
            env=quick_environment() | {"COVERAGE_FILE": f"{folder}/reached"},
            capture_output=True,
            text=True,
        )
        if ended.returncode:
            raise TestsFailed(ended.stdout[-2000:])
        files = json.loads(report.read_text())["files"]
    return {name: files[name]["summary"]["percent_covered"] for name in files}


def too_little(shares: dict[str, float], wanted: list[str]) -> list[str]:
    """Return which modules are reached too little, or not at all."""
    return [name for name in wanted if shares.get(name, 0) < LEAST_PERCENT]


def main() -> None:
    shares = reached()
    for name, share in sorted(shares.items(), key=lambda item: item[1]):
        print(f"{share:5.1f} %  {name}")
    lacking = too_little(shares, modules())
    print(f"{len(modules()) - len(lacking)} of {len(modules())} have {LEAST_PERCENT} % or more")
    sys.exit(bool(lacking))


if __name__ == "__main__":
    main()
