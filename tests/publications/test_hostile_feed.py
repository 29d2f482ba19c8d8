"""Thousands of events of hostile text, read by strict readers: nothing forged, nothing dead."""

import random
import re
from dataclasses import replace

import pytest

from protestcoord.core.links import Links
from protestcoord.core.text import visible_text
from protestcoord.publications.calendar import calendar_from_slots
from protestcoord.publications.flaws import noting_flaws
from tests.factories import make_campaign, make_mission, make_participant, make_site, make_slot
from tests.proofs import size
from tests.publications.readers import read_with_icalendar, read_with_icaljs

# The full figure of the requirement: 10,000.
EVENTS = size(2_000, full=10_000)
PIECES = [
    *("\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029", "\0", "\x1b", "\x7f", "\t"),
    *("BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", "\r\nATTENDEE:mailto:x", "\nDTSTART:19700101"),
    *("\\", "\\n", "\\N", "\\,", ";", ",", ":", '"', "=", "^", "%0d%0a", " ", "\u00a0"),
    *("\ud800", "\udfff", "\ufffe", "\ufeff", "\u202e", "\u2066", "\u200d", "<script>", "]]>"),
    *("北朝鮮難民", "탈북민", "لاجئون", "🕯️", "👩‍👩‍👧", "e\u0301\u0301\u0301", "x" * 90, "字" * 40),
]
LINKS = Links("https://example.org", "en", "en")
SHAPE = [
    "BEGIN", "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY",
    "DESCRIPTION", "LOCATION", "GEO", "URL", "CATEGORIES", "STATUS", "TRANSP", "END",
]  # fmt: skip


def hostile(chance: random.Random) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(1, 8)))


def hostile_place(number: int):
    chance = random.Random(number)  # noqa: S311
    group = make_participant(name=hostile(chance), meeting_point=f"at {hostile(chance)}")
    mission = make_mission(slug=f"m-{number}", city=hostile(chance), address=hostile(chance))
    slot = make_slot(f"m-{number}", groups=(group,))
    return make_site(mission, slot), slot


@pytest.fixture(scope="module")
def places():
    return [hostile_place(number) for number in range(EVENTS)]


@pytest.fixture(scope="module")
def feed(places) -> bytes:
    campaign = make_campaign(title="One\r\nnoon", statement="Let\u2028them\0go")
    return calendar_from_slots("All", campaign, places, LINKS, "uid.example", "/x.ics")


def lines_of(content: bytes) -> list[str]:
    """Read as RFC 5545 section 3.1 says, and refuse whatever it does not allow."""
    assert content.endswith(b"\r\n")
    physical = content[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in physical)
    text = content.decode("utf-8", "strict")
    assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", text)
    assert text.replace("\r\n", "").count("\n") == text.replace("\r\n", "").count("\r") == 0
    return text[:-2].replace("\r\n ", "").split("\r\n")


def events_of(content: bytes) -> list[dict[str, str]]:
    """Read the events, each property once, in the order in which they are always written."""
    events, current = [], None
    for line in lines_of(content):
        name, value = re.fullmatch(r"([A-Z-]+)(?:;[^:]*)?:(.*)", line).groups()
        if (name, value) == ("BEGIN", "VEVENT"):
            current = {}
            events.append(current)
        if current is not None:
            assert name not in current or name in ("BEGIN", "END")
            current[name] = value
        if (name, value) == ("END", "VEVENT"):
            assert list(current) == SHAPE
            current = None
    return events


def unescaped(value: str) -> str:
    """Read a TEXT value as RFC 5545 section 3.3.11 says."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", value)
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def by_uid(places):
    return {f"demo.{slot.key}@uid.example": (site, slot) for site, slot in places}


@pytest.mark.proves("E3")
def test_strict_reader_finds_each_event_once_and_its_texts_as_they_were(
    feed, places, record_property
):
    events, known = events_of(feed), by_uid(places)
    assert len(events) == EVENTS
    for event in events:
        site, slot = known.pop(event["UID"])
        assert unescaped(event["LOCATION"]) == visible_text(slot.groups[0].meeting_point)
        assert unescaped(event["SUMMARY"]).endswith(visible_text(site.mission.city))
        assert f"Groups: {visible_text(slot.groups[0].name)}" in unescaped(event["DESCRIPTION"])
    assert known == {}
    record_property("E3", f"{EVENTS:,} hostile events, 0 forged properties")


@pytest.mark.proves("E3")
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", None])
def test_however_a_reader_ends_lines_it_finds_no_other_property(feed, ends):
    text = feed.decode().replace("\r\n ", "")
    lines = text.splitlines() if ends is None else text.split(ends)
    starts = [re.match(r"\s*([A-Z-]+)[;:]", line) for line in lines]
    names = [start[1] for start in starts if start]
    for name in set(SHAPE) - {"BEGIN", "END", "URL", "DTSTART"}:
        assert names.count(name) == EVENTS, name
    assert not {"ATTENDEE", "ORGANIZER"} & set(names)


@pytest.mark.parametrize(
    ("read", "events"),
    [
        pytest.param(read_with_icalendar, EVENTS, marks=pytest.mark.proves("E3")),
        (read_with_icaljs, EVENTS // 10),
    ],
)
def test_other_programs_read_every_event(places, read, events):
    some = places[:events]
    content = calendar_from_slots("All", make_campaign(), some, LINKS, "uid.example", "/x.ics")
    found = {event.uid: event for event in read(content)}
    assert len(found) == events
    for uid, (_site, slot) in by_uid(some).items():
        assert found[uid].starts_at == slot.starts_at


@pytest.mark.proves("E3")
def test_one_bad_event_is_left_out_alarmed_and_harms_no_other(places, caplog):
    bad, slot = places[7]
    bad = replace(bad, mission=replace(bad.mission, latitude="north"))
    campaign = make_campaign()
    with noting_flaws() as flaws:
        content = calendar_from_slots(
            "All", campaign, [*places[:7], (bad, slot)], LINKS, "uid.example", "/x.ics"
        )
    assert len(events_of(content)) == 7
    assert flaws == ["no event of slot 'w1-m-7-1'"]
    assert "No event could be made of slot 'w1-m-7-1'" in caplog.text


@pytest.mark.control("E3")
def test_these_readers_see_a_writer_that_escapes_nothing(monkeypatch, places):
    """The control."""
    monkeypatch.setattr("protestcoord.publications.events.escaped", lambda text: text)
    monkeypatch.setattr("protestcoord.publications.contentlines.visible_text", lambda text: text)
    monkeypatch.setattr(
        "protestcoord.publications.contentlines._content_line",
        lambda line: line.encode("utf-8", "replace") + b"\r\n",
    )
    campaign = make_campaign(title="another")
    content = calendar_from_slots("All", campaign, places[:50], LINKS, "uid.example", "/x.ics")
    with pytest.raises((AssertionError, AttributeError)):
        events_of(content)
