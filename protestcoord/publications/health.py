"""How well is the read side: how old are its files, and what is missing from them."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from protestcoord.config import Settings
from protestcoord.publications.addresses import STATUS_NAME
from protestcoord.publications.record import Record, find_record

# A worker that is well catches up with any change in less.
TOO_OLD = timedelta(minutes=2)


@dataclass(frozen=True)
class Health:
    """What the worker wrote down, as of one moment.

    Attributes:
        current_ago: How long ago all files were last known to be current; None if never.
        stale: How many files are known to be older than their data.
        oldest_stale: For how long the oldest of them has been so; zero if none is.
        flaws: How many things are missing from files that were built, by the file's name.
    """

    current_ago: timedelta | None
    stale: int
    oldest_stale: timedelta
    flaws: dict[str, int]

    @property
    def is_too_old(self) -> bool:
        """Whether readers may be told something that is no longer so."""
        return self.current_ago is None or self.current_ago > TOO_OLD


def health_of(settings: Settings, now: datetime) -> Health:
    """Return how well an instance's files are; it asks no database."""
    record = find_record(settings.record_file) or Record()
    since = [datetime.fromisoformat(moment) for moment in record.stale_since.values()]
    current_at = _current_at(settings)
    return Health(
        current_ago=None if current_at is None else now - current_at,
        stale=len(since),
        oldest_stale=now - min(since, default=now),
        flaws=record.flaws,
    )


def _current_at(settings: Settings) -> datetime | None:
    try:
        status = json.loads((settings.public_folder / STATUS_NAME).read_bytes())
        return datetime.fromisoformat(status["current_at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
