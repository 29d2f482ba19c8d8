from datetime import UTC, datetime, timedelta

import pytest
from astral import Observer
from astral.sun import elevation
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.campaigns.sun import daylights, nights

BERLIN = (52.5, 13.4)
TROMSO = (69.6, 18.9)
DAY = timedelta(days=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_day_in_berlin_has_one_daylight_between_two_nights():
    (light,) = daylights(*BERLIN, at("2027-06-04"), at("2027-06-05"))
    assert light.rises_at.strftime("%H:%M") == "02:48"  # 04:48 on the clock there
    assert light.sets_at.strftime("%H:%M") == "19:21"
    assert list(nights(*BERLIN, at("2027-06-04"), at("2027-06-05"))) == [
        (at("2027-06-04"), light.rises_at),
        (light.sets_at, at("2027-06-05")),
    ]


@pytest.mark.parametrize(("day", "is_light"), [("2027-06-21", True), ("2027-12-21", False)])
def test_beyond_the_polar_circle_the_sun_stays_up_or_down(day, is_light):
    lights = list(daylights(*TROMSO, at(day), at(day) + DAY))
    length = sum((light.sets_at - light.rises_at for light in lights), timedelta())
    assert length == (DAY if is_light else timedelta())


@given(
    st.floats(-89, 89),
    st.floats(-180, 180),
    st.integers(0, 16 * 365 * 1440),
    st.integers(0, 40 * 60),
)
def test_daylight_is_when_the_sun_is_above_the_horizon(latitude, longitude, begin, minutes):
    starts_at = at("2024-01-01") + timedelta(minutes=begin)
    moment, ends_at = starts_at + timedelta(minutes=minutes), starts_at + timedelta(hours=41)
    height = elevation(Observer(latitude, longitude), moment, with_refraction=False)
    lights = list(daylights(latitude, longitude, starts_at, ends_at))
    is_light = any(light.rises_at <= moment < light.sets_at for light in lights)
    if abs(height + 0.833) > 0.5:  # twilight is nobody's
        assert is_light is (height > -0.833)
