"""How is a print drawn without the worker growing by what drawing takes: in a process of its own.

WeasyPrint with a font of East Asia takes more memory than all else, and never gives it back; a
drawing that hangs must not keep a page from being built.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from protestcoord.core.links import Links
from protestcoord.publications.publication import Publication

Build = Callable[[Any, Links], bytes]

PATIENCE_SECONDS = 60
POLITENESS = 10  # readers and pages come first


class NotDrawn(RuntimeError):
    """The other process failed; the last line of what it said tells why."""


def drawn_apart(publication: Publication) -> Publication:
    """Return the same publication, whose builder runs in a process that ends with it."""
    return replace(publication, build=partial(build_apart, publication.build))


def build_apart(
    build: Build, read: object, links: Links, patience_seconds: float = PATIENCE_SECONDS
) -> bytes:
    """Return what a builder, a function of a module, gives.

    Raises:
        NotDrawn: It raised something, or took too long.
    """
    command = [sys.executable, "-m", __name__]
    asked = pickle.dumps((build, read, links))
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            command, input=asked, capture_output=True, check=True, timeout=patience_seconds
        )
    except subprocess.TimeoutExpired as error:
        raise NotDrawn(f"it took more than {patience_seconds} seconds") from error
    except subprocess.CalledProcessError as error:
        raise NotDrawn(error.stderr.decode(errors="replace").strip().rpartition("\n")[2]) from error
    return done.stdout


def _answer() -> None:
    """Build what another process of ours asks for by our standard input."""
    os.nice(POLITENESS)
    build, read, links = pickle.load(sys.stdin.buffer)  # noqa: S301 - from ourselves alone  # nosec B301
    sys.stdout.buffer.write(build(read, links))


if __name__ == "__main__":
    _answer()
