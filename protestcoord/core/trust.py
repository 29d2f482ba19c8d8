"""How far is a form for anybody trusted: proof of work, the time it took, a field for machines."""

import enum
import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import Final

from protestcoord.core.errors import N_, DomainError

# SECURITY: a speed bump alone; caps, moderation and budgets hold without it.
CHALLENGE_LIVES: Final = timedelta(minutes=10)
SHORTEST_FILL: Final = timedelta(seconds=3)
BITS: Final = 18
# So many forms a minute, of all visitors together, make each one dearer by a bit.
LOAD_STEPS: Final = (60, 300, 1200, 5000)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Forms without proof, in an hour, of all visitors together: each costs somebody a look.
UNPROVEN_AN_HOUR: Final = 300
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
CHALLENGE, SOLUTION, TRAP = "pow_challenge", "pow_solution", "website"


class Trust(enum.Enum):
    """Whether a form counts as it is, or waits until an organizer has looked at it.

    Outdated is a proof from before the last start, which may have been used already: whoever
    comes with it is asked for another one, and loses nothing.
    """

    PROVEN = "proven"
    UNPROVEN = "unproven"
    OUTDATED = "outdated"


class SentBeforeRestart(DomainError):
    """A form's proof of work was made before the last start, and may have been used then."""

    message = N_("This site was started anew meanwhile. Please send the form once more.")


class TooManyUnproven(DomainError):
    """So many forms came without proof of work that no more are taken for a while."""

    message = N_(
        "Very many forms came in without proof of work. Please send it again in a few minutes, or "
        "with scripts allowed, which gets through at once."
    )
    status = HTTPStatus.TOO_MANY_REQUESTS
    retry_after_seconds = 600


@dataclass(frozen=True)
class Challenge:
    """What a browser is to work on: find a number after which the digest begins with zero bits."""

    text: str
    bits: int


class Gate:
    """Makes challenges and judges what comes back; knows no address, so Tor is as good as any.

    What was used and how much came is kept in memory alone. A restart forgets it, so nothing made
    before it counts. Several processes under one key take what another one made; each remembers
    what it has seen itself, so that a solution counts once in each.
    """

    def __init__(
        self, key: bytes, *, since: datetime = LONG_AGO, asks_for_work: bool = True
    ) -> None:
        """Begin without memory.

        Args:
            key: What signs challenges, the same after a restart.
            since: The moment of the start.
            asks_for_work: Whether anything has to be proven at all.
        """
        self._key = hmac.digest(key, b"proof of work", hashlib.sha256)
        self._since = since
        self.asks_for_work = asks_for_work
        self._lock = Lock()
        self._used: OrderedDict[str, datetime] = OrderedDict()
        self._seen: deque[datetime] = deque(maxlen=LOAD_STEPS[-1])
        self._unproven: dict[str, deque[datetime]] = {}

    def challenge(self, form: str, now: datetime) -> Challenge:
        """Return a fresh challenge for a form; it is as dear as the last minute was busy."""
        bits = self._bits(now)
        body = f"{form}:{int(now.timestamp())}:{bits}:{secrets.token_hex(12)}"
        return Challenge(f"{body}:{self._signed(body)}", bits)

    def judge(self, form: str, sent: Mapping[str, str], now: datetime) -> Trust:
        """Say how far a form that was sent is trusted, and use up its challenge.

        Raises:
            TooManyUnproven: It is not proven, and so were too many of the last hour.
        """
        found = self.weigh(form, sent, now)
        if found is not Trust.PROVEN:
            with self._lock:
                self._count_unproven(form, now)
        return found

    def weigh(self, form: str, sent: Mapping[str, str], now: datetime) -> Trust:
        """Do the same where a form without proof costs nobody a look: there is no budget."""
        if not self.asks_for_work:
            return Trust.PROVEN
        with self._lock:
            self._seen.append(now)
            return self._weigh(form, sent, now)

    def give_back(self, sent: Mapping[str, str]) -> None:
        """Let a proof count once more if its form could not be saved, and is sent again."""
        with self._lock:
            self._used.pop(sent.get(CHALLENGE, "")[:200], None)

    def _weigh(self, form: str, sent: Mapping[str, str], now: datetime) -> Trust:
        text = sent.get(CHALLENGE, "")[:200]
        made_at, bits = self._read(form, text)
        if made_at is None or text in self._used or sent.get(TRAP):
            return Trust.UNPROVEN
        if not SHORTEST_FILL <= now - made_at < CHALLENGE_LIVES:
            return Trust.UNPROVEN
        if not is_solution(text, sent.get(SOLUTION, ""), bits):
            return Trust.UNPROVEN
        if made_at < self._since:
            return Trust.OUTDATED
        self._use(text, now)
        return Trust.PROVEN

    def _read(self, form: str, text: str) -> tuple[datetime | None, int]:
        body, _, signed = text.rpartition(":")
        if not hmac.compare_digest(self._signed(body).encode(), signed.encode()):
            return None, 0
        name, made_at, bits, _ = body.split(":")
        if name != form:
            return None, 0
        return datetime.fromtimestamp(int(made_at), tz=UTC), int(bits)

    def _use(self, text: str, now: datetime) -> None:
        self._used[text] = now
        while self._used and now - next(iter(self._used.values())) >= CHALLENGE_LIVES:
            self._used.popitem(last=False)

    def _count_unproven(self, form: str, now: datetime) -> None:
        lately = self._unproven.setdefault(form, deque())
        while lately and now - lately[0] >= HOUR:
            lately.popleft()
        if len(lately) >= UNPROVEN_AN_HOUR:
            raise TooManyUnproven
        lately.append(now)

    def _bits(self, now: datetime) -> int:
        with self._lock:
            lately = sum(now - at < MINUTE for at in self._seen)
        return BITS + sum(lately >= step for step in LOAD_STEPS)

    def _signed(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(), hashlib.sha256).hex()


def is_solution(text: str, solution: str, bits: int) -> bool:
    """Tell whether the digest of a challenge and a number begins with so many zero bits."""
    if not (solution.isdecimal() and solution.isascii() and len(solution) <= 12):
        return False
    digest = hashlib.sha256(f"{text}:{solution}".encode()).digest()
    return int.from_bytes(digest) >> (256 - bits) == 0
