"""What a group changes after somebody may have looked at it is kept, old beside new, until seen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.members.rules import Areas
from protestcoord.signups import places, service
from protestcoord.signups.edits import edits_of_group, mark_edits_seen, unseen_edits
from protestcoord.signups.models import GroupEdit
from protestcoord.signups.purge import purge_contacts
from protestcoord.signups.rules import EditedField
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here is locked, and nothing asked that the two answer otherwise."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def sign_up(session, vault):
    made = store_sign_up(session, vault, store_slot(session), meeting_point="Main gate")
    service.open_link(session, made.group, NOW)
    return made


def edit(session, sign_up, now=LATER, **changes):
    part = service.Part(sign_up.expected_number, sign_up.meeting_point)
    service.edit_sign_up(session, sign_up, replace(part, **changes), now)


def told(session, group):
    return [(e.edited, e.before, e.after) for e in edits_of_group(session, group)]


@pytest.mark.proves("L9")
def test_a_changed_number_and_meeting_point_are_kept_with_their_former_values(session, sign_up):
    edit(session, sign_up, expected_number=500, meeting_point="Back door")
    assert sorted(told(session, sign_up.group)) == [
        (EditedField.EXPECTED_NUMBER, "5", "500"),
        (EditedField.MEETING_POINT, "Main gate", "Back door"),
    ]


def test_a_changed_name_and_city_are_kept(session, sign_up):
    service.edit_group(session, sign_up.group, "New name", "Bonn", LATER, is_named=True)
    assert sorted(told(session, sign_up.group)) == [
        (EditedField.CITY, "Berlin", "Bonn"),
        (EditedField.NAME, "Lantern circle", "New name"),
    ]


def test_what_stays_the_same_or_is_not_looked_at_is_no_edit(session, sign_up):
    edit(session, sign_up, accessibility="Steps")
    service.edit_group(session, sign_up.group, "Lantern circle", "Berlin", NOW, is_named=False)
    places.withdraw_sign_up(session, sign_up.id, NOW)
    edit(session, sign_up, meeting_point="Back door")
    assert told(session, sign_up.group) == []


def test_edits_in_a_row_are_one_and_one_taken_back_is_none(session, sign_up):
    edit(session, sign_up, meeting_point="Back door")
    edit(session, sign_up, meeting_point="Side door")
    assert told(session, sign_up.group) == [(EditedField.MEETING_POINT, "Main gate", "Side door")]
    edit(session, sign_up, meeting_point="Main gate")
    assert told(session, sign_up.group) == []


def test_a_seen_edit_leaves_the_queue_and_a_later_one_starts_from_it(session, sign_up):
    campaign_id = sign_up.group.campaign_id
    edit(session, sign_up, meeting_point="Back door")
    (first,) = unseen_edits(session, campaign_id, Areas())
    edit(session, sign_up, expected_number=9)
    assert mark_edits_seen(session, sign_up.group, Areas.of([]), first.id, LATER) == 1
    session.expire_all()
    assert [e.edited for e in unseen_edits(session, campaign_id, Areas())] == ["expected_number"]
    edit(session, sign_up, meeting_point="Side door")
    assert (EditedField.MEETING_POINT, "Back door", "Side door") in told(session, sign_up.group)


def test_edits_outside_the_areas_are_not_shown(session, sign_up):
    edit(session, sign_up, meeting_point="Back door")
    service.edit_group(session, sign_up.group, "New name", "Berlin", LATER, is_named=True)
    campaign_id = sign_up.group.campaign_id
    assert len(unseen_edits(session, campaign_id, Areas.of(["DE"]))) == 2
    assert unseen_edits(session, campaign_id, Areas.of(["FR"])) == []


def test_what_groups_once_said_is_forgotten_with_their_contacts(session, vault, sign_up):
    edit(session, sign_up, meeting_point="Back door")
    purge_contacts(session, vault, timedelta(days=30), STARTS_AT + timedelta(days=31))
    assert session.scalars(select(GroupEdit)).all() == []


def test_what_changed_outside_the_areas_is_not_seen_by_who_looks_inside(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    sign_up.group.verified_at = NOW
    session.add(
        GroupEdit(
            group_id=sign_up.group_id,
            sign_up_id=sign_up.id,
            edited=EditedField.MEETING_POINT,
            before="",
            after="At the bridge",
            at=NOW,
        )
    )
    session.flush()
    edit = edits_of_group(session, sign_up.group)[0]
    assert mark_edits_seen(session, sign_up.group, Areas.of(["FR"]), edit.id, LATER) == 0
    assert edit.seen_at is None
    assert mark_edits_seen(session, sign_up.group, Areas.of(["DE"]), edit.id, LATER) == 1
