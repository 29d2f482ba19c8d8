"""A group passes to another address, which alone can accept; until then nothing changes."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.freezing import freeze_campaign
from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.config import LANGUAGES, load_settings
from protestcoord.core.mail import OutboxMail
from protestcoord.core.tokens import token_hash
from protestcoord.signups import handover
from protestcoord.signups.mails import MailKind, compose
from protestcoord.signups.models import Handover
from protestcoord.signups.purge import purge_contacts
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

OLD, NEW = "lantern@example.org", "next@elsewhere.example"


def asked(session, vault, email=NEW, **changes):
    """A group whose present address allowed it to pass to another one, and that one's link."""
    group = store_sign_up(session, vault, store_slot(session), **changes).group
    handover.ask_for_handover(session, vault, group, email, NOW)
    found = session.scalars(select(Handover)).one()
    handover.allow_handover(session, vault, found, NOW)
    return group, vault.open_handover(found).link_token


def mail_of(session, kind):
    return session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)).one()


def test_nothing_changes_before_the_new_address_accepts(session, vault):
    group, token = asked(session, vault)
    assert vault.open(group.contact).email == OLD
    assert handover.find_handover(session, token, NOW).group is group
    assert NEW not in repr(session.execute(Handover.__table__.select()).all())


@pytest.mark.proves("A2")
def test_whoever_accepts_has_the_group_and_the_old_link_is_dead(session, vault):
    group, token = asked(session, vault)
    old_link = group.link_hash
    found = handover.find_handover(session, token, NOW)
    assert handover.accept_handover(session, vault, found, NOW) is group
    details = vault.open(group.contact)
    assert details.email == NEW
    assert group.link_hash == token_hash(details.link_token) != old_link
    assert group.contact.email_index == vault.email_index("noon", NEW)
    assert handover.find_handover(session, token, NOW) is None  # once


@pytest.mark.control("A2")
def test_a_link_works_for_a_day(session, vault):
    _, token = asked(session, vault)
    just_late = NOW + handover.HANDOVER_LIFE
    assert handover.find_handover(session, token, just_late - timedelta(seconds=1))
    assert handover.find_handover(session, token, just_late) is None
    handover.forget_unaccepted(session, just_late)
    assert session.scalars(select(Handover)).all() == []


def test_the_last_one_asked_for_counts_and_one_can_be_taken_back(session, vault):
    group, first = asked(session, vault)
    handover.ask_for_handover(session, vault, group, "third@elsewhere.example", NOW)
    assert handover.find_handover(session, first, NOW) is None
    handover.take_back(session, group)
    assert handover.find_asked(session, group) is None


def test_it_is_asked_for_three_times_a_day_at_most(session, vault):
    group, _ = asked(session, vault)
    for _ in range(handover.MOST_A_DAY - 1):
        handover.ask_for_handover(session, vault, group, NEW, NOW)
    with pytest.raises(handover.AskedTooOften):
        handover.ask_for_handover(session, vault, group, NEW, NOW)
    handover.ask_for_handover(session, vault, group, NEW, NOW + timedelta(hours=25))


def test_an_address_with_a_group_of_its_own_cannot_accept(session, vault):
    group, token = asked(session, vault)
    slot = session.scalars(select(Slot)).one()
    store_sign_up(session, vault, slot, email=NEW)
    with pytest.raises(handover.AddressTaken):
        handover.accept_handover(session, vault, handover.find_handover(session, token, NOW), NOW)
    assert vault.open(group.contact).email == OLD


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_goes_to_the_new_address_with_the_link_that_accepts(
    session, vault, tmp_path, language
):
    environment = {"BASE_URL": "https://example.org", "UID_HOST": "uid.example"}
    settings = load_settings(tmp_path, environment)
    group, token = asked(session, vault, language=language)
    message = compose(session, vault, settings, mail_of(session, MailKind.HANDOVER))
    prefix = "" if language == "en" else f"/{language}"
    assert message["To"] == NEW
    assert f"https://example.org{prefix}/s/hand-over/{token}/" in message.get_content()
    told = compose(session, vault, settings, mail_of(session, MailKind.HANDOVER_ASKED))
    assert told is None, "what was allowed already needs no mail"
    assert vault.open(group.contact).link_token not in message.get_content()


def test_the_present_address_is_asked_first_and_nobody_else_is_mailed(session, vault, tmp_path):
    settings = load_settings(tmp_path, {"BASE_URL": "https://example.org"})
    group = store_sign_up(session, vault, store_slot(session)).group
    handover.ask_for_handover(session, vault, group, NEW, NOW)
    kinds = set(session.scalars(select(OutboxMail.kind)))
    assert MailKind.HANDOVER not in kinds
    token = vault.open_handover(session.scalars(select(Handover)).one()).link_token
    told = compose(session, vault, settings, mail_of(session, MailKind.HANDOVER_ASKED))
    assert told["To"] == OLD
    assert f"https://example.org/s/hand-over/allow/{token}/" in told.get_content()
    assert NEW not in told.get_content()
    assert handover.find_handover(session, token, NOW) is None, "it allows, and accepts nothing"
    assert handover.find_to_allow(session, token, NOW).group is group


