"""The description of the data files holds for each of them, and a fuzzer finds nothing wrong."""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from protestcoord.app import is_live
from protestcoord.config import shipped
from protestcoord.core.links import Links
from protestcoord.core.web import db
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.publications import openapi
from protestcoord.publications.answers import media_type_of
from protestcoord.publications.door import Door
from protestcoord.publications.registry import Imprint, get_publication, publications_of
from protestcoord.publications.schemas import EXAMPLE
from protestcoord.publications.store import Store
from tests.app_client import new_app_with_tables
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
)
from tests.proofs import size
from tests.servers import wsgi_served

pytestmark = pytest.mark.long

EVIL = "]]>\x00<script>\u2028\ud800\u202e"
EXAMPLES = size(5, full=2_000)
IMPRINT = Imprint(
    "uid.example",
    demo=False,
    contact="mailto:a@b.example",
    contact_until=datetime(2027, 6, 1, tzinfo=UTC),
    signing_key="k",
)
FOR_PROGRAMS = (".json", ".geojson", ".csv", ".kml", ".ics", ".atom")


def snapshot():
    group = make_participant(name="Lantern " + EVIL, meeting_point="By the clock")
    berlin = make_site(
        make_mission(), make_slot(groups=(group,)), make_slot(occurrence=2, cancelled=True)
    )
    over = make_campaign(replace(make_site(make_seoul()), slots=()), slug="last-year", waves=())
    return make_snapshot(make_campaign(berlin, make_site(make_seoul()), title=EVIL), over)


def links(base_url="https://protest.example"):
    return Links(base_url, "en", "en")


@cache
def files_for_programs():
    """Every publication that a program reads, but the description itself."""
    found = (p for p in publications_of(snapshot(), IMPRINT) if p.path.endswith(FOR_PROGRAMS))
    return [p for p in found if p.path != openapi.PATH and not p.path.startswith("/static/")]


def document(of=None, base_url="https://protest.example"):
    publication = get_publication(publications_of(of or snapshot(), IMPRINT), openapi.PATH)
    return json.loads(publication.build(publication.slice, links(base_url)))


def closed(schema):
    """Return a schema that allows no property which it does not name."""
    if isinstance(schema, dict):
        made = {name: closed(part) for name, part in schema.items()}
        return made | ({"additionalProperties": False} if "properties" in schema else {})
    return [closed(part) for part in schema] if isinstance(schema, list) else schema


def pattern_of(path, described):
    """Return what matches the addresses that a path and the patterns of its parameters allow."""
    pattern = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    for parameter in described["paths"][path]["get"].get("parameters", ()):
        schema = parameter["schema"]
        one = schema["pattern"].strip("^$") if "pattern" in schema else "|".join(schema["enum"])
        pattern = pattern.replace(f"{{{parameter['name']}}}", f"(?:{one})")
    return re.compile(pattern)


def described_as(publication, described):
    """Return the path that describes a file; there must be one."""
    (path,) = (
        path
        for path in described["paths"]
        if pattern_of(path, described).fullmatch(publication.path)
    )
    return path


def test_every_file_for_programs_is_described_once_and_every_described_path_has_one():
    described = document()
    found = {described_as(publication, described) for publication in files_for_programs()}
    assert found == described["paths"].keys()
    assert len(found) == 24


@pytest.mark.proves("E12")
def test_every_file_has_the_media_type_and_no_key_that_is_not_described():
    described = document()
    checked = 0
    for publication in files_for_programs():
        operation = described["paths"][described_as(publication, described)]["get"]
        ((media_type, content),) = operation["responses"]["200"]["content"].items()
        assert media_type == media_type_of(publication.path).partition(";")[0]
        assert ("schema" in content) == publication.path.endswith("json")
        if "schema" in content:
            schema = closed(content["schema"] | {"components": described["components"]})
            told = json.loads(publication.build(publication.slice, links()))
            jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(told)
            checked += 1
    assert checked == 21


