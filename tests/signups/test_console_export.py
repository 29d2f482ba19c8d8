"""An organizer takes the sign-ups away: without contacts freely, with them under conditions."""

import csv
import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from msoffcrypto import OfficeFile
from msoffcrypto.exceptions import InvalidKeyError
from openpyxl import load_workbook
from sqlalchemy import select

from protestcoord.campaigns.queries import find_campaign
from protestcoord.core import clock
from protestcoord.core.csvtext import text_from_cell
from protestcoord.core.database import make_sessions
from protestcoord.core.mail import OutboxMail
from protestcoord.core.spreadsheet import MEDIA_TYPE
from protestcoord.members.models import Approval
from protestcoord.members.rules import MemberRole, TwoPersonAct
from protestcoord.members.service import Place, appoint
from protestcoord.organizers.audit import record
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import places, service
from protestcoord.signups.cli import campaigns
from protestcoord.signups.console_export import MOST_CONTACT_EXPORTS_A_DAY
from protestcoord.signups.exporting import COLUMNS, CONTACT_COLUMNS, CONTACTS_ACT, export_of_mark
from protestcoord.signups.mails import MailKind
from protestcoord.signups.queries import sign_ups_of_campaign
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
PAGE = "/organize/c/noon/export/"
CONTACTS = f"{PAGE}contacts/"
CSV, XLSX = {"format": "csv"}, {"format": "xlsx"}
PASSWORD = "zebra quarry lintel mango"
LOCKED = {"password_of_file": PASSWORD}
CANARY = "canary@g{n}.example"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path, MAIL_FROM="Protest <post@coord.example>")


@pytest.fixture
def groups(app):
    """Three groups: two opened their link, one did not."""
    with stored_in(app) as session:
        slot = store_slot(session)
        for n in range(3):
            email = CANARY.format(n=n)
            made = store_sign_up(session, app.config["VAULT"], slot, email=email, name=f"=G{n}")
            if n < 2:
                service.open_link(session, made.group, NOW)


def agreed(app, email=OWNER, slug="noon"):
    """An organizer whose next export of contacts somebody else agreed to."""
    with stored_in(app) as session:
        campaign = find_campaign(session, slug)
        asked_by, other = (
            store_organizer(session, email),
            store_organizer(session, "third@x.example"),
        )
        appoint(session, campaign.id, other.id, Place(MemberRole.OWNER), NOW - timedelta(days=1))
        asked = {"campaign_id": campaign.id, "act": TwoPersonAct.EXPORT}
        told = {"subject": f"campaign {campaign.id}", "asked_at": clock.now()}
        people = {"asked_by_id": asked_by.id, "agreed_by_id": other.id}
        session.add(Approval(**asked, **told, **people))
    return signed_in(app, email)


def sheet_of(answer):
    """The sheet of a workbook that opens with the password alone."""
    locked, opened = OfficeFile(io.BytesIO(answer.data)), io.BytesIO()
    locked.load_key(password=PASSWORD)
    locked.decrypt(opened)
    return load_workbook(opened).active


def table(answer):
    assert answer.status_code == 200
    if answer.mimetype == MEDIA_TYPE:
        header, *rows = ([cell.value or "" for cell in row] for row in sheet_of(answer))
        return [dict(zip(header, row, strict=True)) for row in rows]
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def acts(app):
    with stored_in(app) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(entry.act, entry.subject, entry.detail) for entry in entries]


def test_the_page_opens_and_hands_nothing_over(app, groups):
    for path in (PAGE, CONTACTS):
        shown = signed_in(app, OWNER).open(path)
        assert (shown.status_code, "canary@" in shown.text) == (200, False)
    assert acts(app) == []


def test_without_contacts_every_sign_up_is_a_row_and_no_address_is_in_it(app, groups):
    answer = signed_in(app, OWNER).send(PAGE, **CSV)
    rows = table(answer)
    assert tuple(rows[0]) == COLUMNS
    assert [row["state"] for row in rows] == ["offered", "offered", "pending"]
    assert "canary@" not in answer.text
    assert "@" not in answer.text
    assert acts(app) == [("sign_ups.export", "campaign 1", {"sign_ups": 3})]


def test_times_stand_in_utc_and_on_the_clock_of_the_site(app, groups):
    row = table(signed_in(app, OWNER).send(PAGE, **CSV))[0]
    assert row["starts_at"] == "2027-01-09T11:00:00Z"
    assert row["local_start"] == "2027-01-09T12:00+01:00"
    assert (row["slot"], row["site"]) == ("w1-de-berlin-embassy-1", "de-berlin-embassy")


