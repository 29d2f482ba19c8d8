"""What did somebody ask to have printed: a folder of notes that the web process leaves.

The builder of the same folder of files works them off; each node has its own.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from protestcoord.core.errors import N_, DomainError

# A print takes up to a second, and all that is public waits for none of them.
MOST_WAITING = 60


class TooManyOrders(DomainError):
    """Others asked for so much that it would take minutes."""

    message = N_("Many prints are being made just now. Please try again in a minute.")
    status = 503


@dataclass(frozen=True)
class Orders:
    """Names of files that are to be built although nobody has them yet."""

    folder: Path

    def place(self, name: str) -> None:
        """Ask for a file; to ask twice is to ask once.

        Raises:
            TooManyOrders: Too many wait already.
        """
        note = self._note(name)
        if note.exists():
            return
        if len(self.names()) >= MOST_WAITING:
            raise TooManyOrders
        self.folder.mkdir(mode=0o700, exist_ok=True)
        temporary = note.with_suffix(".tmp")
        temporary.write_text(name, encoding="utf-8")
        temporary.replace(note)

    def is_waiting(self, name: str) -> bool:
        """Tell whether a file was asked for and is not done."""
        return self._note(name).exists()

    def names(self) -> frozenset[str]:
        """Return what was asked for and is not done."""
        found = set()
        for note in self.folder.glob("*.txt"):
            with suppress(FileNotFoundError):  # done since the folder was listed
                found.add(note.read_text(encoding="utf-8"))
        return frozenset(found)

    def note_done(self, names: Iterable[str]) -> None:
        """Strike files off, whether they could be built or not: who still wants one asks again."""
        for name in names:
            self._note(name).unlink(missing_ok=True)

    def _note(self, name: str) -> Path:
        return self.folder / f"{sha256(name.encode()).hexdigest()[:32]}.txt"
