"""The one loop: build what is stale, send what is in the outbox, do what is due."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cached_property, partial
from threading import Event

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.campaigns import invitation_mails
from protestcoord.config import LANGUAGES, Settings, load_secrets
from protestcoord.core import clock, mail
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import change_count, make_sessions, scrub, unit_of_work
from protestcoord.core.links import Links
from protestcoord.core.signing import signing_key
from protestcoord.members.service import forget_old_invitations
from protestcoord.messages import mails as message_mails
from protestcoord.messages import service as messages
from protestcoord.organizers.heads import keep_head
from protestcoord.organizers.models import AuditHead
from protestcoord.publications import invitations, permit_mails
from protestcoord.publications.apart import drawn_apart
from protestcoord.publications.capture import take_snapshot
from protestcoord.publications.files import File, Progress
from protestcoord.publications.orders import Orders
from protestcoord.publications.publication import Publication
from protestcoord.publications.registry import imprint_of, prints_of_all, publications_of
from protestcoord.publications.release import code_version
from protestcoord.publications.snapshot import Snapshot, kept, with_one_change
from protestcoord.publications.store import BuildResult, Store
from protestcoord.reports.service import forget_old_reports
from protestcoord.signups import handover, merging, permit_reminders, places, purge, undo
from protestcoord.signups.contacts import ContactVault
from protestcoord.volunteers import mails as volunteer_mails
from protestcoord.volunteers import reminders, turnout

LOG = logging.getLogger(__name__)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
PAUSE_SECONDS = 0.25
FAILED_AGAIN_AFTER = timedelta(seconds=30)
CHORES_EVERY = timedelta(minutes=1)
MEANWHILE_EVERY = timedelta(seconds=1)
STATUS_EVERY = timedelta(seconds=10)
SCRUB_EVERY = timedelta(hours=1)
# How long a build goes on before it looks for a newer change; each one that was overtaken gives
# the next twice as long, so that steady changes let the rest of the files be built too.
FIRST_PATIENCE = timedelta(seconds=1)
MOST_PATIENCE = timedelta(seconds=8)
REHEARSED_AT_ONCE = timedelta(seconds=0.25)

Composer = Callable[[Session, ContactVault, Settings, mail.OutboxMail], EmailMessage | None]
# Who writes a mail, by what stands before the dot of its kind.
COMPOSERS: dict[str, Composer] = {
    "": invitations.compose,
    "members": invitation_mails.compose,
    "messages": message_mails.compose,
    "permits": permit_mails.compose,
    "volunteers": volunteer_mails.compose,
}

Asked = tuple[Iterable[Publication], Sequence[str], str, Callable[[str], Links]]


class Overtaken(Exception):
    """Something public changed while files were built: no error, the next build goes on."""


def store_of(settings: Settings) -> Store:
    """Return the folder of an instance's files, for the code that runs."""
    return Store(settings.public_folder, settings.record_file, code_version())


def _asked_of_store(snapshot: Snapshot, settings: Settings, now: datetime) -> Asked:
    return (
        publications_of(snapshot, imprint_of(settings, now)),
        tuple(LANGUAGES),
        settings.DEFAULT_LANGUAGE,
        lambda language: Links(settings.BASE_URL, language, settings.DEFAULT_LANGUAGE),
    )


def build_from(
    snapshot: Snapshot,
    store: Store,
    settings: Settings,
    now: datetime,
    progress: Progress | None = None,
) -> BuildResult:
    """Build every stale publication of a snapshot, and what somebody asked to have printed."""
    orders = Orders(settings.orders_folder)
    ordered = orders.names()
    prints = map(drawn_apart, prints_of_all(snapshot, imprint_of(settings, now)))
    asked = _asked_of_store(snapshot, settings, now)
    result = store.build_stale(*asked, progress, on_demand=prints, ordered=ordered)
    orders.note_done(ordered)
    return result


def stale_names(settings: Settings, session: Session, now: datetime) -> list[str]:
    """Return the names of the files that are not what is public now."""
    asked = _asked_of_store(take_snapshot(session, now), settings, now)
    return [file.name for file in store_of(settings).stale_files(*asked)]


def build_all(
    settings: Settings, session: Session, now: datetime, progress: Progress | None = None
) -> BuildResult:
    """Build every stale publication of what is public now."""
    store = store_of(settings)
    result = build_from(take_snapshot(session, now), store, settings, now, progress)
    if not result.failed:
        store.note_current(now)
    return result


