import gzip
import io
import os
import threading
import time
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import brotli
import pytest
from werkzeug.test import Client, TestResponse

from protestcoord.core.headers import security_headers
from protestcoord.core.links import Links
from protestcoord.publications.door import Door
from protestcoord.publications.publication import Publication
from protestcoord.publications.store import Store

CALENDAR = b"BEGIN:VCALENDAR\r\n" * 60
WRITTEN_AT = 1_790_000_000


def behind(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = f"app: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}".encode()
    start_response("404 Not Found", [("Content-Length", str(len(body))), ("X-App", "1")])
    return [body]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    folder.mkdir()
    put(folder, "c/demo/calendar.ics", CALENDAR)
    put(folder, "index.html", b"<h1>Home</h1>" * 60)
    put(folder, "missions/index.html", b"<h1>Missions</h1>" * 60)
    return folder


@pytest.fixture
def client(folder: Path) -> Client:
    return client_of(folder)


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


# What is answered here, and what goes to the app


def test_file_is_answered_with_its_bytes(client):
    response = calendar(client)
    assert response.status == "200 OK"
    assert response.data == CALENDAR


def test_page_is_answered_from_its_index(client):
    assert client.get("/").data.startswith(b"<h1>Home")
    assert client.get("/missions/").data.startswith(b"<h1>Missions")


METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]


@pytest.mark.parametrize("method", METHODS)
def test_no_other_method_is_allowed_where_there_is_a_file(client, method):
    for path in ("/missions/", "/c/demo/calendar.ics", "/missions/?q=berlin"):
        response = client.open(path, method=method)
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_go_to_the_app_where_there_is_no_file(client, method):
    assert is_from_app(client.open("/c/demo/sign-up/", method=method))


def test_disk_is_looked_at_once_in_a_moment(folder):
    client = client_of(folder, moment_seconds=0.2)
    before = calendar(client).data
    put(folder, "c/demo/calendar.ics", b"BEGIN:VCALENDAR new" * 40)
    assert calendar(client).data == before
    time.sleep(0.25)
    assert calendar(client).data == b"BEGIN:VCALENDAR new" * 40


@pytest.mark.parametrize("name", ["list", "map"])
def test_page_made_for_it_may_stand_in_a_frame_and_no_other_may(client, folder, name):
    for place in ("c/demo/embed", "ja/c/demo/embed"):
        put(folder, f"{place}/{name}/index.html", b"<p>map</p>" * 60)
        headers = client.get(f"/{place}/{name}/").headers
        assert "frame-ancestors *" in headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in headers
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/", "/missions/"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


def test_file_that_tells_how_old_all_are_is_kept_for_seconds_only(client, folder):
    put(folder, "status.json", b'{"current_at": null}')
    assert client.get("/status.json").headers["Cache-Control"] == "public, max-age=10"


def test_unknown_address_goes_to_the_app(client):
    response = client.get("/organize/")
    assert response.data == b"app: GET /organize/"


def test_live_view_with_a_query_goes_to_the_app(client):
    assert is_from_app(client.get("/missions/?q=berlin"))


def test_query_that_changes_nothing_is_ignored(client):
    assert calendar(client).data == client.get("/c/demo/calendar.ics?source=app").data


def test_folder_that_does_not_exist_yet_leaves_all_to_the_app(tmp_path):
    client = client_of(tmp_path / "later")
    assert is_from_app(client.get("/"))
    (tmp_path / "later").mkdir()
    put(tmp_path / "later", "index.html", b"now")
    assert client.get("/").data == b"now"


def test_page_without_its_slash_is_redirected(client):
    response = client.get("/missions")
    assert response.status_code == 308
    assert response.headers["Location"] == "/missions/"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_redirect_keeps_the_query(client):
    assert client.get("/missions?q=a%20b").headers["Location"] == "/missions/?q=a%20b"


def test_folder_without_a_page_goes_to_the_app(client):
    assert is_from_app(client.get("/c"))
    assert is_from_app(client.get("/c/"))
    assert is_from_app(client.get("/c/demo"))


@pytest.mark.parametrize(
    "path",
    [
        "/../secrets.json", "/c/../../secrets.json", "/c/demo/..", "//index.html", "/c//demo/",
        "/c\\demo\\calendar.ics", "/c/demo/calendar.ics\0", "/.fresh", "/c/.hidden", "/.tmp",
        "/c/demo/calendar.ics.gz", "/c/demo/calendar.ics.br", "/c/demo/x.tmp", "", "index.html",
        "/c/demo/calendar.ics/", "/c/demo/calendar.ics/x", "/\xff", "/" + "a" * 5000, "/本",
    ],
)  # fmt: skip
def test_address_that_is_no_publication_goes_to_the_app(folder, tmp_path, path):
    (tmp_path / "secrets.json").write_text("secret")
    for name in (".fresh", "c/.hidden", ".tmp", "c/demo/x.tmp"):
        (folder / name).write_text("secret")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": ""}
    statuses = []
    app = Door(behind, folder, secure=False, is_live=lambda path: False)
    body = b"".join(app(environ, lambda status, headers: statuses.append(status)))
    assert statuses == ["404 Not Found"]
    assert body.startswith(b"app: GET")


