"""What is private stands nowhere but sealed: looked for after each thing that happens to a group.

The instance is a real one: its database, its public files as the worker builds them, its log, a
real SMTP server that takes its mails. Pages are those of everybody who must not see the canary.
"""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select, text

from protestcoord.core import clock
from protestcoord.core.database import make_sessions, scrub, unit_of_work
from protestcoord.core.logs import OneLine
from protestcoord.core.web import db
from protestcoord.signups import handover, places
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.notes import write_note
from protestcoord.worker import Worker
from tests.app_client import new_app_with_tables
from tests.console_client import stored_in
from tests.journeys.served import Mailbox, free_port
from tests.security.searching import forms_of, found_in, found_on_disk
from tests.stored import NOW, STARTS_AT, store_campaign, store_organizer, store_sign_up, store_slot
from tests.test_authorization import OWNER, STRANGER, client_in, fill, rules_of, session_of
from tests.volunteers.asked import ask

ADDRESS = "canary-7f3a9@mail.example.org"
NEXT = "canary-next-7f3a9@mail.example.org"
WALKER = "canary-walker-7f3a9@mail.example.org"
NOTE = "Kanarien-Notiz größer 7f3a9"
POINT = "Kanarienbrunnen größer 7f3a9"
CANARIES = (ADDRESS, NEXT, WALKER, NOTE, POINT)
# The network of the reader, and what a proxy says it is; from RFC 5737, so nobody's.
READER, FORWARDED = "203.0.113.77", "198.51.100.77"
AGENT = "Kanarienbrowser/7f3a9"
OUTSIDERS = ("visitor", "stranger", "elsewhere")


@dataclass
class Lived:
    """An instance to which things happen, and who looks at it."""

    app: Flask
    folder: Path
    worker: Worker
    mailbox: Mailbox
    sessions: dict[str, dict[str, object]]
    values: dict[str, object]
    of_page: dict[str, dict[str, str]]

    def settle(self, now: datetime) -> None:
        """Let the worker build, send and forget what there is."""
        for _ in range(3):
            self.worker.round(now)

    def pages(self, role: str) -> list[str]:
        """All that one sees who opens every address."""
        client = client_in(self.app, self.sessions[role])
        client.environ_base |= {"REMOTE_ADDR": READER, "HTTP_USER_AGENT": AGENT}
        seen = []
        for method, rule in rules_of(self.app):
            known = self.values | self.of_page.get(rule.endpoint, {})
            path = rule.build({name: known[name] for name in rule.arguments})[1]
            if method == "GET":
                answer = client.get(path, headers={"X-Forwarded-For": FORWARDED})
                seen.append(f"{path} {answer.headers} {answer.get_data(as_text=True)}")
        return seen

    def leaks(self) -> list[str]:
        """Where a canary stands, of the files of the instance."""
        return found_on_disk(self.folder, CANARIES)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    folder, mailbox = tmp_path_factory.mktemp("lived"), Mailbox()
    log = logging.FileHandler(folder / "serve.log")
    log.setFormatter(OneLine())
    logging.getLogger().addHandler(log)
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        environment = {"SMTP_URL": f"smtp://127.0.0.1:{controller.port}"}
        app = new_app_with_tables(folder, **environment)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.add_url_rule("/breaks/", view_func=break_with_what_is_private)
        values, of_page, _ = fill(app)
        sessions = {"visitor": {}, "owner": session_of(app, OWNER)} | {
            role: session_of(app, email)
            for role, email in (("stranger", STRANGER), ("elsewhere", "elsewhere@example.org"))
        }
        settings = app.config["SETTINGS"]
        worker = Worker(settings, make_sessions(settings.database_url))
        yield Lived(app, folder, worker, mailbox, sessions, values, of_page)
    controller.stop()
    logging.getLogger().removeHandler(log)
    log.close()
    worker.sessions.kw["bind"].dispose()
    with app.app_context():
        db.engine.dispose()


def break_with_what_is_private() -> str:
    raise RuntimeError(f"cannot mail to {ADDRESS}")


