from datetime import UTC, datetime, timedelta

from protestcoord.publications.arrangement import (
    CountrySites,
    RegionSites,
    WaveMoments,
    moments_of_waves,
    regions_of_countries,
    regions_of_sites,
)
from protestcoord.signups.rules import SlotState
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_seoul,
    make_site,
    make_slot,
    make_state,
    make_wave,
)


def test_sites_are_by_region_then_country_then_city():
    munich = make_site(make_mission(slug="de-munich-cg", city="München"))
    berlin = make_state(SlotState.COVERED, make_mission())
    vienna = make_site(make_mission(slug="at-vienna-embassy", city="Vienna", country="AT"))
    seoul = make_site(make_seoul())
    assert regions_of_sites((munich, seoul, vienna, berlin), "en") == [
        RegionSites("030", [CountrySites("KR", [seoul])], 1, 0),
        RegionSites(
            "155", [CountrySites("AT", [vienna]), CountrySites("DE", [berlin, munich])], 3, 1
        ),
    ]


def test_names_are_ordered_in_the_language_of_the_page():
    # In Japanese オーストリア, スイス, ドイツ.
    countries = [("155", "AT"), ("155", "DE"), ("155", "CH")]
    assert regions_of_countries(countries, "en") == [("155", ["AT", "DE", "CH"])]
    assert regions_of_countries(countries, "ja") == [("155", ["AT", "CH", "DE"])]


def test_accents_do_not_change_the_order():
    countries = [("154", "GB"), ("154", "AX"), ("154", "DK")]
    assert regions_of_countries(countries, "en") == [("154", ["AX", "DK", "GB"])]


def test_a_wave_lasts_from_its_first_start_to_its_last_end():
    late = make_site(make_seoul(), make_slot(starts_at=DAY_AT + timedelta(hours=5)))
    wave = make_wave()
    assert moments_of_waves(make_campaign(make_site(), late)) == [
        WaveMoments(
            wave, datetime(2027, 1, 9, 12, tzinfo=UTC), DAY_AT, DAY_AT + timedelta(hours=6), 1
        )
    ]


def test_a_wave_without_slots_has_no_moments():
    campaign = make_campaign(waves=(make_wave(number=2),))
    assert moments_of_waves(campaign)[0][2:] == (None, None, 0)
