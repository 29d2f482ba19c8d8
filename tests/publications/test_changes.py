"""The feed of changes: each slot once, as it is now, the newest first."""

from datetime import timedelta
from xml.etree import ElementTree as ET

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
GROUP = make_participant(meeting_point="By the clock")


def feed(*sites, language="en", **changes):
    links = Links("https://protest.example", language, "en")
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


def test_what_rfc_4287_asks_of_a_feed_and_its_entries_is_there():
    found = feed(berlin())
    for element in (found, found.find(f"{{{ATOM}}}entry")):
        for tag in ("id", "title", "updated"):
            assert len(texts(element, tag)) == 1, tag
    assert texts(found, "author", "name") == ["protestcoord"]
    rels = {link.get("rel"): link.get("href") for link in found.findall(f"{{{ATOM}}}link")}
    assert rels == {
        "self": "https://protest.example/c/demo/changes.atom",
        "alternate": "https://protest.example/c/demo/",
    }


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
