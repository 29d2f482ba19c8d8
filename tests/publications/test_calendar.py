import logging
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.core.languages import moment_text
from protestcoord.core.links import Links
from protestcoord.publications.calendar import calendar_from_slots
from protestcoord.publications.snapshot import CampaignView, SiteView
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_wave,
)
from tests.publications.readers import READERS, ReadEvent

GOLDEN = Path(__file__).parent / "golden"
LINKS = Links("https://protest.example", "en", "en")
LANTERNS = make_participant(meeting_point="Jannowitzbrücke, south side; by the clock")
HOSTILE = (
    "x\r\nATTENDEE:mailto:a@b.example\nATTENDEE:b\rATTENDEE:c\vATTENDEE:d\fATTENDEE:e"
    "\x1cATTENDEE:f\x85ATTENDEE:g\u2028ATTENDEE:h\u2029ATTENDEE:i\0ATTENDEE:j\ud800\\;,\\n\tend"
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def feed(
    campaign: CampaignView, *, links: Links = LINKS, alarm_minutes: int | None = None
) -> bytes:
    return calendar_from_slots(
        "All of it",
        campaign,
        [(site, slot) for site in campaign.sites for slot in site.slots],
        links,
        "uid.example",
        "/c/demo/calendar.ics",
        alarm_minutes,
    )


def feed_of(*sites: SiteView, **changes: object) -> bytes:
    return feed(make_campaign(*sites, **changes))


def values(content: bytes, name: str) -> list[str]:
    """The values of a property, unfolded and still escaped, in the order of the file."""
    unfolded = content.decode().replace("\r\n ", "")
    return re.findall(rf"^{name}(?:;[^:]*)?:(.*)\r$", unfolded, re.MULTILINE)


def names(content: bytes, ends: str) -> list[str]:
    """The names of all properties, as a reader sees them that ends lines in its own way."""
    text = content.decode()
    lines = text.splitlines() if ends == "splitlines" else re.split(ends, text)
    lines = [line.removeprefix("\n") for line in lines]  # what \r leaves of \r\n
    starts = (line for line in lines if line and not line.startswith(" "))
    return [re.split("[;:]", line.strip())[0] for line in starts]


def site_at(timezone: str, starts_at: datetime, minutes: int = 60) -> SiteView:
    mission = make_mission(slug="site", timezone=timezone)
    ends_at = starts_at + timedelta(minutes=minutes)
    return make_site(
        mission, make_slot("site", timezone=timezone, starts_at=starts_at, ends_at=ends_at)
    )


def every_kind_of_site() -> CampaignView:
    berlin = make_site(make_mission(), make_slot(groups=(LANTERNS,)))
    seoul = make_site(make_seoul())
    tokyo = make_mission(
        slug="jp-tokyo-embassy", city="Tokyo", country="JP", timezone="Asia/Tokyo", address=""
    )
    cancelled = make_slot(tokyo.slug, timezone="Asia/Tokyo", cancelled=True, sequence=3)
    pyongyang = make_mission(
        slug="kp-pyongyang-embassy", city="Pyongyang", country="KP", timezone="Asia/Pyongyang"
    )
    relay = make_slot(wave=2, starts_at=DAY_AT + timedelta(hours=2), local_asked=None)
    return make_campaign(
        replace(berlin, slots=(*berlin.slots, relay)),
        seoul,
        make_site(tokyo, cancelled, dropped=True),
        make_site(pyongyang, presence=Presence.REMOTE_ONLY),
        title="하나의 정오 – one noon 🕯️",
        statement="让难民去他们安全的地方。دعوا اللاجئين يذهبون.\nPeacefully, lawfully; together.",
        waves=(make_wave(), make_wave(number=2, synchronisation=Synchronisation.RELAY)),
    )


@pytest.mark.parametrize(
    ("name", "alarm_minutes"), [("calendar.ics", None), ("calendar-alarm-60.ics", 60)]
)
def test_calendar_is_the_golden_one_byte_for_byte(name, alarm_minutes):
    built = feed(every_kind_of_site(), alarm_minutes=alarm_minutes)
    assert built == (GOLDEN / name).read_bytes()


def test_same_slots_in_any_order_give_the_same_bytes():
    campaign = every_kind_of_site()
    backwards = replace(campaign, sites=campaign.sites[::-1])
    assert feed(campaign) == feed(every_kind_of_site()) == feed(backwards)


def test_every_line_ends_with_crlf_has_at_most_75_octets_and_is_utf_8():
    content = feed(every_kind_of_site(), alarm_minutes=60)
    assert content.endswith(b"\r\nEND:VCALENDAR\r\n")
    for line in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= 75
        assert b"\r" not in line
        assert b"\n" not in line
        line.decode()


def test_events_come_by_start_and_then_by_key():
    late = make_mission(slug="aa-late")
    sites = [
        make_site(late, make_slot(late.slug, starts_at=DAY_AT + timedelta(hours=1))),
        make_site(make_mission(slug="bb")),
        make_site(make_mission(slug="ab")),
    ]
    uids = [f"demo.w1-{slug}-1@uid.example" for slug in ("ab", "bb", "aa-late")]
    assert values(feed_of(*sites), "UID") == uids


def test_calendar_says_its_names_source_and_how_often_to_ask():
    content = feed_of(refresh_minutes=15)
    assert values(content, "METHOD") == ["PUBLISH"]
    assert values(content, "NAME") == values(content, "X-WR-CALNAME") == ["All of it"]
    assert b"\r\nSOURCE;VALUE=URI:https://protest.example/c/demo/calendar.ics\r\n" in content
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nSOURCE" in content
    assert values(content, "X-PUBLISHED-TTL") == ["PT15M"]


def test_calendar_of_another_language_points_to_its_own_pages():
    content = feed(make_campaign(), links=replace(LINKS, language="ja"))
    assert values(content, "SOURCE") == ["https://protest.example/ja/c/demo/calendar.ics"]
    page = "https://protest.example/ja/c/demo/sites/de-berlin-embassy/"
    assert values(content, "URL") == ["https://protest.example/ja/c/demo/", page]
    assert values(content, "UID") == values(feed_of(), "UID")


def test_calendar_without_slots_is_a_calendar():
    content = calendar_from_slots("None", make_campaign(), [], LINKS, "uid.example", "/x.ics")
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"VTIMEZONE" not in content


def test_same_local_time_is_written_on_the_clock_of_its_zone():
    content = feed_of()
    assert b"\r\nDTSTART;TZID=Europe/Berlin:20270109T120000\r\n" in content
    assert b"\r\nDTEND;TZID=Europe/Berlin:20270109T130000\r\n" in content
    assert values(content, "TZID") == ["Europe/Berlin"]


def test_where_an_instant_was_asked_for_it_is_written_in_utc():
    content = feed_of(make_site(make_mission(), make_slot(local_asked=None)))
    assert b"\r\nDTSTART:20270109T110000Z\r\nDTEND:20270109T120000Z\r\n" in content
    assert b"TZID" not in content


def test_zone_is_cut_to_the_years_used():
    onsets = values(feed_of(site_at("Europe/Berlin", utc(2027, 12, 31, 22, 30))), "DTSTART")
    assert [onset[:4] for onset in onsets] == ["2027"] * 3 + ["2028"] * 2 + ["2027"]


def test_onset_of_summer_time_is_on_the_clock_before_it():
    content = feed_of(site_at("Europe/Berlin", utc(2027, 6, 4, 10)))
    onset = "BEGIN:DAYLIGHT DTSTART:20270328T020000 TZNAME:CEST TZOFFSETFROM:+0100 TZOFFSETTO:+0200"
    assert onset.replace(" ", "\r\n").encode() in content


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("timezone", "starts_at", "minutes"),
    [
        ("Asia/Kathmandu", utc(2027, 6, 4, 17, 45), 60),  # 23:30 there
        ("Africa/Casablanca", utc(2026, 2, 15, 2), 120),  # the Ramadan clock begins within
        ("Africa/Casablanca", utc(2027, 2, 15, 2), 120),
        ("Australia/Lord_Howe", utc(2027, 10, 2, 15), 60),  # half an hour is left out
        ("Australia/Lord_Howe", utc(2027, 4, 3, 14, 30), 60),  # half an hour occurs twice
        ("Pacific/Chatham", utc(2027, 9, 25, 13, 30), 60),
        ("Pacific/Apia", utc(2027, 12, 31, 9, 30), 60),  # over the new year
        ("Pacific/Apia", utc(2011, 12, 30, 9, 30), 60),  # over the day that was left out
        ("Asia/Yangon", utc(2027, 6, 4, 5, 30), 60),
        ("Europe/Berlin", utc(2027, 3, 28, 0, 30), 60),  # over the change
        ("Europe/Berlin", utc(2027, 3, 28, 1), 60),  # from the change
        ("Europe/Berlin", utc(2027, 10, 31, 0), 60),  # the hour that occurs twice: the first
        ("Europe/Berlin", utc(2027, 10, 31, 1), 60),  # and the second
        ("America/New_York", utc(2027, 11, 7, 4, 30), 120),
        ("America/New_York", utc(2027, 3, 14, 7), 60),
    ],
)
def test_other_programs_read_the_same_instants(read, timezone, starts_at, minutes):
    (event,) = read(feed_of(site_at(timezone, starts_at, minutes)))
    assert (event.starts_at, event.ends_at) == (starts_at, starts_at + timedelta(minutes=minutes))


