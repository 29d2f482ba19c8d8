from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.signups.rules import SlotState
from protestcoord.signups.tally import AreaTally, Coverage, Tally, coverage_of, tally_of
from tests.signups.covers import make_cover

EMPTY, OFFERED, COVERED, FULL = SlotState


@pytest.mark.parametrize(
    ("states", "tally"),
    [
        ([], Tally(sites=0, covered=0, full=0, offered=0, empty=0)),
        ([EMPTY], Tally(sites=1, covered=0, full=0, offered=0, empty=1)),
        ([OFFERED], Tally(sites=1, covered=0, full=0, offered=1, empty=0)),
        ([COVERED], Tally(sites=1, covered=1, full=0, offered=0, empty=0)),
        ([FULL], Tally(sites=1, covered=1, full=1, offered=0, empty=0)),
        ([FULL, EMPTY, COVERED, EMPTY], Tally(sites=4, covered=2, full=1, offered=0, empty=2)),
    ],
)
def test_sites_are_counted_by_state_and_a_full_one_is_covered(states, tally):
    assert tally_of(states) == tally


def test_all_figures_of_a_campaign():
    sites = [
        make_cover("de-berlin-embassy", state=COVERED, groups=frozenset({"a", "b"})),
        make_cover("de-munich-cg", state=FULL, groups=frozenset({"b"})),
        make_cover("kr-seoul-embassy", state=OFFERED, region="030"),
        make_cover("kp-pyongyang-embassy", state=COVERED, region="030", is_remote=True),
        make_cover("kp-chongjin-cg", region="030", is_remote=True),
        make_cover("ro-constanta-cg", state=COVERED, region="151", is_post=False),
        make_cover("pe-lima-embassy", region="005", is_public=False),
    ]
    assert coverage_of(sites, posts=8) == Coverage(
        sites=6,
        countries=4,
        sites_covered=4,
        countries_covered=3,
        sites_offered=1,
        sites_empty=1,
        groups=2,
        slots=6,
        slots_covered=4,
        full=1,
        posts=8,
        posts_covered=3,
        remote_only=Tally(sites=2, covered=1, full=0, offered=0, empty=1),
        by_region=(
            AreaTally("030", Tally(sites=3, covered=1, full=0, offered=1, empty=1)),
            AreaTally("151", Tally(sites=1, covered=1, full=0, offered=0, empty=0)),
            AreaTally("155", Tally(sites=2, covered=2, full=1, offered=0, empty=0)),
        ),
        by_country=(
            AreaTally("DE", Tally(sites=2, covered=2, full=1, offered=0, empty=0)),
            AreaTally("KP", Tally(sites=2, covered=1, full=0, offered=0, empty=1)),
            AreaTally("KR", Tally(sites=1, covered=0, full=0, offered=1, empty=0)),
            AreaTally("RO", Tally(sites=1, covered=1, full=0, offered=0, empty=0)),
        ),
    )


@pytest.mark.parametrize(("posts", "share"), [(0, 0.0), (1, 1.0), (3, 0.3333), (284, 0.0035)])
def test_share_of_posts_is_of_all_open_missions(posts, share):
    assert coverage_of([make_cover(state=COVERED)], posts).share_of_posts == share


def test_group_of_a_site_that_is_not_covered_is_not_counted():
    stale = make_cover(state=OFFERED, groups=frozenset({"a"}))
    assert coverage_of([stale], posts=1).groups == 0


countries = st.sampled_from(("DE", "AT", "KR", "JP"))
covers = st.lists(
    st.builds(
        make_cover,
        st.sampled_from(("de-berlin-embassy", "kr-seoul-embassy", "jp-tokyo-embassy")),
        country=countries,
        region=st.sampled_from(("155", "030")),
        state=st.sampled_from(SlotState),
        is_remote=st.booleans(),
        is_public=st.booleans(),
        groups=st.frozensets(st.sampled_from("abc")),
    ),
    max_size=12,
)


@given(covers, st.randoms())
def test_totals_do_not_depend_on_the_order(sites, random):
    shuffled = random.sample(sites, len(sites))
    assert coverage_of(shuffled, 9) == coverage_of(sites, 9)


@given(covers)
def test_totals_add_up(sites):
    found = coverage_of(sites, 9)
    assert found.sites == found.sites_covered + found.sites_offered + found.sites_empty
    assert found.countries == len(found.by_country)
    assert found.countries_covered == sum(bool(a.tally.covered) for a in found.by_country)
    for areas in (found.by_region, found.by_country):
        for name, whole in (
            ("sites", found.sites),
            ("covered", found.sites_covered),
            ("full", found.full),
            ("offered", found.sites_offered),
            ("empty", found.sites_empty),
        ):
            assert sum(getattr(area.tally, name) for area in areas) == whole
    for field in fields(Tally):
        apart = coverage_of([s for s in sites if s.is_remote], 9)
        assert getattr(found.remote_only, field.name) == getattr(apart.remote_only, field.name)
    assert 0 <= found.share_of_posts <= 1
