"""Who asks for a print, from the press of the button to the file that the worker made."""

import sys

import pypdfium2
import pytest
from sqlalchemy import select
from werkzeug.test import Client

from protestcoord.app import serve_with
from protestcoord.campaigns.models import Campaign, Site
from protestcoord.campaigns.rules import CampaignState
from protestcoord.config import load_secrets
from protestcoord.core import clock
from protestcoord.core.database import make_sessions, note_public_change
from protestcoord.publications.orders import MOST_WAITING, Orders
from protestcoord.publications.printers import missing_parts
from protestcoord.worker import Worker, build_all
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, store_slot

pytestmark = pytest.mark.skipif(
    bool(missing_parts()), reason="this machine cannot print; `protestcoord doctor` says why"
)

SITE = "/c/noon/sites/de-berlin-embassy/"
PAGE = SITE + "print/"
POSTER = SITE + "poster-a4.pdf"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("protestcoord.publications.registry.static_publications", lambda: ())
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_slot(session)
    return app


@pytest.fixture
def settings(app):
    return app.config["SETTINGS"]


@pytest.fixture
def worker(settings):
    load_secrets(settings.instance)
    made = Worker(settings, make_sessions(settings.database_url))
    yield made
    made.sessions.kw["bind"].dispose()


@pytest.fixture
def client(settings):
    """A browser before the door, without cookies."""
    return Client(serve_with(settings), use_cookies=False)


def waiting(settings):
    return Orders(settings.orders_folder).names()


def change(app, **values):
    with stored_in(app) as session:
        campaign = session.scalars(select(Campaign)).one()
        for name, value in values.items():
            setattr(campaign, name, value)
        note_public_change(session)


