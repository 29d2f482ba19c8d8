"""The snapshot of real rows: what is public of them, and what changes it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.permits import PermitNoteRequest, write_permit_note
from protestcoord.campaigns.stored_rules import told_of_wave
from protestcoord.campaigns.waves import RelayKind, Synchronisation
from protestcoord.core.tokens import token_hash
from protestcoord.missions.permit_table import shipped_rule
from protestcoord.missions.permits import (
    CardState,
    CountedFrom,
    LeadUnit,
    Requirement,
    goes_stale_at,
)
from protestcoord.publications.capture import CANCELLED_IS_TOLD, take_snapshot
from protestcoord.publications.snapshot import RelayView
from protestcoord.signups import places, service
from protestcoord.signups.rules import SlotState
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def slot_in(snapshot):
    return snapshot.campaigns[0].sites[0].slots[0]


def test_a_pending_sign_up_changes_nothing_public(session, vault):
    slot = store_slot(session)
    before = take_snapshot(session, NOW)
    sign_up = store_sign_up(session, vault, slot)
    assert take_snapshot(session, NOW).digest == before.digest
    places.confirm_sign_up(session, sign_up.id, NOW)
    assert take_snapshot(session, NOW).digest != before.digest


def test_only_a_confirmed_group_is_named(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session), meeting_point="At the fountain")
    places.confirm_sign_up(session, sign_up.id, NOW)
    offered = slot_in(take_snapshot(session, NOW))
    assert (offered.state, offered.groups) == (SlotState.OFFERED, ())
    places.approve_sign_up(session, sign_up.id, LATER)
    covered = slot_in(take_snapshot(session, LATER))
    assert [group.name for group in covered.groups] == ["Lantern circle"]
    assert covered.groups[0].meeting_point == "At the fountain"
    assert covered.changed_at == LATER


def test_only_a_relay_has_a_window(session):
    wave = store_slot(session).wave
    (told,) = take_snapshot(session, NOW).campaigns[0].waves
    assert told.relay is None
    wave.synchronisation = Synchronisation.RELAY
    wave.published = told_of_wave(wave)
    (told,) = take_snapshot(session, NOW).campaigns[0].waves
    assert told.relay == RelayView(RelayKind.FULL, wave.window_start, wave.window_end, 24)


def test_a_draft_is_not_in_it(session):
    store_slot(session, store_campaign(session, state="draft"))
    assert take_snapshot(session, NOW).campaigns == ()


def test_no_private_value_is_anywhere_in_it(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session), email="canary@example.org")
    service.open_link(session, sign_up.group, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    text = repr(take_snapshot(session, NOW))
    details = vault.open(sign_up.group.contact)
    secrets = [details.email, details.link_token, token_hash(details.link_token)]
    assert not [secret for secret in secrets if secret in text]
    assert "Lantern circle" in text, "the control: what is public is found"


def test_it_is_valid_until_time_alone_changes_something(session):
    store_slot(session)
    assert take_snapshot(session, NOW).valid_until == STARTS_AT - timedelta(hours=48)
    near = take_snapshot(session, STARTS_AT - timedelta(hours=1))
    assert near.valid_until == STARTS_AT + timedelta(hours=1)
    assert near.campaigns[0].refresh_minutes == 15
    over = take_snapshot(session, STARTS_AT + timedelta(hours=1))
    assert over.campaigns[0].over
    # What was looked up of Germany's law is old by then.
    assert over.valid_until == goes_stale_at(shipped_rule("DE", "Berlin"))


def test_a_cancelled_slot_is_told_for_thirty_days_after_it(session):
    slot = store_slot(session, cancelled_at=NOW)
    end = slot.ends_at + CANCELLED_IS_TOLD
    assert slot_in(take_snapshot(session, end - timedelta(seconds=1))).cancelled
    assert take_snapshot(session, end).campaigns[0].sites[0].slots == ()


def test_the_same_rows_give_the_same_digest(session):
    store_slot(session)
    assert take_snapshot(session, NOW).digest == take_snapshot(session, LATER).digest


def test_a_wave_is_public_as_it_was_published_not_as_it_was_changed_since(session):
    wave = store_slot(session).wave
    before = take_snapshot(session, NOW).campaigns[0].waves
    wave.start += timedelta(hours=1)
    wave.title = "Not yet"
    assert take_snapshot(session, NOW).campaigns[0].waves == before
    wave.published = told_of_wave(wave)
    assert take_snapshot(session, NOW).campaigns[0].waves[0].title == "Not yet"


def test_a_site_says_that_its_clocks_change_until_they_have_changed(session):
    after_spring = datetime(2027, 6, 4, 10, tzinfo=UTC)
    store_slot(session, starts_at=after_spring, ends_at=after_spring + timedelta(hours=1))
    winter = take_snapshot(session, NOW)
    assert slot_in(winter).offset_now == "UTC+01:00"
    changes_at = datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert winter.valid_until == changes_at
    assert slot_in(take_snapshot(session, changes_at)).offset_now == ""


def test_clocks_that_change_and_change_back_are_told_in_between(session):
    next_winter = datetime(2027, 11, 20, 10, tzinfo=UTC)
    store_slot(session, starts_at=next_winter, ends_at=next_winter + timedelta(hours=1))
    snapshot = take_snapshot(session, NOW)
    assert slot_in(snapshot).offset_now == ""
    assert snapshot.valid_until == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert slot_in(take_snapshot(session, snapshot.valid_until)).offset_now == "UTC+02:00"


def test_of_a_slot_that_runs_nothing_is_told_to_come(session):
    before_change = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    store_slot(session, starts_at=before_change, ends_at=before_change + timedelta(hours=2))
    during = before_change + timedelta(hours=1)
    assert slot_in(take_snapshot(session, during)).offset_now == ""


def test_calendars_ask_more_often_only_near_a_slot(session):
    campaign = store_campaign(session)
    store_slot(session, campaign)
    in_a_month = STARTS_AT + timedelta(days=30)
    store_slot(session, campaign, starts_at=in_a_month, ends_at=in_a_month + timedelta(hours=1))

    def minutes(now):
        return take_snapshot(session, now).campaigns[0].refresh_minutes

    assert minutes(STARTS_AT) == 15
    assert minutes(STARTS_AT + timedelta(hours=2)) == 60
    assert minutes(in_a_month - timedelta(hours=47)) == 15


def test_home_does_not_lead_with_a_campaign_whose_slots_were_all_called_off(session):
    store_slot(session, store_campaign(session, "dead"), cancelled_at=NOW)
    later = STARTS_AT + timedelta(days=30)
    store_slot(session, store_campaign(session, "live"), starts_at=later, ends_at=later + HOUR)
    current = take_snapshot(session, NOW).current_campaign
    assert current is not None
    assert current.slug == "live"


def placed(session, vault, **said):
    """A confirmed sign-up of which its group said something."""
    sign_up = store_sign_up(session, vault, store_slot(session))
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    service.edit_sign_up(session, sign_up, service.Part(5, **said), NOW)
    return sign_up


@pytest.mark.proves("L7")
def test_a_hidden_meeting_point_is_public_from_a_day_before(session, vault):
    placed(session, vault, meeting_point="At the fountain", hides_point=True)
    shown_at = STARTS_AT - timedelta(hours=24)
    before = take_snapshot(session, shown_at - timedelta(seconds=1))
    assert "fountain" not in repr(before)
    assert before.valid_until == shown_at
    (group,) = slot_in(take_snapshot(session, shown_at)).groups
    assert group.meeting_point == "At the fountain"
    assert slot_in(take_snapshot(session, shown_at)).changed_at == shown_at


@pytest.mark.control("L7")
def test_a_meeting_point_that_is_not_hidden_would_be_seen_before(session, vault):
    placed(session, vault, meeting_point="At the fountain", hides_point=False)
    early = take_snapshot(session, STARTS_AT - timedelta(hours=25))
    assert "fountain" in repr(early)


@pytest.mark.proves("L7")
def test_a_group_that_does_not_want_to_be_named_is_there_without_name_and_city(session, vault):
    sign_up = placed(session, vault, meeting_point="", languages="German, Korean")
    service.edit_group(session, sign_up.group, "Canary", "Canary town", NOW, is_named=False)
    slot = slot_in(take_snapshot(session, NOW))
    assert "Canary" not in repr(slot)
    assert (slot.confirmed, slot.group_names) == (1, ())
    (group,) = slot.groups
    assert (group.name, group.city, group.languages) == ("", "", "German, Korean")
    assert group.leads


def permit_in(snapshot):
    return snapshot.campaigns[0].sites[0].permit


def write_note(session, **changes):
    campaign = session.scalars(select(Campaign)).one()
    request = PermitNoteRequest(
        requirement=Requirement.PERMISSION,
        lead=14,
        lead_unit=LeadUnit.DAYS,
        counted_from=CountedFrom.START,
        authority="Police of Berlin",
        note="",
        source="A call",
        checked_on=date(2026, 11, 19),
    )
    write_permit_note(session, campaign, "DE", replace(request, **changes), NOW)


def test_a_site_and_its_mission_carry_the_card_of_their_country(session):
    store_slot(session)
    snapshot = take_snapshot(session, NOW)
    assert permit_in(snapshot).rule == shipped_rule("DE", "Berlin")
    assert snapshot.permits == (permit_in(snapshot),)


def test_the_organizers_note_counts_in_their_campaign_alone(session):
    store_slot(session)
    before = take_snapshot(session, NOW)
    write_note(session)
    after = take_snapshot(session, NOW)
    assert permit_in(after).rule.authority == "Police of Berlin"
    assert after.permits == before.permits
    assert after.digest != before.digest


def test_a_card_becomes_unchecked_by_time_alone(session):
    store_slot(session, starts_at=STARTS_AT + 400 * 24 * HOUR, ends_at=STARTS_AT + 9601 * HOUR)
    write_note(session)
    spring = datetime(2027, 4, 1, tzinfo=UTC)  # clocks have changed
    stale_at = take_snapshot(session, spring).valid_until
    assert stale_at == datetime(2027, 5, 19, tzinfo=UTC)
    assert permit_in(take_snapshot(session, stale_at - HOUR)).state is CardState.CHECKED
    assert permit_in(take_snapshot(session, stale_at)).state is CardState.STALE
