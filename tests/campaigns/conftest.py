"""The console with four missions in its directory, and an organizer who is signed in."""

import pytest

from tests.campaigns.planned import KIM, store_directory
from tests.console_client import console_app, signed_in, stored_in
from tests.stored import NOW


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    with console_app(tmp_path) as made:
        with stored_in(made) as session:
            store_directory(session)
        yield made


@pytest.fixture
def kim(app):
    return signed_in(app, KIM)
