"""What takes two organizers, and what a lone one does instead."""

from datetime import timedelta

import pytest

from protestcoord.core.errors import NotFound
from protestcoord.members.approvals import agree, is_allowed
from protestcoord.members.queries import open_approvals
from protestcoord.members.rules import APPROVAL_LIVES, MemberRole, OwnApproval, TwoPersonAct
from protestcoord.members.service import Place, appoint
from tests.stored import NOW, store_campaign, store_organizer

EXPORT = TwoPersonAct.EXPORT
MINUTE = timedelta(minutes=1)


def member(session, email, role=MemberRole.OWNER, joined_at=NOW - APPROVAL_LIVES):
    campaign = session.info.get("campaign") or store_campaign(session)
    session.info["campaign"] = campaign
    organizer = store_organizer(session, email)
    return appoint(session, campaign.id, organizer.id, Place(role), joined_at)


@pytest.fixture
def owner(session):
    return member(session, "organizer@example.org")


def asked(session, campaign_id):
    return open_approvals(session, campaign_id, NOW)[0].id


def test_a_lone_organizer_waits_ten_minutes(session, owner):
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW + 9 * MINUTE)
    assert is_allowed(session, owner, EXPORT, "campaign 1", NOW + 10 * MINUTE)


def test_where_somebody_could_agree_no_wait_takes_the_place_of_it(session, owner):
    other = member(session, "coordinator@example.org", MemberRole.COORDINATOR)
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW + 60 * MINUTE)
    agree(session, other, asked(session, owner.campaign_id), NOW + 61 * MINUTE)
    assert is_allowed(session, owner, EXPORT, "campaign 1", NOW + 62 * MINUTE)


def test_who_could_not_do_it_is_nobody_to_wait_for(session, owner):
    member(session, "moderator@example.org", MemberRole.MODERATOR)
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    assert is_allowed(session, owner, EXPORT, "campaign 1", NOW + 10 * MINUTE)


def test_an_agreement_serves_once_for_one_subject_and_who_asked(session, owner):
    other = member(session, "other@example.org")
    is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    agree(session, other, asked(session, owner.campaign_id), NOW)
    assert not is_allowed(session, owner, EXPORT, "campaign 2", NOW)
    assert not is_allowed(session, owner, TwoPersonAct.SEND, "campaign 1", NOW)
    assert not is_allowed(session, other, EXPORT, "campaign 1", NOW)
    assert is_allowed(session, owner, EXPORT, "campaign 1", NOW), "the control"
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW)


def test_nobody_agrees_to_what_they_asked_for(session, owner):
    member(session, "other@example.org")
    is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    with pytest.raises(OwnApproval):
        agree(session, owner, asked(session, owner.campaign_id), NOW)


@pytest.mark.parametrize("role", [MemberRole.MODERATOR, MemberRole.VIEWER])
def test_who_lacks_the_right_does_not_even_find_it(session, owner, role):
    lesser = member(session, "lesser@example.org", role)
    is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    with pytest.raises(NotFound):
        agree(session, lesser, asked(session, owner.campaign_id), NOW)


def test_a_member_of_another_campaign_does_not_find_it(session, owner):
    is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    number = asked(session, owner.campaign_id)
    elsewhere = store_campaign(session, "other").id
    stranger = appoint(
        session,
        elsewhere,
        store_organizer(session, "x@example.org").id,
        Place(MemberRole.OWNER),
        NOW,
    )
    with pytest.raises(NotFound):
        agree(session, stranger, number, NOW)


def test_what_was_asked_for_is_too_old_after_a_day(session, owner):
    other = member(session, "other@example.org")
    is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    number, late = asked(session, owner.campaign_id), NOW + APPROVAL_LIVES
    with pytest.raises(NotFound):
        agree(session, other, number, late)
    assert open_approvals(session, owner.campaign_id, late) == []


def test_who_joined_just_now_agrees_to_nothing_and_shortens_no_wait(session, owner):
    """An account that was taken over would otherwise invite a second one to agree with."""
    fresh = member(session, "fresh@example.org", joined_at=NOW - APPROVAL_LIVES + MINUTE)
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    with pytest.raises(NotFound):
        agree(session, fresh, asked(session, owner.campaign_id), NOW)
    assert is_allowed(session, owner, EXPORT, "campaign 1", NOW + 10 * MINUTE), "as if alone"


def test_an_agreement_goes_with_the_role_of_who_gave_it(session, owner):
    other = member(session, "other@example.org")
    member(session, "third@example.org")
    is_allowed(session, owner, EXPORT, "campaign 1", NOW)
    agree(session, other, asked(session, owner.campaign_id), NOW)
    other.role = MemberRole.VIEWER
    session.flush()
    assert not is_allowed(session, owner, EXPORT, "campaign 1", NOW + MINUTE)
