"""What the public and the leading group read of those who come: a bucket, or nothing at all."""

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rules import Presence
from protestcoord.core import clock
from protestcoord.publications.capture import take_snapshot
from protestcoord.signups import places
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.factories import make_mission, make_site, make_slot
from tests.publications.reading_pages import page_of_site
from tests.stored import NOW, store_campaign, store_sign_up, store_slot

COME = "/c/demo/slots/w1-de-berlin-embassy-1/come/"


def slot_in(session):
    return take_snapshot(session, NOW).campaigns[0].sites[0].slots[0]


def test_a_snapshot_has_the_bucket_only_where_the_campaign_counts(session):
    slot = store_slot(session, shown_bucket=25)
    assert slot_in(session).turnout is None
    slot.site.campaign.counts_turnout = True
    assert slot_in(session).turnout == 25


@pytest.mark.parametrize(
    ("name", "value"), [("presence", Presence.REMOTE_ONLY), ("dropped_at", NOW)]
)
def test_nobody_is_asked_to_come_where_nobody_should_be(session, name, value):
    slot = store_slot(session, store_campaign(session, counts_turnout=True))
    setattr(slot.site, name, value)
    assert slot_in(session).turnout is None


@pytest.mark.parametrize(
    ("turnout", "words"), [(0, "Fewer than 10 people"), (10, "10 or more people")]
)
def test_the_page_of_a_site_shows_the_bucket_and_the_button(turnout, words):
    page = page_of_site(make_site(make_mission(), make_slot(turnout=turnout)))
    assert words in page.text
    assert COME in page.all_of("href")


def test_without_the_wish_there_is_neither_number_nor_button():
    page = page_of_site(make_site())
    assert "say that they come" not in page.text
    assert COME not in page.all_of("href")


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return app_with_tables(tmp_path)


def own_page(app, **campaign):
    """The page of a group that leads its slot."""
    vault = app.config["VAULT"]
    with stored_in(app) as session:
        slot = store_slot(session, store_campaign(session, **campaign), shown_bucket=50)
        sign_up = store_sign_up(session, vault, slot)
        places.confirm_sign_up(session, sign_up.id, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
        link = f"/s/{vault.open(sign_up.group.contact).link_token}/"
    client = app.test_client()
    client.post(link)
    return client.get("/s/").text


def test_the_group_that_leads_reads_the_same_bucket(app):
    assert "50 or more people say that they come." in own_page(app, counts_turnout=True)
    with stored_in(app) as session:
        assert session.scalars(select(Slot)).one().shown_bucket == 50


def test_a_group_reads_nothing_where_nobody_counts(app):
    assert "say that they come" not in own_page(app)
