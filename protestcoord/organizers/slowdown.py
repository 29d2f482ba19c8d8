"""How long must somebody wait who failed to sign in: kept in memory, under keyed digests alone."""

import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from protestcoord.core.logs import SECURITY

FREE_FAILURES: Final = 5
# Of forms without proof of work: of one account, and of all together in the day that a key lives.
FREE_WITHOUT_PROOF: Final = 3
FREE_OF_ALL_WITHOUT_PROOF: Final = 100
LONGEST = timedelta(seconds=42)
FORGOTTEN_AFTER = timedelta(hours=1)
KEY_LIVES = timedelta(hours=24)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
MOST_KEPT: Final = 50_000
IPV4_NETWORK, IPV6_NETWORK = 24, 56


def delay_after(failures: int, free: int = FREE_FAILURES) -> timedelta:
    """Return how long to wait after so many failures: none for four, then 1, 2, 4 … 42 seconds.

    Args:
        failures: How many there were.
        free: From which one on it takes a second.
    """
    if failures < free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free, 10)), LONGEST)


def network_of(address: str) -> str | None:
    """Return the network that an address lies in, IPv4/24 or IPv6/56.

    None for an address of this machine: a proxy or an onion service stands there, for everybody.
    """
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return None
    if client.is_loopback:
        return None
    prefix = IPV4_NETWORK if client.version == 4 else IPV6_NETWORK
    return str(ipaddress.ip_network((client, prefix), strict=False))


class Slowdown:
    """Counts failures of accounts and of networks, and lets threads go on meanwhile.

    Nothing is written to disk; who reads the memory finds digests under a key that is thrown away
    with all counts every 24 hours. A restart forgets them too, which is the price.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()
        self._key, self._key_since = b"", LONG_AGO

    def wait(self, now: datetime, *who: str, free: int = FREE_FAILURES) -> timedelta:
        """Return how long the slowest of an account and a network still has to wait."""
        with self._lock:
            waits = [self._wait(now, self._digest(now, one), free) for one in who]
        return max(waits, default=LONGEST)

    def failures(self, now: datetime, *who: str) -> int:
        """Return how often the worst of an account and a network failed."""
        with self._lock:
            return max((self._counted(now, self._digest(now, one))[0] for one in who), default=0)

    def note_failure(self, now: datetime, *who: str) -> None:
        """Count one more failure for each, and write down of which kind they are."""
        SECURITY.info("a guess failed: %s", ", ".join(one.partition(" ")[0] for one in who))
        with self._lock:
            for one in who:
                digest = self._digest(now, one)
                count, _ = self._counted(now, digest)
                self._failures[digest] = (count + 1, now)
                self._failures.move_to_end(digest)
            while len(self._failures) > MOST_KEPT:
                self._failures.popitem(last=False)

    def forget(self, now: datetime, who: str) -> None:
        """Forget the failures of one who showed to be the right person."""
        with self._lock:
            self._failures.pop(self._digest(now, who), None)

    def _wait(self, now: datetime, digest: bytes, free: int) -> timedelta:
        count, last = self._counted(now, digest)
        return max(last + delay_after(count, free) - now, timedelta(0))

    def _counted(self, now: datetime, digest: bytes) -> tuple[int, datetime]:
        count, last = self._failures.get(digest, (0, now))
        return (count, last) if now - last < FORGOTTEN_AFTER else (0, now)

    def _digest(self, now: datetime, who: str) -> bytes:
        if not self._key or now - self._key_since >= KEY_LIVES:
            self._key, self._key_since = secrets.token_bytes(32), now
            self._failures.clear()
        return hmac.digest(self._key, who.encode(), hashlib.sha256)