def create(app: Flask) -> None:
    with stored_in(app) as session:
        vault, slot = app.config["VAULT"], session.scalars(select(SignUp)).first().slot
        said = {"email": ADDRESS, "meeting_point": POINT, "hides_point": True}
        sign_up = store_sign_up(session, vault, slot, **said)
        write_note(session, vault, sign_up.group, store_organizer(session), NOTE, NOW)
        ask(session, vault, slot, email=WALKER)


def own(session) -> SignUp:
    return session.scalars(select(SignUp).order_by(SignUp.id.desc())).first()


def confirm(app: Flask) -> None:
    with stored_in(app) as session:
        sign_up = own(session)
        sign_up.group.verified_at = NOW
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)


def hand_over(app: Flask) -> None:
    with stored_in(app) as session:
        handover.ask_for_handover(session, app.config["VAULT"], own(session).group, NEXT, NOW)


def fail(app: Flask) -> None:
    assert app.test_client().get("/breaks/").status_code == 500


def withdraw(app: Flask) -> None:
    with stored_in(app) as session:
        places.withdraw_sign_up(session, own(session).id, NOW)


def back_up(app: Flask) -> None:
    folder = app.config["SETTINGS"].instance
    with sqlite3.connect(folder / "protestcoord.sqlite") as connection:
        connection.execute(f"VACUUM INTO '{folder / 'backup.sqlite'}'")
    connection.close()


CRASH = """
import os, sys
from pathlib import Path
from sqlalchemy import select
from protestcoord.app import create_app
from protestcoord.config import load_settings
from protestcoord.core.web import db
from protestcoord.core.database import unit_of_work
from protestcoord.signups.models import SignUp
from tests.stored import store_sign_up
app = create_app(load_settings(Path(sys.argv[1]), {}))
with app.app_context(), unit_of_work(db.session()) as session:
    slot = session.scalars(select(SignUp)).first().slot
    store_sign_up(session, app.config["VAULT"], slot, email=sys.argv[2])
    os.kill(os.getpid(), 9)
"""


def crash(app: Flask) -> None:
    folder = app.config["SETTINGS"].instance
    done = subprocess.run([sys.executable, "-c", CRASH, str(folder), f"x{ADDRESS}"])
    assert done.returncode == -9


STEPS: tuple[Callable[[Flask], None], ...] = (
    create,
    confirm,
    hand_over,
    fail,
    crash,
    back_up,
    withdraw,
)


# The hidden meeting point is text that a group wrote for the public, a day before the start: it
# stands in the database as such, and in nothing else until then.
PRIVATE = tuple(canary for canary in CANARIES if canary != POINT)


@pytest.mark.proves("P2", "A11", "E7", "L7")
def test_nothing_private_is_anywhere_after_each_step(lived, record_property):
    for step in STEPS:
        step(lived.app)
        lived.settle(NOW)
        leaks = found_on_disk(lived.folder, PRIVATE)
        assert leaks == [], step.__name__
        assert found_on_disk(lived.folder / "public", CANARIES) == [], step.__name__
    assert {"protestcoord.sqlite-wal", "backup.sqlite", "serve.log"} <= {
        path.name for path in lived.folder.iterdir()
    }
    assert [one for one in lived.mailbox.mails if one[0] == [ADDRESS]], "the control: it was mailed"
    ways = len(forms_of(ADDRESS))
    told = f"0 hits of {len(CANARIES)} canaries, {ways} ways of writing, {len(STEPS)} steps"
    record_property("P2", told)


@pytest.mark.proves("P2", "P4", "A4")
@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_else_reads_it_on_any_page(lived, role):
    pages = lived.pages(role)
    assert len(pages) > 70
    assert [hit for page in pages for hit in found_in(page.encode(), CANARIES)] == []


@pytest.mark.control("P2")
def test_its_own_organizer_reads_it(lived):
    with stored_in(lived.app) as session:
        lived.values["key"] = own(session).group.key
    seen = "".join(lived.pages("owner")).encode()
    assert list(found_in(seen, [NOTE])), "pages that may show it are among those looked at"


