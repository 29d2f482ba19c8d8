import os
import time
from email.utils import formatdate
from hashlib import sha256

import pytest

from protestcoord.core.headers import security_headers
from protestcoord.publications.door import Door
from tests.publications.doors import (
    CALENDAR,
    WRITTEN_AT,
    behind,
    calendar,
    client_of,
    is_from_app,
    put,
)


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
