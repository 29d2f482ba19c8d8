"""What is sent for one built file: its media type, how long it may be kept, its guards."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import sha256
from pathlib import PurePath

from protestcoord.core.headers import (
    FOR_DATA,
    FOR_EVER,
    FOR_PAGES,
    FOR_STATUS,
    security_headers,
)
from protestcoord.publications.addresses import STATUS_NAME

Headers = list[tuple[str, str]]

MEDIA_TYPES = {
    "": "text/plain; charset=utf-8",
    ".atom": "application/atom+xml",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".ics": "text/calendar; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".md": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
UNKNOWN_TYPE = "application/octet-stream"

# What a client keeps of an answer it has; the rest of the headers it has too.
SENT_AGAIN = ("Cache-Control", "ETag", "Vary")

EMBEDDED = re.compile(r"(?:[a-z]{2}/)?c/[^/]+/embed/(?:list|map)/index\.html")
EMBEDDED_MAP = re.compile(r"(?:[a-z]{2}/)?c/[^/]+/embed/map/index\.html")
WITH_MAP = re.compile(r"(?:[a-z]{2}/)?c/[^/]+/(?:(?:embed/)?map/)?index\.html")
FOLLOWED = re.compile(r"c/[^/]+/day\.json")  # what pages ask for again and again
MAP_FILE = re.compile(r"(?:.*/)?c/([A-Za-z0-9_-]+)/map\.html")


@dataclass(frozen=True, slots=True)
class Answer:
    """One file in one coding, ready to be sent.

    Attributes:
        seen: What identified the file on the disk when it was read.
        modified: When the file was written, in whole seconds since 1970.
        headers: For 200; ``unchanged_headers`` for 304.
    """

    seen: tuple[int, int, int]
    body: bytes
    etag: str
    modified: int
    headers: Headers
    unchanged_headers: Headers


def seen_in(status: os.stat_result) -> tuple[int, int, int]:
    """Return what differs between two files that were renamed to the same name in turn."""
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def media_type_of(name: str) -> str:
    """Return the content type of a file, with its charset."""
    return MEDIA_TYPES.get(PurePath(name).suffix, UNKNOWN_TYPE)


def is_embedded(name: str) -> bool:
    """Tell whether a file is a page that other sites may show in a frame."""
    return EMBEDDED.fullmatch(name) is not None


def has_map(name: str) -> bool:
    """Tell whether a file is a page with the map."""
    return WITH_MAP.fullmatch(name) is not None


def cache_control_of(name: str) -> str:
    """Return how long a copy of a file may be kept; pages as long as the promised freshness."""
    if name.startswith("static/"):
        return FOR_EVER
    if name == STATUS_NAME or FOLLOWED.fullmatch(name):
        return FOR_STATUS
    return FOR_PAGES if name.endswith(".html") else FOR_DATA


def answer_from_file(
    root: str, name: str, suffix: str, coding: str, *, secure: bool, sources: Mapping[str, str]
) -> Answer:
    """Read a built file, or the compressed one beside it.

    Args:
        root: The folder of built files.
        name: Name of the file in it, from a safe address.
        suffix: What is appended to the name for the coding.
        coding: Content coding, or empty.
        secure: Whether the site is reached by https.
        sources: What the policy allows for map tiles, by directive.

    Raises:
        OSError: There is no such file, or it is none, or it lies elsewhere.
    """
    place = os.path.realpath(f"{root}/{name}{suffix}")
    if not place.startswith(f"{os.path.realpath(root)}/"):
        raise PermissionError(place)
    with open(place, "rb", opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError(place)
        guards = security_headers(
            media_type_of(name).partition(";")[0],
            secure=secure,
            embedded=is_embedded(name),
            draws_map=has_map(name),
            sources=sources,
        )
        return _answer(name, coding, file.read(), status, guards)


def _open_at_once(place: str, flags: int) -> int:
    return os.open(place, flags | os.O_NONBLOCK)  # a pipe would wait for its writer


def _answer(
    name: str, coding: str, body: bytes, status: os.stat_result, guards: dict[str, str]
) -> Answer:
    modified = int(status.st_mtime)
    etag = f'"{sha256(body).hexdigest()[:20]}"'
    headers = {
        "Content-Type": media_type_of(name),
        "Content-Length": str(len(body)),
        "Cache-Control": cache_control_of(name),
        "ETag": etag,
        "Last-Modified": formatdate(modified, usegmt=True),
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": coding} if coding else {"Accept-Ranges": "bytes"}),
        **_disposition(name),
        **guards,
    }
    sent_again = [(key, headers[key]) for key in SENT_AGAIN]
    return Answer(seen_in(status), body, etag, modified, list(headers.items()), sent_again)


def _disposition(name: str) -> dict[str, str]:
    """The map as one file brings its own scripts: on our site it must never run."""
    match = MAP_FILE.fullmatch(name)
    if not match:
        return {}
    return {"Content-Disposition": f'attachment; filename="{match[1]}-map.html"'}
