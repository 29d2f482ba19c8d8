"""An organizer reads a group's history, trusts it, lets it lead, and decides of many at once."""

import re

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign
from protestcoord.core.mail import OutboxMail
from protestcoord.organizers.audit import record
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import places
from protestcoord.signups.bulk import chosen_sign_ups, decide_many
from protestcoord.signups.console_groups import MOST_CONTACTS_A_DAY
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.proofs import size
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
PAGE = "/organize/c/noon/sign-ups/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def groups(app):
    """The keys and sign-up ids of three offered groups on a slot of five places."""
    with stored_in(app) as session:
        slot = store_slot(session)
        made = [
            store_sign_up(
                session, app.config["VAULT"], slot, email=f"canary@g{n}.example", name=f"Group {n}"
            )
            for n in range(3)
        ]
        for sign_up in made:
            places.confirm_sign_up(session, sign_up.id, NOW)
        return [(sign_up.group.key, sign_up.id) for sign_up in made]


def states(app):
    with stored_in(app) as session:
        return [s.state.value for s in session.scalars(select(SignUp).order_by(SignUp.id))]


def acts(app):
    with stored_in(app) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(entry.act, entry.detail) for entry in entries]


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_group_is_shown_with_its_history_and_without_its_contact(app, groups):
    organizer = signed_in(app, OWNER)
    shown = organizer.open(f"/organize/c/noon/groups/{groups[0][0]}/")
    assert shown.status_code == 200
    assert "Group 0" in shown.text
    assert "waits for approval the group" in words(shown)
    assert "canary@" not in shown.text
    assert acts(app) == []


def test_a_contact_is_opened_by_a_press_and_that_is_written_down(app, groups):
    organizer = signed_in(app, OWNER)
    path = f"/organize/c/noon/groups/{groups[0][0]}/"
    opened = organizer.send(f"{path}contact/", path)
    assert "canary@g0.example" in opened.text
    assert acts(app) == [("contact.view", {})]


def test_the_fifty_first_contact_of_a_day_stays_closed(app, groups, caplog):
    organizer = signed_in(app, OWNER)
    with stored_in(app) as session:
        for _ in range(MOST_CONTACTS_A_DAY - 1):
            record(session, store_organizer(session), "contact.view", "group 1", NOW)
    path = f"/organize/c/noon/groups/{groups[0][0]}/"
    assert "canary@g0.example" in organizer.send(f"{path}contact/", path).text
    refused = organizer.send(f"{path}contact/", path)
    assert (refused.status_code, "canary@" in refused.text) == (429, False)
    assert len(acts(app)) == MOST_CONTACTS_A_DAY
    assert "wanted more contacts" in caplog.text


def test_a_trusted_group_is_one_until_it_is_no_more(app, groups):
    organizer = signed_in(app, OWNER)
    path = f"/organize/c/noon/groups/{groups[0][0]}/"
    organizer.send(f"{path}trust/", path, trusted="y")
    assert "Trust it no more" in organizer.open(path).text
    organizer.send(f"{path}trust/", path)
    assert "Trust this group" in organizer.open(path).text
    assert [act for act, _ in acts(app)] == ["group.trust", "group.trust_no_more"]


def test_an_organizer_lets_another_group_lead(app, groups):
    organizer = signed_in(app, OWNER)
    for _, sign_up_id in groups[:2]:
        organizer.send(f"{PAGE}{sign_up_id}/approve/", PAGE)
    path = f"/organize/c/noon/groups/{groups[1][0]}/"
    organizer.send(f"{PAGE}{groups[1][1]}/lead/", path)
    with stored_in(app) as session:
        leading = session.scalars(select(SignUp.id).where(SignUp.is_lead)).all()
    assert leading == [groups[1][1]]
    # One that is not confirmed cannot lead.
    assert organizer.send(f"{PAGE}{groups[2][1]}/lead/", path).status_code == 409


