"""Sharing of segments against every possible sharing, tried one by one."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestcoord.campaigns.sharing import fewest_sites, shared_out, smallest_cover

distances = st.dictionaries(st.integers(0, 7), st.integers(0, 720), min_size=1, max_size=5)
choices_of_sites = st.dictionaries(st.sampled_from("abcdefgh"), distances, min_size=1)
bit_patterns = st.lists(st.integers(1, 2**10 - 1), min_size=1, max_size=8, unique=True)
arcs = st.lists(st.tuples(st.integers(0, 95), st.integers(1, 20)), min_size=1, max_size=60)


def most_filled(choices):
    """Grow the possible sets of filled segments site by site."""
    filled = {frozenset()}
    for segments in choices.values():
        filled = {before | {segment} for before in filled for segment in segments}
    return max(map(len, filled))


def is_covered_by(few, patterns):
    everything = 0
    for pattern in patterns:
        everything |= pattern
    for pattern in few:
        everything &= ~pattern
    return not everything


def arc_pattern(begin, length, segments=96):
    return sum(1 << (begin + n) % segments for n in range(length))


def greedy_walk_size(patterns, segments=96):
    """Return the length of the best walk round the circle, from each arc in turn."""
    everything = 0
    for pattern in patterns:
        everything |= pattern
    return min(walk_length(first, patterns, everything, segments) for first in patterns)


def walk_length(first, patterns, everything, segments):
    begin = next(
        n for n in range(segments) if first >> n & 1 and not first >> (n - 1) % segments & 1
    )
    missing, steps = everything & ~first, 1
    while missing:
        at = next(
            n % segments for n in range(begin, begin + segments) if missing >> n % segments & 1
        )
        missing &= ~max(
            (pattern for pattern in patterns if pattern >> at & 1),
            key=lambda pattern: reach(pattern, at, segments),
        )
        steps += 1
    return steps


def reach(pattern, at, segments):
    return next((n for n in range(segments) if not pattern >> (at + n) % segments & 1), segments)


@settings(max_examples=300)
@given(choices_of_sites)
def test_full_sharing_gives_each_site_one_of_its_segments_and_fills_as_many_as_can_be(choices):
    share = shared_out(choices)
    assert share.keys() == choices.keys()
    assert all(len(share[key]) == 1 and share[key][0] in choices[key] for key in choices)
    assert len({segments[0] for segments in share.values()}) == most_filled(choices)


def test_full_sharing_leaves_each_site_its_best_segment_if_nothing_is_empty():
    assert shared_out({"a": {0: 5, 1: 9}, "b": {0: 9, 1: 5}}) == {"a": (0,), "b": (1,)}


def test_full_sharing_moves_a_chain_of_sites_to_fill_an_empty_segment():
    choices = {"a": {0: 1, 1: 2}, "b": {0: 1}, "c": {1: 1, 2: 2}}
    assert shared_out(choices) == {"a": (1,), "b": (0,), "c": (2,)}


def test_full_sharing_fills_the_segments_that_suit_best_where_not_all_can_be_filled():
    day = {0: 9, 1: 5, 2: 1, 3: 4, 4: 8}
    share = shared_out({"a": day, "b": day, "c": day})
    assert sorted(share.values()) == [(1,), (2,), (3,)]


def test_full_sharing_spreads_equal_choices():
    assert shared_out({"a": {0: 5, 4: 5}, "b": {0: 5, 4: 5}}) == {"a": (0,), "b": (4,)}


@settings(max_examples=300)
@given(bit_patterns)
def test_smallest_cover_covers_and_none_is_smaller(patterns):
    cover = smallest_cover(patterns)
    assert is_covered_by(cover, patterns)
    smaller = combinations(patterns, len(cover) - 1)
    assert not any(is_covered_by(few, patterns) for few in smaller)


@settings(max_examples=100)
@given(arcs)
def test_cover_of_a_circle_is_as_small_as_the_greedy_walk_from_every_arc(ends):
    patterns = sorted({arc_pattern(begin, length) for begin, length in ends})
    cover = smallest_cover(patterns)
    assert is_covered_by(cover, patterns)
    assert len(cover) == greedy_walk_size(patterns)


@settings(max_examples=200)
@given(choices_of_sites)
def test_minimal_sharing_gives_every_segment_once_and_each_chosen_site_something(choices):
    share = fewest_sites(choices)
    given_out = sorted(segment for segments in share.values() for segment in segments)
    assert given_out == sorted({segment for segments in choices.values() for segment in segments})
    assert all(segments and set(segments) <= choices[key].keys() for key, segments in share.items())
    assert all(
        first < second for segments in share.values() for first, second in pairwise(segments)
    )


def test_minimal_sharing_takes_the_first_key_of_equal_sites():
    assert fewest_sites({"b": {0: 1}, "a": {0: 9}}) == {"a": (0,)}


def test_minimal_sharing_hands_over_where_the_next_site_suits_better():
    choices = {"a": {0: 1, 1: 2, 2: 8}, "b": {1: 9, 2: 3, 3: 1}}
    assert fewest_sites(choices) == {"a": (0, 1), "b": (2, 3)}


@pytest.mark.parametrize("share", [shared_out, fewest_sites])
def test_no_sites_share_nothing(share):
    assert share({}) == {}
