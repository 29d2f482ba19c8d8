"""Public files built from a snapshot alone, and served by the door, for a browser."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from protestcoord.app import is_live
from protestcoord.core.links import Links
from protestcoord.publications.door import Door
from protestcoord.publications.publication import Publication
from protestcoord.publications.store import Store
from tests.servers import wsgi_served

SITE = "https://protest.example"


def built_store(folder: Path, publications: Iterable[Publication]) -> Store:
    """Build publications in two languages."""
    store = Store(folder / "public", folder / "built.json", "code-1")
    links = Links(SITE, "en", "en")
    store.build_stale(
        list(publications), ["en", "ja"], "en", lambda code: replace(links, language=code)
    )
    return store


@contextmanager
def door_served(store: Store, **options: Any) -> Iterator[str]:
    """Serve the files, without a form behind them; give the address."""
    door = Door(_nothing, store.folder, secure=False, is_live=is_live, moment_seconds=0, **options)
    with wsgi_served(door) as base_url:
        yield base_url


def _nothing(_environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]
