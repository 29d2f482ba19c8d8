"""The migrations make just the tables that the code expects, on both databases, and undo them."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect

from protestcoord.app import create_app
from protestcoord.config import load_settings, shipped
from protestcoord.core.database import Base
from protestcoord.core.web import db


@pytest.fixture
def migrated(tmp_path, database_url):
    app = create_app(load_settings(tmp_path / "instance", {"DATABASE_URL": database_url}))
    with app.app_context():
        upgrade(directory=str(shipped("migrations")))
        yield database_url
        db.engine.dispose()


def test_migrations_and_models_say_the_same(migrated):
    engine = create_engine(migrated)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_migrations_can_be_undone(migrated):
    downgrade(directory=str(shipped("migrations")), revision="base")
    engine = create_engine(migrated)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()
