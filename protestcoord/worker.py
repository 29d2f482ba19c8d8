"""The one loop: build what is stale, send what is in the outbox, do what is due."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cached_property, partial
from threading import Event

from sqlalchemy.orm import Session, sessionmaker

from protestcoord.config import LANGUAGES, Settings, load_secrets
from protestcoord.core import clock, mail
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import change_count, make_sessions, unit_of_work
from protestcoord.core.links import Links
from protestcoord.publications.capture import take_snapshot
from protestcoord.publications.registry import imprint_of, publications_of
from protestcoord.publications.release import code_version
from protestcoord.publications.store import BuildResult, Store
from protestcoord.signups import mails, places, purge
from protestcoord.signups.contacts import ContactVault

LOG = logging.getLogger(__name__)
PAUSE_SECONDS = 0.25
FAILED_AGAIN_AFTER = timedelta(seconds=30)
CHORES_EVERY = timedelta(minutes=1)
MAILS_EVERY = timedelta(seconds=1)

Progress = Callable[[int, int], None]


def build_all(
    settings: Settings, session: Session, now: datetime, progress: Progress | None = None
) -> tuple[BuildResult, datetime | None]:
    """Build every stale publication; return what was done, and until when it stays true."""
    snapshot = take_snapshot(session, now)
    # The site's own address stands in files too, so a new one makes them all stale.
    version = f"{code_version()} {settings.BASE_URL}"
    store = Store(settings.public_folder, settings.instance / "built.json", version)
    result = store.build_stale(
        publications_of(snapshot, imprint_of(settings, now)),
        tuple(LANGUAGES),
        settings.DEFAULT_LANGUAGE,
        lambda language: Links(settings.BASE_URL, language, settings.DEFAULT_LANGUAGE),
        progress,
    )
    return result, snapshot.valid_until


@dataclass
class Worker:
    """What the loop remembers between its rounds; all of it can be lost."""

    settings: Settings
    sessions: sessionmaker[Session]
    seen_change: int = -1
    valid_until: datetime | None = None
    chores_at: datetime | None = None
    mails_at: datetime | None = None

    @cached_property
    def vault(self) -> ContactVault:
        """What opens the contacts that mails go to."""
        secrets = load_secrets(self.settings.instance)
        return ContactVault(KeyFolder(self.settings.keys_folder), secrets.index_key)

    def round(self, now: datetime) -> None:
        """Do once what there is to do."""
        self.build_if_stale(now)
        self.send_mails(now)
        self.do_chores_if_due(now)

    def build_if_stale(self, now: datetime) -> None:
        """Take a new snapshot if something public changed, or if time alone made the last one old.

        The counter is read before the snapshot is taken: a change in between is built twice
        rather than missed.
        """
        with self.sessions() as session:
            count = change_count(session)
            outlived = self.valid_until is not None and now >= self.valid_until
            if count == self.seen_change and not outlived:
                return
            session.rollback()
            meanwhile = self._send_mails_meanwhile
            result, self.valid_until = build_all(self.settings, session, now, meanwhile)
        self.seen_change = count
        if result.failed:
            again_at = now + FAILED_AGAIN_AFTER
            self.valid_until = min(self.valid_until or again_at, again_at)
        LOG.info("built %s, removed %s, failed %s", result.built, result.removed, result.failed)

    def _send_mails_meanwhile(self, _built: int, _stale: int) -> None:
        """Let nobody wait for a mail until thousands of files are built."""
        now = clock.now()
        if self.mails_at is not None and now < self.mails_at:
            return
        self.mails_at = now + MAILS_EVERY
        try:
            self.send_mails(now)
        except Exception as error:  # noqa: BLE001 - a mail that cannot leave must not end the build
            LOG.warning("mails will be tried again: %s", type(error).__name__)

    def send_mails(self, now: datetime) -> None:
        """Send what the outbox holds, if there is a way for it to leave."""
        deliver = mail.delivery(self.settings)
        if deliver is None:
            return

        def compose(session: Session, entry: mail.OutboxMail) -> EmailMessage | None:
            return mails.compose(session, self.vault, self.settings, entry)

        mail.send_due(self.sessions, compose, deliver, now)

    def do_chores_if_due(self, now: datetime) -> None:
        """Do the chores once a minute."""
        if self.chores_at is None or now >= self.chores_at:
            self.do_chores(now)
            self.chores_at = now + CHORES_EVERY

    def do_chores(self, now: datetime) -> None:
        """Do what became due: forget the unconfirmed, and contacts long after the day."""
        with self.sessions() as session, unit_of_work(session):
            places.expire_pending(session, now)
            purge.purge_contacts(session, self.vault, now)


def run(settings: Settings, stop: Event) -> None:
    """Run the loop until ``stop`` is set; whatever fails is tried again."""
    worker = Worker(settings, make_sessions(settings.database_url))
    pause = partial(stop.wait, PAUSE_SECONDS)
    while not stop.is_set():
        for part in (worker.build_if_stale, worker.send_mails, worker.do_chores_if_due):
            try:
                part(clock.now())
            except Exception as error:  # noqa: BLE001 - one part must not end the others
                LOG.warning("%s will be tried again: %s", part.__name__, type(error).__name__)
                stop.wait(1)
        pause()