def test_looking_orders_nothing_and_the_button_orders_one_file(client, settings):
    for _ in range(2):
        shown = client.get(PAGE)
        assert (shown.status_code, shown.headers.getlist("Set-Cookie")) == (200, [])
        assert 'value="poster-a4.pdf"' in shown.text
    assert waiting(settings) == frozenset()
    answer = client.post(PAGE, data={"print": "poster-a4.pdf"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert waiting(settings) == {POSTER[1:]}
    page = client.get(PAGE).text
    assert 'value="poster-a4.pdf"' not in page
    assert 'data-again="3"' in page


def test_the_worker_makes_what_was_ordered_in_its_language_and_nothing_else(
    client, settings, worker
):
    worker.round(NOW)
    answer = client.post("/ko" + PAGE, data={"print": "poster-a4.pdf"})
    assert answer.location == "/ko" + PAGE
    assert client.get("/ko" + POSTER).location == "/ko" + PAGE
    worker.round(NOW)
    assert waiting(settings) == frozenset()
    made = [path.name for path in settings.public_folder.rglob("*.pdf")]
    assert made == ["poster-a4.pdf"]
    answer = client.get("/ko" + POSTER)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    text = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
    assert "2027년 1월 9일 토요일" in text
    page = client.get("/ko" + PAGE).text
    assert f'href="/ko{POSTER}" download="de-berlin-embassy-poster-a4.pdf"' in page
    assert 'data-again="3"' not in page


def test_a_print_stays_while_it_is_true_and_goes_when_it_is_not(app, client, settings, worker):
    client.post(PAGE, data={"print": "poster-a4.pdf"})
    worker.round(NOW)
    file = settings.public_folder / POSTER[1:]
    with stored_in(app) as session:
        note_public_change(session)
    worker.round(NOW)
    with worker.sessions() as session:
        build_all(settings, session, NOW)
    assert file.exists()
    change(app, title="Another noon")
    worker.round(NOW)
    assert not file.exists()
    answer = Client(serve_with(settings)).get(POSTER)
    assert (answer.status_code, answer.location) == (303, PAGE)


def test_an_order_that_nothing_can_make_is_struck_off(settings, worker):
    Orders(settings.orders_folder).place("c/noon/sites/atlantis/poster-a4.pdf")
    worker.round(NOW)
    assert waiting(settings) == frozenset()
    assert worker.all_built


def test_the_card_of_a_site_is_the_campaigns_until_it_is_made(client, worker):
    worker.round(NOW)
    answer = client.get("/ja" + SITE + "card.png")
    assert (answer.status_code, answer.location) == (302, "/ja/c/noon/card.png")
    assert client.get(answer.location).data.startswith(b"\x89PNG")
    client.post("/ja" + PAGE, data={"print": "card.png"})
    worker.round(NOW)
    assert Client(worker_door(worker)).get("/ja" + SITE + "card.png").data.startswith(b"\x89PNG")


def worker_door(worker):
    return serve_with(worker.settings)


@pytest.mark.parametrize("name", ["", "poster-a1.pdf", "../../index.html", "card.png/.."])
def test_other_names_are_refused(client, settings, name):
    assert client.post(PAGE, data={"print": name}).status_code == 422
    assert waiting(settings) == frozenset()


def test_another_site_cannot_order(client, settings):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(PAGE, data={"print": "card.png"}, headers=foreign).status_code == 403
    assert waiting(settings) == frozenset()


def test_too_many_orders_are_refused_with_a_reason(client, settings):
    for number in range(MOST_WAITING):
        Orders(settings.orders_folder).place(f"{number}.pdf")
    answer = client.post(PAGE, data={"print": "card.png"})
    assert answer.status_code == 503
    assert "try again in a minute" in answer.text


@pytest.mark.parametrize("path", [PAGE, POSTER, SITE + "card.png"])
def test_a_draft_and_a_dropped_site_have_no_prints(app, client, path):
    assert client.get(path).status_code in (200, 302, 303)
    change(app, state=CampaignState.DRAFT)
    assert client.get(path).status_code == 404
    change(app, state=CampaignState.PUBLISHED)
    with stored_in(app) as session:
        session.scalars(select(Site)).one().dropped_at = NOW
    assert client.get(path).status_code == 404


WHOLE = "/c/noon/print/"
ZIP, MAP = "countries/de-posters.zip", "maps/001.svg"


def test_maps_and_the_posters_of_a_country_are_made_on_demand(client, settings, worker):
    shown = client.get(WHOLE).text
    assert f'<option value="{ZIP}">Germany' in shown
    assert f'value="{MAP}"' in shown
    assert 'value="maps/155.png"' in shown
    for name in (ZIP, MAP):
        assert client.get("/c/noon/" + name).location == WHOLE
        assert client.post(WHOLE, data={"print": name}).location == WHOLE
    worker.round(NOW)
    assert waiting(settings) == frozenset()
    assert client.get("/c/noon/" + ZIP).content_type == "application/zip"
    assert client.get("/c/noon/" + MAP).content_type == "image/svg+xml"
    shown = client.get(WHOLE).text
    assert 'download="noon-de-posters.zip"' in shown
    assert 'download="noon-001.svg"' in shown


@pytest.mark.parametrize("name", ["countries/fr-posters.zip", "maps/030.svg", "poster-a4.pdf"])
def test_what_a_campaign_has_not_cannot_be_ordered(client, settings, name):
    assert client.post(WHOLE, data={"print": name}).status_code == 422
    assert client.get("/c/noon/" + name).status_code == 404
    assert waiting(settings) == frozenset()


def test_unknown_files_are_not_found(client):
    assert client.get(SITE + "poster-a1.pdf").status_code == 404
    assert client.get("/c/noon/sites/atlantis/print/").status_code == 404


def test_a_server_that_cannot_print_says_so_and_takes_no_order(client, settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    missing_parts.cache_clear()
    shown = client.get(PAGE).text
    answer = client.post(PAGE, data={"print": "poster-a4.pdf"})
    missing_parts.cache_clear()
    assert "This server cannot print." in shown
    assert 'name="print"' not in shown
    assert (answer.status_code, waiting(settings)) == (303, frozenset())
