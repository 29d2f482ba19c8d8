"""Somebody says what is wrong in the directory; it takes two organizers until it is read."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.corrections import MOST_OPEN
from protestcoord.campaigns.models import CorrectionProposal
from protestcoord.members.models import Approval
from protestcoord.members.rules import LONE_DELAY, MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.missions.models import Mission
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import places
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.signups.test_handover import press
from tests.stored import NOW, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
LIST = "/organize/c/noon/corrections/"
FORM = "/organize/c/noon/missions/de-berlin-embassy/correct/"
RIGHT = {
    "address": "Am Tor 1", "postal_code": "10179", "latitude": "52.51196", "longitude": "13.41561",
    "precision": "building", "phone": "", "website": "http://de.china-embassy.gov.cn/",
    "name_local": "中华人民共和国驻德意志联邦共和国大使馆",
    "jurisdiction": "Germany", "status": "open",
    "source": "https://example.org/berlin", "verified_on": "2026-11-19",
}  # fmt: skip


@pytest.fixture
def app(tmp_path, clock):
    return app_with_tables(tmp_path)


@pytest.fixture
def group(app):
    """A client with the page of a confirmed group before it."""
    with stored_in(app) as session:
        vault = app.config["VAULT"]
        made = store_sign_up(session, vault, store_slot(session))
        places.confirm_sign_up(session, made.id, NOW)
        link = f"/s/{vault.open(made.group.contact).link_token}/"
    client = app.test_client()
    client.post(link)
    return client


@pytest.fixture
def two(app, group):
    """The owner, and somebody who could agree."""
    with stored_in(app) as session:
        other, place = store_organizer(session, OTHER), Place(MemberRole.OWNER)
        appoint(session, 1, other.id, place, NOW - timedelta(days=3))
    return signed_in(app, OWNER), signed_in(app, OTHER)


def address(app):
    with stored_in(app) as session:
        return session.scalars(select(Mission)).one().address


def acts(app):
    with stored_in(app) as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.number)))


def test_two_organizers_agree_and_then_the_directory_says_it(app, two):
    owner, other = two
    before = address(app)
    assert owner.send(FORM, **RIGHT).location == LIST
    assert "Am Tor 1" in other.open(LIST).text
    assert owner.send(f"{LIST}1/accept/", page=LIST).location == LIST
    assert address(app) == before, "one is not enough"
    owner.send(f"{LIST}1/accept/", page=LIST)
    assert address(app) == before, "nor is one twice"
    agreed = other.send("/organize/c/noon/approvals/1/agree/", page="/organize/c/noon/approvals/")
    assert agreed.status_code == 303
    owner.send(f"{LIST}1/accept/", page=LIST)
    assert address(app) == "Am Tor 1"
    assert acts(app)[-1] == "correction.accept"
    assert "Nothing waits" in owner.open(LIST).text
    patch = owner.open("/organize/c/noon/corrections.patch")
    assert patch.headers["Content-Disposition"].startswith("attachment")
    assert "Am Tor 1" in patch.text


def test_who_is_alone_waits_ten_minutes(app, clock, group):
    owner = signed_in(app, OWNER)
    owner.send(FORM, **RIGHT)
    owner.send(f"{LIST}1/accept/", page=LIST)
    clock.at = NOW + LONE_DELAY
    owner = signed_in(app, OWNER)
    owner.send(f"{LIST}1/accept/", page=LIST)
    assert address(app) == "Am Tor 1"


def test_a_group_proposes_and_nothing_is_kept_of_which(app, group):
    path = "/s/sign-ups/1/correct/"
    assert "Märkisches Ufer 54" in group.get(path).text
    assert "Thank you" in press(group, path, **RIGHT).text
    with stored_in(app) as session:
        (made,) = session.scalars(select(CorrectionProposal))
        assert (made.organizer_id, made.values) == (None, {"address": "Am Tor 1"})
        assert not {"group_id", "sign_up_id"} & set(CorrectionProposal.__table__.columns.keys())
    assert "from a group" in signed_in(app, OWNER).open(LIST).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"latitude": "13.4", "longitude": "52.5"}, "look swapped"),
        ({"website": "javascript:alert(1)"}, "is not an address"),
        ({"verified_on": "2026-11-29"}, "This day has not come yet"),
        ({"source": ""}, "source"),
        ({"address": "Märkisches Ufer 54"}, "Nothing differs"),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_nothing_is_kept(app, group, wrong, words):
    answer = signed_in(app, OWNER).send(FORM, **RIGHT | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert press(group, "/s/sign-ups/1/correct/", **RIGHT | wrong).status_code == 422
    with stored_in(app) as session:
        assert session.query(CorrectionProposal).count() == 0


def test_a_declined_one_changes_nothing_and_waits_no_more(app, two):
    owner, _ = two
    owner.send(FORM, **RIGHT)
    owner.send(f"{LIST}1/decline/", page=LIST)
    assert "Nothing waits" in owner.open(LIST).text
    assert owner.send(f"{LIST}1/accept/", page=LIST).status_code == 404
    with stored_in(app) as session:
        assert session.query(Approval).count() == 0


def test_fifty_of_groups_may_wait_and_organizers_are_not_held_up(app, two, group):
    owner, _ = two
    with stored_in(app) as session:
        for _number in range(MOST_OPEN):
            session.add(
                CorrectionProposal(
                    campaign_id=1, mission_id=1, values={}, source="x", verified_on="2026",
                    created_at=NOW,
                )
            )  # fmt: skip
    assert press(group, "/s/sign-ups/1/correct/", **RIGHT).status_code == 422
    assert owner.send(FORM, **RIGHT).location == LIST
