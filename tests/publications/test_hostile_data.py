"""Thousands of events of hostile text in KML, GeoJSON and Atom, read by strict parsers."""

import json
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from protestcoord.publications import changes, geodata
from protestcoord.publications.changes import MOST_ENTRIES, changes_atom
from protestcoord.publications.geodata import sites_geojson, sites_kml
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_site,
    make_slot,
)
from tests.proofs import size
from tests.publications.test_hostile_feed import LINKS, hostile_place

EVENTS = size(500, full=10_000)
KINDS = ("kml", "geojson", "atom")


def plain_place(number: int):
    group = make_participant(name="Lantern", meeting_point="at noon")
    slot = make_slot(f"m-{number}", groups=(group,))
    return make_site(make_mission(slug=f"m-{number}", city="Berlin"), slot), slot


def files(kind: str, place) -> list[bytes]:
    """Every file of a kind that tells of all events."""
    if kind != "atom":
        campaign = make_campaign(*(place(number)[0] for number in range(EVENTS)))
        return [{"kml": sites_kml, "geojson": sites_geojson}[kind](campaign, LINKS)]
    starts = range(0, EVENTS, MOST_ENTRIES)  # a feed holds the newest changes alone
    groups = (range(start, min(start + MOST_ENTRIES, EVENTS)) for start in starts)
    campaigns = (make_campaign(*(place(n)[0] for n in group)) for group in groups)
    return [changes_atom((campaign, "uid.example"), LINKS) for campaign in campaigns]


def nodes(kind: str, contents: list[bytes]) -> Counter:
    """How often each kind of node stands in files; a file that is not well-formed raises."""
    if kind == "geojson":
        return Counter(node for content in contents for node in nodes_of(strict_json(content)))
    read = (ET.fromstring(content) for content in contents)  # noqa: S314 - we wrote it
    return Counter((e.tag, *sorted(e.attrib)) for root in read for e in root.iter())


def strict_json(content: bytes):
    """Read as RFC 8259 says, and refuse a name that stands twice or a number that is none."""

    def once(pairs):
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    def refuse(word):
        raise ValueError(word)

    return json.loads(content.decode(), object_pairs_hook=once, parse_constant=refuse)


def nodes_of(value, at=""):
    yield at, type(value).__name__
    for key, part in value.items() if isinstance(value, dict) else ():
        yield from nodes_of(part, f"{at}/{key}")
    for part in value if isinstance(value, list) else ():
        yield from nodes_of(part, f"{at}[]")


@pytest.mark.proves("E5")
@pytest.mark.parametrize("kind", KINDS)
def test_no_event_makes_a_node_that_is_not_ours(kind, record_property):
    hostile = nodes(kind, files(kind, hostile_place))
    assert hostile == nodes(kind, files(kind, plain_place))
    assert max(hostile.values()) >= EVENTS
    record_property("E5", f"{EVENTS:,} hostile events as {kind}, 0 foreign nodes")


@pytest.mark.control("E5")
@pytest.mark.parametrize("kind", ["kml", "atom"])
def test_a_node_of_others_and_a_broken_file_would_be_seen(kind, monkeypatch):
    monkeypatch.setattr("tests.publications.test_hostile_data.EVENTS", 50)
    plain = nodes(kind, files(kind, plain_place))
    for module in (changes, geodata):
        monkeypatch.setattr(module, "visible_text", lambda text: text.replace("\ud800", ""))
    with pytest.raises((ET.ParseError, UnicodeEncodeError, ValueError)):
        nodes(kind, files(kind, hostile_place))
    monkeypatch.undo()
    monkeypatch.setattr(ET, "_escape_cdata", lambda text: "<evil/>")
    assert set(nodes(kind, files(kind, plain_place))) - set(plain)


@pytest.mark.control("E5")
@pytest.mark.parametrize("content", [b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\n"}', b'"\xed"'])
def test_json_that_a_strict_reader_refuses_would_be_seen(content):
    with pytest.raises((AssertionError, ValueError)):
        nodes("geojson", [content])
