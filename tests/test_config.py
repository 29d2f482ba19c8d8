"""Which settings refuse to start."""

import pytest

from protestcoord.config import UnsafeSettings, load_settings
from protestcoord.core.headers import CONTENT_SECURITY_POLICY, security_headers


@pytest.mark.parametrize("text", ["", "0", "-5", "2001", "fast", "80.5", "nan", "1e3"])
def test_an_unusable_speed_refuses_to_start(tmp_path, text):
    with pytest.raises(UnsafeSettings, match="TRAVEL_KMH"):
        load_settings(tmp_path, {"TRAVEL_KMH": text})


@pytest.mark.parametrize(("text", "kmh"), [("1", 1), ("2000", 2000)])
def test_a_speed_is_a_whole_number(tmp_path, text, kmh):
    speed = load_settings(tmp_path, {"TRAVEL_KMH": text}).TRAVEL_KMH
    assert speed == kmh


def test_without_a_setting_a_group_travels_by_road(tmp_path):
    assert load_settings(tmp_path, {}).TRAVEL_KMH == 80


OSM = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"


@pytest.mark.parametrize(
    ("tiles", "credit"),
    [
        ("http://tile.example.org/{z}/{x}/{y}.png", "us"),
        ("https://tile.example.org/", "us"),
        ("https://tile.example.org/{z}/{x}/{y}.pmtiles", "us"),
        ("//tile.example.org/{z}/{x}/{y}.png", "us"),
        ("javascript:{z}{x}{y}", "us"),
        ("https://a.example; script-src *//{z}/{x}/{y}", "us"),
        (OSM, ""),
    ],
)
def test_tiles_that_would_open_more_than_one_host_start_nothing(tmp_path, tiles, credit):
    with pytest.raises(UnsafeSettings, match="MAP_TILES"):
        load_settings(tmp_path, {"MAP_TILES": tiles, "MAP_TILES_CREDIT": credit})


@pytest.mark.parametrize(
    ("tiles", "allowed"),
    [
        ("", {}),
        (OSM, {"img-src": "https://tile.openstreetmap.org"}),
        ("/tiles/{z}/{x}/{y}.png", {}),
        ("/tiles/world.pmtiles", {"img-src": "blob:"}),
        ("https://a.example/w.pmtiles", {"img-src": "blob:", "connect-src": "https://a.example"}),
    ],
)
def test_the_policy_names_the_host_of_the_tiles_and_no_other(tmp_path, tiles, allowed):
    settings = load_settings(tmp_path, {"MAP_TILES": tiles, "MAP_TILES_CREDIT": "us"})
    assert settings.tile_sources == allowed
    policy = security_headers("text/html", secure=True, sources=settings.tile_sources)
    told = dict(part.split(" ", 1) for part in policy["Content-Security-Policy"].split("; "))
    plain = CONTENT_SECURITY_POLICY
    assert {name: value for name, value in told.items() if value != plain[name]} == {
        name: f"{plain[name]} {more}" for name, more in allowed.items()
    }
