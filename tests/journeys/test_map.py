"""The world map in a browser: what is chosen drives map, list, address and files alike."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from astral import Observer
from astral.sun import elevation
from playwright.sync_api import expect

from protestcoord.config import PACKAGE
from protestcoord.publications.registry import Imprint, publications_of
from protestcoord.signups.rules import SlotState
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
    make_state,
    make_wave,
)
from tests.journeys.built import built_store, door_served
from tests.journeys.test_main_job import barriers_on

pytestmark = pytest.mark.browser

VIENNA = {"latitude": 48.2, "longitude": 16.4}
MUNICH = {
    "slug": "de-munich-cg", "city": "Munich", "latitude": 48.15, "longitude": 11.53,
    "kind": "consulate_general",
}  # fmt: skip
LIMA = {
    "slug": "pe-lima-embassy", "country": "PE", "city": "Lima", "latitude": -12.1,
    "longitude": -77.03, "timezone": "America/Lima", "region": "005",
}  # fmt: skip


def make_lima():
    mission = make_mission(**LIMA)
    at = DAY_AT + timedelta(hours=6)
    return make_site(
        mission, make_slot(mission.slug, wave=2, starts_at=at, timezone="America/Lima")
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    campaign = make_campaign(
        make_state(SlotState.COVERED, make_mission()),
        make_site(make_mission(**MUNICH)),
        make_site(make_seoul()),
        make_lima(),
        waves=(make_wave(), make_wave(number=2, title="Evening")),
    )
    imprint = Imprint("uid.example", False, "mailto:a@example.org", datetime.now(UTC), "k" * 64)
    publications = publications_of(make_snapshot(campaign), imprint)
    return built_store(tmp_path_factory.mktemp("map"), publications)


@pytest.fixture(scope="module")
def site(store):
    with door_served(store) as base_url:
        yield base_url


@pytest.fixture
def open_map(pages, site, store):
    def at(fragment="", **options):
        store.note_current(datetime.now(UTC))
        page = pages(site).page(**options)
        page.goto(f"/c/demo/map/{fragment}")
        page.locator("#map .leaflet-marker-icon").first.wait_for()
        return page

    return at


def shown_in_list(page):
    rows = page.locator("#sites [data-row]:not([hidden])")
    return {row.get_attribute("data-site") for row in rows.all()}


def test_what_is_chosen_drives_map_list_address_and_calendar(open_map):
    page = open_map()
    expect(page.locator("[data-all]")).to_have_attribute("href", "/c/demo/calendar.ics")
    page.locator("select[name=country]").select_option("PE")
    assert shown_in_list(page) == {"pe-lima-embassy"}
    expect(page.locator("#map .map-mark")).to_have_count(1)
    assert page.url.endswith("#country=PE")
    expect(page.locator("[data-all]")).to_have_attribute("href", "/c/demo/countries/pe.ics")
    expect(page.locator("[role=status][data-count]")).to_have_text("Sites found: 1")

    page.locator("select[name=country]").select_option("")
    page.locator("select[name=wave]").select_option("1")
    assert shown_in_list(page) == {"de-berlin-embassy", "de-munich-cg", "kr-seoul-embassy"}
    expect(page.locator("[data-all]")).to_have_attribute("href", "/c/demo/waves/1.ics")
    page.locator("select[name=state]").select_option("covered")
    assert shown_in_list(page) == {"de-berlin-embassy"}
    expect(page.locator("[data-all]")).to_have_attribute("href", "/c/demo/calendar.ics")
    assert barriers_on(page) == []


def test_a_link_shows_somebody_else_what_was_chosen(open_map):
    page = open_map("#state=covered&site=de-berlin-embassy")
    assert shown_in_list(page) == {"de-berlin-embassy"}
    expect(page.locator("select[name=state]")).to_have_value("covered")
    expect(page.get_by_role("dialog")).to_contain_text("Berlin")
    expect(page.locator("[data-site=de-berlin-embassy]")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("#state=covered")


def test_the_list_opens_a_site_on_the_map_by_keyboard(open_map):
    page = open_map()
    page.locator("summary", has_text="South America").press("Enter")
    button = page.get_by_role("button", name="Show on the map: Lima")
    button.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Lima")
    assert page.url.endswith("#site=pe-lima-embassy")


@pytest.mark.parametrize("kind", ["CSV", "GeoJSON"])
def test_what_is_seen_is_cut_out_of_the_public_files(open_map, store, kind):
    page = open_map("#q=munich")
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    text = Path(download.value.path()).read_text()
    if kind == "GeoJSON":
        (only,) = json.loads(text)["features"]
        assert only["properties"]["mission"] == "de-munich-cg"
        return
    whole = (store.folder / "c/demo/sites.csv").read_text().splitlines()
    assert text.splitlines() == [whole[0], *[row for row in whole if "de-munich-cg" in row]]


@pytest.mark.proves("P8")
@pytest.mark.parametrize("path", ["/c/demo/map/", "/missions/"])
def test_near_me_is_found_in_the_browser_and_told_to_nobody(pages, site, store, path):
    store.note_current(datetime.now(UTC))
    page = pages(site).page(geolocation=VIENNA, permissions=["geolocation"])
    asked = []
    page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    before = len(asked)
    page.get_by_role("button", name="Near me").click()
    expect(page.locator(".nearby ol > li").first).to_contain_text("361")
    expect(page.locator(".nearby ol > li").first).to_contain_text("Munich")
    if "map" in path:
        expect(page.locator("#map .map-you")).to_have_count(1)
    told = [one for one in asked[before:] if not re.search(r"/status\.json$|/icons/", one)]
    assert told == []
    page.evaluate("fetch('/status.json?at=48.2,16.4')")
    page.wait_for_timeout(200)
    assert "48.2" in asked[-1], "the control: a position in a request is seen"
    page.context.close()


def test_the_slider_shows_night_and_who_is_at_it(open_map):
    page = open_map(timezone_id="America/Lima")
    said, slider = page.locator(".map-said"), page.get_by_label("Time of the day")
    expect(page.locator(".map-night")).to_have_count(0)
    slider.focus()
    for _ in range(5):  # from an hour before the first start, a quarter of an hour each
        slider.press("ArrowRight")
    expect(page.locator(".map-clock")).to_have_text(
        "Sat 9 Jan, 11:15 UTC · Sat 9 Jan, 06:15 where you are"
    )
    expect(said).to_have_text("Time for 3 sites, 1 of them covered. Still to come: 1. Over: 0.")
    expect(page.locator(".map-night")).to_have_count(1)
    slider.press("End")
    expect(said).to_have_text("Time for 0 sites, 0 of them covered. Still to come: 0. Over: 4.")
    page.get_by_role("button", name="Back to the states").press("Enter")
    expect(page.locator(".map-night")).to_have_count(0)
    expect(said).to_be_hidden()
    assert barriers_on(page) == []


def test_the_day_plays_and_pauses(open_map):
    page = open_map(reduced_motion="reduce")
    page.get_by_role("button", name="Watch the day").click()
    # It goes on while a slow machine looks.
    expect(page.locator(".map-clock")).to_contain_text(re.compile(r"1[0-9]:(15|30|45) UTC"))
    page.get_by_role("button", name="Pause").click()
    at = page.locator(".map-clock").inner_text()
    page.wait_for_timeout(1200)
    assert page.locator(".map-clock").inner_text() == at


def test_without_a_script_the_list_is_whole(pages, site):
    page = pages(site).page(java_script_enabled=False)
    page.goto("/c/demo/map/")
    assert len(shown_in_list(page)) == 4
    expect(page.locator(".filter, .seen, .nearby")).to_have_count(3)
    for part in page.locator(".filter, .seen, .nearby").all():
        expect(part).to_be_hidden()


def test_the_sun_of_the_page_stands_where_astral_has_it(browser):
    """A hundred instants of a year: right overhead, within a tenth of a degree."""
    page = browser.new_page()
    page.add_script_tag(path=PACKAGE / "static" / "sun.js")
    start = datetime(2027, 1, 1, 0, 7, tzinfo=UTC)
    instants = [start + timedelta(hours=87.6 * n) for n in range(100)]
    stamps = [int(instant.timestamp() * 1000) for instant in instants]
    points = page.evaluate("list => list.map(protestcoordSun.subsolarPoint)", stamps)
    off = [
        90 - elevation(Observer(latitude, longitude), instant, with_refraction=False)
        for (latitude, longitude), instant in zip(points, instants, strict=True)
    ]
    page.context.close()
    assert max(off) < 0.1


def test_finer_borders_come_for_what_is_in_sight_alone_when_one_is_near(open_map):
    page = open_map()
    asked = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(600)
    assert not [name for name in asked if name.startswith("region-")], "the control: from afar none"
    page.goto("/ja/c/demo/map/#at=52.5,13.4,6")
    page.reload()
    for _ in range(100):
        if not page.evaluate("Boolean(protestcoordMap.land()._map)"):
            break  # the coarse world has gone
        page.wait_for_timeout(100)
    there = {name for name in asked if name.startswith("region-")}
    assert {"region-155.js"} <= there
    assert not {"region-030.js", "region-021.js"} & there
    expect(page.locator(".map-country", has_text="ドイツ")).to_have_count(1)
