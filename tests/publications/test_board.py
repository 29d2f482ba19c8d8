"""What the board of the day says, which files one check-in makes anew, and what stands where."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from protestcoord.core.headers import FOR_STATUS
from protestcoord.core.links import Links
from protestcoord.publications.answers import cache_control_of
from protestcoord.publications.board import day_json, day_of, posts_of, totals_of
from protestcoord.publications.registry import publications_of
from protestcoord.publications.snapshot import CheckInView
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
)
from tests.publications.test_openapi import IMPRINT

LINKS = Links("https://protest.example", "en", "en")
BERLIN, SEOUL = "w1-de-berlin-embassy-1", "w1-kr-seoul-embassy-1"
MINUTE = timedelta(minutes=1)


def make_said(slot=BERLIN, mission="de-berlin-embassy", **changes):
    made = CheckInView("demo", mission, slot, DAY_AT + 3 * MINUTE, None, 25)
    return replace(made, **changes)


def make_seoul_said(**changes):
    return make_said(SEOUL, "kr-seoul-embassy", **changes)


def snapshot_of(*said, sites=None):
    there = sites or (make_site(), make_site(make_seoul()))
    return make_snapshot(make_campaign(*there), check_ins=said)


def board_of(snapshot):
    return json.loads(day_json(day_of(snapshot, snapshot.campaigns[0]), LINKS))


def test_totals_count_sites_and_countries_and_add_up_the_steps():
    munich = make_site(make_mission(slug="de-munich-cg", city="Munich"))
    said = (
        make_said(),
        make_said("w1-de-munich-cg-1", "de-munich-cg", people=0),
        make_seoul_said(people=100, finished_at=DAY_AT + 60 * MINUTE),
    )
    snapshot = snapshot_of(*said, sites=(make_site(), make_site(make_seoul()), munich))
    day = day_of(snapshot, snapshot.campaigns[0])
    assert totals_of(posts_of(day)) == (3, 2, 1, 125)


def test_the_small_file_tells_of_who_said_something_on_the_clock_there():
    told = board_of(snapshot_of(make_seoul_said(people=None)))
    assert told["slots"] == 2
    assert told["told"] == [
        {
            "slot": SEOUL,
            "mission": "kr-seoul-embassy",
            "local_start": "2027-01-09T20:00+09:00",
            "moved_from": None,
            "cancelled": False,
            "started_at": "2027-01-09T20:03+09:00",
            "finished_at": None,
            "people": None,
        }
    ]


def test_what_was_moved_or_called_off_is_told_and_does_not_count():
    moved = make_slot(moved_from=DAY_AT - 60 * MINUTE)
    off = make_slot("kr-seoul-embassy", timezone="Asia/Seoul", cancelled=True)
    snapshot = snapshot_of(
        make_seoul_said(), sites=(make_site(None, moved), make_site(make_seoul(), off))
    )
    told = board_of(snapshot)
    assert told["sites_started"] == 0
    seoul, berlin = sorted(told["told"], key=lambda one: one["mission"], reverse=True)
    assert (seoul["cancelled"], berlin["moved_from"]) == (True, "2027-01-09T11:00+01:00")


def test_the_day_is_the_run_of_slots_that_is_not_over():
    first, second = make_slot(ended=True), make_slot(occurrence=2, starts_at=DAY_AT + timedelta(7))
    snapshot = snapshot_of(sites=(make_site(None, first, second),))
    assert [post.slot for post in posts_of(day_of(snapshot, snapshot.campaigns[0]))] == [second]
    over = snapshot_of(sites=(make_site(None, first, replace(second, ended=True)),))
    assert len(posts_of(day_of(over, over.campaigns[0]))) == 1


def changed_by(before, after):
    old, new = ({p.path: p for p in publications_of(s, IMPRINT)} for s in (before, after))
    return {path for path in new if path in old and old[path].slice != new[path].slice}


def test_one_check_in_makes_the_boards_files_and_one_site_anew_and_no_other():
    changed = changed_by(snapshot_of(), snapshot_of(make_said()))
    assert changed == {
        "/c/demo/day.json",
        "/c/demo/day/",
        "/c/demo/sites/de-berlin-embassy/",
        "/c/demo/text/",
        "/c/demo/wall/",
    }
    named = make_site(None, make_slot(groups=(make_participant(),)))
    control = changed_by(snapshot_of(), snapshot_of(sites=(named, make_site(make_seoul()))))
    assert "/c/demo/calendar.ics" in control, "the control: another change makes more anew"


@pytest.mark.parametrize("name", ["c/demo/day.json", "status.json"])
def test_what_pages_follow_may_be_kept_for_ten_seconds(name):
    assert cache_control_of(name) == FOR_STATUS
    assert cache_control_of("c/demo/sites.json") != FOR_STATUS


def page_of(path, snapshot):
    (found,) = [p for p in publications_of(snapshot, IMPRINT) if p.path == path]
    return found.build(found.slice, LINKS).decode()


def test_the_timeline_says_that_a_slot_was_moved_until_it_is_over():
    moved = make_slot(moved_from=DAY_AT - 60 * MINUTE)
    words = "Moved: it was to start on Sat, 9 Jan 2027, 11:00 (UTC+01:00)."
    assert words in page_of("/c/demo/timeline/", snapshot_of(sites=(make_site(None, moved),)))
    over = make_site(None, replace(moved, ended=True))
    assert words not in page_of("/c/demo/timeline/", snapshot_of(sites=(over,)))


@pytest.mark.parametrize("path", ["/c/demo/day/", "/c/demo/text/", "/c/demo/wall/"])
def test_pages_of_the_day_say_what_groups_said_without_a_script(path):
    moved = make_slot(moved_from=DAY_AT - 60 * MINUTE)
    off = make_slot("kr-seoul-embassy", timezone="Asia/Seoul", cancelled=True)
    sites = (make_site(None, moved), make_site(make_seoul(), off))
    page = page_of(path, snapshot_of(make_said(), sites=sites))
    assert "Started at 12:03." in page
    assert "25 or more people, as the groups say." in page
    assert "Moved: it was to start on Sat, 9 Jan 2027, 11:00 (UTC+01:00)." in page
    assert "Called off. Please do not come." in page


def test_the_text_page_needs_no_other_file_and_weighs_little():
    page = page_of("/c/demo/text/", snapshot_of(make_said()))
    assert "<script" not in page
    assert "stylesheet" not in page
    assert "src=" not in page


def test_the_page_of_a_site_says_what_is_said_of_it_alone():
    snapshot = snapshot_of(make_said(), make_seoul_said(people=100))
    berlin = page_of("/c/demo/sites/de-berlin-embassy/", snapshot)
    assert "Started at 12:03." in berlin
    assert "100 or more" not in berlin
    assert datetime.fromisoformat("2027-01-09T12:03+01:00") == DAY_AT + 3 * MINUTE
