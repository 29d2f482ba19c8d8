"""Which calendars there are, and what each one shows."""

import icalendar

from protestcoord.core.links import Links
from protestcoord.publications.feeds import feeds_of, feeds_of_sites
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_wave,
)

LINKS = Links("https://example.org", "en", "en")
GROUP = make_participant(key="g-1")


def campaign():
    berlin, seoul = make_mission(), make_seoul()
    noon = make_slot(berlin.slug, groups=(GROUP,))
    dusk = make_slot(berlin.slug, wave=2)
    there = make_slot(seoul.slug, timezone="Asia/Seoul")
    waves = (make_wave(), make_wave(number=2, title="Dusk"))
    return make_campaign(make_site(berlin, noon, dusk), make_site(seoul, there), waves=waves)


def feeds(view=None):
    view = view or campaign()
    made = (*feeds_of(view, "uid.example"), *feeds_of_sites(view, "uid.example"))
    return {publication.path: publication for publication in made}


def uids(path):
    publication = feeds()[path]
    calendar = icalendar.Calendar.from_ical(publication.build(publication.slice, LINKS))
    return sorted(event["UID"].partition("@")[0] for event in calendar.events)


BERLIN_NOON = "demo.w1-de-berlin-embassy-1"
BERLIN_DUSK = "demo.w2-de-berlin-embassy-1"
SEOUL_NOON = "demo.w1-kr-seoul-embassy-1"


def test_there_is_a_calendar_for_the_whole_and_each_part():
    parts = {path.removeprefix("/c/demo/") for path in feeds()}
    assert parts == {
        "calendar.ics",
        "calendar-alarm-15.ics",
        "calendar-alarm-60.ics",
        "calendar-alarm-1440.ics",
        "countries/de.ics",
        "countries/kr.ics",
        "regions/155.ics",
        "regions/030.ics",
        "sites/de-berlin-embassy.ics",
        "sites/kr-seoul-embassy.ics",
        "groups/g-1.ics",
        "waves/1.ics",
        "waves/2.ics",
        "slots/w1-de-berlin-embassy-1.ics",
        "slots/w2-de-berlin-embassy-1.ics",
        "slots/w1-kr-seoul-embassy-1.ics",
    }


def test_each_part_shows_just_its_slots():
    assert uids("/c/demo/calendar.ics") == [BERLIN_NOON, SEOUL_NOON, BERLIN_DUSK]
    assert uids("/c/demo/countries/de.ics") == [BERLIN_NOON, BERLIN_DUSK]
    assert uids("/c/demo/regions/030.ics") == [SEOUL_NOON]
    assert uids("/c/demo/sites/kr-seoul-embassy.ics") == [SEOUL_NOON]
    assert uids("/c/demo/groups/g-1.ics") == [BERLIN_NOON]
    assert uids("/c/demo/waves/1.ics") == [BERLIN_NOON, SEOUL_NOON]
    assert uids("/c/demo/slots/w2-de-berlin-embassy-1.ics") == [BERLIN_DUSK]


def test_a_change_at_one_site_leaves_the_feeds_of_the_others_as_they_were():
    changed = campaign()
    before = {path: publication.slice.digest for path, publication in feeds().items()}
    seoul = changed.sites[1]
    slot = make_slot(seoul.mission.slug, timezone="Asia/Seoul", cancelled=True, sequence=1)
    changed = make_campaign(
        changed.sites[0],
        make_site(seoul.mission, slot),
        waves=changed.waves,
        changed_at=slot.ends_at,
    )
    after = {path: publication.slice.digest for path, publication in feeds(changed).items()}
    stale = {path.removeprefix("/c/demo/") for path in after if after[path] != before[path]}
    assert "sites/de-berlin-embassy.ics" not in stale
    assert "countries/de.ics" not in stale
    assert {"calendar.ics", "sites/kr-seoul-embassy.ics", "countries/kr.ics"} <= stale


def test_an_alarm_feed_has_one_alarm_in_each_event():
    publication = feeds()["/c/demo/calendar-alarm-60.ics"]
    text = publication.build(publication.slice, LINKS).decode()
    assert text.count("BEGIN:VALARM") == text.count("BEGIN:VEVENT") == 3
    assert "TRIGGER:-PT60M" in text
