"""The organizer's pages about coverage, as a browser gets them."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from protestcoord.campaigns.models import Site, Slot
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import Adjustment
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import places, service
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_mission, store_sign_up, store_slot

COVERAGE = "/organize/c/noon/coverage/"
GAP = "/organize/c/noon/gaps/at-vienna-embassy/"
ORGANIZER = "organizer@example.org"
HOUR = timedelta(hours=1)
PLANTED = "lantern@example.org"

VIENNA = {
    "slug": "at-vienna-embassy",
    "country": "AT",
    "city": "Vienna",
    "timezone": "Europe/Vienna",
    "latitude": 48.1957,
    "longitude": 16.3905,
}
SEOUL = {
    "slug": "kr-seoul-embassy",
    "country": "KR",
    "city": "Seoul",
    "timezone": "Asia/Seoul",
    "latitude": 37.566,
    "longitude": 126.9784,
    "region": "030",
}


MAIL = """\
Hello Lantern circle,

for “One noon” no group is confirmed at this site yet:

Embassy of the People's Republic of China in Germany
Vienna, Austria
Sat, 9 Jan 2027, 13:00 (UTC+01:00), 60 minutes
2027-01-09T12:00:00Z

It is about 526 km from you, and you have no other slot at that time.
Could you take it? Five people and a phone are enough.

Take the site here:
BASE/c/noon/sign-up/?slot=w1-at-vienna-embassy-1

Peaceful and lawful, always. Our code of conduct: BASE/code-of-conduct/
How to stay safe: BASE/safety/"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A campaign with a covered site in Berlin, and empty ones in Vienna and Seoul."""
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        campaign = store_campaign(session)
        berlin = store_slot(session, campaign)
        for mission in (VIENNA, SEOUL):
            store_site(session, campaign, berlin.wave_id, **mission)
        sign_up = store_sign_up(session, app.config["VAULT"], berlin)
        service.open_link(session, sign_up.group, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
    return app


def store_site(session, campaign, wave_id, presence=Presence.ON_SITE, hours=1, **mission):
    """A site with an empty slot, by so many hours later than Berlin's."""
    mission = store_mission(session, **mission)
    site = Site(campaign_id=campaign.id, mission_id=mission.id, presence=presence, changed_at=NOW)
    session.add(site)
    session.flush()
    slot = Slot(
        wave_id=wave_id,
        site_id=site.id,
        occurrence=1,
        starts_at=STARTS_AT + hours * HOUR,
        ends_at=STARTS_AT + hours * HOUR + HOUR,
        timezone=mission.timezone,
        adjustment=Adjustment.NONE,
        capacity=5,
        changed_at=NOW,
    )
    session.add(slot)
    session.flush()
    return slot


@pytest.fixture
def organizer(app):
    return signed_in(app, ORGANIZER)


def words(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def rows(answer, css_class):
    return re.findall(rf'class="{css_class}" href="[^"]*/gaps/([^/]+)/', answer.text)


def sites_listed(answer):
    return re.findall(r"/organize/c/noon/sites/([^/]+)/", answer.text)


def texts(answer):
    return [unescape(text) for text in re.findall(r"<textarea[^>]*>([^<]*)", answer.text)]


def test_coverage_says_the_figures_and_ranks_the_gaps(organizer):
    page = organizer.open(COVERAGE)
    assert page.status_code == 200
    assert "sites covered 1 of 3 countries 1 of 3 groups 1" in words(page)
    assert "of 3 open missions 33.3%" in words(page)
    assert "covered 1 offered 0 empty 2" in words(page)
    assert rows(page, "gap__name")[:2] == ["kr-seoul-embassy", "at-vienna-embassy"]
    assert "22 million people near" in words(page)
    assert "Western Europe 2 1 0 1" in words(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "new country: South Korea"),
        ("?by=countries", "new country: Austria"),
        ("?by=zones", "new time zone: UTC+09:00"),
        ("?by=nonsense", "new country: Austria"),
    ],
)
def test_best_next_sites_gain_countries_or_zones(organizer, query, said):
    page = organizer.open(COVERAGE + query)
    assert said in words(page)
    assert ("nothing new" in words(page)) is (query == "?by=zones")


@pytest.mark.parametrize(
    ("query", "missions"),
    [
        ("", ["at-vienna-embassy", "kr-seoul-embassy", "de-berlin-embassy"]),
        ("?state=empty", ["at-vienna-embassy", "kr-seoul-embassy"]),
        ("?state=covered", ["de-berlin-embassy"]),
        ("?region=030", ["kr-seoul-embassy"]),
        ("?region=155&state=empty&by=zones", ["at-vienna-embassy"]),
        ("?region=005", []),
        ("?state=nonsense", ["at-vienna-embassy", "kr-seoul-embassy", "de-berlin-embassy"]),
    ],
)
def test_list_of_sites_is_narrowed_by_state_and_region(organizer, query, missions):
    assert sites_listed(organizer.open(COVERAGE + query)) == missions


def test_links_keep_what_the_list_is_narrowed_to(organizer):
    page = organizer.open(f"{COVERAGE}?state=empty&region=155&by=zones")
    assert 'href="?by=countries&amp;state=empty&amp;region=155#next"' in page.text
    assert '<input type="hidden" name="by" value="zones">' in page.text
    assert 'value="empty" selected' in page.text
    assert 'value="155" selected' in page.text


