"""What was asked of who runs the site: one table of the operator, one public page."""

import logging
from datetime import date
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from protestcoord.config import LANGUAGES, load_settings
from protestcoord.core.database import change_count
from protestcoord.core.errors import InvalidValue
from protestcoord.core.links import Links
from protestcoord.publications.cli_demands import demands
from protestcoord.publications.demands import Demand, Log, log_from_csv
from protestcoord.publications.pages import pages_of
from protestcoord.publications.store import Store
from tests.databases import with_tables
from tests.factories import make_snapshot

HEADER = "date,sender,law,demand,answer\n"
REFUSED = "2027-05-02,registrar of the domain,terms of service,remove the page of a site,refused\n"
ORDER = "2027-06-01,court,,close,obeyed\n"
HOSTILE = '2027-05-02,<script>alert(1)</script>,"\'=1+1",<b>all</b>,no\n'


def page_of(table: str):
    made = pages_of(make_snapshot(), demo=False, demands=table.encode())
    return next(page for page in made if page.path == "/demands/")


def shown(table: str, language: str = "en") -> str:
    page = page_of(table)
    return page.build(page.slice, Links("https://protest.example", language, "en")).decode()


def test_a_table_is_read_newest_first_with_the_day_it_is_told_until():
    log = log_from_csv((HEADER + REFUSED + ORDER + "2027-07-01,,,,\n").encode())
    assert log == Log(
        (
            Demand(date(2027, 6, 1), "court", "", "close", "obeyed"),
            Demand(
                date(2027, 5, 2),
                "registrar of the domain",
                "terms of service",
                "remove the page of a site",
                "refused",
            ),
        ),
        date(2027, 7, 1),
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2.5.2027,court,law,close,no\n", "Line %(line)s: the date"),
        (",court,law,close,no\n", "Line %(line)s: the date"),
        ("2027-05-02,court,law,close,\n", "Line %(line)s: it has to say"),
        ("2027-05-02,,law,close,no\n", "Line %(line)s: it has to say"),
        ("2027-05-02,court,law,close, no,more\n", "Line %(line)s: it has to say"),
        ('2027-05-02,"court,law,close,no\n', "is a quote left open"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row, words):
    with pytest.raises(InvalidValue) as refused:
        log_from_csv((HEADER + REFUSED + row).encode())
    assert words in refused.value.message
    assert refused.value.values["line"] == 3


@pytest.mark.proves("L10")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_demand_stands_on_the_page_as_text_in_every_language(language):
    page = shown(HEADER + HOSTILE, language)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;all&lt;/b&gt;" in page
    assert "=1+1" in page
    assert "<script>alert" not in page
    assert "2027-05-02" in page


@pytest.mark.proves("L10")
def test_the_page_says_up_to_when_there_was_none_and_never_by_a_clock():
    assert "Up to Friday, 2 July 2027 no demand has been made." in shown(
        HEADER + "2027-07-02,,,,\n"
    )
    assert "Up to Sunday, 2 May 2027 no other demand has been made." in shown(HEADER + REFUSED)
    for nothing in ("", HEADER):
        assert "has not said yet whether there were any" in shown(nothing)


@pytest.mark.proves("L10")
def test_a_broken_table_leaves_the_page_as_it_was(tmp_path, caplog):
    store = Store(tmp_path / "public", tmp_path / "built.json", "code-1")
    file = tmp_path / "public" / "demands" / "index.html"

    def build(table):
        links = Links("https://protest.example", "en", "en")
        return store.build_stale([page_of(table)], ["en"], "en", lambda _code: links)

    build(HEADER + REFUSED)
    good = file.read_bytes()
    with caplog.at_level(logging.CRITICAL):
        assert build(HEADER + REFUSED + "soon,court,,close,no\n").failed == 1
    assert file.read_bytes() == good
    assert build(HEADER + REFUSED + ORDER).built == 1
    assert b"court" in file.read_bytes()


@pytest.fixture
def instance(tmp_path):
    sessions = with_tables(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield SimpleNamespace(settings=load_settings(tmp_path, {}), sessions=lambda: sessions)
    sessions.kw["bind"].dispose()


def run(instance, *words):
    done = CliRunner().invoke(demands, words, obj=instance)
    return done.exit_code, done.output


def test_the_command_writes_what_the_page_reads(instance):
    asked = ["--sender", "=court", "--demand", "close", "--answer", "no", "--date", "2027-05-02"]
    assert run(instance, "add", *asked)[0] == 0
    assert run(instance, "none", "--date", "2027-06-01")[0] == 0
    with instance.sessions()() as session:
        assert change_count(session) == 2, "the worker is woken"
    file = instance.settings.demands_file
    assert log_from_csv(file.read_bytes()) == Log(
        (Demand(date(2027, 5, 2), "=court", "", "close", "no"),), date(2027, 6, 1)
    )
    code, said = run(instance, "list")
    assert (code, said) == (
        0,
        "2027-05-02  =court |  | close | no\n1 demands; up to 2027-06-01 nothing else came\n",
    )


def test_the_command_adds_nothing_to_a_broken_table(instance):
    file = instance.settings.demands_file
    file.write_text(HEADER + "soon,court,,close,no")
    code, said = run(instance, "none")
    assert (code, said) == (
        1,
        "Error: demands.csv: Line 2: the date has to be written like 2027-05-02.\n",
    )
    assert file.read_text() == HEADER + "soon,court,,close,no"


@pytest.mark.control("L10")
def test_a_page_without_the_day_would_be_seen():
    with pytest.raises(AssertionError):
        assert "Up to Friday, 2 July 2027 no demand" in shown(HEADER + "2027-07-03,,,,\n")
