"""What is remembered of the built files from one build to the next, outside the public folder."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from protestcoord.core.clock import utc_text

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
UNKNOWN = ""


@dataclass
class Record:
    """The state of each file, by its name.

    Attributes:
        versions: What its bytes rest on; UNKNOWN while that cannot be believed.
        stale_since: When a file that is older than its data was found so, as ``utc_text``.
        flaws: How many things are missing from it, where any are.
    """

    versions: dict[str, str] = field(default_factory=dict)
    stale_since: dict[str, str] = field(default_factory=dict)
    flaws: dict[str, int] = field(default_factory=dict)

    def note_stale(self, names: Iterable[str], now: datetime) -> None:
        """Believe in no version of these files until they are built."""
        for name in names:
            self.versions[name] = UNKNOWN
            self.stale_since.setdefault(name, utc_text(now))

    def note_built(self, name: str, version: str, flaws: int) -> None:
        """Believe in a file again."""
        self.forget(name)
        self.versions[name] = version
        if flaws:
            self.flaws[name] = flaws

    def forget(self, name: str) -> None:
        """Know nothing of a file any more."""
        for known in (self.versions, self.stale_since, self.flaws):
            known.pop(name, None)

    def save(self, file: Path) -> None:
        """Write all of it, at once."""
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps({"boot": _boot_id(), **vars(self)}))
        temporary.replace(file)


def find_record(file: Path) -> Record | None:
    """Return what was saved, or None if there is nothing that can be read.

    After a restart of the machine no version is believed: files are not flushed to the disk.
    """
    try:
        saved = json.loads(file.read_bytes())
        boot = saved.pop("boot")
        record = Record(**{name: dict(known) for name, known in saved.items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if boot != _boot_id():
        record.versions = dict.fromkeys(record.versions, UNKNOWN)
    return record


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"
