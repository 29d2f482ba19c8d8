"""The feed of changes: each slot once, as it is now, the newest first."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from protestcoord.campaigns.rules import Presence
from protestcoord.core.links import Links
from protestcoord.publications.changes import ATOM, changes_atom
from tests.factories import (
    WRITTEN_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
)

HOST = "uid.example"
LINKS = Links("https://protest.example", "en", "en")
GROUP = make_participant(meeting_point="By the clock")


def feed(*sites, language="en", **changes):
    links = replace(LINKS, language=language)
    return ET.fromstring(changes_atom((make_campaign(*sites, **changes), HOST), links))  # noqa: S314


def texts(element, *path):
    return [found.text for found in element.findall("/".join(f"{{{ATOM}}}{p}" for p in path))]


def berlin(**changes):
    return make_site(make_mission(), make_slot(**changes))


def test_newest_change_stands_first():
    later = WRITTEN_AT + timedelta(hours=1)
    seoul = make_site(make_seoul(), make_slot("kr-seoul-embassy", changed_at=later))
    assert texts(feed(berlin(), seoul), "entry", "title") == [
        "Seoul, South Korea: empty",
        "Berlin, Germany: empty",
    ]
    assert texts(feed(berlin(), seoul), "updated") == ["2026-11-01T13:00:00Z"]


def test_entry_says_when_who_and_where_and_leads_to_the_site():
    (entry,) = feed(berlin(groups=(GROUP,))).findall(f"{{{ATOM}}}entry")
    assert texts(entry, "id") == ["tag:uid.example,2026:demo/w1-de-berlin-embassy-1"]
    assert texts(entry, "updated") == ["2026-11-01T12:00:00Z"]
    (content,) = texts(entry, "content")
    assert content.splitlines() == [
        "Local time: Sat, 9 Jan 2027, 12:00 (UTC+01:00)",
        "Groups: Lantern circle",
        "Meeting point: By the clock",
    ]
    (link,) = entry.findall(f"{{{ATOM}}}link")
    assert link.get("href") == "https://protest.example/c/demo/sites/de-berlin-embassy/"


def test_cancelled_slot_is_told_and_names_no_group():
    for site in (berlin(cancelled=True, groups=(GROUP,)), make_site(dropped=True)):
        found = feed(site)
        assert texts(found, "entry", "title") == ["CANCELLED: Berlin, Germany"]
        assert "Lantern" not in ET.tostring(found, encoding="unicode")


def test_feed_is_in_the_language_of_its_address():
    found = feed(berlin(), language="ja")
    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == "ja"
    assert texts(found, "title")[0] != "Changes: One noon for the refugees"


def test_what_moved_says_so_and_so_does_where_nobody_is_to_go():
    (content,) = texts(feed(berlin(sequence=1)), "entry", "content")
    assert content.splitlines()[1:] == ["The time or the place changed since it was announced."]
    remote = make_site(make_mission(), make_slot(), presence=Presence.REMOTE_ONLY)
    (content,) = texts(feed(remote), "entry", "content")
    assert content.splitlines()[1:] == ["Groups act elsewhere in solidarity, not at the mission."]


# How often each child may stand there, of those we write.
ONCE, MAYBE_ONCE, OFTEN = {1}, {0, 1}, range(1_000_000)
CHILDREN = {
    "feed": {
        "id": ONCE, "title": ONCE, "updated": ONCE, "author": ONCE, "link": OFTEN, "entry": OFTEN,
    },
    "entry": {"id": ONCE, "title": ONCE, "updated": ONCE, "link": OFTEN, "content": MAYBE_ONCE},
    "author": {"name": ONCE},
}  # fmt: skip
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[A-Za-z0-9./-]+")


def faults_in(element):
    """Yield what RFC 4287 and RFC 4151 forbid in a feed, for the parts of them that we use."""
    name = element.tag.removeprefix(f"{{{ATOM}}}")
    found = Counter(child.tag.removeprefix(f"{{{ATOM}}}") for child in element)
    allowed = CHILDREN.get(name, {})
    yield from (f"{name}: {child}" for child in found if child not in allowed)
    yield from (f"{name}: {found[c]} {c}" for c, times in allowed.items() if found[c] not in times)
    if name == "updated" and not RFC_3339.fullmatch(element.text):
        yield f"updated: {element.text}"
    if name == "id" and not TAG.fullmatch(element.text):
        yield f"id: {element.text}"
    if name == "link" and not element.get("href").startswith("https://"):
        yield f"link: {element.get('href')}"
    links = Counter(link.get("rel") for link in element.findall(f"{{{ATOM}}}link"))
    yield from (f"{name}: {times} {rel}" for rel, times in links.items() if times > 1)
    for child in element:
        yield from faults_in(child)
    if name == "feed":
        yield from _faults_between(element)


def _faults_between(found):
    ids = texts(found, "entry", "id") + texts(found, "id")
    if len(ids) != len(set(ids)):
        yield "two of one id"
    if max(texts(found, "entry", "updated"), default="") > texts(found, "updated")[0]:
        yield "an entry is newer than the feed"


def test_strict_reader_finds_no_fault():
    campaigns = [
        (berlin(),),
        (make_site(dropped=True),),
        (berlin(groups=(GROUP,)), make_site(make_seoul())),
    ]
    for sites in campaigns:
        for language in ("en", "ja", "ko"):
            assert list(faults_in(feed(*sites, language=language))) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<updated>2026", "<updated>yesterday 2026", "updated: yesterday"),
        ("<id>tag:", "<id>", "id: uid.example"),
        ("<title>", "<subject /><title>", "feed: subject"),
        ("</author>", "</author><title>again</title>", "feed: 2 title"),
        (
            "2026-11-01T12:00:00Z</updated><author>",
            "2020-01-01T00:00:00Z</updated><author>",
            "newer",
        ),
        ('rel="self"', 'rel="alternate"', "feed: 2 alternate"),
        ("https://protest.example/c/demo/sites", "/c/demo/sites", "link: /c/demo/sites"),
    ],
)
def test_strict_reader_finds_a_planted_fault(old, new, fault):
    written = changes_atom((make_campaign(berlin()), HOST), LINKS).decode()
    assert old in written
    found = list(faults_in(ET.fromstring(written.replace(old, new))))  # noqa: S314
    assert any(fault in each for each in found), found


def test_a_hundred_entries_at_most_and_always_the_same():
    slots = [make_slot(occurrence=number) for number in range(1, 150)]
    one, other = feed(make_site(None, *slots)), feed(make_site(None, *reversed(slots)))
    assert len(texts(one, "entry", "id")) == 100
    assert texts(one, "entry", "id") == texts(other, "entry", "id")


def test_hostile_texts_stay_texts():
    evil = "]]><entry><id>x</id></entry>\x00\x1b\ud800\u2028<!--"
    group = make_participant(name=evil, meeting_point=evil)
    found = feed(make_site(make_mission(city=evil), make_slot(groups=(group,))), title=evil)
    assert len(texts(found, "entry", "id")) == 1
    assert {element.tag.partition("}")[2] for element in found.iter()} == {
        "feed", "id", "title", "updated", "author", "name", "link", "entry", "content",
    }  # fmt: skip
