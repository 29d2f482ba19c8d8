"""What do other programs read in a calendar: the same few facts by four independent readers."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ics
import pytest
import vobject
from icalendar import Calendar

HERE = Path(__file__).parent
ICALJS = HERE / "node" / "node_modules" / "ical.js"


@dataclass(frozen=True)
class ReadEvent:
    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str


def read_with_icalendar(content: bytes) -> list[ReadEvent]:
    """By the package icalendar, which takes a zone it knows by its name."""
    return [
        ReadEvent(
            str(event["UID"]),
            event["DTSTART"].dt.astimezone(UTC),
            event["DTEND"].dt.astimezone(UTC),
            str(event["SUMMARY"]),
            str(event["LOCATION"]),
            str(event["DESCRIPTION"]),
        )
        for event in Calendar.from_ical(content).walk("VEVENT")
    ]


def read_with_ics(content: bytes) -> list[ReadEvent]:
    return [
        ReadEvent(
            event.uid,
            event.begin.datetime.astimezone(UTC),
            event.end.datetime.astimezone(UTC),
            event.name,
            event.location,
            event.description,
        )
        for event in sorted(ics.Calendar(content.decode()).events, key=lambda e: (e.begin, e.uid))
    ]


def read_with_vobject(content: bytes) -> list[ReadEvent]:
    """By vobject, which computes with the VTIMEZONE of the file, once it forgot the last file's."""
    vars(vobject.icalendar)["__tzidMap"].clear()
    return [
        ReadEvent(
            event.uid.value,
            event.dtstart.value.astimezone(UTC),
            event.dtend.value.astimezone(UTC),
            event.summary.value,
            event.location.value,
            event.description.value,
        )
        for event in vobject.readOne(content.decode()).contents.get("vevent", [])
    ]


def read_with_icaljs(content: bytes) -> list[ReadEvent]:
    """By ical.js, the reader in Thunderbird, which computes with the VTIMEZONE of the file."""
    node = shutil.which("node")
    if not node or not ICALJS.exists():
        pytest.skip("needs node, and `npm ci` in tests/publications/node")
    done = subprocess.run(
        [node, HERE / "read_with_icaljs.mjs"], input=content, capture_output=True, check=True
    )
    return [
        ReadEvent(
            **event
            | {
                "starts_at": datetime.fromisoformat(event["starts_at"]),
                "ends_at": datetime.fromisoformat(event["ends_at"]),
            }
        )
        for event in json.loads(done.stdout)
    ]


READERS: list[Callable[[bytes], list[ReadEvent]]] = [
    read_with_icalendar,
    read_with_ics,
    read_with_vobject,
    read_with_icaljs,
]