def test_percent_encoded_dots_do_not_leave_the_folder(client, tmp_path):
    (tmp_path / "secrets.json").write_text("secret")
    assert is_from_app(client.get("/%2e%2e/secrets.json"))
    assert is_from_app(client.get("/c/%2e%2e%2f%2e%2e/secrets.json"))


def test_symbolic_link_is_not_followed_out_of_the_folder(client, folder, tmp_path):
    (tmp_path / "secrets.json").write_text("secret")
    (folder / "leak.json").symlink_to(tmp_path / "secrets.json")
    (folder / "leak").symlink_to(tmp_path)
    assert is_from_app(client.get("/leak.json"))
    assert is_from_app(client.get("/leak/secrets.json"))


def test_folder_that_is_itself_a_symbolic_link_is_served(folder, tmp_path):
    (tmp_path / "linked").symlink_to(folder)
    assert calendar(client_of(tmp_path / "linked")).data == CALENDAR


def test_pipe_in_the_folder_blocks_nobody(client, folder):
    os.mkfifo(folder / "pipe.txt")
    assert is_from_app(client.get("/pipe.txt"))


def test_well_known_file_is_answered(client, folder):
    put(folder, ".well-known/security.txt", b"Contact: mailto:a@example.org")
    response = client.get("/.well-known/security.txt")
    assert response.data.startswith(b"Contact")
    assert response.content_type == "text/plain; charset=utf-8"


def test_name_in_another_script_is_found_by_its_percent_encoded_address(client, folder):
    put(folder, "c/東京/calendar.ics", CALENDAR)
    assert client.get("/c/%E6%9D%B1%E4%BA%AC/calendar.ics").data == CALENDAR


# Headers


def test_calendar_carries_exactly_these_headers(client):
    response = calendar(client)
    assert dict(response.headers) == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Length": str(len(CALENDAR)),
        "Cache-Control": "public, max-age=300, stale-if-error=86400",
        "ETag": f'"{sha256(CALENDAR).hexdigest()[:20]}"',
        "Last-Modified": formatdate(WRITTEN_AT, usegmt=True),
        "Vary": "Accept-Encoding",
        "Accept-Ranges": "bytes",
        **security_headers("text/calendar", secure=False),
    }


def test_site_with_https_says_so_in_every_answer(folder):
    client = client_of(folder, secure=True)
    for path in ("/", "/c/demo/calendar.ics", "/missions"):
        assert "Strict-Transport-Security" in client.get(path).headers


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.ics", "text/calendar; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.geojson", "application/geo+json"),
        ("a.kml", "application/vnd.google-earth.kml+xml"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.png", "image/png"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.xml", "application/xml"),
        ("a.ico", "image/x-icon"),
        ("a.webmanifest", "application/manifest+json"),
        ("LICENSE", "text/plain; charset=utf-8"),
        ("a.strange", "application/octet-stream"),
    ],
)
def test_media_type_follows_the_name(client, folder, name, media_type):
    put(folder, name, b"x")
    assert client.get(f"/{name}").headers["Content-Type"] == media_type


@pytest.mark.parametrize("name", ["a.ics", "a.json", "a.geojson", "a.kml", "a.csv"])
def test_data_may_be_read_by_other_sites(client, folder, name):
    put(folder, name, b"x")
    assert client.get(f"/{name}").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.html", "public, max-age=60, stale-if-error=86400"),
        ("a.csv", "public, max-age=300, stale-if-error=86400"),
        ("static/abc/site.css", "public, max-age=31536000, immutable"),
        ("c/static/a.json", "public, max-age=300, stale-if-error=86400"),
    ],
)
def test_how_long_a_copy_is_kept_follows_the_kind_of_file(client, folder, name, kept):
    put(folder, name, b"x")
    assert client.get(f"/{name}").headers["Cache-Control"] == kept


@pytest.mark.parametrize("prefix", ["", "/ja"])
def test_map_as_one_file_is_a_download(client, folder, prefix):
    put(folder, f"{prefix}/c/demo-2/map.html"[1:] if prefix else "c/demo-2/map.html", b"<script>")
    response = client.get(f"{prefix}/c/demo-2/map.html")
    assert response.headers["Content-Disposition"] == 'attachment; filename="demo-2-map.html"'


