"""One running instance and one browser for all journeys of a process."""

from collections.abc import Iterator

import pytest

from tests.journeys.browser import CHROMIUM, WatchedPages, chromium
from tests.journeys.served import Served, served_instance


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    with served_instance(tmp_path_factory.mktemp("instance")) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with chromium() as started:
        yield started


@pytest.fixture
def pages(browser):
    """Opens pages at an address; at the end, none may have done what a page must not do."""
    made = []

    def watch(base_url: str) -> WatchedPages:
        made.append(WatchedPages(browser, base_url))
        return made[-1]

    yield watch
    for context in browser.contexts:
        context.close()
    assert [fault for watched in made for fault in watched.faults] == []


@pytest.fixture
def watched(browser, served) -> Iterator[WatchedPages]:
    pages = WatchedPages(browser, served.base_url)
    yield pages
    for context in browser.contexts:
        context.close()
    assert pages.faults == []
