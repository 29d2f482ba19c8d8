import re
from datetime import date
from html import unescape

import pytest

from protestcoord.campaigns import working_days
from protestcoord.campaigns.models import Site
from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.working_days import HolidaysMissing
from protestcoord.missions.queries import find_mission
from protestcoord.missions.rules import MissionStatus
from protestcoord.signups.advice_form import AdviceForm
from protestcoord.signups.advice_places import confirmed_groups_by_mission, places_asked
from protestcoord.signups.rules import SignUpState
from tests.campaigns.planned import BERLIN, LIMA, SEOUL, store_directory
from tests.console_client import console_app, signed_in, stored_in
from tests.stored import (
    NOW,
    store_campaign,
    store_mission,
    store_organizer,
    store_sign_up,
    store_slot,
)

KIM, LEE = "kim@example.org", "lee@example.org"
PAGE = "/organize/c/noon/advice/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    with console_app(tmp_path) as made:
        with stored_in(made) as session:
            store_directory(session)
            owner = store_organizer(session, KIM)
            store_campaign(session, owner_id=owner.id)
        yield made


@pytest.fixture
def kim(app):
    return signed_in(app, KIM)


def take_part(app, *missions):
    with stored_in(app) as session:
        campaign = find_campaign(session, "noon")
        for slug in missions:
            mission = find_mission(session, slug)
            site = Site(presence=Presence.ON_SITE, changed_at=NOW)
            site.campaign_id, site.mission_id = campaign.id, mission.id
            session.add(site)


