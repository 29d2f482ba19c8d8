"""Which sign-ups are alike, as many from one hand are: pure, one pass over all of them."""

import enum
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from protestcoord.core.errors import N_


class Likeness(enum.StrEnum):
    """In what sign-ups are alike."""

    DOMAIN = "domain"
    NAME = "name"
    POINT = "point"
    HOUR = "hour"


LIKENESS_LABELS = {
    Likeness.DOMAIN: N_("The same mail domain"),
    Likeness.NAME: N_("Nearly the same name"),
    Likeness.POINT: N_("Nearly the same meeting point"),
    Likeness.HOUR: N_("Signed up within the same hour"),
}
# So many groups are alike by chance.
BY_CHANCE = {Likeness.DOMAIN: 2, Likeness.NAME: 1, Likeness.POINT: 1, Likeness.HOUR: 4}

NO_WORD = re.compile(r"[\W\d_]+")
SHORTEST_TELLING_WORD = 4


@dataclass(frozen=True)
class Seen:
    """What of a sign-up is compared.

    Attributes:
        domain: Digest of the mail domain, or empty where that says nothing.
        point: The meeting point, or empty.
    """

    sign_up_id: int
    group_id: int
    name: str
    domain: str
    signed_up_at: datetime
    point: str


@dataclass(frozen=True)
class Cluster:
    """Sign-ups that are alike, of several groups.

    Attributes:
        said: What they have in common as one of them has it: a name or a meeting point, the hour
            as ``2027-01-09T11``, nothing for a mail domain.
        ids: Row ids of the sign-ups, the oldest first.
        groups: Of how many groups.
        names: A few of the groups' names.
    """

    likeness: Likeness
    said: str
    ids: tuple[int, ...]
    groups: int
    names: tuple[str, ...]


def clusters_of(sign_ups: Iterable[Seen], names_kept: int = 5) -> list[Cluster]:
    """Return what is alike, the largest cluster first; a sign-up may be in several."""
    found: dict[tuple[Likeness, str], list[Seen]] = defaultdict(list)
    for seen in sign_ups:
        for likeness, key in _keys_of(seen):
            found[likeness, key].append(seen)
    made = [_cluster(likeness, alike, names_kept) for (likeness, _), alike in found.items()]
    telling = [cluster for cluster in made if cluster.groups > BY_CHANCE[cluster.likeness]]
    return sorted(telling, key=lambda cluster: (-len(cluster.ids), cluster.likeness, cluster.ids))


def _keys_of(seen: Seen) -> Iterator[tuple[Likeness, str]]:
    yield Likeness.NAME, name_key(seen.name)
    yield Likeness.HOUR, _hour(seen)
    if seen.domain:
        yield Likeness.DOMAIN, seen.domain
    if seen.point:
        yield Likeness.POINT, point_key(seen.point)


def _cluster(likeness: Likeness, alike: list[Seen], names_kept: int) -> Cluster:
    first = alike[0]
    said = {Likeness.NAME: first.name, Likeness.POINT: first.point, Likeness.HOUR: _hour(first)}
    names = dict.fromkeys(seen.name for seen in alike)
    return Cluster(
        likeness,
        said.get(likeness, ""),
        tuple(sorted(seen.sign_up_id for seen in alike)),
        len({seen.group_id for seen in alike}),
        tuple(names)[:names_kept],
    )


def _hour(seen: Seen) -> str:
    return seen.signed_up_at.strftime("%Y-%m-%dT%H")


def name_key(name: str) -> str:
    """Return a name without case, accents, digits, spaces and signs, so that "Circle 7" is circle.

    Source:
        Unicode Standard Annex 15 (NFKD).
    """
    return "".join(_words(name)) or name


def point_key(point: str) -> str:
    """Return what a meeting point is about: its longer words, in whatever order."""
    words = _words(point)
    long_ones = {w for w in words if len(w) >= SHORTEST_TELLING_WORD or not w.isascii()}
    return " ".join(sorted(long_ones or set(words))) or point


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [word for word in NO_WORD.split(plain.casefold()) if word]
