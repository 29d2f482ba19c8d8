"""Is the world map's script the same at every render, honest about cities, and safe to embed?"""

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import protestcoord
from protestcoord.publications import mapdocument, worldmap
from protestcoord.publications.mapdocument import map_document
from protestcoord.publications.worldmap import MAP_LABELS, map_script

STATIC = Path(protestcoord.__file__).parent / "static"
MAP_JS = (STATIC / "map.js").read_text(encoding="utf-8")
ALL_JS = "".join(
    (STATIC / f"{name}.js").read_text()
    for name in ("mapmarks", "map", "maptime", "mapday", "mapview")
)
HOSTILE = "</script><img src=x onerror=alert(1)>${alert(2)}`${alert(3)}`<!--<script>"
OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?(?!data:|#)""")


def make_feature(**changes):
    properties = {
        "mission": "de-berlin-embassy",
        "name": "Embassy in Germany",
        "country": "DE",
        "country_name": "Germany",
        "city": "Berlin",
        "precision": "building",
        "state": "covered",
        "state_label": "covered",
        "presence": "on_site",
        "slots": [
            {
                "starts_at": "2027-06-04T10:00:00Z",
                "ends_at": "2027-06-04T11:00:00Z",
                "local_start": "2027-06-04T12:00+02:00",
                "local_label": "Fri, 4 Jun 2027, 12:00 (UTC+02:00)",
                "state": "covered",
            }
        ],
        "url": "/c/demo/sites/de-berlin-embassy/",
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [13.41561, 52.51196]},
        "properties": properties | changes,
    }


