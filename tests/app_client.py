"""The wired app on a database of its own, and what its forms send."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

from protestcoord.app import create_app
from protestcoord.config import load_settings
from protestcoord.core.database import Base
from protestcoord.core.web import db
from protestcoord.organizers.slowdown import Slowdown

GOOD_SIGN_UP = {
    "slot": "w1-de-berlin-embassy-1",
    "name": "Lantern circle",
    "city": "Berlin",
    "expected_number": "12",
    "email": "lantern@example.org",
    "meeting_point": "",
    "code_of_conduct": "y",
}

# A test sends forms at once; ``security/test_trust.py`` asks for the work.
WITHOUT_PROOF = {"PROOF_OF_WORK": "0"}


def app_with_tables(folder: Path, **environment: str) -> Flask:
    """The wired app, whose instance is a folder; its database has all tables and no row.

    The app is made once for each environment, since that takes longer than most tests: its
    instance is a link, led to the folder of the test at hand. For two at once, take
    ``new_app_with_tables``.
    """
    wired = _wired(tuple(sorted((WITHOUT_PROOF | environment).items())))
    wired.lead_to(folder)
    return wired.app


def new_app_with_tables(folder: Path, **environment: str) -> Flask:
    """The same as an app that no other test has."""
    app = create_app(load_settings(folder, WITHOUT_PROOF | environment))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.engine.dispose()
    return app


@dataclass(frozen=True)
class _Wired:
    app: Flask
    config: dict[str, Any]
    instance: Path
    blank: Path

    def lead_to(self, folder: Path) -> None:
        """Let the app forget the test before and work in another folder."""
        with self.app.app_context():
            db.engine.dispose()
        if not (folder / "protestcoord.sqlite").exists():
            shutil.copytree(self.blank, folder, dirs_exist_ok=True)
        self.instance.unlink()
        self.instance.symlink_to(folder)
        self.app.config.clear()
        self.app.config.update(self.config)
        self.app.extensions["slowdown"] = Slowdown()


@cache
def _wired(environment: tuple[tuple[str, str], ...]) -> _Wired:
    home = Path(tempfile.mkdtemp(prefix="protestcoord-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    instance, blank = home / "instance", home / "blank"
    blank.mkdir()
    settings = load_settings(instance, dict(environment))  # before the link, which it would follow
    instance.symlink_to(blank)
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.engine.dispose()
    return _Wired(app, dict(app.config), instance, blank)


def good_sign_up(**changes: Any) -> dict[str, str]:
    return {name: value for name, value in (GOOD_SIGN_UP | changes).items() if value is not None}