@dataclass
class Worker:
    """What the loop remembers between its rounds; all of it can be lost.

    Attributes:
        seen_change: The change counter of the data that the files were built from.
        snapshot: That data; what did not change since keeps its digests.
        valid_until: When time alone makes it old, or something that failed is tried again.
        all_built: Whether the last build left nothing undone.
        unrehearsed: What a change of one slot would have built, after the first build.
    """

    settings: Settings
    sessions: sessionmaker[Session]
    seen_change: int = -1
    snapshot: Snapshot | None = None
    valid_until: datetime | None = None
    all_built: bool = False
    unrehearsed: Iterator[File] | None = None
    patience: timedelta = FIRST_PATIENCE
    chores_at: datetime = LONG_AGO
    meanwhile_at: datetime = LONG_AGO
    status_at: datetime = LONG_AGO
    scrub_at: datetime = LONG_AGO

    @cached_property
    def store(self) -> Store:
        """Where the files go."""
        return store_of(self.settings)

    @cached_property
    def orders(self) -> Orders:
        """What somebody asked to have printed."""
        return Orders(self.settings.orders_folder)

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

        Prints that somebody asked for are built from the last one.

        The counter is read before the snapshot is taken: a change in between is built twice
        rather than missed.
        """
        with self.sessions() as session:
            count = change_count(session)
            stale = count != self.seen_change or self._is_outlived(now)
            if stale:
                self.snapshot = kept(take_snapshot(session, now), self.snapshot)
        if self.snapshot and (stale or self.orders.names()):
            self._build(self.snapshot, count, now)
        self._tell_current(now)

    def _is_outlived(self, now: datetime) -> bool:
        return self.valid_until is not None and now >= self.valid_until

    def _build(self, snapshot: Snapshot, count: int, now: datetime) -> None:
        self.all_built = False
        self.store.expect_status()
        meanwhile = partial(self._do_meanwhile, count, clock.now() + self.patience)
        try:
            result = build_from(snapshot, self.store, self.settings, now, meanwhile)
        except Overtaken:
            self.patience = min(2 * self.patience, MOST_PATIENCE)
            return
        self.patience = FIRST_PATIENCE
        self.seen_change, self.valid_until = count, snapshot.valid_until
        self.all_built = not result.failed
        if result.failed:
            again_at = now + FAILED_AGAIN_AFTER
            self.valid_until = min(self.valid_until or again_at, again_at)
        LOG.info("built %s, removed %s, failed %s", result.built, result.removed, result.failed)

    def _tell_current(self, now: datetime) -> None:
        if self.all_built and now >= self.status_at:
            self.store.note_current(now)
            self.status_at = now + STATUS_EVERY

    def _do_meanwhile(self, count: int, until: datetime, _built: int, _stale: int) -> None:
        """Let nobody wait for a mail or a newer change until thousands of files are built.

        Raises:
            Overtaken: After some time, if there is a newer change.
        """
        now = clock.now()
        if now < self.meanwhile_at:
            return
        self.meanwhile_at = now + MEANWHILE_EVERY
        try:
            self.send_mails(now)
            overtaken = now >= until and self._change_count() != count
        except Exception as error:  # noqa: BLE001 - none of this must end the build
            LOG.warning("will be tried again while files are built: %s", type(error).__name__)
            return
        if overtaken:
            raise Overtaken

    def _change_count(self) -> int:
        with self.sessions() as session:
            return change_count(session)

    def rehearse(self, now: datetime) -> None:
        """Write for nothing, a little each round, what the first change would have to write.

        After a start no event and no row is kept in memory yet; without this the first change
        would be seen later than all others.
        """
        if not (self.all_built and self.snapshot):
            return
        if self.unrehearsed is None:
            asked = _asked_of_store(with_one_change(self.snapshot), self.settings, now)
            self.unrehearsed = iter(self.store.stale_files(*asked))
        until = clock.now() + REHEARSED_AT_ONCE
        for file in self.unrehearsed:
            file.content()
            if clock.now() >= until:
                return

    def send_mails(self, now: datetime) -> None:
        """Send what the outbox holds, if there is a way for it to leave."""
        deliver = mail.delivery(self.settings)
        if deliver is None:
            return

        def compose(session: Session, entry: mail.OutboxMail) -> EmailMessage | None:
            room, dot, _ = entry.kind.partition(".")
            return COMPOSERS[room if dot else ""](session, self.vault, self.settings, entry)

        mail.send_due(self.sessions, compose, deliver, now)

    def do_chores_if_due(self, now: datetime) -> None:
        """Do the chores once a minute."""
        if now >= self.chores_at:
            self.do_chores(now)
            self.chores_at = now + CHORES_EVERY

    def do_chores(self, now: datetime) -> None:
        """Do what became due: forget the unconfirmed, and contacts long after the day."""
        with self.sessions() as session, unit_of_work(session):
            places.expire_pending(session, now)
            places.promote_where_free(session, now)
            handover.forget_unaccepted(session, now)
            forget_old_invitations(session, now)
            permit_reminders.remind_due(session, now)
            undo.forget_over(session, now)
            merging.forget_merged(session, now)
            purge.purge_contacts(session, self.vault, self.settings.contacts_kept, now)
            messages.release_due(session, now)
            messages.forget_texts(session, now)
            turnout.show_buckets(session, now)
            reminders.tell_changes(session, now)
            reminders.queue_due(session, now)
            reminders.forget_over(session, now)
            forget_old_reports(session, now)
        self.keep_head_of_log(now)
        self.scrub_if_due(now)

    def scrub_if_due(self, now: datetime) -> None:
        """Take from the disk, once an hour, what was deleted; a busy table waits for the next."""
        if now >= self.scrub_at:
            self.scrub_at = now + SCRUB_EVERY
            with self.sessions() as session:
                scrub(session.get_bind().engine)

    def keep_head_of_log(self, now: datetime) -> None:
        """Keep outside the database, signed, how the log of acts ends today."""
        with self.sessions() as session:
            head = session.scalars(select(AuditHead)).one()
            key = signing_key(self.settings.signing_key_file)
            keep_head(self.settings.audit_heads_file, key, head.number, head.hash, now)


def run(settings: Settings, stop: Event) -> None:
    """Run the loop until ``stop`` is set; whatever fails is tried again."""
    worker = Worker(settings, make_sessions(settings.database_url))
    pause = partial(stop.wait, PAUSE_SECONDS)
    parts = (worker.build_if_stale, worker.send_mails, worker.do_chores_if_due, worker.rehearse)
    while not stop.is_set():
        for part in parts:
            try:
                part(clock.now())
            except Exception as error:  # noqa: BLE001 - one part must not end the others
                LOG.warning("%s will be tried again: %s", part.__name__, type(error).__name__)
                stop.wait(1)
        pause()
