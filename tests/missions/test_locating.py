"""Buildings from a Nominatim server, which here stands on this machine."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.cli import missions
from protestcoord.missions.locating import in_question, locate_all
from protestcoord.missions.rules import MissionStatus, Precision
from tests.missions.planting import PATH

ROWS = read_catalogue(PATH)
MUNICH = next(row for row in ROWS if row.slug == "de-munich-cg")


class Nominatim(ThreadingHTTPServer):
    """Answers every question with one place, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers: list[dict[str, str]] = [
            {"lat": "48.0963", "lon": "11.5225", "display_name": ""}
        ]
        self.asked: list[dict[str, list[str]]] = []
        self.agents: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Nominatim

    def do_GET(self) -> None:
        self.server.asked.append(parse_qs(urlsplit(self.path).query))
        self.server.agents.append(self.headers["User-Agent"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answers).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def nominatim() -> Iterator[Nominatim]:
    server = Nominatim()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_those_with_an_address_and_no_building_are_in_question() -> None:
    assert MUNICH in in_question(ROWS)
    for changes in (
        {"address": ""},
        {"precision": Precision.BUILDING},
        {"status": MissionStatus.CLOSED},
    ):
        assert in_question([replace(MUNICH, **changes)]) == []


def test_building_is_found_and_its_source_named(nominatim: Nominatim) -> None:
    ((row, said),) = locate_all([MUNICH], nominatim.url, "2026-11")
    assert (row.latitude, row.longitude, row.precision) == (48.0963, 11.5225, Precision.BUILDING)
    assert row.sources == f"{MUNICH.sources};openstreetmap-2026-11"
    assert "km from the middle of Munich" in said
    (asked,) = nominatim.asked
    assert MUNICH.address in asked["q"][0]
    assert asked["countrycodes"] == ["de"]
    assert nominatim.agents == ["protestcoord (directory of missions)"]


def test_place_too_far_away_or_unknown_changes_nothing(nominatim: Nominatim) -> None:
    nominatim.answers = [{"lat": "52.5", "lon": "13.4", "display_name": ""}]
    ((row, said),) = locate_all([MUNICH], nominatim.url, "2026-11")
    assert (row, said.startswith("too far")) == (MUNICH, True)
    nominatim.answers = []
    assert locate_all([MUNICH], nominatim.url, "2026-11") == [(MUNICH, "not found")]


def test_questions_keep_their_distance(nominatim: Nominatim) -> None:
    begun = time.monotonic()
    locate_all([MUNICH] * 3, nominatim.url, "2026-11", pause_seconds=0.2)
    assert time.monotonic() - begun >= 0.4
    assert len(nominatim.asked) == 3


def test_server_that_does_not_answer_is_asked_once() -> None:
    ((row, said),) = locate_all([MUNICH] * 3, "http://127.0.0.1:9", "2026-11")
    assert (row, "does not answer" in said) == (MUNICH, True)


def test_command_asks_nobody_unless_it_is_told_to(
    directory: Session, sessions: sessionmaker[Session], nominatim: Nominatim, tmp_path: Path
) -> None:
    instance, output = SimpleNamespace(sessions=lambda: sessions), tmp_path / "located.csv"
    words = ["locate", MUNICH.slug, "--server", nominatim.url, "-o", str(output)]
    result = CliRunner().invoke(missions, words, obj=instance)
    assert result.stdout.endswith("1 address; nobody was asked: add --online\n")
    assert nominatim.asked == []
    assert not output.exists()
    result = CliRunner().invoke(missions, [*words, "--online"], obj=instance)
    assert len(nominatim.asked) == 1
    written = {row.slug: row for row in read_catalogue(output)}
    assert written[MUNICH.slug].precision is Precision.BUILDING
    assert len(written) == len(ROWS)


def test_other_schemes_are_no_server(directory: Session, sessions: sessionmaker[Session]) -> None:
    instance = SimpleNamespace(sessions=lambda: sessions)
    words = ["locate", "--online", "--server", "http://example.org"]
    assert CliRunner().invoke(missions, words, obj=instance).exit_code == 2
