"""Are the vendored assets the ones we chose, with their licences, and do they stay on our host?"""

import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

import protestcoord

VENDOR = Path(protestcoord.__file__).parent / "static" / "vendor"
README = VENDOR / "README.md"
FILES = sorted(path for path in VENDOR.rglob("*") if path.is_file() and path != README)
FOLDERS = sorted(path for path in VENDOR.iterdir() if path.is_dir())

# What makes a browser fetch: url() and @import in a style sheet, an address given to src,
# fetch, import or a worker, and the map of a minified script. Namespaces and credits do not.
FETCHED_FROM_ELSEWHERE = re.compile(
    r"""url\(\s*["']?(?:https?:)?//
    |   @import
    |   \b(?:src|href)\s*=\s*["']?(?:https?:)?//
    |   \b(?:fetch|import|importScripts|Worker|open)\s*\(\s*["'](?:https?:)?//
    |   sourceMappingURL""",
    re.VERBOSE | re.IGNORECASE,
)
CREDIT_LINK_OF_LEAFLET = '<a href="https://leafletjs.com"'


def what_is_fetched_from_elsewhere(text: str) -> str | None:
    found = FETCHED_FROM_ELSEWHERE.search(text.replace(CREDIT_LINK_OF_LEAFLET, ""))
    return found.group() if found else None


def listed_hashes() -> dict[str, str]:
    return dict(
        re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", README.read_text(), re.MULTILINE)
    )


@pytest.mark.proves("S1")
def test_readme_lists_the_hash_of_every_vendored_file() -> None:
    assert listed_hashes() == {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FILES
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_vendored_part_has_its_licence_and_a_line_in_the_readme(folder: Path) -> None:
    assert [path for path in folder.glob("LICENSE*") if path.stat().st_size > 500]
    assert f"| `{folder.name}` |" in README.read_text()


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.suffix in {".js", ".css", ".geojson"}],
    ids=lambda path: path.name,
)
def test_vendored_file_fetches_nothing_from_elsewhere(path: Path) -> None:
    assert what_is_fetched_from_elsewhere(path.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize(
    "planted",
    [
        "a{background:url(https://example.org/a.png)}",
        "a{background:url('//example.org/a.png')}",
        '@import "https://example.org/a.css";',
        'e.innerHTML="<img src=https://example.org/a.png>"',
        'fetch("https://example.org/a.json")',
        "//# sourceMappingURL=a.js.map",
    ],
)
def test_a_planted_outside_address_is_found(planted: str) -> None:
    assert what_is_fetched_from_elsewhere(planted) is not None


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".css"], ids=lambda path: path.name
)
def test_every_image_a_style_sheet_names_is_vendored_too(path: Path) -> None:
    named = re.findall(r"url\(\s*[\"']?([^\"')#]+)", path.read_text(encoding="utf-8"))
    assert [
        name
        for name in named
        if not name.startswith("data:") and not (path.parent / name).is_file()
    ] == []


def points_of(feature: dict) -> list[list[list[float]]]:
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    return [
        ring
        for polygon in ([polygons] if geometry["type"] == "Polygon" else polygons)
        for ring in polygon
    ]


def basemap(name: str) -> list[dict]:
    text = (VENDOR / "basemap" / name).read_text(encoding="utf-8")
    return json.loads(text[text.index("{") : text.rindex("}") + 1])["features"]


@pytest.mark.parametrize("name", ["countries-110m.js", "countries-map.js", "countries-50m.geojson"])
def test_no_border_streaks_over_the_antimeridian(name: str) -> None:
    south_pole = -90
    streaks = [
        (one, two)
        for feature in basemap(name)
        for ring in points_of(feature)
        for one, two in pairwise(ring)
        if abs(one[0] - two[0]) > 60 and one[1] != south_pole
    ]
    assert streaks == []


def test_countries_carry_the_codes_that_the_directory_uses() -> None:
    found = {feature["properties"]["iso2"] for feature in basemap("countries-50m.geojson")}
    assert {"HK", "MO", "TW", "PS", "EH", "XK", "SG", "MT", "WS", "KI"} <= found
    unnamed = [
        f["properties"]["name"]
        for f in basemap("countries-50m.geojson")
        if not f["properties"]["iso2"]
    ]
    assert sorted(unnamed) == ["Indian Ocean Ter.", "N. Cyprus", "Siachen Glacier", "Somaliland"]
