"""A door before a folder, and who asks at it."""

import gzip
import os
from pathlib import Path
from typing import Any

import brotli
from werkzeug.test import Client, TestResponse

from protestcoord.publications.door import Door

CALENDAR = b"BEGIN:VCALENDAR\r\n" * 60
WRITTEN_AT = 1_790_000_000


def behind(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = f"app: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}".encode()
    start_response("404 Not Found", [("Content-Length", str(len(body))), ("X-App", "1")])
    return [body]


def client_of(folder: Path, *, secure: bool = False, **options: Any) -> Client:
    live = {"/missions/", "/ja/missions/"}
    options = {"moment_seconds": 0.0} | options
    return Client(Door(behind, folder, secure=secure, is_live=live.__contains__, **options))


def put(folder: Path, name: str, body: bytes, *, compressed: bool = True) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    contents = {"": body}
    if compressed:
        contents |= {".gz": gzip.compress(body, mtime=0), ".br": brotli.compress(body)}
    for suffix, content in contents.items():
        fresh = folder / ".fresh"
        fresh.write_bytes(content)
        os.utime(fresh, (WRITTEN_AT, WRITTEN_AT))
        fresh.replace(f"{path}{suffix}")


def is_from_app(response: TestResponse) -> bool:
    return "X-App" in response.headers


def calendar(client: Client, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/c/demo/calendar.ics", headers=named)
