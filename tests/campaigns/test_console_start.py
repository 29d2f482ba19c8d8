"""A first campaign begins on one page and ends in the ordinary preview."""

from datetime import datetime, time

import pytest
from sqlalchemy import func, select

from protestcoord.campaigns.models import Campaign, Site, Wave
from protestcoord.campaigns.queries import find_campaign, waves_of_campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.missions.rules import MissionStatus
from protestcoord.organizers.models import AuditEntry
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_mission

KIM, LEE = "organizer@example.org", "lee@example.org"
PAGE = "/organize/start/"
GOOD = {
    "title": "One noon",
    "statement": "Let them go.",
    "day": "2027-01-09",
    "time": "12:00",
}
HOME = "/organize/c/one-noon/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        store_mission(session)
        store_mission(session, slug="kr-seoul-embassy", country="KR", timezone="Asia/Seoul")
        store_mission(session, slug="kr-jeju-cg", country="KR", status=MissionStatus.UNKNOWN)
    return made


@pytest.fixture
def kim(app):
    return signed_in(app, KIM)


def sites(app):
    with stored_in(app) as session:
        return sorted(site.mission.slug for site in session.scalars(select(Site)))


def how_many(app, table):
    with stored_in(app) as session:
        return session.scalar(select(func.count()).select_from(table))


def test_who_has_no_campaign_sees_one_page_that_begins_one(kim):
    first = kim.open("/organize/").text
    assert "Start a campaign" in first
    assert "Where: at all 2 open missions" in first
    assert 'value="12:00"' in first
    kim.send(PAGE, "/organize/", **GOOD)
    assert "Start a campaign" not in kim.open("/organize/").text


def test_two_presses_make_it_public(app, kim):
    answer = kim.send(PAGE, "/organize/", **GOOD)
    assert (answer.status_code, answer.location) == (303, f"{HOME}preview/")
    preview = kim.open(answer.location).text
    assert "Sat, 9 Jan 2027, 12:00 (UTC+01:00)" in preview
    assert "Sat, 9 Jan 2027, 12:00 (UTC+09:00)" in preview
    with stored_in(app) as session:
        campaign = find_campaign(session, "one-noon")
        (wave,) = waves_of_campaign(session, campaign)
        assert campaign.state is CampaignState.DRAFT
        assert not campaign.approves_at_once
        assert wave.synchronisation is Synchronisation.SAME_LOCAL_TIME
        assert wave.start == datetime.combine(datetime(2027, 1, 9), time(12))  # noqa: DTZ001
        assert (wave.title, wave.duration_minutes, wave.capacity) == ("All together", 60, 5)
    assert kim.send(f"{HOME}preview/").location == HOME
    with stored_in(app) as session:
        assert find_campaign(session, "one-noon").state is CampaignState.PUBLISHED


def test_without_a_tick_all_open_missions_take_part(app, kim):
    kim.send(PAGE, **GOOD)
    assert sites(app) == ["de-berlin-embassy", "kr-seoul-embassy"]


def test_with_a_tick_those_of_the_region_do(app, kim):
    assert "Eastern Asia (1)" in kim.open(PAGE).text
    kim.send(PAGE, **GOOD, regions=["030"])
    assert sites(app) == ["kr-seoul-embassy"]


def test_it_is_written_down_once_and_without_words(app, kim):
    kim.send(PAGE, **GOOD)
    with stored_in(app) as session:
        told = [(e.act, e.subject, e.detail) for e in session.scalars(select(AuditEntry))]
    assert told == [("campaign.start", "campaign 1", {"sites": 2})]
    assert "Made a campaign with its sites and its time" in kim.open("/organize/log/").text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"title": ""}, "title", "Please fill this in."),
        ({"statement": "\x07"}, "statement", "control character"),
        ({"day": ""}, "day", "Please fill this in."),
        ({"day": "9.1.2027"}, "day", "Please give a day"),
        ({"day": "2026-11-18"}, "day", "This time has passed everywhere."),
        ({"day": "9999-12-31"}, "day", "year"),
        ({"time": "noon"}, "time", "Please give a time"),
        ({"time": ""}, "time", "Please give a time"),
        ({"regions": ["999"]}, "regions", "Please choose one of these."),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_is_kept(
    app, kim, changes, field, said
):
    kept = {"title": "Kept title", "statement": "Kept <b>", "regions": ["030"]}
    refused = kim.send(PAGE, **GOOD | kept | changes)
    assert refused.status_code == 422
    assert f'<a href="#{field}">' in refused.text
    assert said in refused.text
    assert ("Kept title" in refused.text) == (field != "title")
    assert ("Kept &lt;b&gt;" in refused.text) == (field != "statement")
    assert ('checked id="regions-' in refused.text) == (field != "regions")
    assert [how_many(app, table) for table in (Campaign, Site, Wave, AuditEntry)] == [0] * 4


def test_what_the_form_does_not_ask_is_not_taken(app, kim):
    more = {"slug": "mine", "state": "published", "owner_id": "2", "approves_at_once": "y"}
    kim.send(PAGE, **GOOD, **more, capacity="900", duration_minutes="5", id="7")
    with stored_in(app) as session:
        campaign = find_campaign(session, "one-noon")
        (wave,) = waves_of_campaign(session, campaign)
        assert (campaign.id, campaign.state) == (1, CampaignState.DRAFT)
        assert not campaign.approves_at_once
        assert (wave.capacity, wave.duration_minutes) == (5, 60)


def test_a_stranger_s_campaign_is_no_campaign_of_ones_own(app):
    with stored_in(app) as session:
        store_campaign(session)
    assert "Start a campaign" in signed_in(app, LEE).open("/organize/").text
    assert "Start a campaign" not in signed_in(app, KIM).open("/organize/").text


def test_without_a_token_or_a_session_nothing_is_made(app, kim):
    assert kim.client.post(PAGE, data=GOOD).status_code == 403
    stranger = app.test_client().post(PAGE, data=GOOD | {"csrf_token": kim.token(PAGE)})
    assert stranger.status_code in (302, 403)
    assert how_many(app, Campaign) == 0


@pytest.mark.parametrize(("language", "title"), [("ja", "一斉行動"), ("ko", "모두 함께")])
def test_the_page_and_its_wave_speak_the_organizer_s_language(app, kim, language, title):
    page = f"/{language}{PAGE}"
    assert f'action="{page}"' in kim.open(page).text
    assert kim.send(page, **GOOD).location == f"/{language}{HOME}preview/"
    with stored_in(app) as session:
        wave = session.scalar(select(Wave))
        assert wave.title in (title, "All together")
