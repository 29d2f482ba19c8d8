"""On the day a group says that it has started, how many are there, and that it is over."""

from datetime import timedelta

import pytest

from protestcoord.campaigns.service import cancel_slot
from protestcoord.signups import checkins, places
from protestcoord.signups.checkins import NothingSaid, NotTheDay
from protestcoord.signups.models import CheckIn
from protestcoord.signups.rules import PEOPLE_STEPS, people_shown
from tests.conftest import database_of
from tests.signups.test_handover import app, link, press  # noqa: F401 - fixtures
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

MINUTE = timedelta(minutes=1)
ENDS_AT = STARTS_AT + 60 * MINUTE


@pytest.fixture
def database_url(request, tmp_path):
    yield from database_of(request, tmp_path, "sqlite")


@pytest.fixture
def sign_up(session, vault):
    made = store_sign_up(session, vault, store_slot(session))
    places.confirm_sign_up(session, made.id, NOW)
    places.approve_sign_up(session, made.id, NOW)
    return made


def said(session, sign_up):
    of_campaign = checkins.said_in_public(session, sign_up.slot.site.campaign_id)
    return [check_in for _, check_in in of_campaign]


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (STARTS_AT - checkins.OPENS_BEFORE - MINUTE, False),
        (STARTS_AT - checkins.OPENS_BEFORE, True),
        (ENDS_AT + checkins.CLOSES_AFTER - MINUTE, True),
        (ENDS_AT + checkins.CLOSES_AFTER, False),
    ],
)
def test_it_is_said_from_two_hours_before_until_twelve_hours_after(session, sign_up, at, taken):
    assert checkins.takes_check_ins(sign_up, at) is taken
    if taken:
        checkins.start(session, sign_up, 12, at)
    else:
        with pytest.raises(NotTheDay):
            checkins.start(session, sign_up, 12, at)
    assert len(said(session, sign_up)) == taken


def test_said_twice_is_said_once_and_only_the_number_changes(session, sign_up):
    checkins.start(session, sign_up, None, STARTS_AT)
    checkins.start(session, sign_up, 30, STARTS_AT + MINUTE)
    checkins.start(session, sign_up, None, STARTS_AT + 2 * MINUTE)
    (one,) = said(session, sign_up)
    assert (one.started_at, one.people, one.finished_at) == (STARTS_AT, 30, None)


def test_the_end_is_said_and_both_are_taken_back_one_after_the_other(session, sign_up):
    with pytest.raises(NothingSaid):
        checkins.finish(session, sign_up, None, ENDS_AT)
    checkins.start(session, sign_up, 5, STARTS_AT)
    checkins.finish(session, sign_up, 40, ENDS_AT)
    checkins.finish(session, sign_up, None, ENDS_AT + MINUTE)
    (one,) = said(session, sign_up)
    assert (one.people, one.finished_at) == (40, ENDS_AT)
    checkins.take_back(session, sign_up, None, ENDS_AT + MINUTE)
    assert said(session, sign_up)[0].finished_at is None
    checkins.take_back(session, sign_up, None, ENDS_AT + MINUTE)
    assert said(session, sign_up) == []


def test_a_group_that_is_not_confirmed_or_whose_slot_is_off_says_nothing(session, vault, sign_up):
    waiting = store_sign_up(session, vault, sign_up.slot, email="other@example.org")
    with pytest.raises(NotTheDay):
        checkins.start(session, waiting, 3, STARTS_AT)
    checkins.start(session, sign_up, 3, STARTS_AT - MINUTE)
    cancel_slot(session, sign_up.slot, STARTS_AT)
    with pytest.raises(NotTheDay):
        checkins.start(session, sign_up, 5, STARTS_AT)


def test_what_organizers_hide_or_a_group_that_withdrew_said_is_not_public(session, sign_up):
    checkins.start(session, sign_up, 3, STARTS_AT - MINUTE)
    checkins.hide(session, sign_up, STARTS_AT, hidden=True)
    assert said(session, sign_up) == []
    checkins.hide(session, sign_up, STARTS_AT, hidden=False)
    assert len(said(session, sign_up)) == 1
    places.withdraw_sign_up(session, sign_up.id, STARTS_AT - MINUTE)
    assert said(session, sign_up) == []


@pytest.mark.parametrize(
    ("people", "shown"), [(1, 0), (9, 0), (10, 10), (24, 10), (25, 25), (1234, 1000)]
)
def test_people_are_shown_by_steps(people, shown):
    assert people_shown(people) == shown
    assert list(PEOPLE_STEPS) == sorted(PEOPLE_STEPS)


@pytest.fixture
def on_the_day(app, link, monkeypatch):  # noqa: F811
    from tests.console_client import stored_in

    with stored_in(app) as session:
        places.confirm_sign_up(session, 1, NOW)
        places.approve_sign_up(session, 1, NOW)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: STARTS_AT + MINUTE)
    client = app.test_client()
    client.post(link)
    return app, client


def test_a_group_says_it_on_its_page_without_a_script(on_the_day):
    _, client = on_the_day
    assert "We have started" in client.get("/s/").text
    act = "/s/sign-ups/1/check-in/"
    assert press(client, act, act="start", people="12").location == "/s/"
    page = client.get("/s/").text
    assert "Started at 12:01." in page
    assert "You say: 12 people." in page
    assert press(client, act, act="finish", people="").location == "/s/"
    assert "Finished at 12:01." in client.get("/s/").text
    assert press(client, act, act="back", people="").location == "/s/"
    assert "Finished" not in client.get("/s/").text


@pytest.mark.parametrize("people", ["-3", "0", "many", "100001", "9" * 5000])
def test_what_is_no_number_is_told_beside_the_field_and_nothing_is_kept(on_the_day, people):
    app, client = on_the_day  # noqa: F811
    answer = press(client, "/s/sign-ups/1/check-in/", act="start", people=people)
    assert answer.status_code == 422
    assert "We have started" in answer.text
    assert count_of(app) == 0


def test_an_unknown_act_and_another_groups_sign_up_change_nothing(on_the_day):
    app, client = on_the_day  # noqa: F811
    assert press(client, "/s/sign-ups/1/check-in/", act="dance").status_code == 422
    assert press(client, "/s/sign-ups/2/check-in/", act="start").status_code == 404
    assert count_of(app) == 0


def count_of(app):  # noqa: F811
    from tests.console_client import stored_in

    with stored_in(app) as session:
        return session.query(CheckIn).count()