def test_it_is_allowed_within_ten_minutes_and_once(session, vault):
    group = store_sign_up(session, vault, store_slot(session)).group
    handover.ask_for_handover(session, vault, group, NEW, NOW)
    found = session.scalars(select(Handover)).one()
    token = vault.open_handover(found).link_token
    late = NOW + handover.ALLOWED_WITHIN
    assert handover.find_to_allow(session, token, late - timedelta(seconds=1)) is found
    assert handover.find_to_allow(session, token, late) is None
    handover.allow_handover(session, vault, found, NOW)
    assert handover.find_to_allow(session, token, NOW) is None
    accepting = vault.open_handover(found).link_token
    assert handover.find_to_allow(session, accepting, NOW) is None
    assert handover.find_handover(session, accepting, NOW) is found


def test_a_purge_forgets_who_was_to_have_the_group(session, vault):
    asked(session, vault)
    purge_contacts(
        session, vault, timedelta(days=30), STARTS_AT + timedelta(minutes=60) + timedelta(days=30)
    )
    assert session.scalars(select(Handover)).all() == []


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


@pytest.fixture
def link(app):
    with stored_in(app) as session:
        sign_up = store_sign_up(session, app.config["VAULT"], store_slot(session))
        return f"/s/{app.config['VAULT'].open(sign_up.group.contact).link_token}/"


def press(client, path, **form):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/s/").text).group(1)
    return client.post(path, data=form | {"csrf_token": token})


def link_of_step(app, step=""):
    with stored_in(app) as session:
        found = session.scalars(select(Handover)).one()
        return f"/s/hand-over/{step}{app.config['VAULT'].open_handover(found).link_token}/"


def accepting_link(app):
    """The mailed link of who is to have the group, once the present address allowed it."""
    allowing, client = link_of_step(app, "allow/"), app.test_client()
    assert client.get(allowing).status_code == 200
    assert client.post(allowing).status_code == 200
    assert client.post(allowing).status_code == 404, "a link is pressed once"
    return link_of_step(app)


def test_a_group_is_handed_over_on_its_page_and_by_the_mailed_button(app, link):
    first, second = app.test_client(), app.test_client()
    first.post(link)
    assert press(first, "/s/hand-over/", email=NEW).location == "/s/"
    assert "A link was mailed to you" in first.get("/s/").text
    path = accepting_link(app)
    assert "A link was mailed to the other address" in first.get("/s/").text
    shown = second.get(path)
    assert (shown.status_code, "Berlin" in shown.text) == (200, False)
    assert second.get("/s/").status_code == 404, "a look is no press"
    assert second.post(path).location == "/s/"
    assert NEW in second.get("/s/").text
    assert first.get("/s/").status_code == 404, "the old session ended with the old link"
    assert app.test_client().post(link).status_code == 404
    assert second.post(path).status_code == 404, "a link is pressed once"


def test_a_hand_over_taken_back_is_no_more(app, link):
    client = app.test_client()
    client.post(link)
    press(client, "/s/hand-over/", email=NEW)
    path = accepting_link(app)
    press(client, "/s/hand-over/take-back/")
    assert app.test_client().post(path).status_code == 404


def test_what_is_no_address_is_said_beside_the_field(app, link):
    client = app.test_client()
    client.post(link)
    answer = press(client, "/s/hand-over/", email="no address")
    assert answer.status_code == 422
    assert "This is not an e-mail address" in answer.text


def test_what_a_group_says_of_its_part_is_kept_and_shown_again(app, link):
    client = app.test_client()
    client.post(link)
    part = {
        "expected_number": "9",
        "meeting_point": "At the fountain",
        "hides_point": "y",
        "accessibility": "No steps",
        "languages": "German, Korean",
        "permit": "asked",
    }
    assert press(client, "/s/sign-ups/1/", **part).location == "/s/"
    shown = client.get("/s/").text
    assert 'selected value="asked"' in shown
    assert "No steps" in shown
    assert press(client, "/s/sign-ups/1/", **part | {"permit": "bribed"}).status_code == 422
    assert "届け出または許可" in client.get("/ja/s/").text
    assert "受理・許可済み" in client.get("/ja/s/").text


def forms_of(client):
    return set(re.findall(r'action="(/s/[^"]+)"', client.get("/s/").text))


def test_while_the_campaign_is_frozen_only_what_still_works_is_shown(app, link):
    client, takes = app.test_client(), {"/s/hand-over/", "/s/group/", "/s/sign-ups/1/"}
    client.post(link)
    assert takes <= forms_of(client), "the control"
    press(client, "/s/hand-over/", email=NEW)
    with stored_in(app) as session:
        freeze_campaign(session, session.scalars(select(Campaign)).one(), NOW)
    still = {"/s/sign-ups/1/withdraw/", "/s/hand-over/take-back/", "/s/delete/", "/s/leave/"}
    assert forms_of(client) == still
    assert "/s/sign-ups/1/correct/" not in client.get("/s/").text
    press(client, "/s/hand-over/take-back/")
    assert forms_of(client) == still - {"/s/hand-over/take-back/"}
