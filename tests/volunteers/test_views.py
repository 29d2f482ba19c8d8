"""The open pages of volunteers, as a browser without cookie gets them."""

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import CampaignState
from protestcoord.core import clock
from protestcoord.volunteers.models import Turnout
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, store_campaign, store_slot

SLOT = "/c/noon/slots/w1-de-berlin-embassy-1/"
COME = SLOT + "come/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_slot(session, store_campaign(session, counts_turnout=True))
    return app


@pytest.fixture
def client(app):
    return app.test_client(use_cookies=False)


def people(app):
    with stored_in(app) as session:
        return sum(session.scalars(select(Turnout.people)))


def change_campaign(app, **values):
    with stored_in(app) as session:
        campaign = session.scalars(select(Slot)).one().site.campaign
        for name, value in values.items():
            setattr(campaign, name, value)


def test_looking_counts_nothing_and_pressing_counts_without_a_cookie(app, client):
    for _ in range(3):
        shown = client.get(COME)
        assert (shown.status_code, shown.headers.getlist("Set-Cookie")) == (200, [])
    assert people(app) == 0
    answer = client.post(COME, data={"people": "2"})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (303, [])
    thanks = client.get(answer.headers["Location"])
    assert "Thank you" in thanks.text
    assert people(app) == 2


@pytest.mark.parametrize("typed", ["0", "21", "-3", "", "many", "1e9"])
def test_a_wrong_number_is_said_beside_the_field_and_not_counted(app, client, typed):
    answer = client.post(COME, data={"people": typed})
    assert answer.status_code == 422
    assert 'id="people-errors"' in answer.text
    assert people(app) == 0


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_press_that_another_site_sends_is_refused(app, client, headers):
    assert client.post(COME, data={"people": "1"}, headers=headers).status_code == 403
    assert people(app) == 0


@pytest.mark.parametrize(
    "change",
    [{"counts_turnout": False}, {"state": CampaignState.DRAFT}, {"state": CampaignState.CLOSED}],
)
def test_without_the_wish_of_a_published_campaign_there_is_no_page(app, client, change):
    change_campaign(app, **change)
    assert client.get(COME).status_code == 404
    assert client.post(COME, data={"people": "1"}).status_code == 404
    assert people(app) == 0


@pytest.mark.parametrize("key", ["w1-de-berlin-embassy-2", "w9-x-1", "nothing"])
def test_there_is_no_other_slot(client, key):
    assert client.get(f"/c/noon/slots/{key}/come/").status_code == 404


def test_a_budget_that_is_used_up_is_answered_like_any_press(app, client):
    answers = {client.post(COME, data={"people": "20"}).headers["Location"] for _ in range(12)}
    assert len(answers) == 1
    assert people(app) == 200


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_the_pages_are_in_the_language_of_their_address(client, language):
    shown = client.get(f"/{language}{COME}")
    assert f'lang="{language}"' in shown.text
    answer = client.post(f"/{language}{COME}", data={"people": "1"})
    assert answer.headers["Location"].startswith(f"/{language}/c/noon/")
