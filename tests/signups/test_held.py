"""What seems to name or threaten a person is public only after an organizer looked at it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.members.rules import Areas
from protestcoord.publications.capture import take_snapshot
from protestcoord.signups import places, service
from protestcoord.signups.edits import edits_of_group, mark_edits_seen, unseen_edits
from protestcoord.signups.models import GroupEdit
from protestcoord.signups.purge import purge_contacts
from protestcoord.signups.rules import EditedField, SignUpState
from protestcoord.volunteers.queries import meeting_point_of
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot

LATER = NOW + timedelta(minutes=5)
NAMES = "Ambassador Li Wei"
THREATENS = "Burn the embassy"


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here is locked, and nothing asked that the two answer otherwise."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def slot(session):
    """In a campaign that approves at once."""
    return store_slot(session, store_campaign(session, approves_at_once=True))


@pytest.fixture
def sign_up(session, vault, slot):
    return confirmed(session, store_sign_up(session, vault, slot, meeting_point="Main gate"))


def confirmed(session, sign_up):
    service.open_link(session, sign_up.group, NOW)
    return sign_up


def edit(session, sign_up, **changes):
    part = service.Part(sign_up.expected_number, sign_up.meeting_point)
    service.edit_sign_up(session, sign_up, replace(part, **changes), LATER)


def rename(session, sign_up, name):
    service.edit_group(session, sign_up.group, name, "Berlin", LATER, is_named=True)


def see_all(session, sign_up):
    latest = max(edit.id for edit in edits_of_group(session, sign_up.group))
    mark_edits_seen(session, sign_up.group, Areas(), latest, LATER)


def public(session):
    """What the public reads of the only group: name, city, meeting point, access, languages."""
    session.expire_all()
    ((group,),) = (
        slot.groups
        for campaign in take_snapshot(session, LATER).campaigns
        for site in campaign.sites
        for slot in site.slots
    )
    return (
        group.name, group.city, group.meeting_point, group.accessibility, group.languages,
    )  # fmt: skip


WHOLE = ("Lantern circle", "Berlin", "Main gate", "", "")


@pytest.mark.proves("L3")
@pytest.mark.parametrize(
    "typed", [{"name": NAMES}, {"city": "the consul's house"}, {"meeting_point": THREATENS}]
)
@pytest.mark.parametrize("trusted", [False, True])
def test_a_held_text_waits_for_approval_although_others_do_not(
    session, vault, slot, typed, trusted
):
    sign_up = store_sign_up(session, vault, slot, **typed)
    sign_up.group.is_trusted = trusted
    confirmed(session, sign_up)
    assert sign_up.state is SignUpState.OFFERED
    places.approve_sign_up(session, sign_up.id, LATER)
    assert set(typed.values()) <= set(public(session))


@pytest.mark.control("L3")
def test_a_harmless_text_does_not_wait(session, sign_up):
    assert sign_up.state is SignUpState.CONFIRMED
    assert public(session) == WHOLE


@pytest.mark.proves("L3")
@pytest.mark.parametrize("field", ["meeting_point", "accessibility", "languages"])
def test_a_held_edit_takes_what_the_group_says_of_the_slot_off_until_it_is_seen(
    session, sign_up, field
):
    edit(session, sign_up, **{field: THREATENS})
    assert public(session) == ("Lantern circle", "Berlin", "", "", "")
    assert meeting_point_of(session, sign_up.slot, LATER) == ""
    assert getattr(sign_up, field) == THREATENS
    see_all(session, sign_up)
    assert THREATENS in public(session)


@pytest.mark.proves("L3")
def test_a_held_name_takes_name_and_city_off_until_it_is_seen(session, sign_up):
    rename(session, sign_up, NAMES)
    assert public(session) == ("", "", "Main gate", "", "")
    see_all(session, sign_up)
    assert public(session) == (NAMES, "Berlin", "Main gate", "", "")


@pytest.mark.control("L3")
def test_a_harmless_edit_is_public_at_once(session, sign_up):
    edit(session, sign_up, meeting_point="At the bridge", languages="English")
    assert public(session) == ("Lantern circle", "Berlin", "At the bridge", "", "English")
    assert meeting_point_of(session, sign_up.slot, LATER) == "At the bridge"


@pytest.mark.proves("L3")
def test_a_held_edit_that_is_changed_again_is_public_as_soon_as_it_is_harmless(session, sign_up):
    edit(session, sign_up, accessibility=THREATENS)
    edit(session, sign_up, accessibility="Steps")
    assert public(session) == ("Lantern circle", "Berlin", "Main gate", "Steps", "")
    edit(session, sign_up, accessibility="")
    assert unseen_edits(session, sign_up.group.campaign_id, Areas()) == []


@pytest.mark.proves("L3")
def test_who_saw_a_harmless_edit_has_not_seen_the_held_one_that_came_after(session, sign_up):
    edit(session, sign_up, meeting_point="At the bridge")
    (seen,) = unseen_edits(session, sign_up.group.campaign_id, Areas())
    up_to = seen.id
    edit(session, sign_up, meeting_point=THREATENS)
    assert mark_edits_seen(session, sign_up.group, Areas(), up_to, LATER) == 0
    (kept,) = edits_of_group(session, sign_up.group)
    assert (kept.before, kept.after) == ("Main gate", THREATENS)
    assert public(session)[2] == ""


@pytest.mark.proves("L3")
def test_what_is_shown_again_moves_the_calendar_and_the_time_of_the_last_change(session, sign_up):
    edit(session, sign_up, meeting_point=THREATENS)
    before, seen_at = sign_up.slot.sequence, LATER + timedelta(hours=1)
    latest = edits_of_group(session, sign_up.group)[0].id
    mark_edits_seen(session, sign_up.group, Areas(), latest, seen_at)
    assert sign_up.slot.sequence == before + 1
    assert sign_up.slot.changed_at == sign_up.changed_at == seen_at


@pytest.mark.proves("L3")
def test_what_a_declined_group_says_is_written_down_since_it_may_be_brought_back(session, sign_up):
    places.decline_sign_up(session, sign_up.id, NOW)
    edit(session, sign_up, meeting_point=THREATENS)
    (kept,) = edits_of_group(session, sign_up.group)
    assert kept.edited is EditedField.MEETING_POINT


@pytest.mark.proves("L3")
def test_the_purge_makes_nothing_public_that_nobody_saw(session, vault, sign_up):
    edit(session, sign_up, meeting_point=THREATENS)
    purge_contacts(session, vault, timedelta(days=30), STARTS_AT + timedelta(days=31))
    session.expire_all()
    assert session.scalars(select(GroupEdit)).all() == []
    assert public(session)[2] == ""
