"""Has a part of others a known hole? Not having looked is a failure, never an all-clear.

    python -m tests.security.audit

Asks PyPI's advisory service by pip-audit. Where there is no way out, OSV_FOLDER names a folder of
advisories as OSV files (JSON, or YAML as in pypa/advisory-database); those of npm, if there are,
hold for vendored scripts. The age of the newest is told: nobody knows of a hole found later.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.security.inventory import LOCK, Part, locked_parts, vendored_parts

PATIENCE_SECONDS = 600
# Locked, by a marker, for PyPy or Windows alone: not asked about on other systems.
FOR_OTHERS = frozenset({"brotlicffi", "colorama"})


class NotLooked(Exception):
    """Nobody knows whether there is a hole: the reason."""


@dataclass(frozen=True)
class Hole:
    """An advisory about a part as it is pinned."""

    part: Part
    advisory: str

    def __str__(self) -> str:
        return f"{self.part.name} {self.part.version}: {self.advisory}"


@dataclass(frozen=True)
class Looked:
    """What was looked at, and what was found."""

    parts: int
    where: str
    holes: list[Hole]


def look_online(lock: Path = LOCK) -> Looked:
    """Ask the advisory service by pip-audit.

    Raises:
        NotLooked: It was not reached, or passed over a package.
    """
    parts = locked_parts(lock)
    command = [Path(sys.executable).with_name("pip-audit"), "--strict", "--disable-pip"]
    options = ["--require-hashes", "--progress-spinner", "off", "--format", "json", "-r", lock]
    try:
        ended = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        told = json.loads(ended.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        raise NotLooked("the service did not answer in time") from None
    except (ValueError, KeyError, OSError):
        raise NotLooked(f"pip-audit: {ended.stderr.strip()[-300:]}") from None
    return _judged(told, ended.returncode, parts)


def _judged(told: list[dict[str, Any]], status: int, parts: list[Part]) -> Looked:
    skipped = [one["name"] for one in told if "skip_reason" in one or "vulns" not in one]
    holes = [
        Hole(Part("PyPI", one["name"], one["version"]), hole["id"])
        for one in told
        for hole in one.get("vulns", [])
    ]
    wanted = {canonicalize_name(part.name) for part in parts} - FOR_OTHERS
    missing = wanted - {canonicalize_name(one["name"]) for one in told}
    if skipped or missing or not told or (status and not holes):
        raise NotLooked(f"passed over: {', '.join(sorted([*skipped, *missing])) or 'all'}")
    return Looked(len(told), "the advisory service of PyPI, now", holes)


def look_offline(folder: Path, parts: Iterable[Part], now: datetime) -> Looked:
    """Compare parts with a folder of advisories.

    Raises:
        NotLooked: There is no advisory about anything on PyPI, or one cannot be read.
    """
    advisories = list(_advisories(folder))
    if not any(_affects(a, "PyPI") for a in advisories):
        raise NotLooked(f"no advisory for PyPI in {folder}")
    looked, newest = list(parts), max(_modified(a) for a in advisories)
    holes = [
        Hole(part, advisory["id"])
        for advisory in advisories
        if "withdrawn" not in advisory
        for part in looked
        if any(is_affected(part, affected) for affected in advisory.get("affected", []))
    ]
    where = f"{len(advisories)} advisories, the newest {(now - newest).days} days old"
    if not any(_affects(a, "npm") for a in advisories):
        where += "; none for vendored scripts"
    return Looked(len(looked), where, holes)


def _affects(advisory: dict[str, Any], ecosystem: str) -> bool:
    return any(a["package"]["ecosystem"] == ecosystem for a in advisory.get("affected", []))


def _advisories(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*")):
        if file.suffix not in (".json", ".yaml", ".yml") or ".git" in file.parts:
            continue
        try:
            text = file.read_text(encoding="utf-8")
            read = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
        except (ValueError, yaml.YAMLError) as error:
            raise NotLooked(f"{file} cannot be read: {type(error).__name__}") from error
        if isinstance(read, dict) and "affected" in read:
            yield read


def _modified(advisory: dict[str, Any]) -> datetime:
    told = advisory.get("modified", advisory.get("published", "1970-01-01T00:00:00Z"))
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_affected(part: Part, affected: dict[str, Any]) -> bool:
    """Tell whether a part is among what an entry of an advisory is about.

    Source:
        OSV schema 1.6, sections "affected[].ranges" and "affected[].versions".
    """
    package = affected["package"]
    if package["ecosystem"] != part.ecosystem or not _is_named(part, package["name"]):
        return False
    ranges = [r for r in affected.get("ranges", []) if r["type"] != "GIT"]
    listed = [str(version) for version in affected.get("versions", [])]
    return part.version in listed or any(_is_within(part.version, r["events"]) for r in ranges)


def _is_named(part: Part, name: str) -> bool:
    return canonicalize_name(part.name) == canonicalize_name(name)


def _is_within(version: str, events: list[dict[str, str]]) -> bool:
    inside = False
    for event in sorted(events, key=lambda event: _order(next(iter(event.values())))):
        kind, bound = next(iter(event.items()))
        if _order(version) < _order(str(bound)):
            break
        inside = kind == "introduced" or (
            inside and kind == "last_affected" and _order(version) == _order(str(bound))
        )
    return inside


def _order(version: str) -> Version:
    try:
        return Version(str(version))
    except InvalidVersion:
        # What cannot be compared is taken for affected rather than passed over.
        return Version("0")


def look() -> Looked:
    """Look where the environment says, else online."""
    folder = os.environ.get("OSV_FOLDER")
    if folder is None:
        return look_online()
    return look_offline(Path(folder), locked_parts() + vendored_parts(), datetime.now(UTC))


def main() -> None:
    try:
        looked = look()
    except NotLooked as reason:
        sys.exit(f"NOT LOOKED: {reason}")
    for hole in looked.holes:
        print(f"HOLE  {hole}")
    print(f"{len(looked.holes)} holes in {looked.parts} parts; {looked.where}")
    sys.exit(bool(looked.holes))


if __name__ == "__main__":
    main()
