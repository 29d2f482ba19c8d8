"""Is the log of acts whole: each entry's hash covers the one before it; pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

START = "0" * 64


@dataclass(frozen=True)
class Entry:
    """What of an act is covered.

    Attributes:
        number: From 1, without a gap.
        at: Aware, in UTC, to the microsecond.
        organizer_id: Row id of who did it.
    """

    number: int
    at: datetime
    organizer_id: int
    act: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Link:
    """An entry with the hash that was written with it."""

    entry: Entry
    hash: str


def hash_of(previous: str, entry: Entry) -> str:
    """Return the hash (hex) of an entry that follows one with the hash ``previous``.

    Source:
        RFC 8785 in spirit: one canonical JSON, sorted keys, no space; SHA-256 (FIPS 180-4).
    """
    values = asdict(entry) | {"at": entry.at.astimezone(UTC).isoformat(timespec="microseconds")}
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def first_broken(links: Iterable[Link]) -> int | None:
    """Return the number at which a chain, in the order of its numbers, is broken; None if whole.

    A dropped, swapped, inserted or edited entry breaks it where it stands or at the next one.
    What was cut off its end is not seen: that takes a head that was kept elsewhere.
    """
    previous = START
    for number, link in enumerate(links, start=1):
        if link.entry.number != number or hash_of(previous, link.entry) != link.hash:
            return number
        previous = link.hash
    return None