def features_of(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def drawn_in(script: str):
    embedded = re.search(r"sites_add\((\{.*\})\);", script)
    assert embedded
    return json.loads(embedded[1])["features"]


def document_of(features, title="World map"):
    return map_document(features, labels=MAP_LABELS, title=title, language="en", static_dir=STATIC)


class Elements(HTMLParser):
    """Collects what a browser would make of a document, its scripts left as text."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def elements_of(document: str) -> Elements:
    parser = Elements()
    parser.feed(document)
    return parser


def test_equal_features_give_equal_bytes() -> None:
    features = features_of(make_feature(), make_feature(precision="city", city="Bonn"))
    again = copy.deepcopy(features)
    assert map_script(features, labels=MAP_LABELS) == map_script(again, labels=MAP_LABELS)
    assert document_of(features) == document_of(again)
    assert features == again


def test_order_of_the_features_does_not_matter() -> None:
    berlin, seoul = make_feature(), make_feature(mission="kr-seoul-embassy", country="KR")
    script = map_script(features_of(berlin, seoul), labels=MAP_LABELS)
    assert script == map_script(features_of(seoul, berlin), labels=MAP_LABELS)


def test_script_draws_into_the_pages_element_and_leaves_no_global() -> None:
    script = map_script(features_of(make_feature()), labels=MAP_LABELS)
    assert 'L.map(\n"map",' in script
    assert script.startswith("(function () {\n")
    assert script.endswith("})();\n")


def test_script_reads_the_basemap_from_the_named_global() -> None:
    script = map_script(features_of(), labels=MAP_LABELS, basemap_global="ourWorld")
    assert 'window["ourWorld"]' in script


def test_script_calls_only_what_the_static_script_offers() -> None:
    script = map_script(features_of(make_feature()), labels=MAP_LABELS, tiles=("/{z}", "us"))
    offered = re.search(r"const api = \{\n\s+([\w, ]+),$", MAP_JS, re.MULTILINE)
    assert offered
    assert set(re.findall(r"protestcoordMap\.(\w+)", script)) == set(offered[1].split(", "))


def test_every_text_of_the_static_script_is_a_label() -> None:
    used = set(re.findall(r"\btexts\.(\w+)", ALL_JS))
    assert used <= MAP_LABELS.keys()
    assert MAP_LABELS.keys() - used == {"empty", "offered", "covered", "full", "list", "no_script"}


def test_site_known_only_to_its_city_is_an_area_told_to_the_kilometre() -> None:
    script = map_script(features_of(make_feature(precision="city")), labels=MAP_LABELS)
    (site,) = drawn_in(script)
    assert site["properties"]["precision"] == "city"
    assert site["geometry"]["coordinates"] == [13.42, 52.51]


def test_building_is_drawn_to_the_hundred_metres_a_pixel_can_show() -> None:
    (site,) = drawn_in(map_script(features_of(make_feature()), labels=MAP_LABELS))
    assert site["properties"]["precision"] == "building"
    assert site["geometry"]["coordinates"] == [13.416, 52.512]


def test_only_what_the_map_shows_is_embedded() -> None:
    feature = make_feature(meeting_point="", secret="planted", sign_up_url="/c/demo/sign-up/")
    (site,) = drawn_in(map_script(features_of(feature), labels=MAP_LABELS))
    assert site["properties"] == {
        "name": "Embassy in Germany",
        "city": "Berlin",
        "country_name": "Germany",
        "precision": "building",
        "presence": "on_site",
        "state": "covered",
        "url": "/c/demo/sites/de-berlin-embassy/",
        "sign_up_url": "/c/demo/sign-up/",
        "slots": [
            {
                "local_start": "2027-06-04T12:00+02:00",
                "local_label": "Fri, 4 Jun 2027, 12:00 (UTC+02:00)",
                "state": "covered",
                "minutes": 60,
            }
        ],
    }


@pytest.mark.parametrize("field", ["name", "city", "country_name", "meeting_point"])
def test_hostile_text_stays_text_in_the_script(field: str) -> None:
    feature = make_feature(**{field: HOSTILE})
    script = map_script(features_of(feature), labels=MAP_LABELS)
    assert "<" not in script
    assert drawn_in(script)[0]["properties"][field] == HOSTILE


@pytest.mark.parametrize("field", ["name", "city", "country_name", "meeting_point", "state_label"])
def test_hostile_text_stays_text_in_the_document(field: str) -> None:
    features = features_of(make_feature(**{field: HOSTILE}))
    harmless = elements_of(document_of(features_of(make_feature(**{field: "harmless"}))))
    found = elements_of(document_of(features))
    assert found.names == harmless.names
    assert "onerror" not in dict(found.attributes)
    assert HOSTILE in found.text


CODE = (
    "{{ 7 * 7 }}",
    "{% print(7 * 7) %}",
    "{# gone #}",
    "{{",
    "{% no end",
    "\ufffe\ufffe 7 * 7 }}",
)


@pytest.mark.proves("E2")
@pytest.mark.parametrize("text", CODE)
@pytest.mark.parametrize("field", ["name", "city", "meeting_point"])
def test_text_is_no_code_of_this_server(field: str, text: str) -> None:
    """What folium writes is read as a template once more."""
    script = map_script(features_of(make_feature(**{field: text})), labels=dict(MAP_LABELS))
    shown = drawn_in(script)[0]["properties"][field]
    assert shown == text.replace("\ufffe", "{")
    assert "49" not in shown


@pytest.mark.control("E2")
def test_without_the_guard_text_would_be_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worldmap, "_without_braces", lambda value: value)
    features = features_of(make_feature(meeting_point=CODE[0]))
    script = map_script(features, labels=dict(MAP_LABELS))
    assert drawn_in(script)[0]["properties"]["meeting_point"] == "49"


def test_hostile_labels_and_title_stay_text() -> None:
    labels = dict.fromkeys(MAP_LABELS, HOSTILE)
    features = features_of(make_feature())
    document = map_document(
        features, labels=labels, title=HOSTILE, language="en", static_dir=STATIC
    )
    assert "<" not in map_script(features, labels=labels)
    assert "img" not in elements_of(document).names


def test_document_names_no_other_file_and_no_host() -> None:
    document = document_of(features_of(make_feature(url="#")))
    leaflets_credit = '<a href="https://leafletjs.com"'  # Leaflet's text; map.js never shows it
    assert OUTSIDE.search(document.replace(leaflets_credit, "")) is None
    assert not {"link", "iframe", "img"} & set(elements_of(document).names)
    assert map_script(features_of(make_feature()), labels=MAP_LABELS).count("//") == 0


def test_document_forbids_itself_every_request() -> None:
    policy = (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
    )
    assert ("content", policy) in elements_of(document_of(features_of())).attributes


def test_document_tells_every_site_without_script() -> None:
    bonn = make_feature(
        name="Office in Bonn", city="Bonn", precision="city", presence="remote_only", slots=[]
    )
    document = document_of(features_of(make_feature(), bonn))
    text = re.sub(
        r"\s+", " ", elements_of(document.split("<section>")[1].split("<script>")[0]).text
    )
    assert text.strip() == (
        "All sites as a list Germany Embassy in Germany, Berlin: covered "
        "Fri, 4 Jun 2027, 12:00 (UTC+02:00), covered "
        "Office in Bonn, somewhere in Bonn: covered "
        "Not on site: groups act elsewhere, in solidarity"
    )


def test_inlined_script_cannot_close_its_element() -> None:
    assert (
        mapdocument._inline_safe('a = "</SCRIPT>" + "<!--"') == 'a = "\\x3C/SCRIPT>" + "\\x3C!--"'
    )


def test_page_files_exist() -> None:
    names = (*worldmap.MAP_STYLES, *worldmap.MAP_SCRIPTS)
    assert [name for name in names if not (STATIC / name).is_file()] == []
