"""An organizer takes a table of groups in, on the console and by the command."""

import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from protestcoord.core.database import make_sessions
from protestcoord.core.mail import OutboxMail
from protestcoord.organizers.audit import record
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups.cli import campaigns
from protestcoord.signups.console_import import MOST_A_DAY, MOST_ASKED_A_DAY
from protestcoord.signups.models import SignUp
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot

OWNER, OTHER = "organizer@example.org", "other@example.org"
PAGE = "/organize/c/noon/import/"
HEADER = "slot,name,city,expected_number,email\n"
ROW = "w1-de-berlin-embassy-1,Łódź <b>circle</b>,Berlin,5,canary{n}@a{n}.example\n"
TABLE = HEADER + ROW.format(n=1) + ROW.format(n=2)
BAD = HEADER + ROW.format(n=1) + "w9-x-1,,Berlin,five,no\n"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    monkeypatch.setattr("protestcoord.signups.cli_import.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        store_slot(session)
    return made


def states(app):
    with stored_in(app) as session:
        return [s.state.value for s in session.scalars(select(SignUp))]


def acts(app):
    with stored_in(app) as session:
        return [(e.act, e.subject, e.detail) for e in session.scalars(select(AuditEntry))]


def file_of(content):
    return {"file": (io.BytesIO(content), "groups.csv")}


def test_the_page_tells_the_columns(app):
    shown = signed_in(app, OWNER).open(PAGE)
    assert shown.status_code == 200
    for column in ("slot", "site", "wave", "expected_number", "meeting_point", "language"):
        assert f"<code>{column}</code>" in shown.text


@pytest.mark.parametrize(
    "sent",
    [
        lambda: {"text": TABLE},
        lambda: file_of(TABLE.encode()),
        lambda: file_of(TABLE.encode("utf-16")),
        lambda: file_of(TABLE.replace(",", ";").encode("utf-8-sig")),
    ],
)
def test_a_table_is_looked_at_first_and_nothing_is_written(app, sent):
    shown = signed_in(app, OWNER).send(PAGE, **sent())
    assert shown.status_code == 200
    assert "Will be added: 2" in shown.text
    assert "Łódź &lt;b&gt;circle" in shown.text
    assert "Ask 2 groups" in shown.text
    assert states(app) == []
    assert acts(app) == [("sign_ups.look", "campaign 1", {"rows": 2, "existing": 0})]


def test_pressed_once_more_each_group_is_asked_in_one_transaction(app):
    with stored_in(app) as session:
        slot = store_slot(session, store_campaign(session, "elsewhere"))
        store_sign_up(session, app.config["VAULT"], slot, email="canary1@a1.example")
    organizer = signed_in(app, OWNER)
    answer = organizer.send(PAGE, text=TABLE, sure="y")
    assert answer.location == "/organize/c/noon/sign-ups/"
    shown = organizer.open(answer.location).text
    assert "Imported: 2." in shown
    assert "canary" not in shown
    with stored_in(app) as session:
        kinds = session.scalars(select(OutboxMail.kind)).all()
    assert (states(app), kinds) == (["pending"] * 3, ["confirm"] * 3)
    assert acts(app) == [("sign_ups.import", "campaign 1", {"added": 2, "existing": 0})]
    again = organizer.send(PAGE, text=TABLE)
    assert "Already there: 2" in again.text
    assert "There is nothing to add." in again.text


def test_an_imported_address_is_on_no_file_of_the_instance(app, tmp_path):
    organizer = signed_in(app, OWNER)
    organizer.send(PAGE, text=TABLE)
    organizer.send(PAGE, text=TABLE, sure="y")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "Łódź <b>circle</b>".encode() in kept, "the control, which must be found"
    forms = [b"canary1@a1.example", b"a1.example", "canary1@".encode("utf-16-le")]
    assert [form for form in forms if form in kept.lower()] == []


@pytest.mark.parametrize("sure", [{}, {"sure": "y"}])
def test_with_an_error_nothing_is_written_and_what_was_typed_is_kept(app, sure):
    shown = signed_in(app, OWNER).send(PAGE, text=BAD, **sure)
    assert "canary1@a1.example" in shown.text
    assert "Ask 1 group" not in shown.text
    assert states(app) == []
    assert [act for act, *_ in acts(app)] == ([] if sure else ["sign_ups.look"])
    if not sure:
        assert "Will be added: 1 · Error: 1" in shown.text
        for column in ("slot", "name", "expected_number", "email"):
            assert f"<code>{column}</code>: " in shown.text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": ""}, "Please fill this in."),
        ({"text": "hello"}, "has to name the columns"),
        ({"text": HEADER + '"'}, "is a quote left open?"),
        (lambda: file_of("name\nKöln".encode("windows-1252")), "CSV UTF-8"),
        (lambda: file_of(b"PK\x03\x04\x00"), "no CSV file"),
    ],
)
def test_what_is_no_table_is_refused_beside_the_field(app, sent, said):
    refused = signed_in(app, OWNER).send(PAGE, **(sent() if callable(sent) else sent))
    assert (refused.status_code, said in refused.text) == (422, True)


