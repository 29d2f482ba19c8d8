"""How does a folder take the place of another at once, so that nobody finds half of either."""

import ctypes
import os
import shutil
from pathlib import Path

# From linux/fs.h and fcntl.h.
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def beside(folder: Path, name: str) -> Path:
    """Return the place beside a folder where its next or last state is kept."""
    return folder.with_name(f".{folder.name}.{name}")


def recover(folder: Path) -> None:
    """Clear away what a swap that was cut short left; the folder is whole afterwards."""
    last = beside(folder, "last")
    if last.exists() and not folder.exists():
        last.rename(folder)
    for name in ("next", "last"):
        shutil.rmtree(beside(folder, name), ignore_errors=True)


def put_in_place(folder: Path) -> None:
    """Let the folder ``beside(folder, "next")`` take the place of a folder, which may not exist.

    Where the system cannot exchange two folders in one step there is a moment without any;
    ``recover`` brings the last state back if it ends there.
    """
    following, last = beside(folder, "next"), beside(folder, "last")
    if not folder.exists():
        following.rename(folder)
    elif _exchange(following, folder):
        shutil.rmtree(following)
    else:
        folder.rename(last)
        following.rename(folder)
        shutil.rmtree(last)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; tell whether the system could.

    Source:
        renameat2(2), RENAME_EXCHANGE.
    """
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    done = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(done == 0)
