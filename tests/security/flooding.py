"""Fifty requests a second from one address, and a reader and a group who come from there too."""

import http.client
import re
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from protestcoord.core.trust import SHORTEST_FILL, Challenge
from protestcoord.signups.rules import SignUpState
from tests.app_client import good_sign_up
from tests.processes import APART
from tests.proofs import size
from tests.security.besieged import SLOTS, seconds_of
from tests.security.test_trust import solved

FLOOD_SECONDS = size(2, full=30)
FLOOD_RATE = 50


@dataclass
class Flood:
    """What fifty requests a second and one reader, all from one address, were told."""

    answers: Counter[int]
    silent: int  # too much at once, without a word on when to come again
    p99_seconds: float
    reads: int


def under_flood(base_url: str, attack: Callable[[int], http.client.HTTPResponse], paths) -> Flood:
    """Attack for a while, and read public pages meanwhile."""
    began, rounds = time.monotonic(), FLOOD_SECONDS * FLOOD_RATE

    def strike(number):
        time.sleep(max(0, began + number / FLOOD_RATE - time.monotonic()))
        return attack(number)

    def read():
        taken = []
        while time.monotonic() - began < FLOOD_SECONDS:
            taken.append(seconds_of(base_url, paths[len(taken) % len(paths)], timeout=30))
            time.sleep(0.01)
        return sorted(taken)

    with ThreadPoolExecutor(33) as threads:
        reader = threads.submit(read)
        answers = list(threads.map(strike, range(rounds)))
        taken = reader.result()
    told = [answer for answer in answers if answer.status in (429, 503)]
    silent = sum(not answer.getheader("Retry-After") for answer in told)
    statuses = Counter(answer.status for answer in answers)
    return Flood(statuses, silent, taken[len(taken) * 99 // 100], len(taken))


def patiently(ask):
    """Do what a page that says "too much at once" asks for; return what came, and how often not."""
    for tries in range(30):
        with suppress(urllib.error.HTTPError):
            if (answer := ask()) != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer, tries
        time.sleep(1)
    raise AssertionError("asked to come again for half a minute")


def opened_form(site, slot):
    with urllib.request.urlopen(f"{site.base_url}/c/noon/sign-up/?slot={slot}") as answer:
        return answer.read().decode()


def proof_in(page):
    """Do what the page's script does: work in a process of its own, wait."""
    began = time.monotonic()
    found = re.search(r'data-bits="(\d+)".*?name="pow_challenge" value="([^"]+)"', page, re.DOTALL)
    if not found:
        return {}
    with ProcessPoolExecutor(1, APART) as worker:
        sent = worker.submit(solved, Challenge(found[2], int(found[1]))).result()
    time.sleep(max(0, began + SHORTEST_FILL.total_seconds() + 0.1 - time.monotonic()))
    return sent


def honest_sign_up(site):
    """Sign up and confirm by mail; return how many seconds both took, and how many tries more."""
    slot, email, began = SLOTS[0], "us@honest-in-flood.example", time.monotonic()
    page, opening = patiently(lambda: opened_form(site, slot))
    form = good_sign_up(slot=slot, email=email, name="Honest") | proof_in(page)
    status, sending = patiently(lambda: site.post("/c/noon/sign-up/", form))
    assert status == 303
    status, pressing = patiently(lambda: site.press_link_of(email))
    assert status == 303
    assert site.states_of(email) == [SignUpState.OFFERED]
    return time.monotonic() - began, opening + sending + pressing
