"""How does a process keep others of the same machine from doing the same at the same time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Wait until no other process is in a block with this lock file, and keep others out.

    The lock ends with the process, however that ends.
    """
    with file.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