def test_a_gap_shows_the_nearest_free_group_with_a_mail_ready(organizer):
    page = organizer.open(GAP)
    assert "Groups near Vienna" in words(page)
    assert "Lantern circle 526 km" in words(page)
    assert "Berlin , Germany · English" in words(page)
    assert 'value="A site is still looking for a group"' in page.text
    assert texts(page) == [MAIL.replace("BASE", "http://127.0.0.1:8000")]


def test_mail_text_is_in_the_groups_language(app, organizer):
    with stored_in(app) as session:
        slot = session.scalar(select(Slot).where(Slot.starts_at == STARTS_AT))
        sign_up = store_sign_up(
            session,
            app.config["VAULT"],
            slot,
            email="seoul@example.org",
            city="서울",
            language="ko",
        )
        service.open_link(session, sign_up.group, NOW)
    (_, korean) = texts(organizer.open(GAP))
    assert "오스트리아" in korean
    assert "/ko/c/noon/sign-up/?slot=w1-at-vienna-embassy-1" in korean
    assert "(UTC+01:00)" in korean


def test_a_gap_shows_no_contact_and_opening_one_is_written_down(app, organizer):
    page = organizer.open(GAP)
    assert PLANTED not in page.text
    (path,) = re.findall(r'action="([^"]*/contact/)"', page.text)
    assert PLANTED in organizer.send(path, GAP).text, "the control: it is there to be shown"
    with stored_in(app) as session:
        assert session.scalars(select(AuditEntry.act)).all() == ["contact.view"]


def test_nothing_of_a_gap_is_stored(app, organizer):
    organizer.open(GAP)
    with stored_in(app) as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_a_group_that_acts_at_that_time_is_not_asked(app, organizer):
    with stored_in(app) as session:
        vienna = session.scalars(select(Slot).where(Slot.starts_at != STARTS_AT)).first()
        vienna.starts_at = STARTS_AT + HOUR / 2
    page = organizer.open(GAP)
    assert "No group is free at that time." in words(page)
    assert "Lantern circle" not in page.text


def test_the_slot_is_chosen_by_the_address(app, organizer):
    with stored_in(app) as session:
        first = session.scalars(select(Slot).where(Slot.starts_at != STARTS_AT)).first()
        second = Slot(
            wave_id=first.wave_id,
            site_id=first.site_id,
            occurrence=2,
            starts_at=STARTS_AT,
            ends_at=STARTS_AT + HOUR,
            timezone=first.timezone,
            adjustment=Adjustment.NONE,
            capacity=5,
            changed_at=NOW,
        )
        session.add(second)
    busy, free = (organizer.open(f"{GAP}?slot=w1-at-vienna-embassy-{n}") for n in (2, 1))
    assert "Free at Sat, 9 Jan 2027, 12:00 (UTC+01:00)" in words(busy)
    assert "Lantern circle" not in busy.text
    assert "Free at Sat, 9 Jan 2027, 13:00 (UTC+01:00)" in words(free)
    assert "Lantern circle" in free.text
    other = organizer.open(f"{GAP}?slot=w1-de-berlin-embassy-1")
    assert "w1-de-berlin-embassy-1" not in other.text, "another site's slot is not chosen"


def test_a_place_that_nobody_knows_is_called_unknown(app, organizer):
    with stored_in(app) as session:
        slot = session.scalar(select(Slot).where(Slot.starts_at == STARTS_AT))
        sign_up = store_sign_up(
            session, app.config["VAULT"], slot, email="x@example.org", city="Somewhere <b>"
        )
        service.open_link(session, sign_up.group, NOW)
    page = organizer.open(GAP)
    assert "place unknown Somewhere <b>" in words(page)
    assert "Somewhere <b>" not in page.text
    assert "km from you" not in texts(page)[1]


def test_nobody_is_sent_to_a_remote_only_site(app, organizer):
    with stored_in(app) as session:
        site = session.scalars(select(Site).where(Site.mission.has(slug=VIENNA["slug"]))).one()
        site.presence = Presence.REMOTE_ONLY
    page = organizer.open(GAP)
    assert "send nobody to the mission" in words(page)
    (text,) = texts(page)
    assert "Please do not go there" in text
    assert "km from you" not in text


@pytest.mark.parametrize("path", [COVERAGE, GAP])
def test_pages_are_for_the_campaigns_own_organizer(app, path):
    assert app.test_client().get(path).status_code == 303
    assert signed_in(app, "other@example.org").open(path).status_code == 404


def test_a_site_that_is_not_there_has_no_gap(organizer):
    assert organizer.open("/organize/c/noon/gaps/fr-paris-embassy/").status_code == 404


def test_a_gap_whose_slot_is_over_says_so(app, organizer, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: STARTS_AT + 9 * HOUR)
    organizer.come_back(ORGANIZER)
    assert "No slot stands here that a group could still take." in words(organizer.open(GAP))
    assert "No site that can still be taken" in words(organizer.open(COVERAGE))


def test_nobody_is_asked_for_a_slot_that_is_covered_meanwhile(organizer):
    page = organizer.open("/organize/c/noon/gaps/de-berlin-embassy/").text
    assert "A group is confirmed for this slot already." in page
    assert "Mail text" not in page