def test_other_pages_are_no_download(client, folder):
    put(folder, "c/demo/map/index.html", b"map")
    assert "Content-Disposition" not in client.get("/c/demo/map/").headers


@pytest.mark.proves("P10", "W4")
def test_public_answers_set_no_cookie(client):
    assert "Set-Cookie" not in client.get("/").headers


@pytest.mark.proves("P10")
def test_a_feed_is_the_same_whoever_asks(client):
    sessions = (
        {},
        {"Cookie": "session=a"},
        {"Cookie": "session=b", "X-Forwarded-For": "192.0.2.1"},
    )
    answers = [client.get("/c/demo/calendar.ics", headers=sent) for sent in sessions]
    assert len({(answer.data, str(answer.headers)) for answer in answers}) == 1


@pytest.mark.control("P10")
def test_another_feed_is_another_answer(client, folder):
    first = calendar(client).data
    put(folder, "c/demo/calendar.ics", CALENDAR + b"X")
    assert calendar(client).data != first


def test_head_has_the_headers_of_get_and_no_body(client):
    got, head = calendar(client), client.head("/c/demo/calendar.ics")
    assert head.data == b""
    assert dict(head.headers) == dict(got.headers)


# Codings


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0.5,gzip;q=0.5", "br"),
        ("br ; q=0 , gzip ; q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "gzip"),
        ("identity", None),
        ("identity, br;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0", None),
        ("identity;q=0, gzip", "gzip"),
        ("deflate", None),
        ("br;q=nonsense", None),
        (";;,,=", None),
    ],
)
def test_best_coding_that_the_client_accepts_is_sent(client, header, coding):
    response = calendar(client, Accept_Encoding=header)
    assert response.headers.get("Content-Encoding") == coding
    assert response.headers["Vary"] == "Accept-Encoding"
    unfold = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert unfold(response.data) == CALENDAR
    assert response.headers["Content-Length"] == str(len(response.data))


def test_file_without_compressed_variants_is_sent_as_it_is(client, folder):
    put(folder, "small.txt", b"small", compressed=False)
    response = client.get("/small.txt", headers={"Accept-Encoding": "gzip, br"})
    assert response.data == b"small"
    assert "Content-Encoding" not in response.headers


def test_each_coding_has_its_own_tag(client):
    tags = {calendar(client, Accept_Encoding=c).headers["ETag"] for c in ("", "gzip", "br")}
    assert len(tags) == 3


def test_request_without_accept_is_answered(folder):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/c/demo/calendar.ics"}
    door = Door(behind, folder, secure=False, is_live=lambda path: False)
    assert b"".join(door(environ, lambda status, headers: None)) == CALENDAR


# Conditions


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_known_tag_is_answered_304(client, coding):
    tag = calendar(client, Accept_Encoding=coding).headers["ETag"]
    response = calendar(client, Accept_Encoding=coding, If_None_Match=tag)
    assert response.status == "304 Not Modified"
    assert response.data == b""
    assert dict(response.headers) == {
        "Cache-Control": "public, max-age=300, stale-if-error=86400",
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }


def test_304_is_at_most_300_bytes_with_what_the_server_adds(client):
    tag = calendar(client).headers["ETag"]
    response = calendar(client, If_None_Match=tag)
    lines = [f"{name}: {value}" for name, value in response.headers]
    lines += ["HTTP/1.1 304 Not Modified", "server: granian", f"date: {formatdate(usegmt=True)}"]
    assert len("\r\n".join([*lines, "", ""])) <= 300


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        ("*", 304),
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ('"other",W/{tag} , "third"', 304),
        ('"other"', 200),
        ('W/"other"', 200),
        ("{bare}", 200),
        ("", 200),
    ],
)
def test_tags_are_compared_weakly_in_a_list(client, pattern, status):
    tag = calendar(client).headers["ETag"]
    value = pattern.format(tag=tag, bare=tag.strip('"'))
    assert calendar(client, If_None_Match=value).status_code == status


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (formatdate(WRITTEN_AT, usegmt=True), 304),
        (formatdate(WRITTEN_AT + 9, usegmt=True), 304),
        (formatdate(WRITTEN_AT - 1, usegmt=True), 200),
        ("Sunday", 200),
        ("Mon, 99 Foo 2026 99:99:99 GMT", 200),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 200),
        ("", 200),
    ],
)
def test_modification_time_is_compared_in_seconds(client, since, status):
    assert calendar(client, If_Modified_Since=since).status_code == status


