"""A group and its organizer see which slots clash, and the group decides."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from protestcoord.campaigns.rules import CampaignState
from protestcoord.signups import service
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.signups.test_claims import site_in_hamburg, slot_from
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot

ANYWAY = "We are enough people for both: confirm anyway"
ACCEPTED = "The group accepted this"
OVERLAPS = "Clash: Berlin, Sat, 9 Jan 2027, 12:00 (UTC+01:00). The two overlap in time."
ORGANIZER = "organizer@example.org"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def link(app):
    """The link of a group with two slots, half an hour of which overlap; it never pressed it."""
    with stored_in(app) as session:
        campaign = store_campaign(session)
        half_later = STARTS_AT + timedelta(minutes=30)
        later = {"starts_at": half_later, "ends_at": half_later + timedelta(minutes=60)}
        vault = app.config["VAULT"]
        store_sign_up(session, vault, store_slot(session, campaign))
        made = store_sign_up(session, vault, store_slot(session, campaign, **later))
        return f"/s/{vault.open(made.group.contact).link_token}/"


@pytest.fixture
def group(app, link):
    """The group at its own page, by the first press."""
    client = app.test_client()
    assert client.post(link).location == "/s/"
    return client


def words(answer):
    text = re.sub(r"<[^>]+>", "", answer.text)
    return " ".join(unescape(text).split())


def press(client, path, **form):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/s/").text).group(1)
    return client.post(path, data=form | {"csrf_token": token})


def stored(app):
    with stored_in(app) as session:
        sign_ups = session.scalars(select(SignUp).order_by(SignUp.id)).all()
        return [(s.state, s.clash_accepted_at) for s in sign_ups]


def test_the_first_press_leads_to_the_page_that_asks_about_the_clash(app, group):
    answer = group.get("/s/")
    assert answer.status_code == 200
    assert words(answer).count(OVERLAPS) == 1
    assert ANYWAY in answer.text
    assert "Confirm this slot" not in answer.text
    assert stored(app) == [(SignUpState.OFFERED, None), (SignUpState.PENDING, None)]


def test_confirming_a_clashing_slot_is_answered_with_the_reason_and_changes_nothing(app, group):
    answer = press(group, "/s/sign-ups/2/confirm/")
    assert answer.status_code == 409
    assert "confirm that you are enough people for both" in words(answer)
    assert ANYWAY in answer.text
    assert stored(app)[1] == (SignUpState.PENDING, None)


def test_a_group_that_is_enough_people_gets_both_and_both_say_so(app, group):
    answer = press(group, "/s/sign-ups/2/confirm/", accepts_clashes="y")
    assert (answer.status_code, answer.location) == (303, "/s/")
    assert stored(app)[1] == (SignUpState.OFFERED, NOW)
    shown = words(group.get("/s/"))
    assert (shown.count("The two overlap in time."), shown.count(ACCEPTED)) == (2, 2)
    assert ANYWAY not in shown


def test_after_withdrawing_from_one_the_other_is_confirmed_as_any(app, group):
    press(group, "/s/sign-ups/1/withdraw/")
    shown = group.get("/s/").text
    assert "Clash:" not in shown
    assert "Confirm this slot" in shown
    press(group, "/s/sign-ups/2/confirm/")
    assert stored(app)[1] == (SignUpState.OFFERED, None)


def test_the_organizer_sees_a_clash_beside_each_claim_and_whether_it_was_accepted(app, group):
    organizer = signed_in(app, ORGANIZER)
    shown = words(organizer.open("/organize/c/noon/sign-ups/"))
    assert (shown.count("The two overlap in time."), shown.count(ACCEPTED)) == (1, 0)
    press(group, "/s/sign-ups/2/confirm/", accepts_clashes="y")
    shown = words(organizer.open("/organize/c/noon/sign-ups/"))
    assert (shown.count("The two overlap in time."), shown.count(ACCEPTED)) == (2, 2)


def test_the_organizer_sees_clashes_at_the_group_too(app, group):
    with stored_in(app) as session:
        key = session.get_one(SignUp, 1).group.key
    page = "/organize/c/noon/sign-ups/"
    answer = signed_in(app, ORGANIZER).send(f"/organize/c/noon/groups/{key}/contact/", page)
    assert words(answer).count(OVERLAPS) == 1


def test_a_slot_that_was_moved_onto_another_is_shown_without_being_accepted(app, link):
    with stored_in(app) as session:
        late = session.get_one(SignUp, 2)
        late.slot.starts_at += timedelta(minutes=30)
        late.slot.ends_at += timedelta(minutes=30)
        service.open_link(session, late.group, NOW)
    client = app.test_client()
    client.post(link)
    assert "Clash:" not in client.get("/s/").text
    with stored_in(app) as session:
        session.get_one(SignUp, 2).slot.starts_at -= timedelta(minutes=1)
    shown = words(client.get("/s/"))
    assert (shown.count("The two overlap in time."), shown.count(ACCEPTED)) == (2, 0)


@pytest.mark.parametrize(("kmh", "clashes"), [("80", 1), ("2000", 0)])
def test_the_speed_that_is_set_decides_at_the_group_and_at_the_organizer(
    tmp_path, monkeypatch, kmh, clashes
):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    app = app_with_tables(tmp_path, TRAVEL_KMH=kmh)
    with stored_in(app) as session:
        campaign = store_campaign(session)
        store_sign_up(session, app.config["VAULT"], store_slot(session, campaign))
        there = site_in_hamburg(session, campaign)
        slot = slot_from(session, campaign, STARTS_AT + timedelta(hours=2), site_id=there.id)
        made = store_sign_up(session, app.config["VAULT"], slot)
        link = f"/s/{app.config['VAULT'].open(made.group.contact).link_token}/"
    client = app.test_client()
    client.post(link)
    organizer = signed_in(app, ORGANIZER)
    pages = [client.get("/s/"), organizer.open("/organize/c/noon/sign-ups/")]
    reason = "with 1 h between; at 80 km/h it takes 3 h 15 min."
    assert [words(page).count(reason) for page in pages] == [clashes] * 2


def test_a_closed_campaign_invites_its_groups_to_no_further_slot(app, group):
    assert "Take another slot" in group.get("/s/").text
    with stored_in(app) as session:
        session.get_one(SignUp, 1).group.campaign.state = CampaignState.CLOSED
    assert "Take another slot" not in group.get("/s/").text
