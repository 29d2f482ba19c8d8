"""The migrations make just the tables that the code expects, on both databases, and undo them."""

from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect

from protestcoord.app import create_app
from protestcoord.campaigns.models import Slot, Wave
from protestcoord.campaigns.stored_rules import told_of_wave
from protestcoord.config import load_settings
from protestcoord.core.database import Base
from protestcoord.core.web import db
from protestcoord.serving import know_migrations


@pytest.fixture
def migrated(tmp_path, database_url):
    app = create_app(load_settings(tmp_path / "instance", {"DATABASE_URL": database_url}))
    know_migrations(app)
    with app.app_context():
        upgrade()
        yield database_url
        db.engine.dispose()


def test_migrations_and_models_say_the_same(migrated):
    engine = create_engine(migrated)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_migrations_can_be_undone(migrated):
    downgrade(revision="base")
    engine = create_engine(migrated)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()


ROWS_OF_0001 = """
INSERT INTO organizer VALUES (1, 'o@example.org', '', {yes}, 'o', '{at}');
INSERT INTO mission VALUES (1, 'de-berlin-embassy', 'Embassy', '', 'embassy', 'DE', 'Berlin',
  '', '', 52.5, 13.4, 'building', 'Europe/Berlin', '', '', '', '', '', 'high', '', 'open', '{at}');
INSERT INTO campaign (id, slug, title, statement, state, approves_at_once, owner_id, created_at,
  changed_at) VALUES (1, 'noon', 'Noon', 'Let them go', 'published', {no}, 1, '{at}', '{at}');
INSERT INTO site VALUES (1, 1, 1, 'on_site', NULL, '{at}');
INSERT INTO wave VALUES (1, 1, 1, 'Noon', 'same_local_time', '2027-01-09 12:00:00', 60,
  '08:00', '20:00', 'full', 24, 5, '{at}');
INSERT INTO slot VALUES (1, 1, 1, 1, '2027-01-09 11:00:00', '2027-01-09 12:00:00',
  'Europe/Berlin', 'none', 5, 0, NULL, NULL, '{at}');
INSERT INTO wave VALUES (2, 1, 2, 'Edited since', 'same_local_time', '2027-01-16 18:00:00', 60,
  '08:00', '20:00', 'full', 24, 5, '{at}');
INSERT INTO slot VALUES (2, 2, 1, 1, '2027-01-09 14:00:00', '2027-01-09 15:00:00',
  'Europe/Berlin', 'none', 5, 0, NULL, NULL, '{at}')
"""


def test_slots_of_the_first_release_keep_their_wall_clock_and_what_is_public(
    tmp_path, database_url
):
    app = create_app(load_settings(tmp_path / "instance", {"DATABASE_URL": database_url}))
    know_migrations(app)
    with app.app_context():
        upgrade(revision="0001")
        truth = ("1", "0") if db.engine.dialect.name == "sqlite" else ("true", "false")
        at = "2026-11-01 12:00:00" + ("" if db.engine.dialect.name == "sqlite" else "+00")
        with db.engine.begin() as connection:
            for row in ROWS_OF_0001.format(at=at, yes=truth[0], no=truth[1]).split(";"):
                connection.exec_driver_sql(row)
        upgrade()
        slot, wave = db.session.get_one(Slot, 1), db.session.get_one(Wave, 1)
        edited = db.session.get_one(Slot, 2)
        assert slot.local_asked == datetime(2027, 1, 9, 12)  # noqa: DTZ001 - a wall clock
        assert wave.published == told_of_wave(wave)
        assert wave.published["start"] == "2027-01-09T12:00:00"
        assert edited.local_asked == datetime(2027, 1, 9, 15)  # noqa: DTZ001 - a wall clock
        assert edited.wave.published["start"] == "2027-01-09T15:00:00"
        db.session.remove()
        db.engine.dispose()
