"""A door with three files, for the tests of what it answers."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from tests.publications.doors import CALENDAR, client_of, put


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