@pytest.mark.parametrize("read", READERS)
def test_other_programs_read_the_same_texts(read):
    campaign = every_kind_of_site()
    events = {event.uid: event for event in read(feed(campaign))}
    assert len(events) == 5
    assert events["demo.w1-de-berlin-embassy-1@uid.example"] == ReadEvent(
        uid="demo.w1-de-berlin-embassy-1@uid.example",
        starts_at=DAY_AT,
        ends_at=DAY_AT + timedelta(hours=1),
        summary="하나의 정오 – one noon 🕯️ – Berlin",
        location="Jannowitzbrücke, south side; by the clock",
        description=f"{campaign.statement}\n\n"
        "Local time: Sat, 9 Jan 2027, 12:00 (UTC+01:00)\n"
        "State: covered\n"
        "Groups: Lantern circle\n"
        "https://protest.example/c/demo/sites/de-berlin-embassy/",
    )


def test_cancelled_slot_stays_as_a_cancelled_event():
    content = feed_of(make_site(make_mission(), make_slot(cancelled=True, sequence=2)))
    assert values(content, "STATUS") == ["CANCELLED"]
    assert values(content, "SUMMARY") == ["CANCELLED: One noon for the refugees – Berlin"]
    assert values(content, "SEQUENCE") == ["2"]
    assert r"\nState: cancelled\n" in values(content, "DESCRIPTION")[0]