@pytest.mark.parametrize(("act", "after"), [("approve", "confirmed"), ("decline", "declined")])
def test_the_ticked_are_counted_first_and_decided_when_one_is_sure(app, groups, act, after):
    organizer = signed_in(app, OWNER)
    ticked = [str(sign_up_id) for _, sign_up_id in groups[:2]]
    asked = organizer.send(f"{PAGE}ticked/", PAGE, act=act, sign_up=ticked)
    assert re.search(r"2 sign-ups\?", asked.text)
    assert states(app) == ["offered"] * 3
    done = organizer.send(f"{PAGE}ticked/", PAGE, act=act, sign_up=ticked, sure="y")
    assert done.location == PAGE
    assert states(app) == [after, after, "offered"]
    assert acts(app) == [(f"sign_ups.{act}", {"done": 2, "refused": 0})]
    assert "2 sign-ups are" in organizer.open(PAGE).text


def test_nothing_ticked_changes_nothing_and_says_so(app, groups):
    answer = signed_in(app, OWNER).send(f"{PAGE}ticked/", PAGE, act="decline")
    assert (answer.status_code, "Nothing is ticked" in answer.text) == (422, True)


@pytest.mark.parametrize("sure", [{}, {"sure": "y"}])
def test_another_organizer_finds_and_decides_nothing(app, groups, sure):
    with stored_in(app) as session:
        store_campaign(session, "own", owner_id=store_organizer(session, OTHER).id)
    stranger = signed_in(app, OTHER)
    key, sign_up_id = groups[0]
    page = "/organize/c/own/sign-ups/"
    for path, form in (
        (f"/organize/c/noon/groups/{key}/contact/", {}),
        (f"/organize/c/noon/groups/{key}/trust/", {"trusted": "y"}),
        (f"{PAGE}{sign_up_id}/lead/", {}),
        (f"{PAGE}ticked/", {"act": "decline", "sign_up": [str(sign_up_id)], **sure}),
        (f"/organize/c/own/groups/{key}/trust/", {"trusted": "y"}),
        (f"/organize/c/own/sign-ups/{sign_up_id}/lead/", {}),
    ):
        assert stranger.send(path, page, **form).status_code == 404
    assert stranger.open(f"/organize/c/noon/groups/{key}/").status_code == 404
    # Ids of another campaign, sent to one's own, are passed over.
    stranger.send(f"{page}ticked/", page, act="decline", sign_up=[str(sign_up_id)], **sure)
    assert states(app) == ["offered"] * 3


def test_what_a_rule_refuses_is_left_and_the_others_are_decided(session, vault):
    slot = store_slot(session, capacity=2)
    made = [store_sign_up(session, vault, slot, email=f"a@g{n}.example") for n in range(4)]
    for sign_up in made:
        places.confirm_sign_up(session, sign_up.id, NOW)
    outcome = decide_many(session, made, places.approve_sign_up, NOW)
    assert (outcome.done, outcome.refused) == (2, {places.NoPlaceFree.message: 2})
    assert [s.state.value for s in made] == ["confirmed"] * 2 + ["waitlisted"] * 2


def test_many_declined_at_once_tell_each_group_once(session, vault):
    many, capacity = size(20, full=100), size(12, full=60)
    slot = store_slot(session, capacity=capacity)
    made = [store_sign_up(session, vault, slot, email=f"a@g{n}.example") for n in range(many)]
    for sign_up in made:
        places.confirm_sign_up(session, sign_up.id, NOW)
    campaign = session.scalars(select(Campaign)).one()
    ids = [sign_up.id for sign_up in made]
    chosen = chosen_sign_ups(session, campaign.id, ids)
    assert decide_many(session, chosen, places.decline_sign_up, NOW).done == many
    assert {sign_up.state for sign_up in made} == {SignUpState.DECLINED}
    told = session.scalars(select(OutboxMail).where(OutboxMail.kind == "declined")).all()
    offered = session.scalars(select(OutboxMail).where(OutboxMail.kind == "offered")).all()
    assert len(offered) == capacity, "nobody is moved up just to be declined"
    assert len(told) == len({mail.contact_id for mail in told}) == many


def test_the_switch_for_known_groups_is_kept_with_the_message(app, groups):
    organizer = signed_in(app, OWNER)
    page = "/organize/c/noon/edit/"
    form = {"title": "One noon", "statement": "Let them go.", "known_groups_only": "y"}
    assert organizer.send(page, page, **form).status_code == 303
    with stored_in(app) as session:
        assert session.scalars(select(Campaign)).one().known_groups_only
    assert 'name="known_groups_only" type="checkbox" value="y"' in organizer.open(page).text
