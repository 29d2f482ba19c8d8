"""A group proposes a missing mission on its page; an organizer takes it up or not."""

import re

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Site
from protestcoord.campaigns.rules import Presence
from protestcoord.core.mail import OutboxMail
from protestcoord.missions.models import Mission
from protestcoord.missions.proposing import ProposedMission
from protestcoord.missions.rules import MissionKind
from protestcoord.signups import proposals
from protestcoord.signups.models import SiteProposal
from protestcoord.signups.rules import NotPossible, ProposalState
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
FORM = {
    "name": "Consulate in Ghent",
    "kind": "consulate",
    "country": "BE",
    "city": "Ghent",
    "address": "",
    "source": "https://example.org/consulates",
}
GHENT = ProposedMission(**FORM | {"kind": MissionKind.CONSULATE})


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def group(app):
    """A group at its own page."""
    with stored_in(app) as session:
        sign_up = store_sign_up(session, app.config["VAULT"], store_slot(session))
        link = f"/s/{app.config['VAULT'].open(sign_up.group.contact).link_token}/"
    client = app.test_client()
    client.post(link)
    return client


def send(client, **changes):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/s/propose/").text)
    return client.post("/s/propose/", data=FORM | changes | {"csrf_token": token.group(1)})


def stored_states(app):
    with stored_in(app) as session:
        return [p.state for p in session.scalars(select(SiteProposal))]


def test_a_proposal_waits_and_changes_nothing_in_the_directory(app, group):
    assert send(group).location == "/s/propose/"
    assert "waits for the organizers" in group.get("/s/propose/").text
    with stored_in(app) as session:
        assert len(session.scalars(select(Mission)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": "javascript:alert(1)"}, "begins with https://"),
        ({"source": "not an address"}, "begins with https://"),
        ({"city": "Ulaanbaatar"}, "We know no city"),
        ({"kind": "palace"}, "choice"),
        ({"country": ""}, "Please fill this in"),
        ({"name": "x\r\nBcc: a@example.org"}, "one line"),
        ({"name": "x" * 100_000}, "was too much text"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(app, group, changes, said):
    answer = send(group, **changes)
    assert answer.status_code in (413, 422)
    assert said in answer.text
    assert stored_states(app) == []


def test_three_may_wait(app, group):
    for city in ("Ghent", "Antwerp", "Liege"):
        send(group, city=city)
    answer = send(group, city="Namur")
    assert "Three of your proposals" in answer.text
    assert len(stored_states(app)) == 3


def test_nobody_proposes_without_a_link(app):
    assert app.test_client().get("/s/propose/").status_code == 404


def console_page(app, act, who=OWNER, slug="noon"):
    organizer = signed_in(app, who)
    return organizer.send(
        f"/organize/c/{slug}/proposals/1/{act}/", f"/organize/c/{slug}/proposals/"
    )


def test_an_accepted_mission_takes_part_in_the_campaign_and_the_group_is_told(app, group):
    send(group)
    assert console_page(app, "accept").location == "/organize/c/noon/sites/"
    with stored_in(app) as session:
        mission = session.scalars(select(Mission).where(Mission.city == "Gent")).one()
        site = session.scalars(select(Site).where(Site.mission_id == mission.id)).one()
        assert site.presence is Presence.ON_SITE
        kinds = set(session.scalars(select(OutboxMail.kind)))
    assert "proposal_accepted" in kinds
    assert console_page(app, "accept").status_code == 409, "once"


def test_a_declined_one_is_decided_and_the_group_is_told(app, group):
    send(group)
    assert console_page(app, "decline").location == "/organize/c/noon/proposals/"
    assert stored_states(app) == [ProposalState.DECLINED]


@pytest.mark.parametrize("act", ["accept", "decline"])
def test_another_organizer_decides_nothing(app, group, act):
    send(group)
    with stored_in(app) as session:
        store_campaign(session, "own", owner_id=store_organizer(session, OTHER).id)
    assert console_page(app, act, OTHER, "own").status_code == 404
    assert stored_states(app) == [ProposalState.OPEN]


def test_in_a_country_of_danger_the_site_is_remote_only(session, vault):
    group = store_sign_up(session, vault, store_slot(session)).group
    proposal = proposals.propose_site(session, group, GHENT, NOW)
    mission = proposals.accept_proposal(session, proposal, NOW, frozenset({"BE"}))
    site = session.scalars(select(Site).where(Site.mission_id == mission.id)).one()
    assert site.presence is Presence.REMOTE_ONLY
    with pytest.raises(NotPossible):
        proposals.decline_proposal(session, proposal, NOW)
