"""A real nginx with our configuration answers from the same folder as the door does."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from protestcoord.app import is_live
from protestcoord.config import load_settings
from protestcoord.core.links import Links
from protestcoord.publications.door import Door
from protestcoord.publications.nginx import nginx_configuration
from protestcoord.publications.registry import Imprint, publications_of
from protestcoord.publications.store import Store
from tests.factories import make_campaign, make_participant, make_site, make_slot, make_snapshot
from tests.journeys.served import free_port
from tests.servers import wsgi_served

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
WORDS_OF_SERVERS = {"Server", "Date", "Connection", "Keep-Alive", "Transfer-Encoding"}
# nginx makes its own from time and size, and says ranges of compressed files too.
OWN_OF_NGINX = {"ETag", "Accept-Ranges"}

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")


def app(environ, start_response):
    body = f"app: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-From", "app")])
    return [body]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    port: int

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Accept-Encoding": "identity"} | named)
        response = connection.getresponse()
        told = dict(response.getheaders())
        body = response.read()
        connection.close()
        return Answer(response.status, told, body)


@contextmanager
def nginx_server(folder: Path, server_block: str, port: int) -> Iterator[Server]:
    load = f"load_module {BROTLI};" if BROTLI.exists() else ""
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    paths = " ".join(
        f"{kind}_temp_path {folder}/temp;"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{load} {user} daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ {paths}\n{server_block}\n}}\n"
    )
    process = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder])
    try:
        wait_until_listening(port, process)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(10)


def wait_until_listening(port: int, process: subprocess.Popen) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "nginx ended"
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    slot = make_slot(groups=(make_participant(),))
    snapshot = make_snapshot(make_campaign(make_site(None, slot)))
    imprint = Imprint("uid.example", False, "mailto:a@example.org", datetime.now(UTC), "k")
    wanted = [p for p in publications_of(snapshot, imprint) if "vendor/basemap" not in p.path]
    store = Store(folder / "public", folder / "built.json", "code-1")
    links = Links("https://example.org", "en", "en")
    store.build_stale(wanted, ["en", "ja"], "en", lambda code: replace(links, language=code))
    store.note_current(datetime.now(UTC))
    (folder / "public/.hidden").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def settings(folder):
    environment = {"BASE_URL": "https://example.org", "UID_HOST": "uid.example"}
    return load_settings(folder, environment)


@pytest.fixture(scope="module")
def servers(folder, settings):
    door = Door(app, folder / "public", secure=True, is_live=is_live)
    port = free_port()
    with wsgi_served(door) as base_url:
        door_port = int(base_url.rpartition(":")[2])
        block = nginx_configuration(
            settings, app_port=door_port, nginx_port=port, brotli=BROTLI.exists()
        )
        with nginx_server(folder, block, port) as nginx:
            yield Server(door_port), nginx


def names_of(folder):
    public = folder / "public"
    names = (path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file())
    return sorted(name for name in names if not name.endswith((".gz", ".br", ".hidden")))


def paths_of(folder):
    return [f"/{name.removesuffix('index.html')}" for name in names_of(folder)]


def told(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    dropped = WORDS_OF_SERVERS | OWN_OF_NGINX
    return (
        answer.status,
        {name: value for name, value in answer.headers.items() if name not in dropped},
        answer.body,
    )


CODINGS = ["identity", "gzip", *(["br"] if BROTLI.exists() else [])]


@pytest.mark.parametrize("coding", CODINGS)
def test_every_file_is_answered_as_the_door_answers_it(servers, folder, coding):
    door, _ = servers
    paths = paths_of(folder)
    assert len(paths) > 90
    for path in paths:
        expected, found = (told(s.ask(path, Accept_Encoding=coding)) for s in servers)
        assert found == expected, path
    assert door.ask("/", Accept_Encoding=coding).headers["Content-Security-Policy"]


def test_this_test_sees_a_header_that_is_missing(servers, folder, settings):
    """The control."""
    port = free_port()
    whole = nginx_configuration(settings, app_port=servers[0].port, nginx_port=port)
    lines = [line for line in whole.splitlines() if "add_header Referrer-Policy" not in line]
    other = folder / "other"
    other.mkdir()
    with nginx_server(other, "\n".join(lines), port) as nginx:
        expected, found = told(servers[0].ask("/about/")), told(nginx.ask("/about/"))
    assert expected[1].keys() - found[1].keys() == {"Referrer-Policy"}


def test_head_range_and_unchanged(servers):
    _, nginx = servers
    whole = nginx.ask("/missions.csv")
    head = nginx.ask("/missions.csv", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.body))
    part = nginx.ask("/missions.csv", Range="bytes=2-5")
    assert (part.status, part.body) == (206, whole.body[2:6])
    for condition in (
        {"If_None_Match": whole.headers["ETag"]},
        {"If_Modified_Since": whole.headers["Last-Modified"]},
    ):
        unchanged = nginx.ask("/missions.csv", **condition)
        assert (unchanged.status, unchanged.body) == (304, b"")


def test_page_without_its_slash_is_redirected(servers):
    for path in ("/missions", "/c/demo", "/ja/c/demo/map"):
        for server in servers:
            answer = server.ask(path)
            assert answer.status in (301, 308)
            assert answer.headers["Location"] == f"{path}/"


@pytest.mark.parametrize(
    "path",
    [
        "/organize/",
        "/c/demo/sign-up/",
        "/s/abc/",
        "/missions/?q=berlin",
        "/ja/missions/?q=x",
        "/no",
    ],
)
def test_what_is_no_file_is_answered_by_the_app(servers, path):
    for server in servers:
        answer = server.ask(path)
        assert answer.body == f"app: GET {path.partition('?')[0]}".encode()
        assert "Content-Security-Policy" not in answer.headers  # the app says its own


def test_forms_reach_the_app_and_nothing_else_may_be_changed(servers):
    for server in servers:
        assert server.ask("/c/demo/sign-up/", "POST").body == b"app: POST /c/demo/sign-up/"
        for method in ("POST", "PUT", "DELETE"):
            refused = server.ask("/missions.csv", method)
            assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/.hidden", "/.tmp", "/missions.csv.gz", "/index.html.br", "/../built.json",
        "/%2e%2e/built.json", "/static/../../built.json",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_to_be_had(servers, path):
    answer = servers[1].ask(path)
    assert b"secret" not in answer.body
    assert answer.status in (400, 404) or answer.body.startswith(b"app: ")
    assert b"versions" not in answer.body


@pytest.mark.parametrize("path", ["/metrics", "/healthz/live", "/healthz/ready"])
def test_what_is_for_operators_is_not_even_passed_on(servers, path):
    door, nginx = servers
    assert nginx.ask(path).status == 404
    assert b"app: " not in nginx.ask(path).body
    assert door.ask(path).body == f"app: GET {path}".encode()  # the control


def test_without_the_app_files_are_served_and_forms_say_when_to_come_again(folder, settings):
    port = free_port()
    alone = folder / "alone"
    alone.mkdir()
    block = nginx_configuration(settings, app_port=free_port(), nginx_port=port)
    with nginx_server(alone, block, port) as nginx:
        for path in ("/", "/c/demo/", "/c/demo/calendar.ics", "/missions.json"):
            assert nginx.ask(path).status == 200
        away = nginx.ask("/c/demo/sign-up/")
        assert (away.status, away.headers["Retry-After"]) == (503, "60")