def test_a_group_that_is_a_formula_is_only_a_text(app, groups):
    row = table(signed_in(app, OWNER).send(PAGE, **CSV))[0]
    assert (row["name"], text_from_cell(row["name"])) == ("'=G0", "=G0")


def test_a_workbook_holds_the_same_table(app, groups):
    organizer = signed_in(app, OWNER)
    answer = organizer.send(PAGE, **XLSX)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="noon-sign-ups.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.data)).active
    told = [[str(cell.value or "") for cell in row] for row in sheet]
    expected = table(organizer.send(PAGE, **CSV))
    assert told == [list(COLUMNS), *[list(row.values()) for row in expected]]


def test_with_contacts_only_proven_addresses_leave_and_one_group_is_made_up(app, groups):
    answer = agreed(app).send(CONTACTS, **LOCKED)
    rows = table(answer)
    assert tuple(rows[0]) == CONTACT_COLUMNS
    made_up = [row for row in rows if row["email"].endswith("@coord.example")]
    real = [row["email"] for row in rows if row not in made_up]
    assert real == [CANARY.format(n=0), CANARY.format(n=1)]
    assert len(made_up) == 1
    with stored_in(app) as session:
        assert made_up[0]["group"] not in {s.group.key for s in sign_ups_of_campaign(session, 1)}


def test_an_address_that_got_out_names_its_export_and_who_took_it(app, groups):
    taken = [table(agreed(app).send(CONTACTS, **LOCKED)) for _ in range(2)]
    marks = [row["email"] for rows in taken for row in rows if "coord.example" in row["email"]]
    assert len(set(marks)) == 2
    vault = app.config["VAULT"]
    with stored_in(app) as session:
        campaign = store_campaign(session, "other")
        noon = sign_ups_of_campaign(session, 1)[0].group.campaign
        found = [export_of_mark(session, vault, noon, email.upper()) for email in marks]
        assert [entry.number for entry in found] == [1, 2]
        assert {entry.organizer_id for entry in found} == {store_organizer(session, OWNER).id}
        # The controls: another campaign, and an address that is in no export.
        assert export_of_mark(session, vault, campaign, marks[0]) is None
        assert export_of_mark(session, vault, noon, CANARY.format(n=0)) is None


def test_the_log_holds_no_address_and_no_name(app, groups):
    rows = table(agreed(app).send(CONTACTS, **LOCKED))
    (act, subject, detail), *others = acts(app)
    assert (act, subject, others) == (CONTACTS_ACT, "campaign 1", [])
    assert detail["sign_ups"] == 2
    assert not any(row["email"] in str(detail) or row["name"] in str(detail) for row in rows)


def test_contacts_leave_only_when_somebody_else_agreed(app, groups, monkeypatch):
    with stored_in(app) as session:
        other = store_organizer(session, OTHER)
        appoint(session, 1, other.id, Place(MemberRole.COORDINATOR), NOW - timedelta(days=1))
    organizer = signed_in(app, OWNER)
    waits = organizer.send(CONTACTS, **LOCKED)
    assert (waits.status_code, "canary@" in waits.text) == (303, False)
    assert "This takes two." in organizer.open(CONTACTS).text
    assert [act for act, *_ in acts(app)] == ["approval.ask"]
    signed_in(app, OTHER).send("/organize/c/noon/approvals/1/agree/", "/organize/c/noon/approvals/")
    assert table(organizer.send(CONTACTS, **LOCKED))[0]["email"]
    assert organizer.send(CONTACTS, **LOCKED).mimetype != MEDIA_TYPE, "an agreement serves once"


def told_of_export(app):
    with stored_in(app) as session:
        chosen = select(OutboxMail).where(OutboxMail.kind == MailKind.CONTACTS_EXPORTED)
        return len(session.scalars(chosen).all())


def test_a_lone_organizer_waits_and_the_groups_are_told(app, groups, monkeypatch):
    organizer = signed_in(app, OWNER)
    assert organizer.send(CONTACTS, **LOCKED).mimetype != MEDIA_TYPE
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=10))
    organizer.come_back(OWNER)
    assert table(organizer.send(CONTACTS, **LOCKED))[0]["email"]
    assert told_of_export(app) == 2, "the two groups whose addresses left"


def test_where_somebody_agreed_no_group_is_told(app, groups):
    with stored_in(app) as session:
        appoint(
            session,
            1,
            store_organizer(session, OTHER).id,
            Place(MemberRole.OWNER),
            NOW - timedelta(days=1),
        )
    assert table(agreed(app).send(CONTACTS, **LOCKED))[0]["email"]
    assert told_of_export(app) == 0


