"""What every test may ask for: real databases, a vault, and no way off this machine."""

import ipaddress
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.core import web
from protestcoord.core.crypto import KeyFolder
from protestcoord.publications import compression
from protestcoord.signups.contacts import ContactVault
from tests.databases import emptied_postgres, fresh_postgres, server_url, shared_sessions
from tests.stored import NOW

# How long one example takes is no behaviour: machines are busy at times.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

_connect = socket.socket.connect
_brotli = compression._brotli
_brotli_once = cache(_brotli)


def _connect_on_this_machine(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test reached off this machine: {address}")
    return _connect(self, address)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _stay_on_this_machine(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", _connect_on_this_machine)


@pytest.fixture(autouse=True)
def _no_even_pace(monkeypatch):
    """Forms answer as soon as they can; what that would tell has tests of its own."""
    monkeypatch.setattr(web, "EVEN_SECONDS", 0)


@pytest.fixture(autouse=True, scope="session")
def _static_files_compressed_once():
    """They are the same in every instance, and take seconds."""

    def compress(body: bytes, lasts: bool) -> bytes:
        return _brotli_once(body, lasts) if lasts else _brotli(body, lasts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "_brotli", compress)
        yield


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    """The time a test says it is, in `at`: it stands until the test sets it on."""
    told = SimpleNamespace(at=NOW)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: told.at)
    return told


@pytest.fixture(scope="session")
def postgres_server() -> str:
    return server_url()


def database_of(request, tmp_path: Path, kind: str) -> Iterator[str]:
    """The address of a database of a kind for one test."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    server = request.getfixturevalue("postgres_server")
    if "sessions" in request.fixturenames and "own_files" not in request.fixturenames:
        yield emptied_postgres(server)
        return
    with fresh_postgres(server) as url:
        yield url


@pytest.fixture
def own_files():
    """For a test that reads its database's files: no other test may have written into them."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request, tmp_path: Path) -> Iterator[str]:
    """Both databases: what uses this runs on each; empty, unless the test asks for sessions."""
    yield from database_of(request, tmp_path, request.param)


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    made = shared_sessions(database_url)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as opened:
        yield opened


@pytest.fixture
def vault(tmp_path: Path) -> ContactVault:
    return ContactVault(KeyFolder(tmp_path / "keys"), "ab" * 32)
