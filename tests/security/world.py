"""The instance of the table of rights, served with its public files to a real browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

from protestcoord.app import is_live
from protestcoord.core.web import db
from protestcoord.publications.door import Door
from protestcoord.worker import build_all
from tests.servers import QuietWsgi, answering
from tests.test_authorization import World, client_in

# A look at these is no page: they lead elsewhere, or hold a session's own steps.
SENT_AWAY = 300


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


@dataclass
class Instance:
    """A world with its files."""

    world: World
    folder: Path
    base_url: str

    def build(self, now) -> None:
        """Write the public files of what is stored."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with self.world.app.app_context():
            done = build_all(self.world.app.config["SETTINGS"], db.session(), now)
        assert not done.failed

    def pages(self) -> list[str]:
        """The addresses of all built pages, in every language, but the map as a download."""
        found = (path.parent.relative_to(self.folder) for path in self.folder.rglob("index.html"))
        return sorted("/" if str(path) == "." else f"/{path}/" for path in found)

    def live(self, role: str) -> list[str]:
        """The addresses that answer somebody with a page."""
        app = self.world.app
        paths = {
            self.world.path_of(rule) for rule in app.url_map.iter_rules() if "GET" in rule.methods
        }
        answers = ((path, client_in(app, self.world.sessions[role]).get(path)) for path in paths)
        return sorted(
            path
            for path, answer in answers
            if answer.status_code < SENT_AWAY and answer.mimetype == "text/html"
        )

    def cookies(self, role: str) -> list[dict[str, str]]:
        """What the browser of somebody holds."""
        cookie = client_in(self.world.app, self.world.sessions[role]).get_cookie("session")
        return [{"name": "session", "value": cookie.value, "url": self.base_url}] if cookie else []


@contextmanager
def served_world(world: World, now) -> Iterator[Instance]:
    """Serve a world by threads, with the door before it."""
    settings = world.app.config["SETTINGS"]
    folder = settings.public_folder
    door = Door(world.app, folder, secure=False, is_live=is_live, moment_seconds=0)
    server = make_server("127.0.0.1", 0, door, server_class=_Server, handler_class=QuietWsgi)
    with answering(server) as base_url:
        instance = Instance(world, Path(folder), base_url)
        instance.build(now)
        yield instance
