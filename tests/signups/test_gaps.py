from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.signups.gaps import Gain, Gap, best_next, gaps_of, slot_to_take
from protestcoord.signups.rules import SlotState
from tests.signups.covers import NOON_AT, make_cover, make_slot_cover

EMPTY, OFFERED, COVERED, FULL = SlotState


def crowded(latitude: float, _longitude: float) -> int:
    """As many people as the latitude says."""
    return int(latitude)


def missions(gaps):
    return [gap.site.mission for gap in gaps]


def test_gaps_are_ranked_by_state_then_by_people_and_remote_ones_come_last():
    sites = [
        make_cover("de-many-offered", state=OFFERED, latitude=90),
        make_cover("kp-many-remote", latitude=80, is_remote=True),
        make_cover("de-few", latitude=1),
        make_cover("de-many", latitude=50),
        make_cover("de-covered", state=COVERED, latitude=60),
        make_cover("de-full", state=FULL, latitude=60),
        make_cover("de-also-many", latitude=50),
    ]
    found = gaps_of(sites, crowded)
    assert missions(found) == [
        "de-also-many",
        "de-many",
        "de-few",
        "kp-many-remote",
        "de-many-offered",
    ]
    assert [gap.people for gap in found] == [50, 50, 1, 80, 90]


@pytest.mark.parametrize(
    "changes",
    [
        {"slots": ()},
        {"slots": (make_slot_cover(is_open=False),)},
        {"is_public": False},
    ],
    ids=["no slot", "slot over", "not published"],
)
def test_site_that_nobody_can_take_is_no_gap(changes):
    assert gaps_of([make_cover(**changes)], crowded) == []
    assert len(gaps_of([make_cover()], crowded)) == 1, "the control: it is one otherwise"


def test_slot_to_take_is_the_emptiest_open_one_and_of_several_the_first():
    hour = timedelta(hours=1)
    over, offered, late, first = (
        make_slot_cover(key="over", starts_at=NOON_AT - hour, is_open=False),
        make_slot_cover(key="offered", starts_at=NOON_AT - hour, state=OFFERED),
        make_slot_cover(key="late", starts_at=NOON_AT + hour),
        make_slot_cover(key="first"),
    )
    assert slot_to_take(make_cover(slots=(over, offered, late, first))) == first
    assert slot_to_take(make_cover(slots=(over, offered))) == offered
    assert slot_to_take(make_cover(slots=(over,))) is None


WORLD = [
    make_cover("de-berlin-embassy", state=COVERED),
    make_cover("de-munich-cg", latitude=40),
    make_cover("jp-tokyo-embassy", latitude=30, slots=(make_slot_cover(timezone="Asia/Tokyo"),)),
    make_cover("jp-osaka-cg", latitude=35, slots=(make_slot_cover(timezone="Asia/Tokyo"),)),
    make_cover("at-vienna-embassy", latitude=10),
    make_cover(
        "kp-pyongyang-embassy",
        latitude=90,
        is_remote=True,
        slots=(make_slot_cover(timezone="Asia/Pyongyang"),),
    ),
]


@pytest.mark.parametrize(
    ("gain", "steps"),
    [
        (
            Gain.COUNTRIES,
            [
                ("jp-osaka-cg", "JP"),
                ("at-vienna-embassy", "AT"),
                ("kp-pyongyang-embassy", "KP"),
                ("de-munich-cg", ""),
                ("jp-tokyo-embassy", ""),
            ],
        ),
        (
            Gain.ZONES,
            [
                ("jp-osaka-cg", "UTC+09:00"),
                ("de-munich-cg", ""),
                ("jp-tokyo-embassy", ""),
                ("at-vienna-embassy", ""),
                ("kp-pyongyang-embassy", ""),
            ],
        ),
    ],
)
def test_best_next_sites_gain_most_and_then_reach_most_people(gain, steps):
    found = best_next(gaps_of(WORLD, crowded), WORLD, gain)
    assert [(step.gap.site.mission, step.gains) for step in found] == steps


def test_zone_is_the_offset_at_the_slots_start_and_not_the_zones_name():
    summer = make_slot_cover(starts_at=NOON_AT + timedelta(days=180), timezone="Europe/London")
    london = make_cover("gb-london-embassy", slots=(summer,))
    (step,) = best_next(gaps_of([london], crowded), [WORLD[0], london], Gain.ZONES)
    assert step.gains == "", "London in summer has the offset of Berlin in winter"


def test_a_covered_site_holds_only_the_offsets_of_its_covered_slots():
    summer = make_slot_cover(starts_at=NOON_AT + timedelta(days=180))
    berlin = make_cover(
        "de-berlin-embassy", state=COVERED, slots=(make_slot_cover(state=COVERED), summer)
    )
    munich = make_cover("de-munich-cg", slots=(summer,))
    (step,) = best_next(gaps_of([munich], crowded), [berlin, munich], Gain.ZONES)
    assert step.gains == "UTC+02:00"


covers = st.lists(
    st.builds(
        make_cover,
        st.from_regex(r"(de|at|kr|jp|pe)-[a-c]{3}", fullmatch=True),
        state=st.sampled_from(SlotState),
        latitude=st.integers(0, 5),
        is_remote=st.booleans(),
    ),
    unique_by=lambda site: site.mission,
    max_size=15,
)


@given(covers, st.randoms(), st.sampled_from(Gain))
def test_ranking_and_best_next_do_not_depend_on_the_order(sites, random, gain):
    shuffled = random.sample(sites, len(sites))
    gaps = gaps_of(sites, crowded)
    assert gaps_of(shuffled, crowded) == gaps
    other = best_next(random.sample(gaps, len(gaps)), shuffled, gain)
    assert other == best_next(gaps, sites, gain)


@given(covers, st.sampled_from(Gain), st.integers(0, 12))
def test_every_gain_comes_once_and_first(sites, gain, count):
    gaps: list[Gap] = gaps_of(sites, crowded)
    steps = best_next(gaps, sites, gain, count)
    assert len(steps) == min(count, len(gaps))
    gains = [step.gains for step in steps]
    assert gains == sorted(gains, key=lambda label: not label)
    named = [label for label in gains if label]
    assert len(named) == len(set(named))
    if gain is Gain.COUNTRIES:
        assert not set(named) & {site.country for site in sites if site.is_covered}
