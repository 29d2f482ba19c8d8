"""An organizer at the console: signs in, opens pages, sends their forms with the page's token."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from protestcoord.core import clock
from protestcoord.core.database import unit_of_work
from protestcoord.core.web import db
from protestcoord.organizers.console_sessions import SEEN_AT
from protestcoord.organizers.console_sessions import TOKEN as SESSION_TOKEN
from protestcoord.organizers.models import Organizer as Stored
from protestcoord.organizers.models import SecondFactor
from protestcoord.organizers.sealing import accounts_key
from protestcoord.organizers.second_factor import set_second_factor
from protestcoord.organizers.sessions import begin_session
from protestcoord.organizers.totp import code_at, step_at
from tests.app_client import app_with_tables
from tests.stored import store_organizer

PASSWORD = "correct horse battery"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PHONE = b"twenty bytes, shared"


def code_of_now() -> str:
    """What the app on the phone shows."""
    return code_at(PHONE, step_at(clock.now()))


@contextmanager
def console_app(folder: Path, *emails: str) -> Iterator[Flask]:
    """The wired app on SQLite, with accounts that sign in with ``PASSWORD``."""
    app = app_with_tables(folder)
    with app.app_context(), unit_of_work(db.session()) as session:
        for email in emails:
            organizer = store_organizer(session, email)
            organizer.password = _hashed(app.config["SECURITY_PASSWORD_SALT"])
            give_phone(app, session, organizer)
    yield app
    with app.app_context():
        db.engine.dispose()


@cache
def _hashed(_salt: str) -> str:
    """``PASSWORD`` as the app at hand keeps it: slow by intention, so it is done once."""
    return hash_password(PASSWORD)


@contextmanager
def stored_in(app: Flask) -> Iterator[Session]:
    """A unit of work on the app's database."""
    with app.app_context(), unit_of_work(db.session()) as session:
        yield session


def give_phone(app: Flask, session: Session, organizer: Stored) -> list[str]:
    """Set up the app whose secret is ``PHONE``; return the recovery codes."""
    key, at = accounts_key(app.config["SETTINGS"].instance), clock.now()
    codes = set_second_factor(session, key, organizer, PHONE, code_at(PHONE, step_at(at)), at)
    forget_used_code(session)
    return codes


def forget_used_code(session: Session) -> None:
    """Let the code of now be given again, as if half a minute had passed."""
    session.execute(update(SecondFactor).values(last_step=0))


def signed_in(app: Flask, email: str) -> "Organizer":
    """An organizer in a session that passed both steps, without the slow hash of a password."""
    organizer = Organizer(app.test_client())
    organizer.come_back(email)
    return organizer


@dataclass
class Organizer:
    """A browser with an organizer before it."""

    client: FlaskClient

    def sign_in(self, email: str, password: str = PASSWORD, **sent: Any) -> TestResponse:
        """Do both steps; return the answer to the first."""
        answer = self.give_password(email, password, **sent)
        if answer.status_code == 302:
            self.give_code()
        return answer

    def give_password(self, email: str, password: str = PASSWORD, **sent: Any) -> TestResponse:
        form = {"email": email, "password": password}
        return self.send("/organize/login", **form | sent)

    def give_code(self, code: str = "") -> TestResponse:
        with stored_in(self.client.application) as session:
            forget_used_code(session)
        return self.send("/organize/second-factor/", code=code or code_of_now())

    def come_back(self, email: str) -> None:
        """Be in a session that passed both steps just now, whatever the clock says."""
        at = clock.now()
        with stored_in(self.client.application) as session:
            organizer = store_organizer(session, email)
            token = begin_session(session, organizer, at, passed=True, fresh_at=at)
            identity = organizer.fs_uniquifier
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = identity
            cookie[SESSION_TOKEN], cookie[SEEN_AT] = token, int(at.timestamp())

    def open(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, path: str, page: str = "", **form: Any) -> TestResponse:
        """Open a page, then send a form with the token that stands in it."""
        return self.client.post(path, data=form | {"csrf_token": self.token(page or path)})

    def token(self, page: str) -> str:
        found = TOKEN.search(self.open(page).text)
        return found.group(1) if found else ""
