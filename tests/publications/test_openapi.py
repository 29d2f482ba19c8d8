"""The description of the data files holds for each of them, and a fuzzer finds nothing wrong."""

import copy
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import jsonschema_rs
import pytest

from protestcoord.app import is_live
from protestcoord.core.links import Links
from protestcoord.publications import openapi
from protestcoord.publications.answers import media_type_of
from protestcoord.publications.datafiles import KINDS, data_files
from protestcoord.publications.door import Door
from protestcoord.publications.openapi import openapi_publication
from protestcoord.publications.registry import Imprint, publications_of
from protestcoord.publications.store import Store
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
)

HOST = "uid.example"
EVIL = "]]>\x00<script>\u2028\ud800\u202e"


def snapshot():
    group = make_participant(name="Lantern " + EVIL, meeting_point="By the clock")
    berlin = make_site(
        make_mission(), make_slot(groups=(group,)), make_slot(occurrence=2, cancelled=True)
    )
    over = make_campaign(replace(make_site(make_seoul()), slots=()), slug="last-year", waves=())
    return make_snapshot(make_campaign(berlin, make_site(make_seoul()), title=EVIL), over)


def links(base_url="https://protest.example"):
    return Links(base_url, "en", "en")


def document(base_url="https://protest.example"):
    publication = openapi_publication(snapshot(), KINDS)
    return json.loads(publication.build(publication.slice, links(base_url)))


def closed(schema):
    """Return a schema that allows no property which it does not name."""
    if isinstance(schema, dict):
        made = {name: closed(part) for name, part in schema.items()}
        return made | ({"additionalProperties": False} if "properties" in schema else {})
    return [closed(part) for part in schema] if isinstance(schema, list) else schema


def pattern_of(path):
    return re.compile(re.sub(r"{\w+}", "[^/]+", path.replace(".", r"\.")))


def test_every_json_file_is_described_and_is_as_described_with_nothing_left_unsaid():
    described = document()
    checked = set()
    for publication in data_files(snapshot(), HOST):
        (path,) = [p for p in described["paths"] if pattern_of(p).fullmatch(publication.path)]
        (content,) = described["paths"][path]["get"]["responses"]["200"]["content"].items()
        assert content[0] == media_type_of(publication.path).partition(";")[0]
        if "schema" not in content[1]:
            continue
        schema = closed(content[1]["schema"] | {"components": described["components"]})
        told = json.loads(publication.build(publication.slice, links()))
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(told)
        checked.add(path)
    assert checked == {kind.path for kind in KINDS if kind.schema}
    assert len(checked) == 10


def test_every_json_publication_but_the_description_is_a_kind_of_data_file():
    imprint = Imprint(
        HOST,
        demo=False,
        contact="mailto:a@b.example",
        contact_until=datetime.now(UTC),
        signing_key="k",
    )
    paths = {p.path for p in publications_of(snapshot(), imprint)}
    machine = {path for path in paths if path.endswith((".json", ".geojson"))}
    machine = {path for path in machine if not path.startswith("/static/")}
    assert machine - {p.path for p in data_files(snapshot(), HOST)} == {openapi.PATH}


def test_document_is_valid_openapi_and_its_examples_lead_to_files():
    described = document()
    assert described["openapi"] == "3.1.0"
    assert described["servers"] == [{"url": "https://protest.example"}]
    there = {publication.path for publication in data_files(snapshot(), HOST)}
    for path, item in described["paths"].items():
        filled = path
        for parameter in item["get"].get("parameters", ()):
            filled = filled.replace(f"{{{parameter['name']}}}", next(iter(parameter["examples"])))
        assert filled in there
    for schema in described["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(
            schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        )


def test_description_of_nothing_published_is_whole_too():
    empty = replace(snapshot(), campaigns=())
    publication = openapi_publication(empty, KINDS)
    told = json.loads(publication.build(publication.slice, links()))
    assert told["paths"].keys() == document()["paths"].keys()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args):
        pass


def not_found(_environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/html"), ("Content-Length", "0")])
    return [b""]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    door = Door(not_found, folder, secure=False, is_live=is_live)
    with make_server("127.0.0.1", 0, door, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def fuzz(folder: Path, described: dict) -> subprocess.CompletedProcess[str]:
    with served(folder) as base_url:
        described = described | {"servers": [{"url": base_url}]}
        file = folder.parent / "openapi.json"
        file.write_text(json.dumps(described))
        command = [
            *(Path(sys.executable).parent / "schemathesis", "run", file, "--url", base_url),
            *("--checks", "all", "--max-examples", "12", "--seed", "4", "--no-color"),
            *("--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"),
        ]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder.parent)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    publications = list(data_files(snapshot(), HOST))
    store = Store(folder / "public", folder / "built.json", "code-1")
    store.build_stale(
        publications, ["en", "ja"], "en", lambda code: replace(links(), language=code)
    )
    return folder / "public"


def test_fuzzer_finds_no_fault(folder):
    done = fuzz(folder, document())
    assert done.returncode == 0, done.stdout[-3000:]


def test_fuzzer_would_find_a_key_that_is_promised_and_missing(folder):
    described = copy.deepcopy(document())
    described["components"]["schemas"]["Site"]["required"].append("phone_of_the_group")
    done = fuzz(folder, described)
    assert done.returncode == 1
    assert "phone_of_the_group" in done.stdout
