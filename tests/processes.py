"""Processes of their own for tests, split off one that has imported everything.

To import what signs groups up takes a process longer than what most of these tests do with it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path

from protestcoord.cli import main

APART = get_context("forkserver")
APART.set_forkserver_preload(["protestcoord.app", "tests.signups.confirming", "tests.core.sending"])


def run_protestcoord(
    environment: Mapping[str, str], *arguments: str, typed: str = "", seconds: float = 180
) -> subprocess.CompletedProcess[str]:
    """Run the command in an environment, and wait until it ends."""
    command = ["protestcoord", *map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "error")]
        streams[0].write_text(typed)
        process = APART.Process(target=_be_command, args=(dict(environment), command, streams))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(command, seconds)
        told = [stream.read_text() for stream in streams[1:]]
    return subprocess.CompletedProcess(command, process.exitcode, *told)


def _be_command(environment: Mapping[str, str], command: list[str], streams: list[Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    modes = ("r", "w", "w")
    sys.stdin, sys.stdout, sys.stderr = (
        path.open(mode) for path, mode in zip(streams, modes, strict=True)
    )
    main()
