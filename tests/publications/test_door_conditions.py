import gzip
from email.utils import formatdate

import brotli
import pytest

from protestcoord.publications.door import Door
from tests.publications.doors import (
    CALENDAR,
    WRITTEN_AT,
    behind,
    calendar,
    put,
)

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
