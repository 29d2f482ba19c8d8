"""Which file answers a public address: pure text, the same for who builds and who serves."""

import re

# What stands beside a built file, by content coding; the empty coding is the file itself.
SUFFIXES = {"br": ".br", "gzip": ".gz", "": ""}
# Says when all files were last known to be current; a page asks for it.
STATUS_NAME = "status.json"
RESERVED_SUFFIXES = (".br", ".gz", ".tmp")

# Segments that are not empty, start with no dot, and hold neither NUL nor backslash.
_SAFE_ADDRESS = re.compile(
    r"/(?:\.well-known/)?(?:[^./\\\0][^/\\\0]*/)*(?:[^./\\\0][^/\\\0]*)?", re.DOTALL
)


class UnsafeAddress(ValueError):
    """No file may lie at this address."""


def find_file_name(path: str) -> str | None:
    """Return the name of an address's file, relative to the folder, or None if it has none.

    Args:
        path: Address with its language and without percent-encoding, such as ``/ja/missions/``.
    """
    if not _SAFE_ADDRESS.fullmatch(path) or path.endswith(RESERVED_SUFFIXES):
        return None
    return path[1:] + "index.html" if path.endswith("/") else path[1:]


def get_file_name(path: str) -> str:
    """Return what find_file_name does.

    Raises:
        UnsafeAddress: The address could lie outside the folder, or is kept for other files.
    """
    name = find_file_name(path)
    if name is None:
        raise UnsafeAddress(path)
    return name
