from datetime import UTC, datetime, timedelta

from protestcoord.publications.arrangement import (
    CountryMissions,
    CountrySites,
    RegionMissions,
    RegionSites,
    WaveMoments,
    moments_of_waves,
    regions_of_missions,
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


def countries_of(region, codes, language):
    missions = [make_mission(slug=code, country=code, region=region) for code in codes]
    (found,) = regions_of_missions(missions, language)
    assert found.code == region
    return [country.code for country in found.countries]


def test_names_are_ordered_in_the_language_of_the_page():
    # In Japanese オーストリア, スイス, ドイツ.
    assert countries_of("155", ["AT", "DE", "CH"], "en") == ["AT", "DE", "CH"]
    assert countries_of("155", ["AT", "DE", "CH"], "ja") == ["AT", "CH", "DE"]


def test_accents_do_not_change_the_order():
    assert countries_of("154", ["GB", "AX", "DK"], "en") == ["AX", "DK", "GB"]


def test_missions_of_a_country_are_ordered_by_city():
    munich = make_mission(slug="de-munich-cg", city="München")
    berlin = make_mission()
    assert regions_of_missions((munich, berlin), "en") == [
        RegionMissions("155", [CountryMissions("DE", [berlin, munich])])
    ]


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
