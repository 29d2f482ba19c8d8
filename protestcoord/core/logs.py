"""How is a line of the log written: one JSON object a line, whatever is in it, the time in UTC.

Nothing here knows an address: who acts is the row id of an organizer, and nobody's network is told.
"""

import json
import logging
from datetime import UTC, datetime

# Who was let in, who was not, and what was refused.
SECURITY = logging.getLogger("protestcoord.security")


class OneLine(logging.Formatter):
    """Writes a record as JSON, so that no text in it begins a second line or forges a field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of ASCII."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "at": at,
            "level": record.levelname,
            "from": record.name,
            "says": record.getMessage(),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said)


def set_up_log() -> None:
    """Let this process write its log to standard error; asked again, it changes nothing."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    SECURITY.setLevel(logging.INFO)
