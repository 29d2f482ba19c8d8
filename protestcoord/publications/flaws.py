"""What is missing from a file although it was built: noted for the operator, file by file."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_noted: ContextVar[list[str] | None] = ContextVar("flaws", default=None)


def note_flaw(text: str) -> None:
    """Note that the file being built lacks something; nothing private belongs in the text."""
    noted = _noted.get()
    if noted is not None:
        noted.append(text)


@contextmanager
def noting_flaws() -> Iterator[list[str]]:
    """Collect what builders note within the block."""
    noted: list[str] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