def test_a_file_that_is_too_large_is_refused(app):
    refused = signed_in(app, OWNER).send(PAGE, **file_of(b"x" * 100_000))
    assert refused.status_code == 413
    assert states(app) == []


def test_a_file_that_grows_too_large_as_text_is_refused_with_what_to_do(app):
    """Two bytes in UTF-16 are three in UTF-8, in which the table is sent once more."""
    refused = signed_in(app, OWNER).send(PAGE, **file_of(("灯" * 25_000).encode("utf-16")))
    assert (refused.status_code, "Please take it in parts." in refused.text) == (422, True)


def test_a_large_table_of_any_script_survives_the_second_press(app):
    rows = [f"w1-de-berlin-embassy-1,{'灯' * 50},東京,5,c{n}@d{n}.example\n" for n in range(250)]
    table = HEADER + "".join(rows)
    assert 45_000 < len(table.encode()) < 60_000
    organizer = signed_in(app, OWNER)
    shown = organizer.send(PAGE, **file_of(table.encode()))
    assert "Ask 250 groups" in shown.text
    token = organizer.token(PAGE)
    answer = organizer.client.post(
        PAGE,
        data={"text": table, "sure": "y", "csrf_token": token},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    assert len(states(app)) == 250


def test_more_than_enough_groups_within_a_day_are_not_asked(app, monkeypatch):
    organizer = signed_in(app, OWNER)
    with stored_in(app) as session:
        who, before = store_organizer(session, OWNER), MOST_ASKED_A_DAY - 1
        record(session, who, "sign_ups.import", "campaign 1", NOW, added=before, existing=0)
    refused = organizer.send(PAGE, text=TABLE, sure="y")
    assert (refused.status_code, "Please go on tomorrow." in refused.text) == (429, True)
    assert "canary1@" in refused.text, "what was typed is kept"
    assert states(app) == []
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW + timedelta(days=1))
    organizer.come_back(OWNER)
    assert organizer.send(PAGE, text=TABLE, sure="y").status_code == 303


def test_looks_are_no_way_to_try_addresses_out(app):
    organizer = signed_in(app, OWNER)
    with stored_in(app) as session:
        who, before = store_organizer(session, OWNER), MOST_A_DAY["sign_ups.look"] - 1
        record(session, who, "sign_ups.look", "campaign 1", NOW, rows=before, existing=0)
    refused = organizer.send(PAGE, text=TABLE)
    assert (refused.status_code, "rows within a day" in refused.text) == (429, True)


def test_further_columns_and_fields_change_nothing(app):
    table = "state,place_number,is_trusted,approved," + HEADER
    table += "confirmed,1,1,1," + ROW.format(n=1)
    signed_in(app, OWNER).send(PAGE, text=table, sure="y", state="confirmed", id="1")
    with stored_in(app) as session:
        (sign_up,) = session.scalars(select(SignUp))
        assert (sign_up.state.value, sign_up.place_number) == ("pending", None)
        assert not sign_up.group.is_trusted


def test_another_organizer_imports_nothing(app):
    with stored_in(app) as session:
        store_campaign(session, "own", owner_id=store_organizer(session, OTHER).id)
    stranger = signed_in(app, OTHER)
    assert stranger.open(PAGE).status_code == 404
    own = "/organize/c/own/import/"
    assert stranger.send(PAGE, own, text=TABLE, sure="y").status_code == 404
    assert "Error: 2" in stranger.send(own, text=TABLE).text
    assert states(app) == []


def test_the_command_looks_and_then_asks(app, tmp_path):
    (tmp_path / "groups.csv").write_text(TABLE)
    (tmp_path / "bad.csv").write_text(BAD)
    sessions = make_sessions(app.config["SQLALCHEMY_DATABASE_URI"])
    instance = SimpleNamespace(sessions=lambda: sessions, settings=app.config["SETTINGS"])

    def run(name, *options):
        command = ["import-sign-ups", "noon", str(tmp_path / name), *options]
        return CliRunner().invoke(campaigns, command, obj=instance)

    looked = run("groups.csv", "--dry-run")
    assert (looked.exit_code, "2 added, 0 exists, 0 error" in looked.output) == (0, True)
    assert "canary" not in looked.output
    assert states(app) == []
    assert run("bad.csv", "--dry-run").exit_code == 1
    refused = run("bad.csv")
    assert (refused.exit_code, "email: This is not an e-mail" in refused.output) == (1, True)
    assert states(app) == []
    assert run("groups.csv").exit_code == 0
    assert states(app) == ["pending"] * 2
    assert "0 added, 2 exists" in run("groups.csv").output
    sessions.kw["bind"].dispose()
