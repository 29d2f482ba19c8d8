"""The organizer's pages of notice and permits, and what a group and the public read then."""

import re

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign, PermitNote
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.missions.models import Mission
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import places
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
LIST, PAGE = "/organize/c/noon/permits/", "/organize/c/noon/permits/DE/"
NOTE = {
    "requirement": "permission",
    "lead": "14",
    "lead_unit": "days",
    "counted_from": "start",
    "authority": "Police of Berlin",
    "note": "No sound after 22:00.",
    "source": "https://example.org/law",
    "checked_on": "2026-11-19",
}


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def group(app):
    """The key of a confirmed group in Berlin, and its link."""
    with stored_in(app) as session:
        vault = app.config["VAULT"]
        made = store_sign_up(session, vault, store_slot(session))
        places.confirm_sign_up(session, made.id, NOW)
        places.approve_sign_up(session, made.id, NOW)
        return made.group.key, f"/s/{vault.open(made.group.contact).link_token}/"


@pytest.fixture
def owner(app, group):
    return signed_in(app, OWNER)


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def notes(app):
    with stored_in(app) as session:
        return [note.authority for note in session.scalars(select(PermitNote))]


def acts(app):
    with stored_in(app) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(entry.act, entry.detail) for entry in entries]


def test_the_list_says_how_much_is_checked(owner):
    shown = words(owner.open(LIST))
    assert "1 of 1 country is checked." in shown
    assert "At least 48 hours before it is announced in public." in shown
    assert "unchecked" not in shown.lower()
    assert LIST in owner.open("/organize/c/noon/").text


def test_a_country_that_nobody_looked_up_stands_under_unchecked(app, owner):
    with stored_in(app) as session:
        session.scalars(select(Mission)).one().country = "AF"
    shown = words(owner.open(LIST))
    assert "0 of 1 country is checked." in shown
    assert "Unchecked Nobody has looked up yet" in shown
    assert 'value=""' in owner.open("/organize/c/noon/permits/AF/").text


def test_a_note_is_saved_recorded_and_shown(app, owner):
    assert owner.send(PAGE, **NOTE).location == LIST
    shown = words(owner.open(LIST))
    assert "own note" in shown
    assert "At least 14 days before the start." in shown
    assert notes(app) == ["Police of Berlin"]
    assert acts(app) == [("permit.note", {"country": "DE"})]
    assert "Wrote what notice a country asks for" in words(owner.open("/organize/log/"))


def test_a_note_can_be_changed_and_removed(app, owner):
    owner.send(PAGE, **NOTE)
    form = owner.open(PAGE).text
    assert 'value="https://example.org/law"' in form
    assert 'value="2026-11-19"' in form
    assert owner.send(f"{PAGE}remove/", page=PAGE).location == LIST
    assert notes(app) == []
    assert [act for act, _ in acts(app)] == ["permit.note", "permit.remove"]


WRONG = [
    ("requirement", "", "Please fill this in."),
    ("requirement", "maybe", "Please choose one of these."),
    ("lead", "soon", "Please enter a whole number."),
    ("lead", "0", "This is a number from 1 to 2000."),
    ("lead_unit", "weeks", "Please choose one of these."),
    ("source", " ", "Please fill this in."),
    ("checked_on", "", "Please fill this in."),
    ("checked_on", "2027-01-01", "This day has not come yet."),
]


def test_a_wrong_field_has_its_error_beside_it_and_nothing_is_saved(app, owner):
    for field, value, error in WRONG:
        answer = owner.send(PAGE, **NOTE | {field: value})
        assert answer.status_code == 422, field
        assert error in words(answer), field
        assert f'id="{field}-errors"' in answer.text
        assert "No sound after 22:00." in answer.text
        assert notes(app) == []


def test_where_nothing_is_needed_no_time_counts(app, owner):
    owner.send(PAGE, **NOTE | {"requirement": "not_needed"})
    with stored_in(app) as session:
        note = session.scalars(select(PermitNote)).one()
        assert (note.lead, note.lead_unit) == (None, None)


def test_somebody_elses_campaign_and_a_country_without_a_site_are_not_there(app, owner):
    with stored_in(app) as session:
        store_campaign(session, "theirs", owner_id=store_organizer(session, OTHER).id)
    for path in ("/organize/c/theirs/permits/", "/organize/c/noon/permits/FR/"):
        assert owner.open(path).status_code == 404
    stranger = signed_in(app, OTHER)
    for path in (LIST, PAGE):
        assert stranger.open(path).status_code == 404
    token = stranger.token("/organize/c/theirs/edit/")
    for path in (PAGE, f"{PAGE}remove/"):
        sent = stranger.client.post(path, data=NOTE | {"csrf_token": token})
        assert sent.status_code == 404
    assert notes(app) == []


def test_a_form_without_its_token_changes_nothing(app, owner):
    assert owner.client.post(PAGE, data=NOTE).status_code == 403
    assert notes(app) == []


def test_a_group_reads_by_when_it_must_give_notice(app, owner, group):
    owner.send(PAGE, **NOTE)
    client = app.test_client()
    client.post(group[1])
    shown = words(client.get("/s/"))
    assert STARTS_AT.day == 9
    assert "At the very latest by Sat, 26 Dec 2026, 12:00 (UTC+01:00)" in shown
    assert "Police of Berlin" in shown
    assert "Information, not legal advice." in shown


def test_the_console_reads_the_same_date_beside_what_the_group_says(owner, group):
    owner.send(PAGE, **NOTE)
    shown = words(owner.open(f"/organize/c/noon/groups/{group[0]}/"))
    assert "Notice or permit: not said" in shown
    assert "At the very latest by Sat, 26 Dec 2026, 12:00 (UTC+01:00)" in shown


def test_a_time_that_has_passed_is_said_to_be_over(app, owner, group):
    owner.send(PAGE, **NOTE | {"lead": "60"})
    client = app.test_client()
    client.post(group[1])
    assert "The time for it is over: it was Tue, 10 Nov 2026" in words(client.get("/s/"))


def test_who_signs_up_reads_what_the_place_asks_for(app, group):
    shown = words(app.test_client().get("/c/noon/sign-up/?slot=w1-de-berlin-embassy-1"))
    assert "Notice and permits: Notice has to be given." in shown
    assert "At the very latest by Thu, 7 Jan 2027, 12:00 (UTC+01:00)" in shown
    assert "Information, not legal advice." in shown


def test_who_may_not_arrange_there_reads_without_a_form(app, owner):
    owner.send(PAGE, **NOTE)
    with stored_in(app) as session:
        campaign = session.scalars(select(Campaign)).one()
        places_of = {
            "viewer@example.org": Place(MemberRole.VIEWER),
            "elsewhere@example.org": Place(MemberRole.COORDINATOR, ["FR"]),
            "here@example.org": Place(MemberRole.COORDINATOR, ["155"]),
        }
        for email, place in places_of.items():
            appoint(session, campaign.id, store_organizer(session, email).id, place, NOW)
    for email, sees_form in zip(places_of, (False, False, True), strict=True):
        shown = signed_in(app, email).open(PAGE)
        assert "Police of Berlin" in shown.text
        assert ("Change your note" in shown.text) == sees_form, email
        assert ("Remove your note" in shown.text) == sees_form, email
