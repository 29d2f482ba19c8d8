import gzip
import io
import threading
import time
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import brotli
from werkzeug.test import Client

from protestcoord.core.links import Links
from protestcoord.publications.door import Door
from protestcoord.publications.publication import Publication
from protestcoord.publications.store import Store
from tests.publications.doors import (
    CALENDAR,
    behind,
    calendar,
    client_of,
    is_from_app,
    put,
)


def test_unchanged_file_is_read_once(client, folder, monkeypatch):
    calendar(client)
    monkeypatch.setattr("protestcoord.publications.door.answer_from_file", None)
    assert calendar(client).data == CALENDAR


def test_replaced_file_is_answered_at_once_even_with_equal_size_and_time(client, folder):
    old = calendar(client)
    put(folder, "c/demo/calendar.ics", CALENDAR.swapcase())
    new = calendar(client)
    assert new.data == CALENDAR.swapcase()
    assert new.headers["ETag"] != old.headers["ETag"]
    assert new.headers["Last-Modified"] == old.headers["Last-Modified"]


def test_removed_file_goes_to_the_app_at_once(client, folder):
    calendar(client)
    (folder / "c/demo/calendar.ics").unlink()
    assert is_from_app(calendar(client))


def test_file_that_vanishes_while_it_is_opened_goes_to_the_app(client, folder, monkeypatch):
    def vanish(place: str) -> str:
        (folder / "c/demo/calendar.ics").unlink(missing_ok=True)
        return place

    monkeypatch.setattr("os.path.realpath", vanish)
    assert is_from_app(calendar(client))


def door_that_keeps_little(folder):
    options = {"cache_bytes": 100_000, "moment_seconds": 0}
    return Door(behind, folder, secure=False, is_live=lambda path: False, **options)


def test_memory_for_kept_answers_is_bounded(folder):
    door = door_that_keeps_little(folder)
    client = Client(door)
    for number in range(50):
        put(folder, f"{number}.txt", b"x" * 9_000, compressed=False)
        client.get(f"/{number}.txt")
        client.get("/0.txt")
    assert door.kept.bytes <= 100_000
    assert [Path(place).name for place in door.kept.answers][-2:] == ["49.txt", "0.txt"]
    assert len(door.kept.answers) == 7


def test_large_file_is_served_and_pushes_nothing_out(folder):
    door = door_that_keeps_little(folder)
    client = Client(door)
    calendar(client)
    put(folder, "large.txt", b"x" * 90_000, compressed=False)
    assert len(client.get("/large.txt").data) == 90_000
    assert [Path(place).name for place in door.kept.answers] == ["calendar.ics"]


def test_server_may_change_the_list_of_headers_it_is_given(folder):
    door = Door(behind, folder, secure=False, is_live=lambda path: False)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/c/demo/calendar.ics", "QUERY_STRING": ""}
    for _ in range(2):
        seen: list[Any] = []
        door(environ, lambda status, headers, seen=seen: (seen.extend(headers), headers.clear()))
        assert ("Content-Type", "text/calendar; charset=utf-8") in seen


def body_of(number: int, _links: Links | None) -> bytes:
    return b"%06d\n" % number * (200 + number * 7)


def wrong_in(response: tuple[str, dict[str, str], bytes]) -> str:
    status, headers, body = response
    unfold = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
    plain = unfold[headers.get("Content-Encoding", "")](body)
    whole = plain == body_of(int(plain[:6]), None)
    tagged = headers["ETag"] == f'"{sha256(body).hexdigest()[:20]}"'
    measured = headers["Content-Length"] == str(len(body))
    return "" if status == "200 OK" and whole and tagged and measured else f"{headers}"


def build_calendar(store: Store, number: int) -> None:
    publication = Publication("/c/demo/calendar.ics", number, body_of, multilingual=False)
    links = Links("https://example.org", "en", "en")
    assert store.build_stale([publication], ["en"], "en", lambda code: links).built == 1


def test_twenty_readers_see_only_whole_bodies_through_a_hundred_builds(tmp_path):
    store = Store(tmp_path / "public", tmp_path / "built.json", "code-1")
    build_calendar(store, 0)
    door = Door(
        behind, tmp_path / "public", secure=False, is_live=lambda path: False, moment_seconds=0
    )
    done, wrong, tags = threading.Event(), [], set()

    def read(coding: str) -> None:
        while not done.wait(0.001):
            response = call(door, coding)
            tags.add(response[1]["ETag"])
            wrong.append(wrong_in(response))

    readers = [threading.Thread(target=read, args=(("br", "gzip", "")[n % 3],)) for n in range(20)]
    for reader in readers:
        reader.start()
    for number in range(1, 101):
        build_calendar(store, number)
    done.set()
    for reader in readers:
        reader.join()
    assert set(wrong) == {""}
    assert len(tags) > 10
    assert call(door, "")[2] == body_of(100, None)


def call(door: Door, coding: str) -> tuple[str, dict[str, str], bytes]:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/c/demo/calendar.ics",
        "QUERY_STRING": "",
        "HTTP_ACCEPT_ENCODING": coding,
        "wsgi.input": io.BytesIO(),
    }
    got: list[Any] = []
    body = b"".join(door(environ, lambda status, headers: got.extend((status, dict(headers)))))
    return got[0], got[1], body


def test_last_modified_is_when_the_file_was_built(tmp_path):
    store = Store(tmp_path / "public", tmp_path / "built.json", "code-1")
    links = Links("https://example.org", "en", "en")
    page = Publication("/", "v1", lambda value, links: b"hello", multilingual=False)
    store.build_stale([page], ["en"], "en", lambda code: links)
    written = client_of(tmp_path / "public").get("/").headers["Last-Modified"]
    assert abs(parsedate_to_datetime(written).timestamp() - time.time()) < 60
