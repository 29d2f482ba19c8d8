"""Which instance does a command work on: its folder, settings, sessions and app, each on demand."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from protestcoord.config import Settings, load_settings

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session, sessionmaker


@dataclass
class Instance:
    """The instance that a command works on; nothing of it is read before it is asked for.

    Attributes:
        folder: Where it lies; it need not exist yet.
        make_app: Wires the app; given from above, since this room knows no other.
    """

    folder: Path
    make_app: "Callable[[Settings], Flask]"

    @cached_property
    def settings(self) -> Settings:
        """The instance's settings; unsafe ones end the command."""
        return load_settings(self.folder, os.environ)

    def sessions(self) -> "sessionmaker[Session]":
        """Return a factory of sessions on the instance's database."""
        from protestcoord.core.database import make_sessions

        return make_sessions(self.settings.database_url)

    def app(self) -> "Flask":
        """Return the wired app, for commands that need it."""
        return self.make_app(self.settings)
