"""What the public sees of a campaign that was closed: cancelled events, and pages that say so."""

from datetime import timedelta

import icalendar
import pytest

from protestcoord.campaigns import service
from protestcoord.campaigns.queries import slots_of_campaign
from protestcoord.config import load_settings
from protestcoord.core.languages import translations
from protestcoord.core.links import Links
from protestcoord.publications.capture import take_snapshot
from protestcoord.publications.feeds import feeds_of, feeds_of_sites
from protestcoord.publications.pages import pages_of, pages_of_missions
from protestcoord.publications.registry import imprint_of, publications_of
from tests.campaigns.planned import BERLIN, LATER, SEOUL, make_published, wave_request
from tests.stored import NOW, store_campaign

LINKS = Links("https://example.org", "en", "en")
SITE = f"/c/one-noon/sites/{BERLIN}/"


@pytest.fixture
def campaign(session):
    later = wave_request(title="A week later", start=wave_request().start + timedelta(days=7))
    return make_published(session, BERLIN, SEOUL, waves=(wave_request(), later))


def closed_view(session, campaign, at=LATER):
    service.close_campaign(session, campaign, at)
    (view,) = take_snapshot(session, at).campaigns
    return view


def events(view, part="calendar.ics"):
    feeds = (*feeds_of(view, "uid.example"), *feeds_of_sites(view, "uid.example"))
    feed = next(feed for feed in feeds if feed.path == f"/c/one-noon/{part}")
    found = icalendar.Calendar.from_ical(feed.build(feed.slice, LINKS)).events
    return {(event["STATUS"], event["SEQUENCE"]) for event in found}


def written(session, at=LATER):
    snapshot = take_snapshot(session, at)
    pages = (*pages_of(snapshot, demo=False), *pages_of_missions(snapshot, demo=False))
    return {page.path: page.build(page.slice, LINKS).decode() for page in pages}


def test_calendars_cancel_every_event_with_a_raised_sequence(session, campaign):
    (before,) = take_snapshot(session, NOW).campaigns
    assert events(before) == {("CONFIRMED", 0)}
    view = closed_view(session, campaign)
    assert events(view) == events(view, f"sites/{BERLIN}.ics") == {("CANCELLED", 1)}


def test_an_event_that_is_over_stays_as_it_was(session, campaign):
    first_end = max(slot.ends_at for slot in slots_of_campaign(session, campaign)[:2])
    view = closed_view(session, campaign, first_end)
    assert events(view) == {("CONFIRMED", 0), ("CANCELLED", 1)}
    assert events(view, "waves/1.ics") == {("CONFIRMED", 0)}


def test_a_closed_campaign_starts_and_ends_at_no_time_and_is_sorted_all_the_same(session, campaign):
    view = closed_view(session, campaign)
    assert (view.starts_at, view.ends_at) == (None, None)
    store_campaign(session, "another")
    slugs = [view.slug for view in take_snapshot(session, LATER).campaigns]
    assert slugs == ["another", "one-noon"]


def test_every_page_of_a_closed_campaign_is_written_and_none_invites_to_sign_up(session, campaign):
    assert "/sign-up/" in written(session)[SITE], "the control: an open site invites"
    service.close_campaign(session, campaign, LATER)
    pages = written(session)
    assert {"/", "/c/one-noon/", "/c/one-noon/map/", "/c/one-noon/timeline/", SITE} <= pages.keys()
    assert [path for path, text in pages.items() if "/sign-up/" in text] == []
    assert "The organizers closed this campaign." in pages["/c/one-noon/"]
    assert "Please do not come." in pages[SITE]
    assert "Take this slot" not in pages[SITE]


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_pages_of_a_closed_campaign_are_written_in_every_language(session, campaign, language):
    service.close_campaign(session, campaign, LATER)
    links = Links("https://example.org", language, "en")
    closed = "The organizers closed this campaign. Nothing more takes place in its name."
    said = translations(language).ugettext(closed)
    pages = {page.path: page for page in pages_of(take_snapshot(session, LATER), demo=False)}
    page = pages["/c/one-noon/"]
    assert said in page.build(page.slice, links).decode()


def test_maps_tables_and_feeds_of_a_closed_campaign_are_written_too(session, campaign, tmp_path):
    service.close_campaign(session, campaign, LATER)
    imprint = imprint_of(load_settings(tmp_path, {}), LATER)
    made = publications_of(take_snapshot(session, LATER), imprint)
    built = {one.path: one.build(one.slice, LINKS) for one in made if "/c/" in one.path}
    assert {f"/c/one-noon/{name}" for name in ("map.html", "sites.geojson", "sites.csv")} <= set(
        built
    )
    assert all(built.values())
