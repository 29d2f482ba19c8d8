"""Whatever people write as a title or a name, every data file stays whole and holds it as text."""

import csv
import io
import json
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestcoord.core import text as core_text
from protestcoord.core.links import Links
from protestcoord.core.text import visible_text
from protestcoord.publications import changes, geodata, tables
from protestcoord.publications.datafiles import data_files
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_site,
    make_slot,
    make_snapshot,
    make_wave,
)
from tests.proofs import size

LINKS = Links("https://protest.example", "ja", "en")
HOSTILE = (
    "</name></entry>]]>&amp;<!--<script>alert(1)</script>",
    '","id":"other","x":"\\u0000\\',
    "nul\0 bell\x07 escape\x1b vertical\x0b",
    "lone\ud800 low\udc00 none\ufffe\uffff",
    "\u202eright to left\u2066 isolate\u2069\u200f",
    "line\u2028paragraph\u2029next\x85return\r\n",
)
TEXTS = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=()), max_size=30)


def snapshot_with(text):
    group = make_participant(name=text, city=text, meeting_point=f"x{text}")
    mission = make_mission(name=text, name_local=text, city=text, address=text, jurisdiction=text)
    site = make_site(mission, make_slot(groups=(group,), sequence=1))
    return make_snapshot(
        make_campaign(site, title=text, statement=text, waves=(make_wave(title=text),))
    )


def shape_of_json(value):
    """Return a document without its texts: keys, kinds of values, lengths of lists."""
    if isinstance(value, dict):
        return {key: shape_of_json(part) for key, part in value.items()}
    return [shape_of_json(part) for part in value] if isinstance(value, list) else type(value)


def shape_of_xml(content):
    return [(e.tag, sorted(e.attrib)) for e in ET.fromstring(content).iter()]  # noqa: S314


def shape_of_csv(content):
    rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    return [len(row) for row in rows]


READERS: dict[str, Callable] = {
    "json": lambda content: shape_of_json(json.loads(content.decode())),
    "geojson": lambda content: shape_of_json(json.loads(content.decode())),
    "kml": shape_of_xml,
    "atom": shape_of_xml,
    "csv": shape_of_csv,
}


def shapes(text):
    """Return the shape of every data file of a campaign that has a text wherever one can stand."""
    found = {}
    for publication in data_files(snapshot_with(text), "uid.example"):
        read = READERS[publication.path.rpartition(".")[2]]
        found[publication.path] = read(publication.build(publication.slice, LINKS))
    return found


PLAIN = shapes("plain")


@pytest.mark.proves("E5")
@given(TEXTS)
@settings(max_examples=size(60, full=1_000))
def test_no_text_changes_the_shape_of_any_data_file(text):
    assert shapes(text) == PLAIN


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings_in(part)


@pytest.mark.proves("E5")
@given(TEXTS)
@settings(max_examples=size(30, full=500))
def test_a_text_arrives_as_what_is_visible_of_it_and_nothing_else(text):
    for publication in data_files(snapshot_with(text), "uid.example"):
        told = publication.build(publication.slice, LINKS)
        if publication.path == "/c/demo/campaign.json":
            assert json.loads(told)["title"] == visible_text(text)
        if publication.path.endswith("json"):
            for found in strings_in(json.loads(told)):
                assert found == visible_text(found)


@pytest.mark.control("E5")
@pytest.mark.parametrize("text", HOSTILE[2:4])
def test_control_texts_that_are_left_as_they_are_would_break_files(monkeypatch, text):
    for module in (changes, geodata, tables, core_text):
        monkeypatch.setattr(module, "visible_text", lambda raw: raw)
    with pytest.raises((ValueError, ET.ParseError)):
        shapes(text)


@pytest.mark.control("E5")
def test_control_markup_that_is_not_escaped_would_be_seen(monkeypatch):
    assert shapes("<evil />") == PLAIN
    monkeypatch.setattr(ET, "_escape_cdata", lambda raw: raw)
    changed = {path for path, shape in shapes("<evil />").items() if shape != PLAIN[path]}
    assert changed == {"/missions.kml", "/c/demo/sites.kml", "/c/demo/changes.atom"}
