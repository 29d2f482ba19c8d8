"""An organizer sees whose notice is open, the most pressing first."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Site
from protestcoord.campaigns.rules import Presence
from protestcoord.missions.models import Mission
from protestcoord.signups import places
from protestcoord.signups.models import SignUp
from protestcoord.signups.permits import open_notices
from protestcoord.signups.rules import Permit
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
PAGE = "/organize/c/noon/notices/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def leads(app):
    """Two leads in Berlin, the second a day before the first."""
    with stored_in(app) as session:
        campaign = store_campaign(session)
        for number, starts_at in enumerate((STARTS_AT, STARTS_AT - timedelta(days=1))):
            ends_at = starts_at + timedelta(hours=1)
            slot = store_slot(session, campaign, starts_at=starts_at, ends_at=ends_at)
            made = store_sign_up(
                session,
                app.config["VAULT"],
                slot,
                email=f"canary@g{number}.example",
                name=f"Group {number}",
            )
            places.confirm_sign_up(session, made.id, NOW)
            places.approve_sign_up(session, made.id, NOW)


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def names(app, now=NOW):
    with stored_in(app) as session:
        campaign = session.scalars(select(SignUp)).first().group.campaign
        return [one.sign_up.group.name for one in open_notices(session, campaign.id, now)]


def change(app, change_it):
    with stored_in(app) as session:
        change_it(session.scalars(select(SignUp).order_by(SignUp.id)).first())


def test_the_soonest_last_day_stands_first_and_no_address_is_shown(app, leads):
    assert names(app) == ["Group 1", "Group 0"]
    shown = signed_in(app, OWNER).open(PAGE)
    assert words(shown).index("Group 1") < words(shown).index("Group 0")
    assert "At the very latest by Wed, 6 Jan 2027, 12:00 (UTC+01:00)" in words(shown)
    assert "canary" not in shown.text


def test_who_said_how_far_it_is_and_who_does_not_lead_is_left_out(app, leads):
    for permit in (Permit.ASKED, Permit.GRANTED, Permit.NOT_NEEDED):
        change(app, lambda sign_up, permit=permit: setattr(sign_up, "permit", permit))
        assert names(app) == ["Group 1"]
    change(app, lambda sign_up: setattr(sign_up, "permit", Permit.NOT_YET))
    assert names(app) == ["Group 1", "Group 0"]
    change(app, lambda sign_up: setattr(sign_up, "is_lead", False))
    assert names(app) == ["Group 1"]


def test_a_slot_that_was_called_off_or_is_over_asks_for_nothing(app, leads):
    change(app, lambda sign_up: setattr(sign_up.slot, "cancelled_at", NOW))
    assert names(app) == ["Group 1"]
    assert names(app, STARTS_AT) == []


def test_where_nobody_looked_it_up_it_stands_last_and_says_so(app, leads):
    with stored_in(app) as session:
        session.scalars(select(Mission)).one().country = "AF"
    assert names(app) == ["Group 1", "Group 0"]
    assert "Unchecked: nobody has looked up yet" in words(signed_in(app, OWNER).open(PAGE))


def test_where_no_notice_is_asked_for_or_nobody_gathers_there_is_none(app, leads):
    with stored_in(app) as session:
        session.scalars(select(Mission)).one().country = "IE"
    assert names(app) == []
    shown = words(signed_in(app, OWNER).open(PAGE))
    assert "No group that leads a slot still has to say anything." in shown
    with stored_in(app) as session:
        session.scalars(select(Mission)).one().country = "DE"
        session.scalars(select(Site)).one().presence = Presence.REMOTE_ONLY
    assert names(app) == []


def test_somebody_elses_notices_are_not_there(app, leads):
    with stored_in(app) as session:
        store_organizer(session, OTHER)
    assert signed_in(app, OTHER).open(PAGE).status_code == 404
    assert signed_in(app, OWNER).open(PAGE).status_code == 200
