"""What browsers make of the built files: in frames, when stale, and as a copy on a disk."""

import time
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import expect

from protestcoord.config import LANGUAGES
from protestcoord.core.links import FileLinks, Links
from protestcoord.publications.files import files_of
from protestcoord.publications.mirror import Mirror
from protestcoord.publications.registry import Imprint, publications_of
from protestcoord.signups.rules import SlotState
from tests.factories import make_campaign, make_seoul, make_snapshot, make_state
from tests.factories import make_mission as berlin
from tests.journeys.built import SITE, built_store, door_served
from tests.servers import files_served

NOW = datetime.now(UTC)


pytestmark = pytest.mark.browser


def publications():
    states = cycle([SlotState.COVERED, SlotState.EMPTY])
    campaign = make_campaign(*(make_state(next(states), m) for m in (berlin(), make_seoul())))
    imprint = Imprint("uid.example", False, "mailto:a@example.org", NOW, "k" * 64)
    return list(publications_of(make_snapshot(campaign), imprint))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return built_store(tmp_path_factory.mktemp("read"), publications())


@pytest.fixture(scope="module")
def site(store):
    with door_served(store) as base_url:
        yield base_url


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copied")

    def links_for(language, path):
        return FileLinks(SITE, language, "en", Links(SITE, language, "en").prefixed(path))

    files = files_of(publications(), tuple(LANGUAGES), "en", links_for, "code-1")
    mirror = Mirror(folder / "copy", SITE, Ed25519PrivateKey.generate(), folder / "ledger.json")
    mirror.write(files, NOW)
    return folder / "copy"


def embedding(base_url):
    frames = "".join(
        f'<iframe src="{base_url}/c/demo/embed/{part}/" title="{part}" width="600" height="450" '
        'sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox">'
        "</iframe>"
        for part in ("list", "map")
    )
    return f"<!doctype html><title>Partner</title><link rel=icon href=data:,>{frames}"


def test_another_site_shows_list_and_map_in_frames(pages, site, store, tmp_path):
    store.note_current(datetime.now(UTC))
    (tmp_path / "index.html").write_text(embedding(site))
    with files_served(tmp_path) as partner:
        page = pages("http://127.0.0.1:").page(base_url=None)
        page.goto(f"{partner}/index.html")
        shown_list = page.frame_locator("iframe[title=list]")
        shown_list.get_by_text("1 of 2 sites covered").wait_for()
        shown_map = page.frame_locator("iframe[title=map]")
        shown_map.locator(".leaflet-marker-icon").first.wait_for()
        shown_list.locator("summary").first.click()
        with page.context.expect_page() as opened:
            shown_list.locator("a.row__name").first.click()
        assert opened.value.url.startswith(f"{site}/c/demo/sites/")
        page.context.close()


def test_no_other_page_lets_itself_be_framed(browser, site, tmp_path):
    """The control of the frames: the campaign's own page stays empty."""
    (tmp_path / "index.html").write_text(f'<iframe src="{site}/c/demo/" title="list"></iframe>')
    with files_served(tmp_path) as partner:
        page = browser.new_page()
        page.goto(f"{partner}/index.html")
        page.wait_for_timeout(500)
        assert page.frames[1].url.startswith("chrome-error://")
        page.context.close()


def test_one_site_is_found_by_its_country_and_subscribed_to(pages, site, store):
    store.note_current(datetime.now(UTC))
    page = pages(site).page()
    page.goto("/c/demo/subscribe/")
    page.get_by_label("Find a city or country").fill("german")
    page.get_by_text("Sites found: 1").wait_for()
    (berlin,) = [link for link in page.locator("#feeds [data-row] a").all() if link.is_visible()][
        :1
    ]
    assert berlin.get_attribute("href").endswith("/c/demo/sites/de-berlin-embassy.ics")
    assert berlin.get_attribute("href").startswith("webcal://")
    expect(page.get_by_role("link", name="Seoul, Embassy").first).to_be_hidden()


def test_page_says_that_it_may_be_out_of_date_and_when_it_no_longer_is(pages, site, store):
    page = pages(site).page()
    banner = page.locator("[data-stale]")
    page.set_default_timeout(20_000)
    store.note_current(datetime.now(UTC))
    page.goto("/c/demo/")
    page.wait_for_timeout(400)
    assert banner.inner_text() == ""
    store.note_current(datetime(2026, 11, 1, 12, 30, tzinfo=UTC))
    page.goto("/c/demo/")
    banner.get_by_text("current on 1 Nov 2026, 12:30 UTC").wait_for()
    time.sleep(1.1)  # this server speaks HTTP/1.0, for which browsers know dates only, no tags
    store.note_current(datetime.now(UTC))
    page.goto("/about/")
    page.wait_for_timeout(400)
    assert banner.inner_text() == ""


def test_clock_of_the_reader_does_not_matter(pages, site, store):
    store.note_current(datetime.now(UTC))
    page = pages(site).page()
    page.clock.install(time=NOW + timedelta(days=400))
    page.goto("/c/demo/")
    page.wait_for_timeout(400)
    assert page.locator("[data-stale]").inner_text() == ""


PAGES = (
    "index.html",
    "ja/c/demo/index.html",
    "c/demo/map/index.html",
    "c/demo/timeline/index.html",
    "c/demo/subscribe/index.html",
    "c/demo/embed/map/index.html",
    "c/demo/sites/de-berlin-embassy/index.html",
    "missions/index.html",
)


@pytest.mark.parametrize("from_disk", [True, False], ids=["disk", "subfolder"])
def test_copy_works_from_a_disk_and_in_a_subfolder(pages, copy, from_disk):
    with files_served(copy.parent) as base_url:
        start = copy.as_uri() if from_disk else f"{base_url}/copy"
        page = pages(start).page()
        for name in PAGES:
            page.goto(f"{start}/{name}")
            if "map" in name:
                page.locator(".leaflet-marker-icon").first.wait_for()
        page.goto(f"{start}/index.html")
        assert f"made on {NOW.day} {NOW:%b %Y}" in page.locator(".copy-banner").inner_text()
        page.locator("nav a", has_text="Campaign").first.click()
        page.locator("nav a", has_text="Map").first.click()
        page.locator(".leaflet-marker-icon").first.press("Enter")
        page.locator(".map-links a", has_text="site").last.click()
        page.wait_for_url(f"{start}/c/demo/sites/**")
        assert page.url.count("index.html") == 1
        page.context.close()  # before the server is: what still loads would be cut off
