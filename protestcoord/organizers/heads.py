"""How did the log of acts end, day by day: signed, and kept outside the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protestcoord.config import write_private


@dataclass(frozen=True)
class Head:
    """The last entry of the log on some day.

    Attributes:
        day: In UTC.
        number: Of the entry; so many there were.
        hash: Of the entry, hex.
    """

    day: date
    number: int
    hash: str

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.day.isoformat()} {self.number} {self.hash}"


class ForgedHead(Exception):
    """A line of the file is not one that this instance signed."""


def keep_head(file: Path, key: Ed25519PrivateKey, number: int, last: str, now: datetime) -> bool:
    """Add today's head to the file, once a day and only if the log grew; say whether it did."""
    lines = file.read_text().splitlines() if file.exists() else []
    newest = _head(lines[-1]) if lines else None
    if number == 0 or (newest and (newest.day >= now.date() or newest.number == number)):
        return False
    head = Head(now.date(), number, last)
    signature = key.sign(head.text.encode()).hex()
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # of a worker that was killed here
    write_private(fresh, "\n".join([*lines, f"{head.text} {signature}\n"]).encode())
    fresh.replace(file)
    return True


def heads_in(file: Path, key: Ed25519PrivateKey) -> Iterator[Head]:
    """Yield the heads that were kept.

    Raises:
        ForgedHead: A line was changed.
    """
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            head = _head(line)
            key.public_key().verify(bytes.fromhex(line.split()[3]), head.text.encode())
        except (InvalidSignature, ValueError, IndexError) as error:
            raise ForgedHead from error
        yield head


def _head(line: str) -> Head:
    day, number, last, _ = line.split()
    return Head(date.fromisoformat(day), int(number), last)
