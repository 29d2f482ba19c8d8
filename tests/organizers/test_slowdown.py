from datetime import timedelta

import pytest

from protestcoord.organizers.slowdown import Slowdown, delay_after, network_of
from tests.stored import NOW

SECOND = timedelta(seconds=1)


def test_the_delay_doubles_to_42_seconds():
    delays = [delay_after(count).total_seconds() for count in (0, 4, 5, 6, 7, 8, 9, 10, 11, 9999)]
    assert delays == [0, 0, 1, 2, 4, 8, 16, 32, 42, 42]


def failed(times, who="account kim", at=NOW):
    slowdown = Slowdown()
    for _ in range(times):
        slowdown.note_failure(at, who)
    return slowdown


def test_without_proof_of_work_it_begins_earlier():
    assert [delay_after(count, 3).total_seconds() for count in (2, 3, 4, 9)] == [0, 1, 2, 42]
    assert failed(3).wait(NOW, "account kim", free=3) == SECOND
    assert failed(3).failures(NOW, "account lee", "account kim") == 3


@pytest.mark.parametrize(("failures", "seconds"), [(4, 0), (5, 1), (7, 4), (200, 42)])
def test_after_five_failures_one_waits(failures, seconds):
    assert failed(failures).wait(NOW, "account kim") == seconds * SECOND


def test_a_wait_ends_by_itself():
    slowdown = failed(7)
    assert slowdown.wait(NOW + 3 * SECOND, "account kim") == SECOND
    assert slowdown.wait(NOW + 4 * SECOND, "account kim") == timedelta(0)


def test_the_slower_of_account_and_network_counts():
    slowdown = failed(7)
    assert slowdown.wait(NOW, "account lee") == timedelta(0)
    assert slowdown.wait(NOW, "account lee", "account kim") == 4 * SECOND


def test_failures_are_forgotten_after_an_hour_and_by_success():
    slowdown = failed(200)
    slowdown.note_failure(NOW + timedelta(hours=1), "account kim")
    assert slowdown.wait(NOW + timedelta(hours=1), "account kim") == timedelta(0)
    slowdown = failed(200)
    slowdown.forget(NOW, "account kim")
    assert slowdown.wait(NOW, "account kim") == timedelta(0)


def test_what_is_kept_names_nobody_and_its_key_changes_every_day():
    slowdown = failed(7)
    (before,) = slowdown._failures
    assert b"kim" not in before
    slowdown.note_failure(NOW + timedelta(hours=24), "account kim")
    (after,) = slowdown._failures
    assert after != before


def test_a_flood_of_names_fills_no_memory(monkeypatch):
    monkeypatch.setattr("protestcoord.organizers.slowdown.MOST_KEPT", 10)
    slowdown = Slowdown()
    for number in range(100):
        slowdown.note_failure(NOW, f"account {number}")
    assert len(slowdown._failures) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("127.0.0.1", None),
        ("::1", None),
        ("", None),
    ],
)
def test_a_client_is_its_network_and_a_proxy_is_nobody(address, network):
    assert network_of(address) == network
