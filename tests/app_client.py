"""The wired app on a database of its own, and what its forms send."""

from pathlib import Path
from typing import Any

from flask import Flask

from protestcoord.app import create_app
from protestcoord.config import load_settings
from protestcoord.core.database import Base
from protestcoord.core.web import db

GOOD_SIGN_UP = {
    "slot": "w1-de-berlin-embassy-1",
    "name": "Lantern circle",
    "city": "Berlin",
    "expected_number": "12",
    "email": "lantern@example.org",
    "meeting_point": "",
    "code_of_conduct": "y",
}


def app_with_tables(folder: Path, **environment: str) -> Flask:
    app = create_app(load_settings(folder, environment))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def good_sign_up(**changes: Any) -> dict[str, str]:
    return {name: value for name, value in (GOOD_SIGN_UP | changes).items() if value is not None}
