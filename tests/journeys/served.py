"""A whole instance for a test: set up, served with its worker, mail to a real SMTP server."""

import atexit
import email
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path

from aiosmtpd.controller import Controller
from sqlalchemy import delete, select

from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.core.links import Links
from protestcoord.missions.models import Mission
from protestcoord.publications.release import code_version, static_publications
from protestcoord.publications.store import Store
from tests.processes import run_protestcoord
from tests.proofs import size

PASSWORD = "a long enough pass phrase"
ORGANIZER = "organizer@example.org"
# Each mission has a page in three languages to be built, and to be sent to a reader of all.
ONE_MISSION_IN = size(10, full=1)
NAMED_BY_TESTS = {
    "at-vienna-embassy",
    "de-berlin-embassy",
    "fr-paris-embassy",
    "jp-tokyo-embassy",
    "kr-seoul-embassy",
    "pe-lima-embassy",
    "us-new-york-cg",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Mailbox:
    """What a real SMTP server took in."""

    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=default)
        self.mails.append((envelope.rcpt_tos, message))
        return "250 taken"

    def wait_for(self, address: str, words: str, seconds: float = 15) -> EmailMessage:
        """Return the first mail to an address that says some words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for recipients, message in self.mails:
                if recipients == [address] and words in message.get_body(("plain",)).get_content():
                    return message
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address} that says {words!r}")


@dataclass
class Served:
    """A running instance."""

    folder: Path
    base_url: str
    mailbox: Mailbox
    environment: dict[str, str]

    def command(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return run_command(self.environment, *arguments, typed=typed)

    def open_missions(self) -> int:
        """How many sites a campaign of all missions has."""
        rows = json.loads(self.get("/missions.json")[1])
        return sum(row["status"] == "open" for row in rows)

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.base_url + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def wait_until(self, path: str, words: str, seconds: float = 10) -> float:
        """Wait until a public address says some words; return how many seconds it took."""
        start = time.monotonic()
        while time.monotonic() < start + seconds:
            if words in self.get(path)[1].decode():
                return time.monotonic() - start
            time.sleep(0.05)
        raise AssertionError(f"{path} does not say {words!r}")


def run_command(environment, *arguments, typed=""):
    done = run_protestcoord(environment, *arguments, typed=typed)
    assert done.returncode == 0, done.stderr + done.stdout
    return done


def copy_ready_instance(folder: Path) -> None:
    """Copy an instance into a folder: set up, with one organizer and the static files.

    To make these takes a process ten seconds, and they are the same in every instance.
    """
    shutil.copytree(_ready_instance(), folder, dirs_exist_ok=True)


def keep_few_missions(database_url: str) -> None:
    """Leave in a database that was just set up what tests need of the directory."""
    sessions = make_sessions(database_url)
    with sessions() as session, unit_of_work(session):
        kept = session.scalars(select(Mission.slug).order_by(Mission.slug)).all()[::ONE_MISSION_IN]
        session.execute(delete(Mission).where(Mission.slug.not_in(NAMED_BY_TESTS.union(kept))))
    sessions.kw["bind"].dispose()


@cache
def _ready_instance() -> Path:
    home = Path(tempfile.mkdtemp(prefix="protestcoord-ready-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    folder = home / "instance"
    environment = os.environ | {"PROTESTCOORD_INSTANCE": str(folder)}
    run_command(environment, "init")
    keep_few_missions(f"sqlite:///{folder / 'protestcoord.sqlite'}")
    organizer = ["organizer", "add", "--email", ORGANIZER, "--password-stdin"]
    run_command(environment, *organizer, typed=PASSWORD + "\n")
    store = Store(folder / "public", folder / "built.json", code_version())
    links = Links("http://127.0.0.1:8000", "en", "en")
    store.build_stale(static_publications(), ["en"], "en", lambda _code: links)
    return folder


@contextmanager
def served_instance(folder: Path, host: str = "127.0.0.1") -> Iterator[Served]:
    """Serve an instance with one organizer, and end it.

    ``host`` names this machine in its address; passkeys need a name.
    """
    port, smtp_port = free_port(), free_port()
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=smtp_port)
    controller.start()
    environment = os.environ | {
        "PROTESTCOORD_INSTANCE": str(folder),
        "BASE_URL": f"http://{host}:{port}",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "UID_HOST": "calendar.example.org",
    }
    try:
        copy_ready_instance(folder)
        with running(environment, port) as base_url:
            yield Served(folder, base_url, mailbox, environment)
    finally:
        controller.stop()


@contextmanager
def running(
    environment: dict[str, str],
    port: int,
    ready: str = "/healthz/ready",
    watched_by: Sequence[str] = (),
) -> Iterator[str]:
    """Serve an instance and end it by its own process id; perhaps behind a command that watches."""
    log = Path(environment["PROTESTCOORD_INSTANCE"]) / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*watched_by, sys.executable, "-m", "protestcoord", "serve", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=output,
        )
    base_url = environment["BASE_URL"]
    try:
        wait_for_answer(f"{base_url}{ready}")
        wait_for_answer(
            f"{base_url}/status.json", having=b'"current_at": "', seconds=180
        )  # all is built
        yield base_url
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for_answer(url: str, having: bytes = b"", seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if having in answer.read():
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no answer at {url}")
