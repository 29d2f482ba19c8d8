"""With which key is sealed what accounts have: a file in the instance, outside the database."""

from pathlib import Path

from protestcoord.core.crypto import KeyFolder


def accounts_key(instance: Path) -> bytes:
    """Return the key of an instance's accounts, made once."""
    return KeyFolder(instance).make("accounts")
