from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, text, update

from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.core.signing import signing_key
from protestcoord.organizers.audit import record
from protestcoord.organizers.cli import audit, organizer
from protestcoord.organizers.heads import keep_head
from protestcoord.organizers.models import AuditEntry, AuditHead
from protestcoord.organizers.queries import find_organizer
from tests.console_client import PASSWORD, Organizer, console_app, give_phone, stored_in
from tests.stored import NOW, store_organizer


@pytest.fixture
def instance(tmp_path):
    with console_app(tmp_path) as app:
        sessions = make_sessions(app.config["SQLALCHEMY_DATABASE_URI"])
        settings = app.config["SETTINGS"]
        yield SimpleNamespace(app=lambda: app, sessions=lambda: sessions, settings=settings)
        sessions.kw["bind"].dispose()


def add(instance, *options, typed):
    command = ["add", "--email", "kim@example.org", *options]
    return CliRunner().invoke(organizer, command, obj=instance, input=typed)


def test_an_organizer_added_from_standard_input_can_sign_in(instance):
    answer = add(instance, "--password-stdin", typed=f"{PASSWORD}\n")
    assert (answer.exit_code, answer.output) == (0, "kim@example.org can sign in now.\n")
    signed_in = Organizer(instance.app().test_client()).sign_in("Kim@example.org")
    assert (signed_in.status_code, signed_in.location) == (302, "/organize/")


def test_a_typed_password_is_asked_twice_and_never_shown(instance):
    answer = add(instance, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert answer.exit_code == 0
    assert PASSWORD not in answer.output
    assert answer.output.count("assword") == 1 or "Repeat" in answer.output


def test_a_short_password_is_refused_in_one_line_and_nobody_is_added(instance):
    answer = add(instance, "--password-stdin", typed="short\n")
    assert answer.exit_code == 1
    assert "15 to 128 characters" in answer.output
    with instance.sessions()() as session:
        assert find_organizer(session, "kim@example.org") is None


@pytest.fixture
def logged(instance):
    """An instance whose organizers did three things, the head of which was kept."""
    with instance.sessions()() as session, unit_of_work(session):
        who = store_organizer(session)
        for number in range(3):
            record(session, who, "wave.add", f"campaign {number}", NOW)
        head = session.get_one(AuditHead, 1)
        key = signing_key(instance.settings.signing_key_file)
        keep_head(instance.settings.audit_heads_file, key, head.number, head.hash, NOW)
    return instance


def verified(instance):
    answer = CliRunner().invoke(audit, ["verify"], obj=instance)
    return answer.exit_code, answer.output.strip()


def tamper(instance, *statements):
    """Do what somebody with the database file can do."""
    with instance.sessions()() as session:
        for act in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_entry_no_{act}"))
        for statement in statements:
            session.execute(statement)
        session.commit()


def test_a_log_as_it_was_written_is_whole(logged):
    assert verified(logged) == (0, "3 entries, one unbroken chain; 1 signed heads agree.")


def test_an_edited_log_is_told_with_its_first_broken_entry(logged):
    tamper(logged, update(AuditEntry).where(AuditEntry.number == 2).values(subject="campaign 9"))
    assert verified(logged) == (1, "Error: the log is broken at entry 2, of 3")


def test_a_log_cut_off_at_its_end_is_told_by_the_head_that_was_kept(logged):
    tamper(logged, delete(AuditEntry).where(AuditEntry.number == 3))
    code, said = verified(logged)
    assert code == 1
    assert said == "Error: the log is not the one of 2026-11-20, which had 3 entries"


def test_a_changed_file_of_heads_is_told(logged):
    file = logged.settings.audit_heads_file
    file.write_text(file.read_text().replace(" 3 ", " 2 "))
    assert verified(logged)[0] == 1


def test_an_organizer_whose_phone_is_lost_sets_up_a_new_one(instance):
    add(instance, "--password-stdin", typed=f"{PASSWORD}\n")
    with stored_in(instance.app()) as session:
        give_phone(instance.app(), session, find_organizer(session, "kim@example.org"))
    kim = Organizer(instance.app().test_client())
    kim.sign_in("kim@example.org")
    assert kim.open("/organize/").status_code == 200
    command = ["reset-second-factor", "--email", "Kim@example.org"]
    answer = CliRunner().invoke(organizer, command, obj=instance)
    assert answer.output == "kim@example.org sets up a new phone or passkey at the next sign-in.\n"
    assert kim.open("/organize/").location.startswith("/organize/login")
    kim.give_password("kim@example.org")
    assert kim.open("/organize/second-factor/").location == "/organize/second-factor/set-up/"
    assert verified(instance) == (0, "1 entries, one unbroken chain; 0 signed heads agree.")


def test_an_organizer_with_a_forgotten_password_gets_another_and_keeps_the_phone(instance):
    add(instance, "--password-stdin", typed=f"{PASSWORD}\n")
    with stored_in(instance.app()) as session:
        give_phone(instance.app(), session, find_organizer(session, "kim@example.org"))
    kim, fresh = Organizer(instance.app().test_client()), "lantern otter quiet bridge"
    kim.sign_in("kim@example.org")
    command = ["reset-password", "--email", "Kim@example.org", "--password-stdin"]
    answer = CliRunner().invoke(organizer, command, obj=instance, input=f"{fresh}\n")
    assert answer.output == "kim@example.org signs in with the new password from now on.\n"
    assert kim.open("/organize/").location.startswith("/organize/login")
    assert kim.give_password("kim@example.org").status_code == 200
    kim.give_password("kim@example.org", fresh)
    assert kim.open("/organize/").location.startswith("/organize/second-factor/")
    assert verified(instance) == (0, "1 entries, one unbroken chain; 0 signed heads agree.")


def test_a_forgotten_password_is_not_replaced_by_an_easy_one(instance):
    add(instance, "--password-stdin", typed=f"{PASSWORD}\n")
    command = ["reset-password", "--email", "kim@example.org", "--password-stdin"]
    answer = CliRunner().invoke(organizer, command, obj=instance, input="aaaaaaaaaaaaaaaaaaaa\n")
    assert answer.exit_code == 1
    assert "among the first that are tried" in answer.output


def test_nobody_elses_phone_is_forgotten(instance):
    command = ["reset-second-factor", "--email", "nobody@example.org"]
    answer = CliRunner().invoke(organizer, command, obj=instance)
    assert (answer.exit_code, answer.output) == (
        1,
        "Error: there is no organizer with this address\n",
    )
