"""Readers see whole files, old or new, whatever happens to who builds them."""

import gzip
import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import brotli
import pytest

from protestcoord.core.links import Links
from protestcoord.publications.publication import Publication
from protestcoord.publications.store import Store
from tests.faults.plan_campaign import change_title, plan
from tests.journeys.served import copy_ready_instance, free_port, run_command
from tests.proofs import FULL, size

UNFOLD = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
NAMES = [f"c/{n}/calendar.ics" for n in range(5)]
BUILD = [sys.executable, "-m", "protestcoord", "build"]
# The full figures of the requirement: 200 clients, 100 changes.
CLIENTS, CHANGES = size(50, full=200), size(30, full=100)


def body_of(number, _links=None):
    return b"%06d\n" % number * (400 + number * 7)


def build(store, number):
    pages = [Publication(f"/{name}", number, body_of, multilingual=False) for name in NAMES]
    links = Links("https://example.org", "en", "en")
    return store.build_stale(pages, ["en"], "en", lambda code: links)


DOOR = """
import os, sys
from pathlib import Path
from granian import Granian
from granian.constants import Interfaces
from protestcoord.publications.door import Door
from protestcoord.serving import THREADS

def door():
    def nothing(environ, start_response):
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]
    return Door(nothing, Path(os.environ["FOLDER"]), secure=False, is_live=lambda path: False)
"""


@contextmanager
def served(folder: Path):
    port = free_port()
    (folder / "door_only.py").write_text(DOOR)
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws"),
        *("--port", str(port), "--blocking-threads", "40", "--log-level", "error"),
        *("--working-dir", str(folder), "door_only:door"),
    ]
    environment = os.environ | {"FOLDER": str(folder / "public"), "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(command, env=environment) as process:
        try:
            for _ in range(200):
                if answered(port):
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def answered(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fault_in(status, headers, body):
    """Return the number of the version that a reader got, or what is wrong with it."""
    if status != 200:
        return f"status {status}"
    if headers["Content-Length"] != str(len(body)):
        return "length"
    if headers["ETag"] != f'"{hashlib.sha256(body).hexdigest()[:20]}"':
        return "etag"
    plain = UNFOLD[headers.get("Content-Encoding", "")](body)
    number = int(plain[:6])
    return number if plain == body_of(number) else "mixed"


def read_until(over, port, coding, chance, seen):
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        while not over.wait(0.1):
            name = chance.choice(NAMES)
            seen[name].append(read_once(connection, name, coding))


def read_once(connection, name, coding):
    """Return the number of the version that is read, or what is wrong with it."""
    connection.request("GET", f"/{name}", headers={"Accept-Encoding": coding or "identity"})
    response = connection.getresponse()
    body = response.read()
    try:
        return fault_in(response.status, response.headers, body)
    except Exception as error:  # noqa: BLE001 - whatever is torn
        return f"torn: {type(error).__name__}"


WRITER = """
import sys, time
from pathlib import Path
from tests.faults.test_whole_files import NAMES, Store, body_of, build

folder, way, changes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = Store(folder / "public", folder / "built.json", "code-1")
for number in range(1, changes + 1):
    if way == "rename":
        build(store, number)
        time.sleep(0.05)
        continue
    for name in NAMES:  # the control
        for path in (folder / "public").glob(name + "*"):
            with path.open("wb") as file:
                for piece in (body_of(number)[:1000], body_of(number)[1000:]):
                    file.write(piece)
                    file.flush()
                    time.sleep(0.004)
"""


def read_through_changes(folder, way, changes=CHANGES):
    """Return what each client saw of each file, in order, while it was changed."""
    build(Store(folder / "public", folder / "built.json", "code-1"), 0)
    over, seen = threading.Event(), [defaultdict(list) for _ in range(CLIENTS)]
    with served(folder) as port:
        clients = [
            threading.Thread(
                target=read_until,
                args=(over, port, ("br", "gzip", "")[n % 3], random.Random(n), seen[n]),  # noqa: S311
            )
            for n in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        subprocess.run([sys.executable, "-c", WRITER, str(folder), way, str(changes)], check=True)
        time.sleep(0.5)
        over.set()
        for client in clients:
            client.join()
    return [versions for of_client in seen for versions in of_client.values()]


def test_clients_see_only_whole_files_through_many_changes(tmp_path):
    seen = read_through_changes(tmp_path, "rename")
    faults = {fault for versions in seen for fault in versions if not isinstance(fault, int)}
    assert faults == set()
    assert all(versions == sorted(versions) for versions in seen)  # none goes back
    assert len({version for versions in seen for version in versions}) > CHANGES // 10
    assert sum(map(len, seen)) > 5 * CLIENTS


def test_these_readers_see_a_file_that_is_written_in_place(tmp_path):
    """The control: without a rename some get the half of a file."""
    seen = read_through_changes(tmp_path, "in place", changes=20)
    assert {fault for versions in seen for fault in versions if not isinstance(fault, int)}


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("status.json", "signing-key.txt", ".tmp")
    }


def environment_of(folder, **more):
    base = {"DEMO": "1", "UID_HOST": "uid.example", "BASE_URL": "http://127.0.0.1:8000"}
    return os.environ | base | {"PROTESTCOORD_INSTANCE": str(folder)} | more


def database_of(folder):
    return f"sqlite:///{folder / 'protestcoord.sqlite'}"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """An instance with a campaign of a few sites, built."""
    folder = tmp_path_factory.mktemp("node") / "one"
    environment = environment_of(folder)
    copy_ready_instance(folder)
    plan(database_of(folder))
    run_command(environment, "build")
    return folder


def copy_of(node, folder):
    folder.mkdir(parents=True)
    for name in ("protestcoord.sqlite", "secrets.json", "signing.key"):
        (folder / name).write_bytes((node / name).read_bytes())
        (folder / name).chmod(0o600)
    if not FULL:  # the store looks whether they are whole, and need not compress them again
        shutil.copytree(node / "public" / "static", folder / "public" / "static")
    return folder


def test_two_nodes_build_the_same_bytes_from_the_same_data(node, tmp_path):
    other = copy_of(node, tmp_path / "far" / "other")
    elsewhere = {"TZ": "Pacific/Apia", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    # They are read when Python starts.
    subprocess.run(BUILD, env=environment_of(other, **elsewhere), check=True, capture_output=True)
    assert contents(other / "public") == contents(node / "public")
    change_title(database_of(other), "Another noon")  # the control
    run_command(environment_of(other), "build")
    assert contents(other / "public") != contents(node / "public")


def test_killed_builds_leave_every_file_whole_and_the_next_build_mends_all(node, tmp_path):
    folder = tmp_path / "killed"
    shutil.copytree(node, folder)
    environment = environment_of(folder)
    old = contents(folder / "public")
    change_title(database_of(folder), "A later noon")
    kills, found = 0, {}
    for milliseconds in (900, 1050, 1200, 1400, 1600)[:: size(2, full=1)]:
        with subprocess.Popen(
            BUILD, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(milliseconds / 1000)
            process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
        found |= {(milliseconds, n): c for n, c in contents(folder / "public").items()}
    run_command(environment, "build")
    new = contents(folder / "public")
    torn = [
        key for key, content in found.items() if content not in (old.get(key[1]), new.get(key[1]))
    ]
    assert torn == []
    assert kills >= 1
    fresh = copy_of(folder, tmp_path / "fresh")
    run_command(environment_of(fresh), "build")
    assert contents(fresh / "public") == new
