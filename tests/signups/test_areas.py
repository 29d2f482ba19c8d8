"""A coordinator of some areas sees, decides and publishes within them alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.rules import Presence
from protestcoord.core import clock
from protestcoord.members.models import Approval
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.messages.queries import chosen_sign_ups
from protestcoord.messages.rules import Audience
from protestcoord.signups import places
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_mission, store_organizer, store_sign_up, store_slot

OWNER, COORDINATOR = "organizer@example.org", "coordinator@example.org"
HOME = "/organize/c/noon/"
NOON = datetime(2027, 1, 9, 12)  # noqa: DTZ001 - a wall clock


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A published campaign in Berlin and Tokyo, a group at each, a coordinator of Germany."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        berlin = store_slot(session, starts_at=STARTS_AT, local_asked=NOON)
        campaign, wave = berlin.site.campaign, berlin.wave
        mission = store_mission(
            session,
            slug="jp-tokyo-embassy",
            country="JP",
            region="030",
            city="Tokyo",
            timezone="Asia/Tokyo",
        )
        site = Site(
            campaign_id=campaign.id,
            mission_id=mission.id,
            presence=Presence.ON_SITE,
            changed_at=NOW,
        )
        session.add(site)
        session.flush()
        starts_at = STARTS_AT - timedelta(hours=8)
        columns = ("local_asked", "occurrence", "adjustment", "capacity", "changed_at")
        tokyo = Slot(
            wave_id=wave.id,
            site_id=site.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            timezone="Asia/Tokyo",
            **{name: getattr(berlin, name) for name in columns},
        )
        session.add(tokyo)
        session.flush()
        for slot, name in ((berlin, "Spree"), (tokyo, "Sumida")):
            made = store_sign_up(
                session,
                app.config["VAULT"],
                slot,
                name=name,
                city="X",
                email=f"{name}@example.org".lower(),
            )
            places.confirm_sign_up(session, made.id, NOW)
            made.group.verified_at = NOW
        organizer = store_organizer(session, COORDINATOR)
        place = Place(MemberRole.COORDINATOR, ["DE"])
        appoint(session, campaign.id, organizer.id, place, NOW)
    return app


def test_a_claim_that_nobody_confirmed_opens_no_group(app, coordinator):
    """Whoever knows an address could otherwise look at its group from any area."""
    with stored_in(app) as session:
        berlin = session.scalars(select(Slot).order_by(Slot.id)).first()
        planted = store_sign_up(
            session, app.config["VAULT"], berlin, email="sumida@example.org", name="Sumida"
        )
        key, planted_id = planted.group.key, planted.id
    assert coordinator.open(f"{HOME}groups/{key}/").status_code == 404
    with stored_in(app) as session:
        places.confirm_sign_up(session, planted_id, NOW, accepts_clashes=True)
    page = coordinator.open(f"{HOME}groups/{key}/").text
    assert "Berlin" in page
    assert "Tokyo" not in page, "what lies outside stays outside"
    trust = coordinator.send(f"{HOME}groups/{key}/trust/", f"{HOME}groups/{key}/", trusted="y")
    assert trust.status_code == 404, "trust holds everywhere"


@pytest.fixture
def coordinator(app):
    return signed_in(app, COORDINATOR)


def move(app, minutes, *missions):
    """Let a site start later than its wave says, as its override does."""
    for mission in missions:
        answer = signed_in(app, OWNER).send(
            f"{HOME}waves/1/sites/",
            key=mission,
            occurrence="0",
            local_time=f"12:{minutes:02}",
        )
        assert answer.status_code == 303, answer.text


def starts(app):
    with stored_in(app) as session:
        return {slot.site.mission.slug: slot.starts_at for slot in session.scalars(select(Slot))}


def test_the_list_of_sign_ups_has_those_within(app, coordinator):
    page = coordinator.open(f"{HOME}sign-ups/").text
    assert "Spree" in page
    assert "Sumida" not in page
    assert "Sumida" in signed_in(app, OWNER).open(f"{HOME}sign-ups/").text, "the control"


def test_ticked_sign_ups_outside_are_passed_over(app, coordinator):
    sent = {"act": "decline", "sign_up": ["1", "2"], "sure": "y"}
    coordinator.send(f"{HOME}sign-ups/ticked/", f"{HOME}sign-ups/", **sent)
    with stored_in(app) as session:
        states = session.scalars(select(places.SignUp.state).order_by(places.SignUp.id)).all()
    assert states == ["declined", "offered"]


def test_a_message_reaches_groups_within_the_areas_of_its_writer(app):
    with stored_in(app) as session:
        campaign_id = session.scalars(select(Campaign.id)).one()

        def names(audience):
            found = chosen_sign_ups(session, campaign_id, audience, NOW)
            return [sign_up.group.name for sign_up in found]

        assert names(Audience(within=["DE"])) == ["Spree"]
        assert names(Audience(within=["030"])) == ["Sumida"]
        assert names(Audience()) == ["Spree", "Sumida"]


def test_only_sites_within_are_offered_for_a_time_of_their_own(coordinator):
    page = coordinator.open(f"{HOME}waves/1/sites/").text
    assert "de-berlin-embassy" in page
    assert "jp-tokyo-embassy" not in page


def test_a_change_within_is_published_and_one_outside_is_left_to_an_owner(app, coordinator):
    before = starts(app)
    move(app, 30, "de-berlin-embassy")
    assert coordinator.send(f"{HOME}preview/").status_code == 303
    later = before["de-berlin-embassy"] + timedelta(minutes=30)
    assert starts(app) == before | {"de-berlin-embassy": later}
    move(app, 45, "jp-tokyo-embassy")
    answer = coordinator.send(f"{HOME}preview/")
    assert answer.status_code == 403
    assert "sites outside your areas" in answer.text
    assert starts(app)["jp-tokyo-embassy"] == before["jp-tokyo-embassy"]


def test_a_move_within_three_days_takes_two(app, coordinator, monkeypatch):
    before = starts(app)
    move(app, 30, "de-berlin-embassy")
    now = STARTS_AT - timedelta(hours=70)
    monkeypatch.setattr(clock, "now", lambda: now)
    coordinator.come_back(COORDINATOR)
    assert coordinator.send(f"{HOME}preview/").status_code == 303
    assert starts(app) == before
    owner = signed_in(app, OWNER)
    with stored_in(app) as session:
        asked = session.scalars(select(Approval.id)).one()
    owner.send(f"{HOME}approvals/{asked}/agree/", f"{HOME}approvals/")
    coordinator.send(f"{HOME}preview/")
    assert starts(app)["de-berlin-embassy"] == before["de-berlin-embassy"] + timedelta(minutes=30)


def test_what_was_agreed_to_are_these_times_and_no_others(app, coordinator, monkeypatch):
    before = starts(app)
    move(app, 30, "de-berlin-embassy")
    now = STARTS_AT - timedelta(hours=70)
    monkeypatch.setattr(clock, "now", lambda: now)
    coordinator.come_back(COORDINATOR)
    coordinator.send(f"{HOME}preview/")
    with stored_in(app) as session:
        session.scalars(select(Approval)).one().agreed_by_id = 1
    move(app, 40, "de-berlin-embassy")
    coordinator.send(f"{HOME}preview/")
    assert starts(app) == before


def test_a_move_long_before_takes_one(app):
    move(app, 30, "de-berlin-embassy")
    signed_in(app, OWNER).send(f"{HOME}preview/")
    with stored_in(app) as session:
        assert session.scalars(select(Approval)).all() == []
