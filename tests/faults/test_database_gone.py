"""With the database gone, locked or broken, all that is published is still served."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import pytest

from tests.databases import fresh_postgres, postgres_folder, server_url
from tests.journeys.served import (
    Served,
    copy_ready_instance,
    free_port,
    keep_few_missions,
    run_command,
    running,
    served_instance,
)
from tests.proofs import size

SLUG = "one-noon"
LEAST_PATHS = size(200, full=900)
TYPED = {"name": "Lantern & friends", "email": "a@example.org", "slot": "w1-x-1"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with served_instance(tmp_path_factory.mktemp("faults") / "instance") as instance:
        yield instance


def ask(base_url: str, path: str, data: dict[str, str] | None = None):
    """Return the status, the headers, the text, and how many seconds the answer took."""
    body = urllib.parse.urlencode(data).encode() if data is not None else None
    request = urllib.request.Request(base_url + path, data=body, headers={"Origin": base_url})
    started = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            found = answer.status, answer.headers, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        found = error.code, error.headers, error.read().decode(errors="replace")
    return *found, time.monotonic() - started


def public_paths(folder):
    public = folder / "public"
    names = [p.relative_to(public).as_posix() for p in public.rglob("*") if p.is_file()]
    return [
        f"/{name.removesuffix('index.html')}" for name in names if not name.endswith((".gz", ".br"))
    ]


def assert_read_side_stands(served):
    paths = public_paths(served.folder)
    wrong = [path for path in paths if ask(served.base_url, path)[0] != 200]
    assert (wrong, len(paths) > LEAST_PATHS) == ([], True)


def assert_forms_say_when(base_url, within_seconds=2.0):
    for path, data in (("/s/lost-link/", {"email": "a@example.org"}), ("/healthz/ready", None)):
        status, headers, text, seconds = ask(base_url, path, data)
        assert (status, headers["Retry-After"]) == (503, "5"), (path, status)
        assert "Traceback" not in text
        assert seconds <= within_seconds, path
        if data:
            assert 'value="a@example.org"' in text  # nothing typed is lost
            assert 'action="/s/lost-link/"' in text


def assert_back_within(base_url, seconds=5.0):
    end = time.monotonic() + seconds
    while ask(base_url, "/healthz/ready")[0] != 200:
        assert time.monotonic() < end, "not back in time"
        time.sleep(0.1)
    assert ask(base_url, "/s/lost-link/", {"email": "a@example.org"})[0] == 200


def no_traceback_in(folder):
    return "Traceback" not in (folder / "serve.log").read_text()


@contextmanager
def moved_away(database):
    hidden = {
        p: p.with_name(f"away-{p.name}") for p in database.parent.glob("protestcoord.sqlite*")
    }
    for path, away in hidden.items():
        path.rename(away)
    try:
        yield
    finally:
        for path in database.parent.glob("protestcoord.sqlite*"):
            path.unlink()
        for path, away in hidden.items():
            away.rename(path)


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked(database):
    command = [sys.executable, "-c", HOLD, str(database)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate("\n")


@contextmanager
def garbled(database):
    """Nonsense in the very file that is open, as a failing disk would put there."""
    wal = database.with_name(f"{database.name}-wal")
    whole = {path: path.read_bytes() for path in (database, wal)}
    for path, content in whole.items():
        overwrite(path, os.urandom(len(content)))
    try:
        yield
    finally:
        for path, content in whole.items():
            overwrite(path, content)


def overwrite(path, content):
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


def write_needs_lock(base_url):
    """Only writers wait where readers still see the last state."""
    status, headers, text, seconds = ask(base_url, "/s/lost-link/", {"email": "a@example.org"})
    assert (status, headers["Retry-After"]) == (503, "5")
    assert 'value="a@example.org"' in text
    assert seconds <= 2.0


def test_database_moved_away(served):
    """Who has the file open already may go on with it; who has not says so."""
    with moved_away(served.folder / "protestcoord.sqlite"):
        assert_read_side_stands(served)
        assert {ask(served.base_url, "/s/lost-link/", TYPED)[0] for _ in range(9)} <= {200, 503}
    assert_back_within(served.base_url)
    assert no_traceback_in(served.folder)


def test_database_locked_by_another(served):
    with locked(served.folder / "protestcoord.sqlite"):
        write_needs_lock(served.base_url)
        assert_read_side_stands(served)
    assert_back_within(served.base_url)
    assert no_traceback_in(served.folder)


def test_database_garbled(served):
    """What is in memory may still be answered; nothing shows a trace or stays broken."""
    with garbled(served.folder / "protestcoord.sqlite"):
        assert_read_side_stands(served)
        for path in ("/c/demo/sign-up/", "/s/lost-link/", "/organize/", "/healthz/ready"):
            status, _, text, seconds = ask(served.base_url, path)
            assert status in (200, 404, 503), path
            assert "Traceback" not in text
            assert seconds <= 2.0
    assert_back_within(served.base_url)
    assert no_traceback_in(served.folder)


def test_no_database_can_be_opened(served, tmp_path):
    """A file that is none, from the start: what was built is served, and forms say when."""
    environment = served.environment | {"PROTESTCOORD_INSTANCE": str(tmp_path / "instance")}
    port = free_port()
    environment["BASE_URL"] = f"http://127.0.0.1:{port}"
    shutil.copytree(served.folder, tmp_path / "instance", ignore=shutil.ignore_patterns("*.log"))
    database = tmp_path / "instance/protestcoord.sqlite"
    whole = database.read_bytes()
    for path in database.parent.glob("protestcoord.sqlite*"):
        path.write_bytes(os.urandom(50_000))
    broken = Served(tmp_path / "instance", environment["BASE_URL"], served.mailbox, environment)
    with running(environment, port, ready="/missions.csv"):
        assert_read_side_stands(broken)
        assert_forms_say_when(broken.base_url)
        for path in database.parent.glob("protestcoord.sqlite-*"):
            path.unlink()
        database.write_bytes(whole)
        assert_back_within(broken.base_url)
    assert no_traceback_in(broken.folder)


def test_these_tests_see_a_form_that_works_and_a_page_that_is_gone(served):
    """The control."""
    with pytest.raises(AssertionError):
        assert_forms_say_when(served.base_url)
    page = served.folder / "public/about/index.html"
    page.rename(served.folder / "away.html")
    time.sleep(0.3)
    assert ask(served.base_url, "/about/")[0] == 404
    (served.folder / "away.html").rename(page)


def test_readers_are_served_while_every_form_waits(served):
    """Forms wait for the lock with all the threads they may have."""
    slow = []
    with locked(served.folder / "protestcoord.sqlite"):
        forms = [
            threading.Thread(target=ask, args=(served.base_url, "/s/lost-link/", TYPED))
            for _ in range(40)
        ]
        for form in forms:
            form.start()
        while any(form.is_alive() for form in forms):
            status, _, _, seconds = ask(served.base_url, "/missions.csv")
            assert status == 200
            slow.append(seconds)
        for form in forms:
            form.join()
    slow.sort()
    assert len(slow) > 100
    assert slow[int(len(slow) * 0.99)] <= 0.05


@pytest.fixture
def on_postgres(tmp_path):
    """A served instance whose database is PostgreSQL, and the server's process id."""
    folder = tmp_path / "instance"
    port = free_port()
    with fresh_postgres(server_url()) as url:
        environment = os.environ | {
            "PROTESTCOORD_INSTANCE": str(folder),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": url.replace("postgresql+psycopg", "postgresql"),
            "UID_HOST": "calendar.example.org",
        }
        copy_ready_instance(folder)
        run_command(environment, "init")
        keep_few_missions(url)
        with running(environment, port) as base_url:
            yield base_url, folder


@pytest.mark.postgres
def test_postgres_that_hangs(on_postgres):
    base_url, folder = on_postgres
    found = []
    postmaster = int((postgres_folder() / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGSTOP)
    try:
        assert ask(base_url, "/missions.csv")[0] == 200
        for path in public_paths(folder)[:200]:
            assert ask(base_url, path)[0] == 200
        threads = [threading.Thread(target=add_answer, args=(base_url, found)) for _ in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os.kill(postmaster, signal.SIGCONT)
    # Connections that are open go on; to open one takes the driver two seconds to give up.
    assert {status for status, _ in found} <= {200, 503}
    assert max(seconds for _, seconds in found) <= 2.5
    assert_back_within(base_url)
    assert no_traceback_in(folder)


def add_answer(base_url, found):
    status, _, _, seconds = ask(base_url, "/s/lost-link/", {"email": "a@example.org"})
    found.append((status, seconds))
