"""Tests of this room run on SQLite; those where the database itself decides run on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import database_of


@pytest.fixture
def database_url(request, tmp_path: Path) -> Iterator[str]:
    """SQLite, or what ``asked.on_both`` names."""
    yield from database_of(request, tmp_path, getattr(request, "param", "sqlite"))
