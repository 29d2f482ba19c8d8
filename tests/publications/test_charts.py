import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from protestcoord.campaigns.rules import Presence
from protestcoord.core.links import Links
from protestcoord.publications.charts import (
    WORLD,
    _longitudes,
    _world,
    chart_png,
    chart_svg,
    charts_of,
)
from protestcoord.publications.printers import families_of, missing_parts
from protestcoord.signups.rules import SlotState
from tests.factories import make_campaign, make_mission, make_seoul, make_site, make_state

pytestmark = pytest.mark.skipif(
    bool(missing_parts()), reason="this machine cannot print; `protestcoord doctor` says why"
)

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
SUVA = make_mission(
    slug="fj-suva-embassy", country="FJ", city="Suva", latitude=-18.1, longitude=178.4, region="054"
)
APIA = make_mission(
    slug="ws-apia-embassy",
    country="WS",
    city="Apia",
    latitude=-13.8,
    longitude=-171.8,
    region="054",
)


def links(language="en"):
    return Links("https://protest.example", language, "en")


def charts(*sites, **changes):
    campaign = make_campaign(*sites, **changes)
    return {made.path: made.slice for made in charts_of(campaign, demo=False)}


def world(*sites, **changes):
    return charts(*sites, **changes)[f"/c/demo/maps/{WORLD}.svg"]


def drawn(chart, language="en"):
    return ET.fromstring(chart_svg(chart, links(language)))  # noqa: S314 - our own


def texts_of(chart, language="en"):
    return [text.text for text in drawn(chart, language).iter(f"{SVG}text")]


def marks_of(chart):
    """Each mark on the land: where, and of which kinds."""
    clipped = next(g for g in drawn(chart).iter(f"{SVG}g") if g.get("clip-path"))
    return [
        (
            tuple(map(float, re.findall(r"[-\d.]+", mark.get("transform"))[:2])),
            [use.get(HREF)[1:] for use in mark.iter(f"{SVG}use")],
        )
        for mark in clipped.findall(f"{SVG}g")
    ]


def test_there_is_a_map_of_the_world_and_of_each_region_with_sites():
    paths = list(charts(make_site(), make_site(make_seoul())))
    areas = [WORLD, "030", "155"]
    assert paths == [f"/c/demo/maps/{area}.{end}" for area in areas for end in ("svg", "png")]


def test_a_dropped_site_is_on_no_map():
    sites = make_site(), make_site(make_seoul(), dropped=True)
    assert len(marks_of(world(*sites))) == 1
    assert "/c/demo/maps/030.svg" not in charts(*sites)


@pytest.mark.parametrize("state", SlotState)
def test_each_state_has_its_own_mark_and_its_count(state):
    chart = world(make_state(state, make_mission()))
    assert [kinds for _, kinds in marks_of(chart)] == [[state.value]]
    said = " ".join(filter(None, texts_of(chart)))
    counts = {other.value: int(other is state) for other in SlotState}
    assert all(f"{name}: {count}" in said for name, count in counts.items())


def test_a_remote_only_site_has_a_ring_and_the_legend_says_what_it_means():
    remote = world(make_site(presence=Presence.REMOTE_ONLY))
    assert marks_of(remote)[0][1][-1] == "remote"
    assert "Not on site: groups act elsewhere: 1" in texts_of(remote)
    assert not any("Not on site" in (text or "") for text in texts_of(world()))


def test_the_map_says_that_a_mark_is_no_building():
    assert "A mark stands for a city, not for a building." in texts_of(world())


def test_places_lie_where_they_are():
    (berlin, _), (seoul, _) = marks_of(world(make_site(), make_site(make_seoul())))
    project = _world().project
    assert berlin == pytest.approx(project(52.5, 13.4), abs=0.1)
    assert seoul == pytest.approx(project(37.6, 127.0), abs=0.1)
    assert berlin[0] < seoul[0]
    assert berlin[1] < seoul[1]
    assert project(0, 0)[0] == pytest.approx(800)
    assert 0 <= project(0, -180)[0] < project(0, 180)[0] <= 1600


@pytest.mark.parametrize(
    ("found", "arc"),
    [
        ([13.4], (13.4, 13.4)),
        ([13.4, 127, 2.3], (2.3, 127)),
        ([178, -172], (178, 188)),
        ([170, 178, -172, -160], (170, 200)),
        ([-100, -60], (-100, -60)),
    ],
)
def test_the_shortest_arc_may_cross_the_date_line(found, arc):
    assert _longitudes(found) == pytest.approx(arc)


def test_a_region_across_the_date_line_is_drawn_whole():
    chart = charts(make_site(SUVA), make_site(APIA))["/c/demo/maps/054.svg"]
    (suva, _), (apia, _) = marks_of(chart)
    assert 0 < suva[0] < apia[0] < 1600
    assert {"Suva", "Apia"} <= set(texts_of(chart))


def test_two_sites_of_a_city_stand_side_by_side_on_the_map_of_a_region():
    mission = make_mission(slug="de-berlin-office")
    chart = charts(make_site(), make_site(mission))["/c/demo/maps/155.svg"]
    (one, _), (other, _) = marks_of(chart)
    assert abs(one[0] - other[0]) >= 19
    assert one[1] == other[1]
    assert texts_of(chart).count("Berlin") == 1


def test_a_map_follows_what_changes_and_only_that():
    nobody, covered = make_site(), make_state(SlotState.COVERED, make_mission())
    assert world(nobody).digest == world(nobody).digest
    assert world(nobody).digest != world(covered).digest
    renamed = replace(nobody, mission=replace(nobody.mission, phone="+49 1"))
    assert world(nobody).digest == world(renamed).digest


@pytest.mark.parametrize(("language", "area"), [("en", "World"), ("ja", "世界"), ("ko", "세계")])
def test_words_are_in_the_language(language, area):
    assert area in texts_of(world(), language)


def test_a_picture_is_drawn_from_it():
    png = chart_png(world(), links("ko"))
    assert png.startswith(b"\x89PNG")
    assert png == chart_png(world(), links("ko"))


def test_hostile_text_stays_text():
    hostile = "</text><script>alert(1)</script>"
    mission = make_mission(city=hostile)
    for chart in charts(make_site(mission), title=hostile).values():
        assert b"<script" not in chart_svg(chart, links())


def test_letters_that_a_family_lacks_are_drawn_by_one_that_has_them():
    assert families_of("Zürich 東京", "ja").startswith("'Noto Sans CJK JP'")
    assert families_of("서울", "ko").startswith("'Noto Sans CJK KR'")
    assert families_of("Chișinău", "ko").startswith("'Noto Sans'")
