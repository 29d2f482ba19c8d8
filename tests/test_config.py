"""Which settings refuse to start."""

import pytest

from protestcoord.config import UnsafeSettings, load_settings


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