def test_who_gave_password_and_code_a_while_ago_is_asked_again(app, groups, monkeypatch):
    organizer = signed_in(app, OWNER)
    token = organizer.token(CONTACTS)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW + timedelta(minutes=6))
    for answer in (
        organizer.open(CONTACTS),
        organizer.client.post(CONTACTS, data=CSV | {"csrf_token": token}),
    ):
        assert (answer.status_code, "canary@" in answer.text) == (303, False)
        assert answer.location.startswith("/organize/again/?next=")
    assert acts(app) == []
    assert "@" not in organizer.send(PAGE, **CSV).text, "what has no address needs no second look"


def test_a_fourth_export_of_contacts_within_a_day_is_refused(app, groups, monkeypatch):
    organizer = signed_in(app, OWNER)
    with stored_in(app) as session:
        for _ in range(MOST_CONTACT_EXPORTS_A_DAY):
            record(session, store_organizer(session, OWNER), CONTACTS_ACT, "campaign 1", NOW)
    refused = organizer.send(CONTACTS, **LOCKED)
    assert (refused.status_code, "canary@" in refused.text) == (429, False)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW + timedelta(days=1))
    assert table(agreed(app).send(CONTACTS, **LOCKED))[0]["email"]


def test_what_is_no_choice_is_refused(app, groups):
    refused = signed_in(app, OWNER).send(PAGE, format="pdf")
    assert (refused.status_code, "Please choose one of these." in refused.text) == (422, True)
    assert acts(app) == []


def test_further_fields_change_nothing(app, groups):
    sent = CSV | {"contacts": "with", "approved": "1", "role": "admin", "id": "1"}
    assert "@" not in signed_in(app, OWNER).send(PAGE, **sent).text


def test_another_organizer_gets_neither_page_nor_table(app, groups):
    with stored_in(app) as session:
        store_campaign(session, "own", owner_id=store_organizer(session, OTHER).id)
    stranger = signed_in(app, OTHER)
    own = "/organize/c/own/export/"
    for path in (PAGE, CONTACTS):
        assert stranger.open(path).status_code == 404
        refused = stranger.send(path, own, **CSV, **LOCKED)
        assert (refused.status_code, "canary@" in refused.text) == (404, False)
    assert table(agreed(app, OTHER, "own").send(f"{own}contacts/", **LOCKED)) == []


def test_a_campaign_without_groups_gives_an_empty_table(app):
    with stored_in(app) as session:
        store_slot(session)
    answer = agreed(app).send(CONTACTS, **LOCKED)
    assert table(answer) == []
    assert acts(app)[0][2] == {"sign_ups": 0, "mark": ""}


def test_a_declined_group_keeps_its_address(app, groups):
    with stored_in(app) as session:
        for sign_up in sign_ups_of_campaign(session, 1):
            places.decline_sign_up(session, sign_up.id, NOW)
    assert table(agreed(app).send(CONTACTS, **LOCKED)) == []


def test_the_command_names_who_took_an_address(app, groups):
    rows = table(agreed(app).send(CONTACTS, **LOCKED))
    mark = next(row["email"] for row in rows if "coord.example" in row["email"])
    sessions = make_sessions(app.config["SQLALCHEMY_DATABASE_URI"])
    instance = SimpleNamespace(sessions=lambda: sessions, settings=app.config["SETTINGS"])
    run = [
        CliRunner().invoke(campaigns, ["trace-export", "noon", address], obj=instance)
        for address in (mark, CANARY.format(n=0))
    ]
    sessions.kw["bind"].dispose()
    assert run[0].output == f"entry 1 of the log: 2026-11-20T09:00:00Z by {OWNER}\n"
    assert (run[1].exit_code, "no export" in run[1].output) == (1, True)


@pytest.mark.proves("A5")
def test_addresses_leave_in_a_file_that_opens_with_its_password_alone(app, groups):
    answer = agreed(app).send(CONTACTS, **LOCKED)
    assert b"canary" not in answer.data
    assert b"PK" not in answer.data[:2]
    wrong = OfficeFile(io.BytesIO(answer.data))
    with pytest.raises(InvalidKeyError):
        wrong.load_key(password=PASSWORD + "!", verify_password=True)
    assert table(answer)[0]["email"] == CANARY.format(n=0)


@pytest.mark.control("A5")
def test_a_file_in_clear_would_show_them(app, groups):
    assert sheet_of(agreed(app).send(CONTACTS, **LOCKED)).max_row == 4
    plain = signed_in(app, OWNER).send(PAGE, **XLSX)
    assert plain.data[:2] == b"PK", "a workbook without a password is a ZIP that anybody opens"


@pytest.mark.proves("A5")
@pytest.mark.parametrize("password", ["", "short", "passwordpassword"])
def test_a_file_with_a_weak_password_does_not_leave(app, groups, password):
    answer = agreed(app).send(CONTACTS, password_of_file=password)
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