@pytest.mark.proves("P4")
def test_neither_network_nor_browser_of_a_reader_is_kept(lived, record_property):
    client = lived.app.test_client()
    client.environ_base |= {"REMOTE_ADDR": READER, "HTTP_USER_AGENT": AGENT}
    for method, rule in rules_of(lived.app):
        known = lived.values | lived.of_page.get(rule.endpoint, {})
        path = rule.build({name: known[name] for name in rule.arguments})[1]
        client.open(path, method=method, headers={"X-Forwarded-For": FORWARDED}, data={"x": "y"})
    client.post("/organize/login", data={"email": OWNER, "password": "wrong"})
    client.get("/no-such-page/")
    client.get("/breaks/")
    lived.settle(NOW)
    traces = found_on_disk(lived.folder, [READER, FORWARDED, AGENT])
    record_property("P4", f"{len(traces)} traces after {len(rules_of(lived.app)) + 3} requests")
    assert traces == []


@pytest.mark.control("P4")
def test_a_log_of_requests_would_be_found(lived):
    (lived.folder / "access.log").write_text(f'{READER} "GET / HTTP/1.1" 200 "{AGENT}"\n')
    traces = found_on_disk(lived.folder, [READER, AGENT])
    assert {"access.log: 203.0.113.77 as utf-8", f"access.log: {AGENT} as utf-8"} <= set(traces)
    (lived.folder / "access.log").unlink()


@pytest.mark.proves("P4")
def test_a_process_that_dies_leaves_no_image_of_its_memory():
    code = (
        "import resource; from protestcoord.serving import keep_private; keep_private(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "(0, 0)\n"


@pytest.mark.proves("P2", "P5", "P5a")
def test_after_the_purge_even_texts_for_the_public_are_gone_from_the_disk(lived):
    over = STARTS_AT + timedelta(days=31, hours=1)
    lived.settle(over)
    with lived.worker.sessions() as session:
        scrub(session.get_bind())
        names = session.scalars(select(Group.name).where(Group.campaign_id == 1)).all()
    (lived.folder / "backup.sqlite").unlink()  # backups live fourteen days
    assert lived.leaks() == []
    assert all(name.startswith("g-") for name in names)


@pytest.mark.control("P2")
@pytest.mark.parametrize("way", sorted(forms_of(ADDRESS)))
def test_a_planted_leak_is_found_however_it_is_written(tmp_path, way):
    for number, form in enumerate(sorted(forms_of(NOTE)[way])):
        (tmp_path / str(number)).write_bytes(b"\0before" + form + b"after\0")
    planted = len(forms_of(NOTE)[way])
    hits = [hit for hit in found_on_disk(tmp_path, [NOTE]) if hit.endswith(f" as {way}")]
    assert len(hits) == planted


@pytest.mark.proves("P2")
@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_nothing_private_is_in_the_files_of_postgresql(own_files, session, vault):
    with unit_of_work(session):
        slot = store_slot(session, store_campaign(session, sends_reminders=True))
        sign_up = store_sign_up(session, vault, slot, email=ADDRESS, name="Lampion-Kanari")
        write_note(session, vault, sign_up.group, store_organizer(session), NOTE, NOW)
        ask(session, vault, slot, email=WALKER)
    kept = session.execute(
        text(
            "SELECT current_setting('data_directory'), "
            "(SELECT oid FROM pg_database WHERE datname = current_database()), "
            "pg_walfile_name(pg_current_wal_lsn())"
        )
    ).one()
    session.rollback()
    scrub(session.get_bind())
    folder = Path(kept[0])
    files = [folder / "pg_wal" / kept[2], *(folder / "base" / str(kept[1])).iterdir()]
    content = b"".join(file.read_bytes() for file in files)
    assert list(found_in(content, ["Lampion-Kanari"])), "the control: a public name is there"
    assert list(found_in(content, [ADDRESS, NOTE, WALKER])) == []