def test_slots_of_a_dropped_site_stay_as_cancelled_events():
    assert values(feed_of(make_site(dropped=True)), "STATUS") == ["CANCELLED"]


def test_stamps_come_from_the_last_change_of_the_slot():
    slot = make_slot(changed_at=utc(2026, 12, 24, 18, 0, 5), sequence=4)
    content = feed_of(make_site(make_mission(), slot))
    assert values(content, "DTSTAMP") == values(content, "LAST-MODIFIED") == ["20261224T180005Z"]
    assert values(content, "SEQUENCE") == ["4"]


@pytest.mark.parametrize(
    ("mission", "groups", "presence", "location"),
    [
        ({}, (), "on_site", r"Märkisches Ufer 54\, Berlin"),
        ({"address": "Ufer 54, 10179 Berlin"}, (), "on_site", r"Ufer 54\, 10179 Berlin"),
        ({"address": ""}, (), "on_site", "Berlin"),
        ({}, (LANTERNS,), "on_site", r"Jannowitzbrücke\, south side\; by the clock"),
        ({"precision": "city"}, (), "on_site", r"Place to be announced\, Berlin"),
        (
            {"precision": "city"},
            (LANTERNS,),
            "on_site",
            r"Jannowitzbrücke\, south side\; by the clock",
        ),
        ({}, (), "remote_only", r"Place to be announced\, not at the mission"),
        ({}, (LANTERNS,), "remote_only", r"Jannowitzbrücke\, south side\; by the clock"),
    ],
)
def test_location_sends_nobody_to_a_wrong_place(mission, groups, presence, location):
    slot = make_slot(groups=groups)
    site = make_site(make_mission(**mission), slot, presence=Presence(presence))
    assert values(feed_of(site), "LOCATION") == [location]


