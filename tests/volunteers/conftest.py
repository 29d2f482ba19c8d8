"""Tests of this room run on SQLite; those where the database itself decides run on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import fresh_postgres


@pytest.fixture
def database_url(request, tmp_path: Path) -> Iterator[str]:
    """SQLite, or what ``asked.on_both`` names: a new PostgreSQL for each test takes most of it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url
