"""How is something stored: the declarative base, column kinds, engines and the one commit point."""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    update,
)
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from protestcoord.config import UnsafeSettings

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant: stored in UTC, returned aware also by SQLite, which forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ENUM = Enum(
    enum.StrEnum,
    native_enum=False,
    length=40,
    values_callable=lambda members: [member.value for member in members],
)


class Base(DeclarativeBase):
    """What every stored class descends from; it knows no Flask."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, enum.StrEnum: ENUM}


class ChangeCounter(Base):
    """One row that counts public changes; it only wakes the worker."""

    __tablename__ = "change_counter"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


def engine_options(
    url: str, patience_seconds: float = 8, *, connections: int = 15
) -> dict[str, Any]:
    """Return what SQLAlchemy's engine for ``url`` is made with.

    Args:
        url: Address of the database.
        patience_seconds: How long to wait for a connection, and for what another holds locked.
        connections: How many there are at most.
    """
    options: dict[str, Any] = {
        "pool_size": 5,
        "max_overflow": connections - 5,
        "pool_timeout": patience_seconds,
    }
    if make_url(url).get_backend_name() == "sqlite":
        return options | {"connect_args": {"timeout": patience_seconds}}
    lock_timeout = f"-c lock_timeout={int(patience_seconds * 1000)}"
    return options | {
        # Two seconds are the least that the driver takes.
        "connect_args": {"connect_timeout": 2, "options": lock_timeout},
        "pool_pre_ping": True,
    }


def make_sessions(url: str) -> sessionmaker[Session]:
    """Return a factory of sessions outside Flask: the worker's and the command line's."""
    return sessionmaker(create_engine(url, **engine_options(url)))


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if not type(connection).__module__.startswith("sqlite3"):
        return
    # SQLAlchemy's own BEGIN below decides what kind of transaction starts, not the driver.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A writer takes the lock before it reads, so that what it checked is still true when
        # it writes; SQLite has no row locks and drops FOR UPDATE silently.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def unit_of_work(session: Session) -> Iterator[Session]:
    """Commit what the block wrote, all of it or nothing: the only commit in the house.

    What the session had read before is forgotten, so the block sees the latest state; on SQLite
    the block holds the write lock from its first line.
    """
    session.rollback()
    session.connection(execution_options={"writes": True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


# What a database has to answer, so that what it acknowledged outlives a loss of power.
LASTING: dict[str, dict[str, set[object]]] = {
    "sqlite": {"PRAGMA synchronous": {2, 3}, "PRAGMA journal_mode": {"wal", "delete"}},
    "postgresql": {
        "SHOW fsync": {"on"},
        "SHOW full_page_writes": {"on"},
        "SHOW synchronous_commit": {"on", "remote_write", "remote_apply"},
    },
}


def refuse_forgetful(session: Session) -> None:
    """Raise UnsafeSettings if the database may lose what it acknowledged."""
    for question, good in LASTING[session.get_bind().dialect.name].items():
        answer = session.connection().exec_driver_sql(question).scalar()
        if answer not in good:
            name = question.partition(" ")[2]
            raise UnsafeSettings(f"DATABASE_URL: {name} is {answer}, so sign-ups may be lost")


def scrub(engine: Engine) -> None:
    """Take from the disk what was deleted from the database.

    SQLite overwrites deleted rows in its file (``secure_delete``), but they stay in the log beside
    it until that is cut; who reads just now may keep some of it until the next time. PostgreSQL
    keeps them in its files until a table is written anew, for which it is locked some moments.

    Raises:
        OperationalError: A table was in use for too long, as by a backup; the rest stays as it was.

    Source:
        https://www.sqlite.org/pragma.html#pragma_wal_checkpoint (TRUNCATE),
        https://www.postgresql.org/docs/15/sql-vacuum.html (FULL)
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        tables = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
        # Who waits for a lock lets all others wait: forms must not stand still for this.
        connection.exec_driver_sql("SET lock_timeout = '500ms'")
        try:
            connection.exec_driver_sql(f"VACUUM (FULL) {tables}")
        finally:
            connection.exec_driver_sql("RESET lock_timeout")


def note_public_change(session: Session) -> None:
    """Wake the worker after this unit of work: something public may read differently now."""
    raised = session.execute(
        update(ChangeCounter).where(ChangeCounter.id == 1).values(count=ChangeCounter.count + 1)
    )
    if raised.rowcount == 0:  # type: ignore[attr-defined]
        session.add(ChangeCounter(id=1, count=1))


def change_count(session: Session) -> int:
    """Return how many public changes were noted so far."""
    row = session.get(ChangeCounter, 1, populate_existing=True)
    return row.count if row else 0
