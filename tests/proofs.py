"""Which requirement does a test prove, and with what figure: one line for each, told at the end.

``@pytest.mark.proves("P1")`` stands at a test of a requirement of ``security/requirements.csv``,
``@pytest.mark.control("P1")`` at one that shows that such a test can fail. A test tells its figure
by ``record_property("P1", "10,000 rows in 4 s")``. ``--proofs FILE`` puts the lines into a page.
"""

import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parent / "security" / "requirements.csv"
BETWEEN = re.compile(r"(?<=<!-- proofs -->\n).*?(?=<!-- end -->)", re.DOTALL)
ASKS_FOR_ALL = "PROTESTCOORD_TEST_FULL"
FULL = bool(os.environ.get(ASKS_FOR_ALL))


def size(quick: int, full: int) -> int:
    """How many of something a test takes: few in `make check`, all in `make security`."""
    return full if FULL else quick


def quick_environment() -> dict[str, str]:
    """Return what tests that are run by a test get: they take few of everything."""
    return {name: value for name, value in os.environ.items() if name != ASKS_FOR_ALL}


@dataclass(frozen=True)
class Requirement:
    """What is promised, and what of it is known to be missing."""

    text: str
    short: str


def requirements() -> dict[str, Requirement]:
    with REQUIREMENTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["id"]: Requirement(row["requirement"], row["short"]) for row in rows}


@dataclass
class Proof:
    """What was seen of one requirement."""

    proved: set[str] = field(default_factory=set)
    controlled: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    figures: dict[str, None] = field(default_factory=dict)

    @property
    def is_held(self) -> bool:
        # What was skipped was not looked at.
        return bool(self.proved and self.controlled) and not (self.failed or self.skipped)

    @property
    def verdict(self) -> str:
        if self.is_held:
            return "held"
        if self.failed:
            return "FAILED"
        return "not run whole" if self.proved or self.controlled or self.skipped else "no test"

    @property
    def figure(self) -> str:
        told = "; ".join(self.figures)
        counted = f"{len(self.proved)} tests, {len(self.controlled)} controls"
        return f"{told} ({counted})" if told else counted


class Proofs:
    """Collects, in the process that reports, what all processes saw."""

    def __init__(self, page: str | None) -> None:
        self.page = page
        self.seen: defaultdict[str, Proof] = defaultdict(Proof)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        for name, told in report.user_properties:
            kind, _, requirement = name.partition(" ")
            if kind in ("proves", "control"):
                self._note(self.seen[requirement], kind, report)
            elif report.passed and not requirement:
                self.seen[kind].figures[str(told)] = None

    @staticmethod
    def _note(proof: Proof, kind: str, report: pytest.TestReport) -> None:
        if report.failed:
            proof.failed.add(report.nodeid)
        elif report.skipped:
            proof.skipped.add(report.nodeid)
        else:
            (proof.proved if kind == "proves" else proof.controlled).add(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter) -> None:
        if self.page is None:
            return
        terminalreporter.section("requirements")
        for name, promised in requirements().items():
            proof = self.seen[name]
            terminalreporter.line(f"{name:4} {proof.verdict:14} {promised.text}: {proof.figure}")
        self._write(Path(self.page))

    def _write(self, page: Path) -> None:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        table = "\n".join([f"Measured on {today}.\n", *self._rows(), ""])
        text = page.read_text(encoding="utf-8")
        page.write_text(BETWEEN.sub(lambda _: table, text), encoding="utf-8")

    def _rows(self) -> Iterator[str]:
        yield "| id | requirement | held | figures | missing |"
        yield "|---|---|---|---|---|"
        for name, promised in requirements().items():
            proof = self.seen[name]
            cells = (name, promised.text, proof.verdict, proof.figure, promised.short)
            yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.page is not None and not all(self.seen[name].is_held for name in requirements()):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", metavar="FILE", help="tell each requirement, and put it in FILE")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Proofs(config.getoption("--proofs")))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for kind in ("proves", "control"):
            for mark in item.iter_markers(kind):
                item.user_properties += [(f"{kind} {name}", "") for name in mark.args]
