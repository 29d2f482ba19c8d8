"""The control's server: it says that a sign-up is taken, and commits it a moment later.

Argument: the port.
"""

import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from protestcoord.app import serve_with
from protestcoord.config import load_settings
from protestcoord.core import web
from protestcoord.core.database import make_sessions
from protestcoord.signups import views

# Writers wait for each other on SQLite: a longer time would only make the control slower.
LATE_SECONDS = 0.06


def main() -> None:
    settings = load_settings(Path(os.environ["PROTESTCOORD_INSTANCE"]), os.environ)
    sessions = make_sessions(settings.database_url)

    @contextmanager
    def writing_later():
        session = sessions()
        session.connection(execution_options={"writes": True})
        yield session
        timer = threading.Timer(LATE_SECONDS, commit, [session])
        timer.daemon = True
        timer.start()

    def commit(session):
        session.commit()
        session.close()

    views.writing = writing_later
    web.EVEN_SECONDS = 0  # the commit would come before the answer that waits for its pace
    make_server("127.0.0.1", int(sys.argv[1]), serve_with(settings), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