@pytest.mark.parametrize(
    ("precision", "presence", "geo"),
    [
        ("building", "on_site", ["52.511960;13.415610"]),
        ("building", "remote_only", []),
        ("city", "on_site", []),
        ("city", "remote_only", []),
    ],
)
def test_coordinates_only_of_buildings_where_people_go(precision, presence, geo):
    site = make_site(make_mission(precision=precision), presence=Presence(presence))
    assert values(feed_of(site), "GEO") == geo


def test_remote_site_acts_in_solidarity():
    content = feed_of(make_site(presence=Presence.REMOTE_ONLY))
    summary = "One noon for the refugees – in solidarity with Berlin"
    assert values(content, "SUMMARY") == [summary]
    assert "not at the mission" in values(content, "DESCRIPTION")[0]


def test_calendar_names_no_organizer_and_no_attendee():
    found = Counter(names(feed(every_kind_of_site(), alarm_minutes=15), "\r\n"))
    assert not {"ORGANIZER", "ATTENDEE", "CONTACT"} & found.keys()


def test_alarm_feed_has_one_alarm_for_each_event_that_takes_place():
    content = feed(every_kind_of_site(), alarm_minutes=1440)
    assert values(content, "TRIGGER") == ["-PT1440M"] * 4
    assert values(content, "ACTION") == ["DISPLAY"] * 4
    assert values(content, "STATUS").count("CONFIRMED") == 4
    assert b"VALARM" not in feed(every_kind_of_site())


@pytest.mark.parametrize(
    "bad",
    [
        make_site(make_mission(slug="x\r\nATTENDEE:a")),
        make_site(make_mission(slug="x\u2028ATTENDEE:a")),
        make_site(make_mission(slug="x", timezone="No/Where")),
        make_site(make_mission(slug="x", latitude="north")),
    ],
    ids=["line end in the address", "separator in the address", "no such zone", "no number"],
)
def test_one_bad_slot_is_left_out_and_logged(bad, caplog):
    with caplog.at_level(logging.ERROR, "protestcoord.publications.calendar"):
        content = feed_of(bad, make_site())
    assert content == feed_of(make_site())
    assert [record.args for record in caplog.records] == [(bad.slots[0].key,)]


def hostile_campaign(text: str) -> CampaignView:
    group = make_participant(name=text, meeting_point=text)
    mission = make_mission(city=text, address=text, country=text)
    sites = (
        make_site(mission, make_slot(groups=(group,))),
        make_site(replace(mission, slug="b"), make_slot("b", cancelled=True)),
        make_site(replace(mission, slug="c"), presence=Presence.REMOTE_ONLY),
    )
    return make_campaign(*sites, title=text, statement=text)


def hostile_feed(text: str) -> bytes:
    campaign = hostile_campaign(text)
    places = [(site, slot) for site in campaign.sites for slot in site.slots]
    return calendar_from_slots(text, campaign, places, LINKS, "uid.example", "/x.ics", 15)


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "splitlines"])
def test_hostile_text_forges_no_line_for_any_reader(ends):
    assert names(hostile_feed(HOSTILE), ends) == names(hostile_feed("plain"), "\r\n")


# Building is slow on a loaded machine, and the time of one example says nothing here.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            ["\r\n", "\n", "\r", "\v", "\x85", "\u2028", "ATTENDEE:x", "END:VEVENT", " "]
        )
        | st.text(st.characters(exclude_categories=()))
    ).map("".join)
)
def test_any_text_forges_no_line_for_any_reader(text):
    expected = names(hostile_feed("plain"), "\r\n")
    content = hostile_feed(text)
    for ends in ("\r\n", "\n", "\r", "splitlines"):
        assert names(content, ends) == expected


@pytest.mark.parametrize("read", READERS)
def test_other_programs_read_a_hostile_calendar(read):
    assert len(read(hostile_feed(HOSTILE))) == 3


def test_local_time_in_the_text_is_that_of_the_site():
    start = utc(2027, 6, 4, 17, 45)
    content = feed_of(site_at("Asia/Kathmandu", start))
    told = moment_text(start, "Asia/Kathmandu", "en").replace(",", r"\,")
    assert told.endswith("23:30 (UTC+05:45)")
    assert f"Local time: {told}" in values(content, "DESCRIPTION")[0]
