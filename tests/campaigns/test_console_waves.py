"""The organizer's pages of waves that repeat, and of single sites that differ."""

import pytest

from protestcoord.campaigns.queries import find_campaign, slots_of_campaign, waves_of_campaign
from protestcoord.core.clock import local_text
from tests.campaigns.planned import BERLIN, LIMA, SEOUL
from tests.campaigns.test_console import HOME, IN_THE_GAP, WAVE, make_campaign, publish
from tests.console_client import stored_in

WEEKLY = WAVE | {"repeat": "weekly", "interval": "2", "count": "3", "weekdays": "SA"}
RELAY = WAVE | {"synchronisation": "relay", "start": "2027-01-09T12:00"}
SITES = f"{HOME}waves/1/sites/"


def local_starts(app):
    with stored_in(app) as session:
        slots = slots_of_campaign(session, find_campaign(session, "one-noon"))
        return {
            slot.key: local_text(slot.starts_at, slot.timezone)[5:16]
            for slot in slots
            if slot.cancelled_at is None
        }


def test_a_wave_repeats_as_the_form_says_and_the_form_shows_it_again(app, kim):
    make_campaign(kim, BERLIN, wave=WEEKLY)
    with stored_in(app) as session:
        (wave,) = waves_of_campaign(session, find_campaign(session, "one-noon"))
        assert wave.recurrence == "FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=SA"
    form = kim.open(f"{HOME}waves/1/").text
    assert 'value="weekly" checked' in form or 'checked id="repeat-2"' in form
    assert "Repeats every 2 weeks. On these days: Saturday. 3 times in all." in " ".join(
        kim.open(f"{HOME}waves/").text.split()
    )
    publish(kim)
    assert local_starts(app) == {
        f"w1-{BERLIN}-{n}": f"{day}T12:00" for n, day in ((1, "01-09"), (2, "01-23"), (3, "02-06"))
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": ""}, "Say either how often it takes place, or until which day."),
        ({"count": "61"}, "This is a number from 1 to 60."),
        ({"weekdays": "MO"}, "The start is not at one of the times at which it repeats."),
        ({"hours": "25"}, "Please give full hours, such as 8, 12, 18."),
        ({"hours": "12, noon"}, "Please give full hours, such as 8, 12, 18."),
        ({"until": "tomorrow", "count": ""}, "Please give a day, such as 2027-06-04."),
        (
            {"repeat": "daily", "interval": "1", "hours": "12 13", "duration_minutes": "61"},
            "One time would start before the one before it has ended.",
        ),
    ],
)
def test_a_repetition_that_cannot_be_is_refused_and_nothing_is_saved(app, kim, changes, message):
    make_campaign(kim, BERLIN, wave=None)
    answer = kim.send(f"{HOME}waves/new/", **WEEKLY | changes)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="Noon"' in answer.text, "what was typed is still there"
    with stored_in(app) as session:
        assert not waves_of_campaign(session, find_campaign(session, "one-noon"))


def test_what_is_said_of_repeating_does_not_count_if_it_takes_place_once(app, kim):
    make_campaign(kim, BERLIN, wave=WEEKLY | {"repeat": "never", "count": "999"})
    with stored_in(app) as session:
        (wave,) = waves_of_campaign(session, find_campaign(session, "one-noon"))
        assert wave.recurrence == ""


def test_a_link_proposes_a_moment_to_the_form(kim):
    make_campaign(kim, BERLIN, wave=None)
    proposed = "synchronisation=same_instant&start=2027-06-04T12:00&duration_minutes=45"
    form = kim.open(f"{HOME}waves/new/?{proposed}").text
    assert 'value="2027-06-04T12:00"' in form
    assert 'value="45"' in form
    assert "Please look at this again" not in form
    nonsense = kim.open(f"{HOME}waves/new/?start=never&duration_minutes=-1&synchronisation=x")
    assert nonsense.status_code == 200