def test_tag_counts_more_than_time(client):
    later = formatdate(WRITTEN_AT + 9, usegmt=True)
    response = calendar(client, If_None_Match='"other"', If_Modified_Since=later)
    assert response.status_code == 200


def test_head_is_answered_304_too(client):
    response = client.head("/c/demo/calendar.ics", headers={"If-None-Match": "*"})
    assert response.status_code == 304


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": "{tag}"}, 200),
        ({"If-Match": '"other", {tag}'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": "W/{tag}"}, 412),
        ({"If-Match": 'W/"other", {tag}'}, 200),
        ({"If-Unmodified-Since": formatdate(WRITTEN_AT, usegmt=True)}, 200),
        ({"If-Unmodified-Since": formatdate(WRITTEN_AT - 1, usegmt=True)}, 412),
        ({"If-Unmodified-Since": "Sunday"}, 200),
    ],
)
def test_answer_other_than_the_wanted_one_is_refused(client, headers, status):
    tag = calendar(client).headers["ETag"]
    named = {name: value.format(tag=tag) for name, value in headers.items()}
    response = client.get("/c/demo/calendar.ics", headers=named)
    assert response.status_code == status
    if status == 412:
        assert response.data == b""
        assert response.headers["Content-Length"] == "0"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


# Ranges


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(CALENDAR)),
        ("bytes=-10", len(CALENDAR) - 10, len(CALENDAR)),
        ("bytes=-999999", 0, len(CALENDAR)),
        ("bytes=5-999999", 5, len(CALENDAR)),
    ],
)
def test_one_range_is_answered_206(client, asked, start, stop):
    response = calendar(client, Range=asked)
    assert response.status_code == 206
    assert response.data == CALENDAR[start:stop]
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(CALENDAR)}"
    assert response.headers["Content-Length"] == str(stop - start)
    assert response.headers["ETag"] == calendar(client).headers["ETag"]
    assert response.headers["Content-Security-Policy"]


def test_range_counts_the_bytes_of_the_file_as_it_is(client):
    response = calendar(client, Range="bytes=0-4", Accept_Encoding="gzip, br")
    assert response.status_code == 206
    assert response.data == b"BEGIN"
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("asked", [f"bytes={len(CALENDAR)}-", "bytes=99999-100000", "bytes=-0"])
def test_range_beyond_the_end_is_answered_416(client, asked):
    response = calendar(client, Range=asked)
    assert response.status_code == 416
    assert response.data == b""
    assert response.headers["Content-Range"] == f"bytes */{len(CALENDAR)}"
    assert response.headers["Content-Length"] == "0"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "lines=0-1", "bytes=5-2", "bytes=-", "bytes=a-b", "", "bytes=٣-٤"],
)
def test_range_that_is_not_one_readable_range_means_all(client, asked):
    response = calendar(client, Range=asked)
    assert response.status_code == 200
    assert response.data == CALENDAR


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        ("{tag}", 206),
        ('"other"', 200),
        ("W/{tag}", 200),
        (formatdate(WRITTEN_AT, usegmt=True), 206),
        (formatdate(WRITTEN_AT + 1, usegmt=True), 200),
        ("nonsense", 200),
    ],
)
def test_rest_of_another_file_is_never_sent(client, pattern, status):
    condition = pattern.format(tag=calendar(client).headers["ETag"])
    response = calendar(client, Range="bytes=0-4", If_Range=condition)
    assert response.status_code == status


def test_head_ignores_a_range(client):
    response = client.head("/c/demo/calendar.ics", headers={"Range": "bytes=0-4"})
    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(CALENDAR))


def test_empty_file_has_no_range(client, folder):
    put(folder, "empty.txt", b"", compressed=False)
    assert client.get("/empty.txt").status_code == 200
    assert client.get("/empty.txt", headers={"Range": "bytes=0-"}).status_code == 416


# Memory, and files that change meanwhile


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


def test_memory_for_kept_answers_is_bounded(folder):
    door = Door(
        behind,
        folder,
        secure=False,
        is_live=lambda path: False,
        cache_bytes=100_000,
        moment_seconds=0,
    )
    client = Client(door)
    for number in range(50):
        put(folder, f"{number}.txt", b"x" * 9_000, compressed=False)
        client.get(f"/{number}.txt")
        client.get("/0.txt")
    assert door.kept.bytes <= 100_000
    assert [Path(place).name for place in door.kept.answers][-2:] == ["49.txt", "0.txt"]
    assert len(door.kept.answers) == 7


def test_large_file_is_served_and_pushes_nothing_out(folder):
    door = Door(
        behind,
        folder,
        secure=False,
        is_live=lambda path: False,
        cache_bytes=100_000,
        moment_seconds=0,
    )
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
