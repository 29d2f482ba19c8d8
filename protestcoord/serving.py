"""The commands that set up, run and look after an instance."""

import contextlib
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from protestcoord.config import Settings, UnsafeSettings, load_secrets, shipped
from protestcoord.core import clock
from protestcoord.core.instance import Instance

if TYPE_CHECKING:
    from flask import Flask

    from protestcoord.publications.store import BuildResult

# Most of them may wait for the database in a form; the rest keep answering readers. So many that
# the presses of one moment wait for each other rather than be sent away.
THREADS = 40

# SECURITY: who sends a header bit by bit, or without end, is cut off; hyper counts in bytes.
HEADER_TIMEOUT_MS = 10_000
MAX_HEADER_BYTES = 16 * 1024

# What is built already can be read at once; on few cores two starting processes hinder each other.
HEAD_START_SECONDS = 1

PORT = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)


@click.command()
@click.pass_obj
def init(instance: Instance) -> None:
    """Create or upgrade an instance: folder, secrets, database, directory of missions."""
    set_up(instance)
    click.echo(f"ready: {instance.settings.instance}")


def set_up(instance: Instance) -> None:
    """Bring an instance to the state that this version needs; what is there is kept."""
    keep_private()
    instance.folder.mkdir(parents=True, exist_ok=True)
    # Passed through, not listed: a web server reads the public files, which are named by address.
    instance.folder.chmod(0o711)
    load_secrets(instance.settings.instance)
    _upgrade_database(instance)
    _load_directory(instance)
    for path in open_to_others(instance.settings):  # an older version made them so
        path.chmod(path.stat().st_mode & ~0o077)


def keep_private() -> None:
    """Let nobody else read what this process writes, unless it says so, nor what it remembers."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _upgrade_database(instance: Instance) -> None:
    from flask_migrate import upgrade

    app = instance.app()
    know_migrations(app)
    with app.app_context():
        upgrade()


def know_migrations(app: "Flask") -> None:
    """Let an app change its database by migrations; one that serves need not load them."""
    from flask_migrate import Migrate

    from protestcoord.core.web import db

    Migrate(app, db, directory=str(shipped("migrations")), render_as_batch=True)


def _load_directory(instance: Instance) -> None:
    from protestcoord.core.database import unit_of_work
    from protestcoord.missions.queries import missions_all
    from protestcoord.missions.service import import_catalogue

    with instance.sessions()() as session, unit_of_work(session):
        if not missions_all(session):
            catalogue = shipped("data") / "embassies.csv"
            text = catalogue.read_text(encoding="utf-8")
            import_catalogue(session, text, catalogue.name, clock.now())


@click.command()
@PORT
@click.pass_obj
def serve(instance: Instance, port: int) -> None:
    """Serve the site and run the worker, until interrupted."""
    refuse_unready(instance)
    refuse_unsafe_state(instance)
    run_server(instance, port)


def refuse_unready(instance: Instance) -> None:
    """Raise UnsafeSettings if the instance's database was never set up."""
    database = instance.settings.instance / "protestcoord.sqlite"
    if not instance.settings.DATABASE_URL and not database.exists():
        raise UnsafeSettings("no instance here yet; run `protestcoord init` first")


def refuse_unsafe_state(instance: Instance) -> None:
    """Raise UnsafeSettings if the database would lose what it acknowledged, or keys are away."""
    from sqlalchemy.exc import DBAPIError

    from protestcoord.core.database import refuse_forgetful
    from protestcoord.signups.queries import has_sealed_contacts

    try:
        with instance.sessions()() as session:
            refuse_forgetful(session)
            is_locked_out = not instance.settings.keys_folder.is_dir() and has_sealed_contacts(
                session
            )
    except DBAPIError:
        return  # It is away or old; what is published is served all the same.
    if is_locked_out:
        raise UnsafeSettings("keys/: missing, so no contact can be opened; put it back")


def run_server(instance: Instance, port: int) -> None:
    """Start web and worker, and end both together."""
    keep_private()
    refuse_taken_port(instance.settings.LISTEN, port)
    os.environ["PROTESTCOORD_INSTANCE"] = str(instance.settings.instance)
    os.environ["BASE_URL"] = instance.settings.BASE_URL
    os.environ["DEMO"] = "1" if instance.settings.DEMO else ""
    with _worker_beside(instance.settings):
        _serve_web(instance.settings.LISTEN, port)


def refuse_taken_port(address: str, port: int) -> None:
    """Refuse to serve beside another server: the system would share its readers out to both."""
    with socket.socket() as probe:
        if probe.connect_ex((address, port)) == 0:
            raise click.ClickException(f"port {port} is taken; choose another one with --port")


def _serve_web(address: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    Granian(
        "protestcoord.app:wsgi",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=MAX_HEADER_BYTES
        ),
        log_access=False,
        log_level=LogLevels.error,
        workers_kill_timeout=5,
    ).serve()


@contextlib.contextmanager
def _worker_beside(settings: Settings) -> Iterator[None]:
    over = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(settings, over))
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join(timeout=15)


def _keep_worker(settings: Settings, over: threading.Event) -> None:
    """Run a worker, and another one whenever it died, until all is over."""
    over.wait(HEAD_START_SECONDS)
    while not over.is_set():
        process = multiprocessing.get_context("spawn").Process(
            target=run_worker, args=(settings,), name="protestcoord-worker", daemon=True
        )
        process.start()
        while process.is_alive() and not over.wait(1):
            pass
        process.terminate()
        process.join(timeout=5)
        # Files come into place by rename and each mail has its own transaction: nothing is torn.
        process.kill()
        process.join(timeout=5)


def run_worker(settings: Settings) -> None:
    """Run the worker until it is asked to end, or until the process that started it is gone."""
    from protestcoord.core.logs import set_up_log
    from protestcoord.worker import run

    keep_private()
    set_up_log()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    threading.Thread(target=_end_with_parent, args=(stop, os.getppid()), daemon=True).start()
    run(settings, stop)


def _end_with_parent(stop: threading.Event, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    stop.set()


@click.command()
@click.pass_obj
def worker(instance: Instance) -> None:
    """Run the worker alone: build, send mails, do what is due."""
    refuse_unready(instance)
    refuse_unsafe_state(instance)
    run_worker(instance.settings)


@click.command()
@click.pass_obj
def build(instance: Instance) -> None:
    """Build all stale publications, then end; exit status 1 if one failed."""
    refuse_unready(instance)
    result = build_with_progress(instance)
    click.echo(
        f"built {result.built}, unchanged {result.unchanged}, "
        f"removed {result.removed}, failed {result.failed}"
    )
    sys.exit(1 if result.failed else 0)


def build_with_progress(instance: Instance) -> "BuildResult":
    """Build what is stale and show how far it is."""
    from protestcoord.worker import build_all

    keep_private()
    with (
        instance.sessions()() as session,
        click.progressbar(length=0, label="building pages, feeds and maps") as bar,
    ):

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        return build_all(instance.settings, session, clock.now(), show)


def open_to_others(settings: Settings) -> Iterator[Path]:
    """Yield what other users of the machine may read although it is not public."""
    for path in [*settings.instance.glob("*"), *settings.keys_folder.glob("*")]:
        if path != settings.public_folder and path.stat().st_mode & 0o077:
            yield path
