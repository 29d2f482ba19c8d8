"""A group sees all that is stored of it, takes it along, and has it deleted from its mailbox."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.mail import OutboxMail
from protestcoord.core.tokens import token_hash
from protestcoord.signups import handover, places
from protestcoord.signups.models import Contact, Group, Handover, SignUp, SignUpStep
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, store_sign_up, store_slot

LINK = "the link of the group"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
# What is never told: it finds or opens something, or says nothing of the group.
UNTOLD = {
    "id", "campaign_id", "contact_id", "link_hash", "merged_at", "group_id", "slot_id",
    "sign_up_id", "sealed", "email_index", "domain_index",
}  # fmt: skip


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        said = {"name": "Lantern circle", "meeting_point": "At the fountain"}
        sign_up = store_sign_up(session, app.config["VAULT"], store_slot(session), **said)
        sign_up.group.link_hash = token_hash(LINK)
    return app


@pytest.fixture
def own(app):
    """The client of the group, in the session behind its link."""
    client = app.test_client()
    client.post(f"/s/{LINK}/")
    return client


def press(client, path):
    return client.post(path, data={"csrf_token": TOKEN.search(client.get("/s/").text).group(1)})


@pytest.mark.proves("P6")
def test_a_group_downloads_all_that_is_stored_of_it(own):
    answer = own.get("/s/our-group.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    told = json.loads(answer.data)
    assert (told["email"], told["name"]) == ("lantern@example.org", "Lantern circle")
    assert told["sign_ups"][0]["meeting_point"] == "At the fountain"
    assert [step["after"] for step in told["sign_ups"][0]["steps"]] == ["pending", "offered"]
    columns = {
        column.name
        for table in (Group, Contact, SignUp, SignUpStep)
        for column in table.__table__.columns
    }
    of_claim = told["sign_ups"][0]
    assert columns - set(told) - set(of_claim) - set(of_claim["steps"][0]) == UNTOLD & columns


@pytest.mark.control("P6")
def test_without_its_link_nobody_downloads_it(app):
    assert app.test_client().get("/s/our-group.json").status_code == 404


@pytest.mark.proves("P6", "A2")
def test_a_group_is_deleted_by_a_button_here_and_one_in_its_mailbox(app, own):
    press(own, "/s/delete/")
    with stored_in(app) as session:
        asked = session.scalars(select(Handover)).one()
        assert session.scalars(select(OutboxMail.kind)).all()[-1] == "deletion_asked"
        token = app.config["VAULT"].open_handover(asked).link_token
    path = f"/s/hand-over/allow/{token}/"
    assert "cannot be undone" in own.get(path).text
    with stored_in(app) as session:
        assert session.scalars(select(Group.name)).one() == "Lantern circle"  # looked at only
    assert "is deleted" in own.post(path).text
    with stored_in(app) as session:
        group, sign_up = session.scalars(select(Group)).one(), session.scalars(select(SignUp)).one()
        assert (group.name, group.contact.sealed) == (group.key, b"")
        assert (sign_up.state, sign_up.meeting_point) == (SignUpState.WITHDRAWN, "")
        assert session.scalars(select(OutboxMail)).all() == []
        stored = " ".join(
            repr(row)
            for table in Group.metadata.sorted_tables
            for row in session.execute(table.select())
        )
        assert "Lantern" not in stored
        assert "fountain" not in stored
    assert own.get("/s/").status_code == 404  # the old link's session has ended
    assert own.post(path).status_code == 404  # once


@pytest.mark.proves("A2")
def test_the_link_that_deletes_is_good_for_ten_minutes(app, own, monkeypatch):
    press(own, "/s/delete/")
    with stored_in(app) as session:
        asked = session.scalars(select(Handover)).one()
        token = app.config["VAULT"].open_handover(asked).link_token
    late = NOW + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: late)
    assert own.post(f"/s/hand-over/allow/{token}/").status_code == 404


@pytest.mark.control("P6", "A2")
def test_the_button_on_the_page_alone_deletes_nothing(app, own):
    press(own, "/s/delete/")
    assert "Take it back" in own.get("/s/").text
    with stored_in(app) as session:
        assert session.scalars(select(Group.name)).one() == "Lantern circle"


def test_who_waits_gets_the_place_of_a_deleted_group(session, vault):
    slot = store_slot(session, capacity=1)
    first = store_sign_up(session, vault, slot, email="first@example.org")
    places.confirm_sign_up(session, first.id, NOW)
    second = store_sign_up(session, vault, slot, email="second@example.org")
    places.confirm_sign_up(session, second.id, NOW)
    assert second.state is SignUpState.WAITLISTED
    handover.ask_for_handover(session, vault, first.group, handover.TO_NOBODY, NOW)
    handover.allow_handover(session, vault, session.scalars(select(Handover)).one(), NOW)
    session.expire_all()
    assert second.state is SignUpState.OFFERED


def test_a_deleted_address_signs_up_anew(session, vault):
    slot = store_slot(session)
    group = store_sign_up(session, vault, slot).group
    handover.ask_for_handover(session, vault, group, handover.TO_NOBODY, NOW)
    handover.allow_handover(session, vault, session.scalars(select(Handover)).one(), NOW)
    assert store_sign_up(session, vault, slot).group.id != group.id