def test_one_site_differs_until_that_is_removed(app, kim):
    make_campaign(kim, BERLIN, SEOUL)
    saved = kim.send(SITES, key=SEOUL, occurrence="0", local_time="15:30", duration_minutes="20")
    assert (saved.status_code, saved.location) == (303, SITES)
    page = kim.open(SITES).text
    assert "at 15:30 on the clock there." in page
    assert "for 20 minutes." in page
    assert "Single sites (1)" in kim.open(f"{HOME}waves/").text
    publish(kim)
    assert local_starts(app) == {f"w1-{BERLIN}-1": "01-09T12:00", f"w1-{SEOUL}-1": "01-09T15:30"}
    kim.send(f"{SITES}remove/", page=SITES, key=SEOUL, occurrence="0")
    publish(kim)
    assert local_starts(app)[f"w1-{SEOUL}-1"] == "01-09T12:00"


def test_a_site_that_is_left_out_has_its_slot_called_off(app, kim):
    make_campaign(kim, BERLIN, SEOUL)
    publish(kim)
    kim.send(SITES, key=SEOUL, occurrence="0", is_cancelled="y")
    assert "These slots are called off" in kim.open(f"{HOME}preview/").text
    publish(kim)
    assert local_starts(app) == {f"w1-{BERLIN}-1": "01-09T12:00"}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"key": LIMA}, "Please choose one of these."),
        ({"key": BERLIN}, "Please say what is different at this site."),
        ({"key": BERLIN, "local_time": "25:00"}, "Please give a time, such as 08:00."),
        ({"key": BERLIN, "local_day": "2027-06-01"}, "is at most 31 days from the wave"),
        ({"key": BERLIN, "duration_minutes": "0"}, "This is a number from 1 to 1440."),
        ({"key": BERLIN, "occurrence": "9", "is_cancelled": "y"}, "Please choose one of these."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(app, kim, sent, message):
    make_campaign(kim, BERLIN)
    answer = kim.send(SITES, **{"occurrence": "0"} | sent)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Single sites (1)" not in kim.open(f"{HOME}waves/").text


def test_a_wave_does_not_become_what_a_single_site_cannot_be_part_of(kim):
    make_campaign(kim, BERLIN)
    kim.send(SITES, key=BERLIN, occurrence="0", local_time="15:30")
    answer = kim.send(f"{HOME}waves/1/", **RELAY)
    assert answer.status_code == 422
    assert "Berlin has a time of its own that this does not allow." in answer.text


def test_a_gap_of_a_relay_names_who_would_close_it(kim):
    make_campaign(kim, BERLIN, wave=RELAY)
    preview = kim.open(f"{HOME}preview/").text
    assert "No mission closes it alone; each of these covers a part:" in preview
    assert "Lima, Peru (60 minutes)" in preview


def test_a_button_ticks_all_sites_with_one_effect_and_publishes_nothing(app, kim):
    make_campaign(kim, BERLIN, SEOUL, wave=IN_THE_GAP)
    effect = "1: 02:30 does not exist there that day; moved forward to 03:30."
    answer = kim.send(f"{HOME}preview/", tick=effect)
    assert answer.status_code == 200
    assert f'value="w1-{BERLIN}-1-2027-03-28T03:30+02:00" checked' in answer.text
    assert local_starts(app) == {}


def test_clocks_that_change_between_now_and_then_are_told(kim):
    make_campaign(kim, BERLIN, SEOUL, wave=WAVE | {"start": "2027-06-04T12:00"})
    preview = kim.open(f"{HOME}preview/").text
    assert "Clocks change between now and then at 1 site;" in preview
    assert "clocks change before then; today UTC+01:00" in preview


@pytest.mark.parametrize("occurrence", ["", "one", "9" * 20, "9" * 5000, "7"])
def test_what_was_never_said_cannot_be_removed(kim, occurrence):
    make_campaign(kim, BERLIN)
    answer = kim.send(f"{SITES}remove/", page=SITES, key=BERLIN, occurrence=occurrence)
    assert answer.status_code == 404


def test_a_wall_clock_is_offered_without_a_zone(kim):
    make_campaign(kim, BERLIN, wave=WEEKLY)
    page = kim.open(SITES).text
    assert ">1: Sat, 9 Jan 2027, 12:00</option>" in page
