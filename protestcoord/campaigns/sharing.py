"""How are a relay's segments shared among sites, each of which may act in some of them?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush

# By site: the segments in which it may act, at least one, each with a distance; the smaller the
# distance, the better it suits.
Choices = Mapping[str, Mapping[int, int]]
SegmentsOf = Mapping[str, tuple[int, ...]]


def shared_out(choices: Choices) -> SegmentsOf:
    """Return one segment for each site, such that as many segments as can be have a site.

    Each site first takes the segment that suits it best, of equals the emptier; then sites move,
    along the cheapest chains, until no empty segment can be filled. Where not all can, those
    that suit some site best come first.

    Source:
        Augmenting paths (Berge 1957), found by Dijkstra's search.
    """
    segment_of: dict[str, int] = {}
    load: Counter[int] = Counter()
    for key in sorted(choices):
        distances = choices[key]
        segment_of[key] = min(distances, key=lambda n: (distances[n], load[n], n))
        load[segment_of[key]] += 1
    takers = _takers(choices)
    dead_ends: set[int] = set()
    empty = takers.keys() - load.keys()
    for segment in sorted(empty, key=lambda n: (choices[takers[n][0]][n], n)):
        _fill(segment, choices, segment_of, takers, dead_ends)
    return {key: (segment,) for key, segment in segment_of.items()}


def _takers(choices: Choices) -> dict[int, list[str]]:
    """Return by segment the sites that may act in it, the one it suits best first."""
    takers: dict[int, list[str]] = {}
    for key in sorted(choices):
        for segment in choices[key]:
            takers.setdefault(segment, []).append(key)
    for segment, keys in takers.items():
        keys.sort(key=lambda key: choices[key][segment])
    return takers


def _fill(
    empty: int,
    choices: Choices,
    segment_of: dict[str, int],
    takers: Mapping[int, Sequence[str]],
    dead: set[int],
) -> None:
    """Move sites along the cheapest chain that ends where a segment has more than one.

    The price of a move is by how much the square of its site's distance grows: many small moves
    are cheaper than one across half the world, which would not follow the sun.
    """
    load = Counter(segment_of.values())
    step: dict[int, tuple[str, int]] = {}
    price = {empty: 0}
    done: set[int] = set()
    frontier = [(0, empty)]
    while frontier:
        spent, segment = heappop(frontier)
        if load[segment] > 1:
            segment_of.update(_moves(step, segment, empty))
            return
        if segment in done:
            continue
        done.add(segment)
        for key in takers[segment]:
            source = segment_of[key]
            growth = choices[key][segment] ** 2 - choices[key][source] ** 2
            total = spent + max(growth, 0) + 1
            if source not in dead and total < price.get(source, total + 1):
                price[source], step[source] = total, (key, segment)
                heappush(frontier, (total, source))
    # Nothing that was reached can ever give a site away: no later search needs to look there.
    dead.update(done)


def _moves(
    step: Mapping[int, tuple[str, int]], source: int, empty: int
) -> Iterator[tuple[str, int]]:
    while source != empty:
        key, source = step[source]
        yield key, source


def fewest_sites(choices: Choices) -> SegmentsOf:
    """Return the segments of the fewest sites that cover all that any site can cover.

    Each segment goes to the one of them that it suits best. Of two sites with the same segments
    the one whose key comes first is taken.
    """
    patterns: dict[int, str] = {}
    for key in sorted(choices):
        patterns.setdefault(sum(1 << segment for segment in choices[key]), key)
    chosen = [patterns[pattern] for pattern in smallest_cover(list(patterns))]
    segments_of: dict[str, list[int]] = {key: [] for key in sorted(chosen)}
    for segment, takers in sorted(_takers({key: choices[key] for key in chosen}).items()):
        segments_of[takers[0]].append(segment)
    return {key: tuple(segments) for key, segments in segments_of.items()}


def smallest_cover(patterns: Sequence[int]) -> tuple[int, ...]:
    """Return the fewest of some bit patterns that together have every bit that any has.

    Exact. Windows of the day are arcs of a circle, for which the search below is the known
    greedy walk from each possible first arc; only odd cases (clock changes, several days)
    branch further.

    Source:
        Lee and Lee, On a circle-cover minimization problem, 1984.
    """
    everything = 0
    for pattern in patterns:
        everything |= pattern
    failed: dict[int, int] = {}
    size = 0
    while (cover := _cover_within(patterns, everything, size, failed)) is None:
        size += 1
    return cover


def _cover_within(
    patterns: Sequence[int], missing: int, size: int, failed: dict[int, int]
) -> tuple[int, ...] | None:
    if not missing:
        return ()
    most = max((pattern & missing).bit_count() for pattern in patterns)
    if size * most < missing.bit_count() or failed.get(missing, -1) >= size:
        return None
    for pattern in _undominated(patterns, missing):
        rest = _cover_within(patterns, missing & ~pattern, size - 1, failed)
        if rest is not None:
            return (pattern, *rest)
    failed[missing] = size
    return None


def _undominated(patterns: Sequence[int], missing: int) -> list[int]:
    """Return what can cover the first missing bit, without what another covers as well."""
    first = missing & -missing
    kept: dict[int, int] = {}
    for pattern in patterns:
        gain = pattern & missing
        if gain & first and not any(gain | other == other for other in kept):
            kept = {g: p for g, p in kept.items() if g | gain != gain}
            kept[gain] = pattern
    return list(kept.values())
