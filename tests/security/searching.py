"""Looks for private strings in whatever bytes there are, however they were written."""

import base64
import quopri
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote


def _base64_of(raw: bytes) -> Iterator[bytes]:
    """Yield what base64 makes of some bytes wherever among others they begin."""
    for before in range(3):
        written = base64.b64encode(b"\0" * before + raw)
        first, last = -(-before * 8 // 6), (len(raw) + before) * 8 // 6
        yield written[first:last]
        yield written[first:last].translate(bytes.maketrans(b"+/", b"-_"))


@cache
def forms_of(canary: str) -> dict[str, set[bytes]]:
    """What a string looks like, by the name of how it is written."""
    raw = canary.encode()
    spaced = " ".join(f"{byte:02x}" for byte in raw)
    return {
        "utf-8": {raw},
        "utf-16": {canary.encode("utf-16-le"), canary.encode("utf-16-be")},
        "utf-32": {canary.encode("utf-32-le"), canary.encode("utf-32-be")},
        "base64": set(_base64_of(raw)),
        "base64 of utf-16": set(_base64_of(canary.encode("utf-16-le"))),
        "hexadecimal": {raw.hex().encode(), raw.hex().upper().encode(), spaced.encode()},
        "url": {quote(canary, safe="").encode(), quote(canary).lower().encode()},
        "quoted-printable": {quopri.encodestring(raw, quotetabs=True)},
        "json": {canary.encode("ascii", "backslashreplace")},
        "html": {canary.encode("ascii", "xmlcharrefreplace")},
        "reversed": {raw[::-1]},
    }


def found_in(content: bytes, canaries: Iterable[str]) -> Iterator[str]:
    """Yield each canary that stands in some bytes, and how it is written there."""
    for canary in canaries:
        for name, forms in forms_of(canary).items():
            if any(form in content for form in forms):
                yield f"{canary} as {name}"


def found_on_disk(folder: Path, canaries: Iterable[str]) -> list[str]:
    """Return in which files below a folder a canary stands, and how."""
    wanted = list(canaries)
    return [
        f"{path.relative_to(folder)}: {found}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for found in found_in(path.read_bytes(), wanted)
    ]
