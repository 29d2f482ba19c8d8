"""A table of sign-ups is looked at row by row; then its groups are asked, and no others."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from protestcoord.campaigns.queries import all_sites
from protestcoord.core.csvreading import records_from_text
from protestcoord.core.csvtext import csv_from_rows
from protestcoord.core.errors import InvalidValue
from protestcoord.core.mail import OutboxMail
from protestcoord.organizers.audit import record
from protestcoord.signups import places, service
from protestcoord.signups.exporting import (
    CONTACT_COLUMNS,
    CONTACTS_ACT,
    cells,
    rows_with_contacts,
)
from protestcoord.signups.importing import COLUMNS, MOST_ROWS, import_rows, import_sign_ups
from protestcoord.signups.models import Contact, SignUp
from protestcoord.signups.rules import CODE_OF_CONDUCT_VERSION, SignUpState
from tests.stored import NOW, STARTS_AT, store_organizer, store_sign_up, store_slot

KEY = "w1-de-berlin-embassy-1"
GOOD = {
    "slot": KEY,
    "name": "Lantern circle",
    "city": "Berlin",
    "expected_number": "5",
    "email": "lantern@example.org",
}


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here depends on how a database locks."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def slot(session):
    return store_slot(session)


def look(session, vault, slot, *rows, sites=None):
    """What becomes of rows; each is what it changes of a good one."""
    text = csv_from_rows(COLUMNS, [[(GOOD | row).get(c, "") for c in COLUMNS] for row in rows])
    campaign = slot.site.campaign
    sites = all_sites(session, campaign) if sites is None else sites
    records = records_from_text(text, COLUMNS, MOST_ROWS)
    return import_rows(session, vault, campaign, sites, records, "en", NOW)


def told(rows):
    return [(row.line, row.state.value, [fault.column for fault in row.faults]) for row in rows]


def write(session, vault, slot, rows):
    return import_sign_ups(session, vault, slot.site.campaign, rows, NOW)


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def test_looking_writes_nothing(session, vault, slot):
    assert told(look(session, vault, slot, {})) == [(2, "added", [])]
    assert [count(session, t) for t in (Contact, SignUp, OutboxMail)] == [0, 0, 0]


def test_an_imported_group_is_pending_and_gets_the_mail_that_confirms(session, vault, slot):
    rows = look(session, vault, slot, {"meeting_point": "At the bridge", "language": "JA"})
    assert write(session, vault, slot, rows) == 1
    (sign_up,) = session.scalars(select(SignUp))
    assert (sign_up.state, sign_up.place_number) == (SignUpState.PENDING, None)
    assert (sign_up.expected_number, sign_up.meeting_point) == (5, "At the bridge")
    assert (sign_up.group.language, sign_up.group.is_named) == ("ja", False)
    assert vault.open(sign_up.group.contact).email == "lantern@example.org"
    (mail,) = session.scalars(select(OutboxMail))
    assert (mail.kind, mail.contact_id) == ("confirm", sign_up.group.contact_id)


def test_the_code_of_conduct_is_accepted_by_the_group_s_own_press(session, vault, slot):
    write(session, vault, slot, look(session, vault, slot, {}))
    (sign_up,) = session.scalars(select(SignUp))
    assert sign_up.code_of_conduct == ""
    service.open_link(session, sign_up.group, NOW)
    assert sign_up.code_of_conduct == CODE_OF_CONDUCT_VERSION
    assert sign_up.state is SignUpState.OFFERED


def test_a_form_still_accepts_it_at_once(session, vault, slot):
    """The control."""
    assert store_sign_up(session, vault, slot).code_of_conduct == CODE_OF_CONDUCT_VERSION


def test_a_site_and_a_wave_name_the_only_slot_of_both(session, vault, slot):
    for wave in ("1", "w1"):
        (row,) = look(session, vault, slot, {"slot": "", "site": "de-berlin-embassy", "wave": wave})
        assert (row.state, row.slot) == ("added", slot)


def test_of_several_slots_the_row_has_to_name_one(session, vault, slot):
    twin = store_slot(session, slot.site.campaign)
    twin.wave_id, twin.occurrence = slot.wave_id, 2
    session.flush()
    (row,) = look(session, vault, slot, {"slot": "", "site": "de-berlin-embassy", "wave": "1"})
    assert "comes here 2 times" in row.faults[0].reason


@pytest.mark.parametrize("state", list(SignUpState))
def test_whoever_has_the_slot_is_not_asked_again(session, vault, slot, state):
    sign_up = store_sign_up(session, vault, slot, email="LANTERN@example.org")
    if state not in (SignUpState.PENDING, SignUpState.EXPIRED):
        service.open_link(session, sign_up.group, NOW)
    if state is SignUpState.CONFIRMED:
        places.approve_sign_up(session, sign_up.id, NOW)
    if state is SignUpState.DECLINED:
        places.decline_sign_up(session, sign_up.id, NOW)
    if state is SignUpState.WITHDRAWN:
        places.withdraw_sign_up(session, sign_up.id, NOW)
    if state is SignUpState.EXPIRED:
        places.expire_pending(session, NOW + timedelta(days=2))
    rows = look(session, vault, slot, {})
    assert told(rows) == [(2, "exists", [])]
    mails = count(session, OutboxMail)
    assert write(session, vault, slot, rows) == 0
    assert count(session, OutboxMail) == mails


def test_the_same_row_twice_is_added_once(session, vault, slot):
    rows = look(session, vault, slot, {}, {"email": "Lantern@example.org", "name": "Other"})
    assert told(rows) == [(2, "added", []), (3, "exists", [])]
    assert write(session, vault, slot, rows) == 1


def test_a_second_import_adds_nothing(session, vault, slot):
    write(session, vault, slot, look(session, vault, slot, {}))
    assert told(look(session, vault, slot, {})) == [(2, "exists", [])]


WRONG = [
    ({"name": ""}, "name"),
    ({"name": "x" * 100_000}, "name"),
    ({"name": "a\x07b"}, "name"),
    ({"name": "two\nlines"}, "name"),
    ({"city": ""}, "city"),
    ({"expected_number": "many"}, "expected_number"),
    ({"expected_number": "0"}, "expected_number"),
    ({"expected_number": ""}, "expected_number"),
    ({"email": "lantern"}, "email"),
    ({"email": "a@b.example, c@d.example"}, "email"),
    ({"email": "a@b.example\nBcc: c@d.example"}, "email"),
    ({"email": "=?utf-8?q?a?=@b.example"}, "email"),
    ({"meeting_point": "x" * 301}, "meeting_point"),
    ({"language": "fr"}, "language"),
    ({"slot": "w9-de-berlin-embassy-1"}, "slot"),
    ({"slot": ""}, "slot"),
    ({"slot": "", "site": "de-berlin-embassy"}, "slot"),
    ({"slot": "", "site": "nowhere", "wave": "1"}, "slot"),
]


def test_each_error_is_said_with_its_row_and_column(session, vault, slot):
    rows = look(session, vault, slot, {}, *(changes for changes, _ in WRONG))
    assert [row.state.value for row in rows] == ["added"] + ["error"] * len(WRONG)
    assert [[fault.column for fault in row.faults] for row in rows[1:]] == [[c] for _, c in WRONG]
    assert all(fault.reason for row in rows for fault in row.faults)
    lines = [row.line for row in rows]
    assert lines == sorted(lines)


def test_with_one_error_nothing_is_written(session, vault, slot):
    rows = look(session, vault, slot, {}, {"email": "no"})
    with pytest.raises(InvalidValue, match="nothing was imported"):
        write(session, vault, slot, rows)
    assert [count(session, t) for t in (Contact, SignUp, OutboxMail)] == [0, 0, 0]


@pytest.mark.parametrize("closing", ["cancelled_at", "ends_at"])
def test_a_slot_that_is_over_takes_nobody(session, vault, slot, closing):
    if closing == "ends_at":
        slot.starts_at, slot.ends_at = STARTS_AT - timedelta(days=99), NOW
    else:
        slot.cancelled_at = NOW
    session.flush()
    assert told(look(session, vault, slot, {})) == [(2, "error", ["slot"])]


def test_slots_at_sites_that_may_not_be_seen_do_not_exist(session, vault, slot):
    assert told(look(session, vault, slot, {}, sites=[])) == [(2, "error", ["slot"])]


@pytest.mark.parametrize("before", [0, 2])
def test_more_than_five_slots_of_a_group_are_refused(session, vault, slot, before):
    campaign = slot.site.campaign
    slots = [slot, *(store_slot(session, campaign) for _ in range(5))]
    for held in slots[:before]:
        store_sign_up(session, vault, held)
    rows = look(session, vault, slot, *({"slot": each.key} for each in slots))
    states = ["exists"] * before + ["added"] * (5 - before) + ["error"]
    assert [row.state.value for row in rows] == states


def test_a_trusted_group_may_have_more(session, vault, slot):
    campaign = slot.site.campaign
    slots = [slot, *(store_slot(session, campaign) for _ in range(5))]
    store_sign_up(session, vault, slot).group.is_trusted = True
    session.flush()
    rows = look(session, vault, slot, *({"slot": each.key} for each in slots))
    assert [row.state.value for row in rows] == ["exists"] + ["added"] * 5


def test_an_export_is_read_back_as_what_exists(session, vault, slot):
    for n in range(3):
        made = store_sign_up(session, vault, slot, email=f"a@g{n}.example", name="=1+1")
        service.open_link(session, made.group, NOW)
    campaign = slot.site.campaign
    sites = all_sites(session, campaign)
    marked = rows_with_contacts(session, vault, campaign, sites, "coord.example")
    text = csv_from_rows(CONTACT_COLUMNS, [cells(row, CONTACT_COLUMNS) for row in marked.rows])
    assert "'=1+1" in [row["name"] for row in csv.DictReader(io.StringIO(text))]
    records = records_from_text("\ufeff" + text, COLUMNS, MOST_ROWS)
    rows = import_rows(session, vault, campaign, sites, records, "en", NOW)
    assert sorted(row.state.value for row in rows) == ["added", "exists", "exists", "exists"]
    assert [row.name for row in rows if row.state == "exists"] == ["=1+1"] * 3
    # Once the export is in the log, its made-up group does not stand out as the only new one.
    organizer = store_organizer(session)
    subject = f"campaign {campaign.id}"
    record(session, organizer, CONTACTS_ACT, subject, NOW, sign_ups=3, mark=marked.mark)
    rows = import_rows(session, vault, campaign, sites, records, "en", NOW)
    assert {row.state.value for row in rows} == {"exists"}
