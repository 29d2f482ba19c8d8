"""How is a line of the log written: one JSON object a line, whatever is in it, the time in UTC.

Nothing here knows an address: who acts is the row id of an organizer, and nobody's network is told.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

# Who was let in, who was not, and what was refused.
SECURITY = logging.getLogger("protestcoord.security")


class OneLine(logging.Formatter):
    """Writes a record as JSON, so that no text in it begins a second line or forges a field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of ASCII."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said: dict[str, object] = {
            "at": at,
            "level": record.levelname,
            "from": record.name,
            "says": record.getMessage(),
        }
        if record.exc_info:
            said["trace"] = _places(record.exc_info[1])
        return json.dumps(said)


def _places(error: BaseException | None) -> list[str]:
    """Return what kinds of errors led here and where each was, without what they say.

    An error's words, and the values of a statement that failed, may hold what is private.
    """
    told: list[str] = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        told += [f"{type(error).__name__}", *(f"{f.filename}:{f.lineno} {f.name}" for f in frames)]
        error = error.__cause__ or error.__context__
    return told


def set_up_log() -> None:
    """Let this process write its log to standard error; asked again, it changes nothing."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    SECURITY.setLevel(logging.INFO)
