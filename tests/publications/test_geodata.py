import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.campaigns.rules import Presence
from protestcoord.core.links import FileLinks, Links
from protestcoord.core.text import visible_text
from protestcoord.missions.catalogue import COLUMNS
from protestcoord.publications.geodata import (
    missions_geojson,
    missions_kml,
    site_features,
    sites_geojson,
    sites_kml,
)
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
)

LINKS = Links("https://protest.example", "en", "en")
PAGE = "/c/demo/sites/de-berlin-embassy/"
KML = {"k": "http://www.opengis.net/kml/2.2"}
HOSTILE = "</name><Placemark>]]>&amp;<script>alert(1)</script>\0\x0b\ud800\ufffe\u2028\"'"


def read_kml(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - we wrote it


def placemarks(content: bytes) -> list[ET.Element]:
    return read_kml(content).findall("k:Document/k:Placemark", KML)


def data_of(placemark: ET.Element) -> dict[str, str]:
    found = placemark.findall("k:ExtendedData/k:Data", KML)
    return {data.attrib["name"]: data.findtext("k:value", "", KML) for data in found}


def features(content: bytes) -> list[dict[str, Any]]:
    collection = json.loads(content)
    assert collection["type"] == "FeatureCollection"
    return collection["features"]


def test_feature_of_a_site_tells_all_that_is_public_and_puts_longitude_first():
    group = make_participant(meeting_point="By the clock")
    campaign = make_campaign(make_site(make_mission(), make_slot(groups=(group,))))
    assert features(sites_geojson(campaign, LINKS)) == [
        {
            "type": "Feature",
            "id": "de-berlin-embassy",
            "geometry": {"type": "Point", "coordinates": [13.41561, 52.51196]},
            "properties": {
                "mission": "de-berlin-embassy",
                "name": "Embassy of the People's Republic of China in Germany",
                "name_local": "中华人民共和国驻德意志联邦共和国大使馆",
                "country": "DE",
                "country_name": "Germany",
                "region": "155",
                "city": "Berlin",
                "precision": "building",
                "presence": "on_site",
                "state": "covered",
                "state_label": "covered",
                "slots": [
                    {
                        "id": "w1-de-berlin-embassy-1",
                        "starts_at": "2027-01-09T11:00:00Z",
                        "ends_at": "2027-01-09T12:00:00Z",
                        "local_start": "2027-01-09T12:00+01:00",
                        "local_label": "Sat, 9 Jan 2027, 12:00 (UTC+01:00)",
                        "state": "covered",
                        "wave": 1,
                    }
                ],
                "meeting_point": "By the clock",
                "url": f"https://protest.example{PAGE}",
            },
        }
    ]


def test_features_of_a_page_link_as_the_page_does():
    def url(links: Links) -> str:
        return site_features(make_campaign(), links, links.page)["features"][0]["properties"]["url"]

    assert url(replace(LINKS, language="ko")) == f"/ko{PAGE}"
    on_disk = FileLinks("https://protest.example", "en", "en", here="/c/demo/map/index.html")
    assert url(on_disk) == "../sites/de-berlin-embassy/index.html"


def test_dropped_sites_and_cancelled_slots_are_left_out():
    cancelled = make_slot(occurrence=2, cancelled=True)
    berlin = make_site(make_mission(), make_slot(), cancelled)
    campaign = make_campaign(berlin, make_site(make_seoul(), dropped=True))
    (feature,) = features(sites_geojson(campaign, LINKS))
    slots = feature["properties"]["slots"]
    assert [slot["id"] for slot in slots] == ["w1-de-berlin-embassy-1"]
    assert len(placemarks(sites_kml(campaign, LINKS))) == 1


def test_country_is_named_in_the_language_of_the_links():
    (feature,) = features(sites_geojson(make_campaign(), replace(LINKS, language="ja")))
    assert feature["properties"]["country_name"] == "ドイツ"


def test_feature_of_a_mission_has_the_columns_of_the_directory():
    (feature,) = features(missions_geojson([make_seoul()], LINKS))
    assert feature["geometry"]["coordinates"] == [126.9784, 37.566]
    assert set(feature["properties"]) == {*COLUMNS, "url"} - {"latitude", "longitude"}
    assert feature["properties"]["precision"] == "city"
    assert feature["properties"]["url"] == "https://protest.example/missions/kr-seoul-embassy/"


def test_kml_of_sites_has_a_placemark_with_its_time():
    later = make_slot(occurrence=2, starts_at=DAY_AT + timedelta(hours=3))
    campaign = make_campaign(make_site(make_mission(), make_slot(), later))
    (placemark,) = placemarks(sites_kml(campaign, LINKS))
    assert placemark.findtext("k:TimeSpan/k:begin", "", KML) == "2027-01-09T11:00:00Z"
    assert placemark.findtext("k:TimeSpan/k:end", "", KML) == "2027-01-09T15:00:00Z"
    assert placemark.findtext("k:Point/k:coordinates", "", KML) == "13.41561,52.51196"
    assert data_of(placemark) == {
        "mission": "de-berlin-embassy",
        "country": "Germany",
        "city": "Berlin",
        "presence": "on_site",
        "state": "empty",
        "meeting_point": "",
        "url": f"https://protest.example{PAGE}",
        "w1-de-berlin-embassy-1": "Sat, 9 Jan 2027, 12:00 (UTC+01:00)",
        "w1-de-berlin-embassy-2": "Sat, 9 Jan 2027, 15:00 (UTC+01:00)",
    }


def test_children_of_a_placemark_are_in_the_order_of_the_schema():
    (placemark,) = placemarks(sites_kml(make_campaign(make_site(make_seoul())), LINKS))
    tags = [child.tag.partition("}")[2] for child in placemark]
    assert tags == ["name", "description", "TimeSpan", "styleUrl", "ExtendedData", "Point"]


@pytest.mark.parametrize(
    ("precision", "presence", "style", "description"),
    [
        ("building", "on_site", "#building", None),
        ("city", "on_site", "#area", "The point is the middle of the city, not the building."),
        (
            "building",
            "remote_only",
            "#area",
            "Groups act elsewhere in solidarity, not at the mission.",
        ),
    ],
)
def test_only_a_building_where_people_go_has_a_pin(precision, presence, style, description):
    site = make_site(make_mission(precision=precision), presence=Presence(presence))
    content = sites_kml(make_campaign(site), LINKS)
    (placemark,) = placemarks(content)
    assert placemark.findtext("k:styleUrl", None, KML) == style
    assert placemark.findtext("k:description", None, KML) == description
    scale = read_kml(content).findtext(".//k:Style[@id='area']/k:IconStyle/k:scale", "", KML)
    assert scale == "0"


def test_kml_of_missions_has_their_columns_and_draws_no_city_as_a_building():
    berlin, seoul = placemarks(missions_kml([make_mission(), make_seoul()], LINKS))
    assert data_of(berlin)["wikidata"] == "Q166546"
    assert set(data_of(seoul)) == {*COLUMNS, "url"}
    styles = [placemark.findtext("k:styleUrl", "", KML) for placemark in (berlin, seoul)]
    assert styles == ["#building", "#area"]


def test_whoever_takes_the_points_takes_the_credit_too():
    assert "GeoNames (CC BY 4.0)" in json.loads(missions_geojson([make_seoul()], LINKS))["credit"]
    document = read_kml(missions_kml([make_seoul()], LINKS)).find("k:Document", KML)
    assert document is not None
    assert "GeoNames (CC BY 4.0)" in document.findtext("k:description", "", KML)


@pytest.mark.proves("E5")
@given(st.just(HOSTILE) | st.text(st.characters(exclude_categories=())))
def test_hostile_text_stays_text(text):
    group = make_participant(name=text, meeting_point=f"x{text}")
    mission = make_mission(name=text, city=text, address=text, name_local=text)
    site = make_site(mission, make_slot(groups=(group,)))
    campaign = make_campaign(site, title=text, statement=text)
    plain = make_campaign(make_site(make_mission()))

    def tags(content: bytes) -> list[str]:
        return [element.tag for element in read_kml(content).iter()]

    assert tags(sites_kml(campaign, LINKS)) == tags(sites_kml(plain, LINKS))
    assert tags(missions_kml([mission], LINKS)) == tags(missions_kml([make_mission()], LINKS))
    (feature,) = features(sites_geojson(campaign, LINKS))
    assert feature["properties"]["name"] == visible_text(text)
    assert len(features(missions_geojson([mission], LINKS))) == 1


def test_same_campaign_gives_the_same_bytes():
    for build in (sites_geojson, sites_kml):
        assert build(make_campaign(), LINKS) == build(make_campaign(), LINKS)
