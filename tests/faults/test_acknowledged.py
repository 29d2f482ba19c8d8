"""No sign-up that was acknowledged is lost, however often server and worker are killed.

Source:
    Jepsen, ``checker/set``: what was acknowledged is in the final read, and nothing else but what
    was attempted.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from sqlalchemy import select

from protestcoord.config import load_secrets
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions
from protestcoord.core.mail import OutboxMail
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Contact
from tests.faults.plan_campaign import plan
from tests.journeys.served import (
    Mailbox,
    copy_ready_instance,
    free_port,
    keep_few_missions,
    run_command,
)
from tests.proofs import size

CLIENTS = 8
# The full figures of the requirement: 1000 sign-ups, 20 kills.
SIGN_UPS = size(60, full=1_000)
KILLS = size(3, full=20)
TRUE_SERVER = [sys.executable, "-m", "protestcoord", "serve", "--port"]
EARLY_SERVER = [sys.executable, "-m", "tests.faults.acknowledge_early"]
FORM = {
    "slot": "w1-de-berlin-embassy-1",
    "name": "Lantern circle",
    "city": "Berlin",
    "expected_number": "5",
    "meeting_point": "",
    "code_of_conduct": "y",
}


@dataclass
class Journal:
    """What the clients asked for, and what they were told."""

    attempted: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    refused: Counter[int] = field(default_factory=Counter)


@dataclass
class Killable:
    """A server with its worker in a process group of its own, killed again and again."""

    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self):
        with Path(self.environment["PROTESTCOORD_INSTANCE"], "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_now_and_then(self, over):
        chance = random.Random(4)  # noqa: S311 - the same moments every time
        while self.kills < KILLS and not over.is_set():
            time.sleep(1.2 + chance.uniform(0.15, 0.4))  # it starts in about a second
            self.kill()
            self.kills += 1
            self.start()


def ask(port, email):
    """Return the status of a sign-up, or None if there was no answer."""
    body = urllib.parse.urlencode(FORM | {"email": email})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/c/noon/sign-up/?site=de-berlin-embassy", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def sign_up_until_enough(number, port, journal, killer):
    count = 0
    while len(journal.acknowledged) < SIGN_UPS or killer.is_alive():
        count += 1
        email = f"us@group-{number}-{count}.example"
        journal.attempted.add(email)
        status = ask(port, email)
        if status == http.client.SEE_OTHER:
            journal.acknowledged.add(email)
        elif status is None:
            time.sleep(0.05)
        else:
            journal.refused[status] += 1


@contextmanager
def planned(folder, database_url):
    """An instance with a published campaign, and a mail server that takes what is sent."""
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    environment = os.environ | {
        "PROTESTCOORD_INSTANCE": str(folder),
        "DATABASE_URL": database_url,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "SMTP_URL": f"smtp://127.0.0.1:{controller.port}",
        "UID_HOST": "uid.example",
        "PROOF_OF_WORK": "0",
    }
    try:
        copy_ready_instance(folder)
        if database_url != f"sqlite:///{folder / 'protestcoord.sqlite'}":
            run_command(environment, "init")
            keep_few_missions(database_url)
        plan(database_url)
        yield environment, port, mailbox
    finally:
        controller.stop()


def play(command, environment, port):
    """Let the clients sign up through the kills; return what they know, and how many kills."""
    server, journal, over = (
        Killable([*command, str(port)], environment),
        Journal(),
        threading.Event(),
    )
    server.start()
    killer = threading.Thread(target=server.kill_now_and_then, args=(over,))
    clients = [
        threading.Thread(target=sign_up_until_enough, args=(number, port, journal, killer))
        for number in range(CLIENTS)
    ]
    killer.start()
    try:
        for client in clients:
            client.start()
        for client in clients:
            client.join(timeout=300)
    finally:
        over.set()
        killer.join()
    return server, journal


@dataclass
class Stored:
    """What the database holds at the end."""

    emails: set[str]
    contacts: int
    mails: dict[str, int]


def stored_of(environment, journal):
    folder = Path(environment["PROTESTCOORD_INSTANCE"])
    vault = ContactVault(KeyFolder(folder / "keys"), load_secrets(folder).index_key)
    sessions = make_sessions(environment["DATABASE_URL"])
    with sessions() as session:
        rows = dict(session.execute(select(Contact.email_index, Contact.id)).all())
        mails = Counter(session.scalars(select(OutboxMail.contact_id)))
    sessions.kw["bind"].dispose()
    by_email = {email: rows.get(vault.email_index("noon", email)) for email in journal.attempted}
    return Stored(
        {email for email, contact in by_email.items() if contact},
        len(rows),
        {email: mails[contact] for email, contact in by_email.items() if contact},
    )


def delivered_within(mailbox, emails, seconds):
    """Return how often each address got a mail, as soon as all have one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = Counter(recipients[0] for recipients, _ in list(mailbox.mails))
        if emails <= set(got):
            break
        time.sleep(0.2)
    return got


def test_killed_servers_lose_no_acknowledged_sign_up_and_send_no_mail_thrice(
    tmp_path, database_url
):
    with planned(tmp_path / "instance", database_url) as (environment, port, mailbox):
        server, journal = play(TRUE_SERVER, environment, port)
        try:
            # A mail that was claimed when its worker died is tried again after its back-off.
            got = delivered_within(mailbox, journal.acknowledged, 120)
        finally:
            server.kill()
        stored = stored_of(environment, journal)
        repeated = {email: count for email, count in got.items() if count > 1}
        print(
            f"{len(journal.acknowledged)} acknowledged of {len(journal.attempted)} attempted, "
            f"{server.kills} kills, refused {dict(journal.refused)}, "
            f"{len(repeated)} mails twice"
        )
        assert server.kills == KILLS
        assert journal.acknowledged - stored.emails == set()
        assert stored.contacts == len(stored.emails), "nobody is there who did not ask"
        assert set(stored.mails.values()) == {1}, "one mail in the outbox for each"
        assert journal.acknowledged <= set(got)
        assert len(repeated) <= server.kills
        assert max(got.values()) <= 2


def test_the_control_that_acknowledges_before_the_commit_loses_some(tmp_path):
    folder = tmp_path / "instance"
    with planned(folder, f"sqlite:///{folder / 'protestcoord.sqlite'}") as (environment, port, _):
        server, journal = play(EARLY_SERVER, environment, port)
        server.kill()
        assert journal.acknowledged - stored_of(environment, journal).emails
