"""What was mirrored before: which bytes are which version of a file, and the last manifest's."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Written(NamedTuple):
    """A file as it was written: in which version, with which SHA-256."""

    version: str
    sha256: str


@dataclass
class Ledger:
    """What is remembered from one mirror to the next, wherever they go.

    Attributes:
        version: Of the last manifest; the next is higher.
        files: By name, as they were written last.
    """

    version: int = 0
    files: dict[str, Written] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write it, at once."""
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps({"version": self.version, "files": self.files}))
        temporary.replace(file)


def load_ledger(file: Path) -> Ledger:
    """Return what was saved; without it, everything is built anew."""
    try:
        saved = json.loads(file.read_bytes())
        files = {name: Written(*written) for name, written in saved["files"].items()}
        return Ledger(int(saved["version"]), files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Ledger()
