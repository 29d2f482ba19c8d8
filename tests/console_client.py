"""An organizer at the console: signs in, opens pages, sends their forms with the page's token."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from protestcoord.core.database import unit_of_work
from protestcoord.core.web import db
from protestcoord.organizers.service import add_organizer
from tests.app_client import app_with_tables
from tests.stored import NOW, store_organizer

PASSWORD = "correct horse battery"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@contextmanager
def console_app(folder: Path, *emails: str) -> Iterator[Flask]:
    """The wired app on SQLite, with accounts that sign in with ``PASSWORD``."""
    app = app_with_tables(folder)
    with app.app_context(), unit_of_work(db.session()) as session:
        for email in emails:
            add_organizer(session, email, PASSWORD, NOW)
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def stored_in(app: Flask) -> Iterator[Session]:
    """A unit of work on the app's database."""
    with app.app_context(), unit_of_work(db.session()) as session:
        yield session


def signed_in(app: Flask, email: str) -> "Organizer":
    """An organizer with a session, made without the slow hash of a password."""
    with stored_in(app) as session:
        identity = store_organizer(session, email).fs_uniquifier
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = identity
    return Organizer(client)


@dataclass
class Organizer:
    """A browser with an organizer before it."""

    client: FlaskClient

    def sign_in(self, email: str, password: str = PASSWORD, **sent: Any) -> TestResponse:
        form = {"email": email, "password": password}
        return self.send("/organize/login", **form | sent)

    def open(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, path: str, page: str = "", **form: Any) -> TestResponse:
        """Open a page, then send a form with the token that stands in it."""
        return self.client.post(path, data=form | {"csrf_token": self.token(page or path)})

    def token(self, page: str) -> str:
        found = TOKEN.search(self.open(page).text)
        return found.group(1) if found else ""
