"""A directory in a database of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.core.database import Base, make_sessions, unit_of_work
from protestcoord.missions.service import import_catalogue
from tests.missions.planting import SHIPPED

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    factory = make_sessions(f"sqlite:///{tmp_path}/directory.sqlite")
    engine = factory.kw["bind"]
    Base.metadata.create_all(engine)
    yield factory
    engine.dispose()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def directory(session: Session) -> Session:
    """A session on a database that holds the shipped catalogue since Monday."""
    with unit_of_work(session):
        import_catalogue(session, SHIPPED, "embassies.csv", MONDAY)
    return session
