import re
from datetime import date, time

import pytest

from protestcoord.campaigns.advice import advise
from protestcoord.campaigns.advice_chart import (
    HEIGHT_PX,
    TOP_PX,
    Mark,
    Rule,
    _rules,
    chart_from_advice,
)
from protestcoord.campaigns.site_hours import AskedDay
from tests.campaigns.test_advice import BERLIN, FRIDAY, PLACES


def chart(places=PLACES, day=FRIDAY, at=None):
    return chart_from_advice(advise(places, AskedDay(day), at))


def test_a_line_is_level_until_the_count_changes():
    """Awake in Berlin: starts from 06:00 to 17:00 in UTC."""
    assert chart([BERLIN]).lines["awake"] == "M0 220H360V0H1035V220H1440"


def test_the_area_is_the_line_of_all_three_closed_below():
    drawn = chart()
    assert drawn.area == f"{drawn.lines['all_three']}V{HEIGHT_PX}H0z"


def test_every_line_stays_inside_the_plot():
    for path in chart().lines.values():
        assert all(0 <= float(y) <= HEIGHT_PX for y in re.findall(r"V([\d.]+)", path))
        assert all(0 <= int(x) <= 1440 for x in re.findall(r"H(\d+)", path))


@pytest.mark.parametrize(
    ("most", "counts"),
    [
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (8, [0, 2, 4, 6, 8]),
        (21, [0, 10, 21]),
        (100, [0, 50, 100]),
        (284, [0, 100, 200, 284]),
        (291, [0, 100, 200, 291]),
        (1000, [0, 500, 1000]),
    ],
)
def test_level_lines_stand_at_round_counts_and_at_all_sites(most, counts):
    assert [rule.count for rule in _rules(most)] == counts


def test_level_lines_run_from_the_bottom_to_the_top():
    rules = chart().rules
    assert (rules[0], rules[-1]) == (Rule(0, TOP_PX + HEIGHT_PX), Rule(len(PLACES), TOP_PX))


def test_hours_run_from_0_to_24():
    ticks = chart().ticks
    assert [(t.hour, t.x_percent) for t in ticks if t.is_major][::4] == [
        (0, 0),
        (12, 50),
        (24, 100),
    ]


def test_the_best_is_marked_and_another_that_is_looked_at():
    drawn = chart(at=time(23, 45))
    assert drawn.chosen == Mark(drawn.chosen.at, 98.958, "end")
    assert drawn.best.at != drawn.chosen.at
    assert chart().chosen is None


def test_a_day_that_suits_nobody_is_drawn_as_well():
    national_day = chart([BERLIN], date(2027, 10, 2))
    assert national_day.lines["all_three"] == f"M0 {HEIGHT_PX}H1440"
    assert national_day.best.anchor in ("start", "middle", "end")
