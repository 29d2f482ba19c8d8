"""One press ends all sessions and hides all contacts."""

import time

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from protestcoord import emergencies
from protestcoord.config import LANGUAGES, load_secrets
from protestcoord.core import clock, templates
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import unit_of_work
from protestcoord.emergencies import breach_notice
from protestcoord.organizers import panic
from protestcoord.organizers.models import AuditEntry, OrganizerSession
from protestcoord.organizers.sessions import begin_session
from protestcoord.signups.contacts import ContactsHidden, ContactVault
from protestcoord.signups.models import Contact, Group
from tests.console_client import console_app, signed_in, stored_in
from tests.proofs import size
from tests.stored import NOW, store_campaign, store_organizer, store_sign_up, store_slot
from tests.test_rekeying import fill, instance_in, run

OWNER = "organizer@example.org"
ROWS = size(200, full=10_000)


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with console_app(tmp_path, OWNER) as made:
        with stored_in(made) as session:
            sign_up = store_sign_up(session, made.config["VAULT"], store_slot(session))
            sign_up.group.verified_at = NOW
        yield made


def group_key(app):
    with stored_in(app) as session:
        return session.scalars(select(Group)).one().key


def enter_as_group(app):
    with stored_in(app) as session:
        group = session.scalars(select(Group)).one()
        token = app.config["VAULT"].open(group.contact).link_token
    client = app.test_client()
    assert client.post(f"/s/{token}/").status_code == 303
    return client


def pressed(app):
    owner = signed_in(app, OWNER)
    return owner.send("/organize/c/noon/people/panic/", page="/organize/c/noon/people/")


@pytest.mark.proves("L9")
def test_the_button_ends_all_sessions_and_is_written_down(app):
    other, group = signed_in(app, OWNER), enter_as_group(app)
    assert group.get("/s/").status_code == 200
    assert other.open("/organize/c/noon/groups/").status_code == 200
    assert pressed(app).status_code == 303
    assert other.open("/organize/c/noon/groups/").status_code == 303
    assert group.get("/s/").status_code == 404
    with stored_in(app) as session:
        assert session.scalars(select(OrganizerSession)).all() == []
        assert session.scalars(select(AuditEntry.act)).all() == ["panic.begin"]


@pytest.mark.proves("L9")
def test_after_panic_nobody_opens_or_exports_a_contact_until_it_is_lifted(app):
    pressed(app)
    owner, key = signed_in(app, OWNER), group_key(app)
    groups = "/organize/c/noon/groups/"
    opened = owner.send(f"{groups}{key}/contact/", page=groups)
    assert opened.status_code == 503
    assert "lantern@example.org" not in opened.text
    with stored_in(app) as session:
        panic.end_panic(session, NOW)
    assert "lantern@example.org" in owner.send(f"{groups}{key}/contact/", page=groups).text


@pytest.mark.control("L9")
def test_without_panic_the_same_press_shows_the_contact(app):
    owner, groups = signed_in(app, OWNER), "/organize/c/noon/groups/"
    shown = owner.send(f"{groups}{group_key(app)}/contact/", page=groups)
    assert "lantern@example.org" in shown.text


def test_a_lost_link_is_sent_during_panic_with_the_same_answer(app):
    pressed(app)
    client = app.test_client()
    answers = {
        client.post("/s/lost-link/", data={"email": email}).status_code
        for email in ("lantern@example.org", "nobody@example.org")
    }
    assert answers == {200}


def test_a_hidden_vault_still_seals(vault, sessions):
    with sessions() as session, unit_of_work(session):
        hidden = ContactVault(vault.keys, vault.index_key, is_hidden=True)
        sign_up = store_sign_up(session, hidden, store_slot(session))
        with pytest.raises(ContactsHidden):
            hidden.open(sign_up.group.contact)
        assert vault.open(sign_up.group.contact).email == "lantern@example.org"


def test_pressed_again_it_ends_the_sessions_begun_since(sessions):
    with sessions() as session, unit_of_work(session):
        owner = store_organizer(session)
        panic.begin_panic(session, NOW)
        begin_session(session, owner, NOW, passed=True, fresh_at=NOW)
        assert panic.begin_panic(session, NOW) == 1
        assert panic.hides_contacts(session)
        assert panic.end_panic(session, NOW)
        assert not panic.end_panic(session, NOW)
        assert panic.ended_sessions_at(session) == NOW


@pytest.mark.proves("L9")
def test_the_command_takes_five_seconds_at_most(tmp_path, record_property):
    settings, sessions = instance_in(tmp_path)
    with sessions() as session, unit_of_work(session):
        fill(session, KeyFolder(settings.keys_folder), store_campaign(session), ROWS)
        begin_session(session, store_organizer(session), NOW, passed=True, fresh_at=NOW)
    began = time.monotonic()
    told = run(tmp_path, "panic")
    seconds = time.monotonic() - began
    assert seconds <= 5
    assert told.startswith("1 sessions of organizers ended")
    with sessions() as session:
        assert panic.hides_contacts(session)
        assert session.scalars(select(AuditEntry.act)).all() == ["panic.command"]
        assert session.scalars(select(OrganizerSession)).all() == []
        index_key = load_secrets(settings.instance).index_key
        hidden = ContactVault(KeyFolder(settings.keys_folder), index_key, is_hidden=True)
        with pytest.raises(ContactsHidden):
            hidden.open(session.scalars(select(Contact).limit(1)).one())
    record_property("L9", f"panic at {ROWS:,} sign-ups in {seconds:.2f} s")
    assert run(tmp_path, "panic", "--over") == "contacts are shown again\n"
    with sessions() as session:
        assert not panic.hides_contacts(session)


def notice_in(language):
    return CliRunner().invoke(breach_notice, [language]).output


@pytest.mark.proves("L12")
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_groups_are_told_after_a_breach_is_whole_in_every_language(language):
    subject, *paragraphs = notice_in(language).strip().split("\n\n")
    assert ":" in subject
    assert len(paragraphs) == 3
    assert [text.count("[") == text.count("]") for text in paragraphs] == [True] * 3
    # What happened, when, and to whose eyes; whom to write to, whom to call.
    assert [text.count("[") for text in paragraphs] == [4, 0, 2]
    assert language == "en" or not set(texts_of("en")) & set(texts_of(language))


@pytest.mark.control("L12")
def test_a_language_without_the_text_would_be_seen(monkeypatch):
    english = templates.environment("en")
    monkeypatch.setattr(emergencies.templates, "environment", lambda _language: english)
    assert set(texts_of("en")) & set(texts_of("ko"))


def texts_of(language):
    return notice_in(language).strip().split("\n\n")
