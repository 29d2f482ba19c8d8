"""Who answers for the data is told before anybody agrees, and the doctor asks for it."""

from types import SimpleNamespace

import pytest
from markupsafe import escape

from protestcoord.config import LANGUAGES, load_settings
from protestcoord.core.links import Links
from protestcoord.doctor import _problem_of_demands, _problems
from protestcoord.publications.health import health_of
from protestcoord.publications.pages import pages_of
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.factories import make_snapshot
from tests.stored import NOW, STARTS_AT, store_slot

WHO = "Example <Association>, 1 Example Street, privacy@example.org"
FORM = "c/noon/sign-up/?slot=w1-de-berlin-embassy-1"


def published(controller):
    links = {code: Links("https://protest.example", code, "en") for code in LANGUAGES}
    return {
        (page.path, code): page.build(page.slice, links[code]).decode()
        for page in pages_of(make_snapshot(), demo=False, controller=controller)
        if page.path in ("/privacy/", "/safety/")
        for code in LANGUAGES
    }


def form(folder, monkeypatch, prefix="/", **environment):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    app = app_with_tables(folder, **environment)
    with stored_in(app) as session:
        store_slot(session, starts_at=STARTS_AT)
    return app.test_client().get(prefix + FORM).text


@pytest.mark.proves("L11")
def test_pages_of_privacy_and_safety_name_who_answers_for_the_data_in_every_language():
    pages = published(WHO)
    assert len(pages) == 2 * len(LANGUAGES)
    assert [where for where, page in pages.items() if str(escape(WHO)) not in page] == []


@pytest.mark.proves("L11")
@pytest.mark.parametrize("prefix", ["/", "/ja/", "/ko/"])
def test_the_consent_at_sign_up_names_who_answers_for_the_data(tmp_path, monkeypatch, prefix):
    page = form(tmp_path, monkeypatch, prefix, CONTROLLER=WHO)
    consent = page[: page.index(f'href="{prefix}privacy/" target=')]
    assert str(escape(WHO)) in consent


@pytest.mark.control("L11")
def test_without_the_setting_no_page_names_anybody(tmp_path, monkeypatch):
    said = "For these data answers"
    assert said in published(WHO)["/privacy/", "en"]
    assert said not in published("")["/privacy/", "en"] + form(tmp_path, monkeypatch)


def problems(folder, **environment):
    settings = load_settings(folder, environment)
    return list(_problems(SimpleNamespace(settings=settings), health_of(settings, NOW)))


@pytest.mark.proves("L11")
def test_the_doctor_misses_who_answers_for_the_data_but_not_in_a_demonstration(tmp_path):
    def is_missed(**environment):
        return any("CONTROLLER" in told for told in problems(tmp_path, **environment))

    assert is_missed()
    assert not is_missed(CONTROLLER=WHO)
    assert not is_missed(DEMO="1")


@pytest.mark.proves("L10")
def test_the_doctor_names_the_line_of_a_broken_table_of_demands(tmp_path):
    settings = load_settings(tmp_path, {})
    assert list(_problem_of_demands(settings)) == []
    settings.demands_file.write_text("date,sender,law,demand,answer\nsoon,court,,close,no\n")
    (told,) = _problem_of_demands(settings)
    assert told.startswith("demands.csv: Line 2: the date has to be written like 2027-05-02.")
