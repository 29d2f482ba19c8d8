"""Several workers, killed workers and refusing servers: each mail arrives, and once."""

import random
import time
from collections import Counter
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import (
    LEASE,
    OutboxMail,
    SmtpDelivery,
    outbox_health,
    queue_mail,
    send_due,
)
from tests.core.sending import message, send_all
from tests.journeys.served import free_port
from tests.processes import APART
from tests.stored import NOW


class Post:
    """A real server that counts what it took, by Message-ID, and what it refused."""

    def __init__(self):
        self.taken, self.refusals, self.connections = Counter(), Counter(), 0

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        domain = address.rpartition("@")[2]
        if domain in ("gone.example", "busy.example"):
            self.refusals[domain] += 1
            return "550 no such user" if domain == "gone.example" else "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.taken[envelope.rcpt_tos[0]] += 1
        return "250 taken"


@pytest.fixture
def post():
    handler, port = Post(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


def queue(sessions, count, domain="example.org"):
    with sessions() as session, unit_of_work(session):
        for n in range(count):
            queue_mail(session, "link", f"{domain}-{n}", NOW, domain=domain)


def start(database_url, post, now):
    process = APART.Process(target=send_all, args=(database_url, post.url, now))
    process.start()
    return process


def test_a_worker_killed_many_times_delivers_all_with_one_duplicate_a_kill_at_most(
    sessions, database_url, post
):
    queue(sessions, 200)
    now, kills, chance = NOW, 0, random.Random(7)  # noqa: S311 - the same moments every time
    while kills < 12:
        worker, before = start(database_url, post, now), post.taken.total()
        end = time.monotonic() + 30
        while post.taken.total() == before and worker.is_alive() and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.06)
        if not worker.is_alive():
            break
        worker.kill()
        worker.join()
        kills, now = kills + 1, now + LEASE
    start(database_url, post, now).join(timeout=60)
    with sessions() as session:
        assert outbox_health(session, now).waiting == 0
    duplicates = post.taken.total() - 200
    print(f"kills {kills}, duplicates {duplicates}")
    assert len(post.taken) == 200
    assert 0 <= duplicates <= kills
    assert kills >= 5


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_four_workers_share_the_outbox_and_none_sends_what_another_has(
    sessions, database_url, post
):
    queue(sessions, 400)
    workers = [start(database_url, post, NOW) for _ in range(4)]
    for worker in workers:
        worker.join(timeout=120)
    # A worker ends when all that it saw was another's; what is left is sent by one more.
    start(database_url, post, NOW).join(timeout=60)
    assert post.taken.total() == len(post.taken) == 400


def test_a_refusal_for_good_ends_at_once_and_a_refusal_for_now_is_tried_again(sessions, post):
    queue(sessions, 1, "gone.example")
    queue(sessions, 1, "busy.example")
    assert send_due(sessions, message, SmtpDelivery(post.url), NOW) == 0
    with sessions() as session:
        gone, busy = (
            session.scalars(select(OutboxMail).where(OutboxMail.contact_id == f"{d}-0")).one()
            for d in ("gone.example", "busy.example")
        )
        assert (gone.failed_at, gone.refused_at) == (NOW, NOW)
        assert (busy.failed_at, busy.due_at) == (None, NOW + timedelta(seconds=30))
        health = outbox_health(session, NOW)
    assert (health.waiting, health.oldest_at, health.failed, health.refused) == (1, NOW, 1, 1)
    send_due(sessions, message, SmtpDelivery(post.url), NOW + timedelta(hours=1))
    assert post.refusals == {"gone.example": 1, "busy.example": 2}


def test_a_storm_of_one_domain_holds_up_no_other_and_one_connection_is_used(sessions, post):
    queue(sessions, 100, "busy.example")
    send_due(sessions, message, SmtpDelivery(post.url), NOW)
    queue(sessions, 5)
    assert send_due(sessions, message, SmtpDelivery(post.url), NOW + timedelta(minutes=1)) == 5
    assert post.connections == 2