def words(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def test_without_a_wave_it_asks_for_the_day_first(kim):
    response = kim.open(PAGE)
    assert response.status_code == 200
    assert 'name="day"' in response.text
    assert "The ten best instants" not in response.text
    assert "notice--error" not in response.text


def test_with_a_wave_it_begins_with_the_day_of_the_first(app, kim):
    with stored_in(app) as session:
        store_slot(session, find_campaign(session, "noon"))
    response = kim.open(PAGE)
    assert 'value="2027-01-09"' in response.text
    assert "Sat, 9 Jan 2027" in response.text


def test_without_sites_every_open_mission_is_counted(app, kim):
    with stored_in(app) as session:
        store_mission(session, slug="de-closed-cg", status=MissionStatus.CLOSED)
    told = words(kim.open(f"{PAGE}?day=2027-06-04"))
    assert "This campaign has no sites yet" in told
    assert "of 4 sites" in told


def test_with_sites_they_alone_are_counted(app, kim):
    take_part(app, BERLIN, SEOUL)
    told = words(kim.open(f"{PAGE}?day=2027-06-04"))
    assert "This campaign has no sites yet" not in told
    assert "Best: Fri, 4 Jun 2027, 06:00 UTC . Then it suits 2 of 2 sites" in told


def test_the_chart_says_in_words_what_it_draws(kim):
    page = kim.open(f"{PAGE}?day=2027-06-04").text
    (chart,) = re.findall(r'<svg class="advice__chart" role="img".*?</figure>', page, re.DOTALL)
    assert "<title id=" in chart
    assert "<desc id=" in chart
    assert len(re.findall(r'<path class="advice__line advice__line--', chart)) == 4
    assert "style=" not in page


def test_all_96_steps_stand_in_the_table(kim):
    page = kim.open(f"{PAGE}?day=2027-06-04").text
    table = page[page.index("advice__table--day") :]
    assert len(re.findall(r'<th scope="row">', table)) == 96


def test_a_good_instant_leads_to_the_form_of_a_wave(app, kim):
    take_part(app, BERLIN, SEOUL)
    page = kim.open(f"{PAGE}?day=2027-06-04&duration_minutes=90").text
    links = re.findall(r'href="(/organize/c/noon/waves/new/\?[^"]+)"', page)
    wanted = "synchronisation=same_instant&start=2027-06-04T06:00&duration_minutes=90"
    assert unescape(links[0]) == f"/organize/c/noon/waves/new/?{wanted}"
    form = kim.open(unescape(links[0])).text
    assert 'value="2027-06-04T06:00"' in form
    assert 'value="90"' in form


def test_what_speaks_against_an_instant_is_told_by_site_with_its_local_time(app, kim):
    take_part(app, BERLIN, SEOUL, LIMA)
    told = words(kim.open(f"{PAGE}?day=2027-06-04&at=23:30"))
    against = told[told.index("What speaks against 23:30 UTC") :]
    assert "Night, or partly so 1 site" in against
    assert "Berlin , Germany Embassy Sat, 5 Jun 2027, 01:30 (UTC+02:00)" in against
    assert "Weekend 2 sites" in against
    assert "Seoul , South Korea Embassy Sat, 5 Jun 2027, 08:30 (UTC+09:00)" in against


def test_what_suits_everybody_is_said_to(app, kim):
    take_part(app, BERLIN)
    told = words(kim.open(f"{PAGE}?day=2027-06-04"))
    assert "Nothing: it suits every site in all three ways." in told
    assert "On that day each of these missions works." in told


def test_days_off_at_the_same_local_time_are_told_by_country(app, kim):
    take_part(app, BERLIN, SEOUL)
    told = words(kim.open(f"{PAGE}?day=2027-10-03"))
    off = told[told.index("Same local time", told.index("What speaks against")) :]
    assert "Weekend 2 sites Germany, South Korea" in off
    assert "Public holiday: German Unity Day 1 site Germany" in off
    assert "Chinese holiday: National Day 2 sites" in off


def test_a_time_that_is_no_quarter_of_an_hour_may_be_looked_at(app, kim):
    take_part(app, BERLIN)
    told = words(kim.open(f"{PAGE}?day=2027-06-04&at=05:37"))
    assert "looked at 05:37" in told
    assert "Outside waking hours 1 site" in told


def test_links_to_other_instants_keep_what_was_asked(kim):
    asked = "day=2027-06-04&duration_minutes=30&window_start=22%3A00&window_end=02%3A00"
    page = unescape(kim.open(f"{PAGE}?{asked}&weighted=y").text)
    assert f'href="?{asked}&weighted=y&at=00:00#against"' in page


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("day=", "Please fill this in."),
        ("day=2027-13-01", "Please give a day, such as 2027-06-04."),
        ("day=%00", "Please give a day, such as 2027-06-04."),
        ("day=1972-01-01", "The day lies between the years 1973 and 2999."),
        ("day=2027-06-04&duration_minutes=0", "This is a number from 1 to 1440."),
        ("day=2027-06-04&duration_minutes=x", "Please enter a whole number."),
        ("day=2027-06-04&duration_minutes=", "Please enter a whole number."),
        ("day=2027-06-04&window_start=", "Please give a time, such as 08:00."),
        ("day=2027-06-04&window_end=25:00", "Please give a time, such as 08:00."),
        ("day=2027-06-04&window_end=08:30", "The waking hours are shorter than the slot."),
        ("day=2027-06-04&at=noon", "Please give a time, such as 08:00."),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(kim, query, message):
    response = kim.open(f"{PAGE}?{query}")
    assert response.status_code == 422
    assert message in words(response)
    assert "field--invalid" in response.text
    assert "The ten best instants" not in response.text


def test_without_the_library_of_holidays_the_page_says_how_to_install_it(kim, monkeypatch):
    def missing(*_asked):
        raise HolidaysMissing

    monkeypatch.setattr(working_days, "_calendar", missing)
    working_days.day_kind.cache_clear()
    response = kim.open(f"{PAGE}?day=2027-06-04")
    assert response.status_code == 422
    assert "pip install protestcoord[advice]" in words(response)


def test_an_unusable_zone_is_said_and_does_not_crash(app, kim):
    with stored_in(app) as session:
        store_mission(session, slug="xx-nowhere-cg", timezone="Europe/Atlantis")
    response = kim.open(f"{PAGE}?day=2027-06-04")
    assert response.status_code == 422
    assert "There is no time zone called “Europe/Atlantis”." in words(response)


def test_a_campaign_of_others_is_not_there(app):
    assert signed_in(app, LEE).open(PAGE).status_code == 404


def test_only_who_is_signed_in_sees_it(app):
    assert app.test_client().get(PAGE).status_code == 303


def test_the_list_of_waves_leads_to_it(kim):
    assert f'href="{PAGE}"' in kim.open("/organize/c/noon/waves/").text


def test_a_form_without_a_query_has_an_hour_in_waking_hours():
    asked = AdviceForm(data={"day": date(2027, 6, 4)}).asked_day()
    assert (asked.duration_minutes, asked.window_minutes) == (60, 720)


def test_without_confirmed_groups_each_site_counts_once_all_the_same(app, kim):
    take_part(app, BERLIN, SEOUL)
    told = words(kim.open(f"{PAGE}?day=2027-06-04&weighted=y"))
    assert "No group is confirmed yet, so each site counts once." in told
    assert "of 2 sites" in told


def confirmed(session, vault, slot, email):
    sign_up = store_sign_up(session, vault, slot, email=email)
    sign_up.state, sign_up.place_number = SignUpState.CONFIRMED, sign_up.id
    session.flush()
    return sign_up


def test_a_site_counts_as_often_as_it_has_confirmed_groups(session, vault):
    store_directory(session)
    campaign = store_campaign(session)
    slot = store_slot(session, campaign)
    here = slot.site.mission.slug
    confirmed(session, vault, slot, "a@example.org")
    confirmed(session, vault, slot, "b@example.org")
    store_sign_up(session, vault, slot, email="pending@example.org")
    assert confirmed_groups_by_mission(session, campaign.id) == {here: 2}
    asked = places_asked(session, campaign, weighted=True)
    assert asked.is_weighted
    assert [(place.key, place.weight) for place in asked.places] == [(here, 2)]


def test_a_group_in_two_slots_of_a_site_counts_once(session, vault):
    campaign = store_campaign(session)
    first, second = store_slot(session, campaign), store_slot(session, campaign)
    assert first.site_id == second.site_id
    group = confirmed(session, vault, first, "a@example.org").group
    other = confirmed(session, vault, second, "b@example.org")
    other.group = group
    session.flush()
    assert list(confirmed_groups_by_mission(session, campaign.id).values()) == [1]


def test_a_cancelled_slot_counts_no_group(session, vault):
    campaign = store_campaign(session)
    slot = store_slot(session, campaign)
    confirmed(session, vault, slot, "a@example.org")
    slot.cancelled_at = NOW
    session.flush()
    assert confirmed_groups_by_mission(session, campaign.id) == {}


def test_a_page_may_count_confirmed_groups(app, kim, vault):
    with stored_in(app) as session:
        slot = store_slot(session, find_campaign(session, "noon"))
        for name in "abc":
            confirmed(session, vault, slot, f"{name}@example.org")
    told = words(kim.open(f"{PAGE}?day=2027-06-04&weighted=y"))
    assert "of 3 confirmed groups" in told