def test_document_is_valid_openapi():
    described = document()
    OPENAPI_31_VALIDATOR.validate(described)
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    for schema in described["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(schema | dialect)
    del described["info"]["title"]
    assert not OPENAPI_31_VALIDATOR.is_valid(described), "the control: a fault is found"


def test_examples_of_the_parameters_lead_to_files():
    described = document()
    there = {publication.path for publication in files_for_programs()}
    for path, item in described["paths"].items():
        filled = path
        for parameter in item["get"].get("parameters", ()):
            filled = filled.replace(f"{{{parameter['name']}}}", next(iter(parameter["examples"])))
        assert filled in there


def schemas_with_examples(part):
    if isinstance(part, list):
        part = dict(enumerate(part))
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield part
        for each in part.values():
            yield from schemas_with_examples(each)


def test_examples_of_the_schemas_are_as_their_schemas_ask_and_true():
    found = list(schemas_with_examples(document()["components"]["schemas"]))
    assert len(found) > 40
    for schema in found:
        for example in schema["examples"]:
            jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(example)
    rows = read_catalogue(shipped("data") / "embassies.csv")
    assert [asdict(row) for row in rows if row.slug == EXAMPLE["slug"]] == [EXAMPLE]


def test_each_answer_that_a_program_may_get_is_described():
    for item in document()["paths"].values():
        answers = item["get"]["responses"]
        assert {status: set(told.get("headers", ())) for status, told in answers.items()} == {
            "200": {"ETag", "Last-Modified", "Cache-Control", "Vary"},
            "304": {"ETag", "Cache-Control", "Vary"},
            "404": set(),
            "405": {"Allow"},
        }


def test_description_of_nothing_published_is_whole_too():
    told = document(replace(snapshot(), campaigns=()))
    assert told["paths"].keys() == document()["paths"].keys()
    OPENAPI_31_VALIDATOR.validate(told)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder with the app behind it, as ``serve`` does."""
    app = new_app_with_tables(folder.parent / "instance")
    door = Door(app, folder, secure=False, is_live=is_live)
    with wsgi_served(door) as base_url:
        yield base_url
    with app.app_context():
        db.engine.dispose()


def fuzz(folder: Path, described: dict, *more: str) -> subprocess.CompletedProcess[str]:
    with served(folder) as base_url:
        described = described | {"servers": [{"url": base_url}]}
        file = folder.parent / "openapi.json"
        file.write_text(json.dumps(described))
        command = [
            *(Path(sys.executable).parent / "schemathesis", "run", file, "--url", base_url),
            *("--checks", "all", "--max-examples", str(EXAMPLES), "--seed", "4", "--no-color"),
            *("--suppress-health-check", "all", *more),
        ]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder.parent)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    store = Store(folder / "public", folder / "built.json", "code-1")
    store.build_stale(
        files_for_programs(), ["en", "ja"], "en", lambda code: replace(links(), language=code)
    )
    return folder / "public"


@pytest.mark.proves("E12")
def test_fuzzer_finds_no_fault(folder, record_property):
    done = fuzz(folder, document(), "--phases", "examples,coverage,fuzzing")
    assert done.returncode == 0, done.stdout[-3000:]
    (cases,) = re.findall(r"(\d+) generated", done.stdout)
    record_property("E12", f"{int(cases):,} requests, at most {EXAMPLES:,} an operation, 0 faults")


@pytest.mark.control("E12")
def test_fuzzer_would_find_a_key_that_is_promised_and_missing(folder):
    described = copy.deepcopy(document())
    described["components"]["schemas"]["Site"]["required"].append("phone_of_the_group")
    one = "/c/{campaign}/sites/{mission}.json"
    done = fuzz(folder, described, "--phases", "examples", "--include-path", one)
    assert done.returncode == 1
    assert "phone_of_the_group" in done.stdout
