"""The scanner of MDN's HTTP Observatory grades the site as readers get it, over TLS on loopback.

It wants the ports 80 and 443, so it runs with the full tests alone.
"""

import json
import os
import ssl
import subprocess
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

import pytest

from protestcoord.app import serve_with
from protestcoord.config import load_settings
from protestcoord.core.database import Base, make_sessions
from protestcoord.worker import build_all
from tests.proofs import FULL
from tests.servers import QuietWsgi
from tests.stored import NOW

SCANNER = Path(__file__).parent / "observatory"
PACKAGE = SCANNER / "node_modules" / "@mdn" / "mdn-http-observatory"
BEST, TESTS = 130, 10

pytestmark = [
    pytest.mark.skipif(not FULL, reason="wants the ports 80 and 443: in make security"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class ToHttps(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(301)
        self.send_header("Location", f"https://localhost{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_args):
        pass


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def scanner():
    if not PACKAGE.is_dir():
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"],
            cwd=SCANNER,
            check=True,
        )
    (PACKAGE / "conf" / "hsts-preload.json").write_text("{}")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    paths = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(["openssl", "req", *kind, *names, *paths], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    settings = load_settings(tmp_path_factory.mktemp("site"), {"BASE_URL": "https://localhost"})
    sessions = make_sessions(settings.database_url)
    Base.metadata.create_all(sessions.kw["bind"])
    with sessions() as session:
        build_all(settings, session, NOW)
    sessions.kw["bind"].dispose()
    return serve_with(settings)


def scan(site, certificate) -> dict[str, object]:
    """What the scanner says of a site on https://localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    secure = make_server("", 443, site, server_class=Threads, handler_class=QuietWsgi)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    plain = ThreadingHTTPServer(("", 80), ToHttps)
    environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate / "cert.pem")}
    with serving(secure), serving(plain):
        done = subprocess.run(
            ["node", PACKAGE / "src" / "scan.js", "localhost"],
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
        )
    return json.loads(done.stdout)["scan"]


def without_policy(site, environ, start_response):
    def start(status, headers, error=None):
        kept = [one for one in headers if one[0] != "Content-Security-Policy"]
        return start_response(status, kept, error)

    return site(environ, start)


@pytest.mark.proves("W2")
def test_the_grade_is_the_best(scanner, certificate, site, record_property):
    told = scan(site, certificate)
    passed = f"{told['testsPassed']} of {told['testsQuantity']} tests"
    record_property("W2", f"Observatory {told['grade']}, {told['score']} points, {passed}")
    assert told["grade"] == "A+"
    assert told["score"] >= BEST
    assert told["testsPassed"] == told["testsQuantity"] == TESTS


@pytest.mark.control("W2")
def test_without_its_policy_the_grade_is_lower(scanner, certificate, site):
    assert scan(partial(without_policy, site), certificate)["score"] < BEST - 20
