"""How long forms take for an address that they know and for one that they do not."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from protestcoord.signups import service
from tests.app_client import app_with_tables, good_sign_up
from tests.console_client import PASSWORD, TOKEN, console_app, stored_in
from tests.processes import APART
from tests.stored import NOW, store_sign_up, store_slot

KNOWN = "lantern@example.org"
REPETITIONS = 3

Ask = Callable[[FlaskClient, str], TestResponse]


def lost_link(client: FlaskClient, email: str) -> TestResponse:
    return client.post("/s/lost-link/", data={"email": email})


def sign_up(client: FlaskClient, email: str) -> TestResponse:
    form = good_sign_up(email=email, slot=client.application.config["SLOT"])
    return client.post("/c/noon/sign-up/", data=form)


def send_password(client: FlaskClient, email: str) -> TestResponse:
    if "PAGE_TOKEN" not in client.application.config:
        page = client.get("/organize/login").text
        client.application.config["PAGE_TOKEN"] = TOKEN.search(page).group(1)
    token = client.application.config["PAGE_TOKEN"]
    sent = {"email": email, "password": PASSWORD[1:], "csrf_token": token}
    return client.post("/organize/login", data=sent)


def sign_in(client: FlaskClient, email: str) -> TestResponse:
    """Try a password; each address as if it were the first try."""
    client.application.extensions["slowdown"].__init__()
    answer = send_password(client, email)
    assert answer.status_code == 200, "it was tried, not turned away before"
    return answer


@contextmanager
def app_of_groups(folder: Path) -> Iterator[Flask]:
    """The wired app, with a group whose address is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("protestcoord.core.clock.now", lambda: NOW)
        app = app_with_tables(folder)
        with stored_in(app) as session:
            slot = store_slot(session)
            made = store_sign_up(session, app.config["VAULT"], slot, email=KNOWN)
            service.open_link(session, made.group, NOW)
            app.config["SLOT"] = slot.key
        yield app


@contextmanager
def app_that_knows(ask: Ask, folder: Path) -> Iterator[Flask]:
    """The wired app, to which a form can send the known address."""
    with console_app(folder, KNOWN) if ask is sign_in else app_of_groups(folder) as app:
        yield app


@dataclass(frozen=True)
class Trial:
    """One form, and what it is tried without.

    Attributes:
        asked: How often it is sent with each of both kinds of address.
        without: What is put in the place of a guard, by the guard's name.
        beside: How many processes on the same core work all the time.
    """

    ask: Ask
    asked: int = 500
    without: Mapping[str, object] = field(default_factory=dict)
    beside: int = 0


@dataclass(frozen=True)
class Times:
    """Seconds that answers took."""

    known: list[float]
    unknown: list[float]

    @property
    def gap_seconds(self) -> float:
        return abs(median(self.known) - median(self.unknown))

    @property
    def area_under_curve(self) -> float:
        """How well a time tells which of two kinds it is: 0.5 is chance, 1 is always."""
        wins = sum((a > b) + (a == b) / 2 for a in self.known for b in self.unknown)
        share = wins / (len(self.known) * len(self.unknown))
        return max(share, 1 - share)


def timed(ask: Ask, client: FlaskClient, email: str) -> float:
    began = time.perf_counter()
    ask(client, email)
    return time.perf_counter() - began


def times(trial: Trial, folder: Path, seed: int) -> Times:
    """Send a form with known and unknown addresses, in an order that favours neither."""
    # A process that is split off removes nothing at its end: this folder's owner does.
    tempfile.tempdir = str(folder)
    chance, taken = random.Random(seed), Times([], [])  # noqa: S311 - the same order every time
    with (
        pytest.MonkeyPatch.context() as patch,
        app_that_knows(trial.ask, folder) as app,
        _busy(trial.beside),
    ):
        for name, value in trial.without.items():
            patch.setattr(name, value)
        client = app.test_client()
        for number in range(trial.asked):
            pair = [(taken.known, KNOWN), (taken.unknown, f"nobody{number}@example.org")]
            for kind, email in chance.sample(pair, 2):
                kind.append(timed(trial.ask, client, email))
    return taken


@contextmanager
def _busy(beside: int) -> Iterator[None]:
    """Share one core with processes that work all the time."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)} if beside else cores)
    working = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(beside)]
    try:
        yield
    finally:
        for process in working:
            process.kill()
            process.wait()
        os.sched_setaffinity(0, cores)


def repeated(trials: Mapping[str, Trial], folder: Path, at_once: int) -> dict[str, list[Times]]:
    """Make trials three times each, from the least to the most that a time tells.

    Each is made in a process of its own, so many of them at once.
    """
    with ProcessPoolExecutor(at_once, APART, max_tasks_per_child=1) as processes:
        begun = {
            name: [
                processes.submit(times, trial, _new_folder(folder, f"{name}-{seed}"), seed)
                for seed in range(REPETITIONS)
            ]
            for name, trial in trials.items()
        }
        return {
            name: sorted((one.result() for one in three), key=lambda made: made.area_under_curve)
            for name, three in begun.items()
        }


def _new_folder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
