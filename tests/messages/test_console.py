"""The organizer's pages of messages, as a browser gets them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign
from protestcoord.core import clock
from protestcoord.core.mail import OutboxMail
from protestcoord.members.models import Approval
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.messages.models import Message
from protestcoord.organizers.models import AuditEntry
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, STARTS_AT, store_campaign, store_organizer, store_sign_up, store_slot

HOME = "/organize/c/noon/messages/"
EVERYBODY = dict.fromkeys(
    ("state", "country", "region", "wave", "mission", "language", "silent_days"), ""
)
TEXT = "Dear {group}, we meet in {city} at {local_time}. {link}"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_campaign(session)
    return app


def fill(app, count):
    with stored_in(app) as session:
        campaign = session.scalars(select(Campaign)).one()
        slot = store_slot(session, campaign, starts_at=STARTS_AT)
        for n in range(count):
            made = store_sign_up(
                session, app.config["VAULT"], slot, email=f"g{n}@example.org", name=f"Group {n}"
            )
            made.group.verified_at = NOW


def written(app, organizer, **form):
    answer = organizer.send(HOME + "new/", **EVERYBODY | {"subject": "News", "text": TEXT} | form)
    return answer, answer.headers.get("Location", "")


def peer(session):
    return store_organizer(session, "o@o.org").id


def mails(app):
    with stored_in(app) as session:
        chosen = select(OutboxMail.kind).where(OutboxMail.kind.startswith("messages."))
        return session.scalars(chosen).all()


def test_a_message_to_few_is_looked_at_then_leaves_at_once(app):
    fill(app, 3)
    organizer = signed_in(app, "organizer@example.org")
    answer, path = written(app, organizer)
    assert answer.status_code == 303
    shown = organizer.open(path).text
    assert "3 groups get this message." in shown
    assert "Dear Group 0, we meet in Berlin" in shown
    assert "Dear Group 2" in organizer.open(path + "?at=3").text
    assert "From the organizers of “One noon”." in shown
    assert organizer.send(path + "send/", path).status_code == 303
    assert mails(app) == ["messages.message"] * 3
    assert organizer.send(path + "send/", HOME + "new/").status_code == 422
    assert mails(app) == ["messages.message"] * 3
    assert "queued" in organizer.open(path).text


def test_an_unknown_variable_is_said_at_the_field_and_nothing_is_saved(app):
    organizer = signed_in(app, "organizer@example.org")
    answer, _ = written(app, organizer, text="Dear {name} and {group}")
    assert answer.status_code == 422
    assert "There is no variable {name}" in answer.text
    assert "Dear {name} and {group}" in answer.text
    with stored_in(app) as session:
        assert session.scalars(select(Message)).all() == []


def test_a_subject_takes_no_variable(app):
    organizer = signed_in(app, "organizer@example.org")
    answer = organizer.send(HOME + "new/", **EVERYBODY | {"subject": "For {group}", "text": "x"})
    assert "takes no variables" in answer.text


def test_a_message_to_many_needs_their_number_and_can_be_called_off(app):
    fill(app, 26)
    organizer = signed_in(app, "organizer@example.org")
    _, path = written(app, organizer)
    assert organizer.send(path + "send/", path).status_code == 422
    assert organizer.send(path + "send/", path, number="25").status_code == 422
    assert organizer.send(path + "send/", path, number="26").status_code == 303
    assert mails(app) == []
    assert "Call it off" in organizer.open(path).text
    assert organizer.send(path + "cancel/", path).status_code == 303
    with stored_in(app) as session:
        message = session.scalars(select(Message)).one()
        assert (message.state, message.sealed_text) == ("cancelled", None)


def test_a_test_goes_to_the_organizer_alone(app):
    fill(app, 2)
    organizer = signed_in(app, "organizer@example.org")
    _, path = written(app, organizer)
    assert organizer.send(path + "trial/", path).status_code == 303
    assert mails(app) == ["messages.trial"]
    assert "on its way to your own address" in organizer.open(path).text


def test_another_organizer_finds_no_message(app):
    fill(app, 1)
    _, path = written(app, signed_in(app, "organizer@example.org"))
    other = signed_in(app, "other@example.org")
    assert other.open(HOME).status_code == 404
    assert other.open(path).status_code == 404


def test_the_log_says_what_was_done_without_names(app):
    fill(app, 2)
    organizer = signed_in(app, "organizer@example.org")
    _, path = written(app, organizer)
    organizer.send(path + "send/", path)
    with stored_in(app) as session:
        told = {e.act: e.detail for e in session.scalars(select(AuditEntry))}
    assert told == {"message.write": {}, "message.send": {"groups": 2}}


def test_a_draft_is_changed_with_what_was_written_before(app):
    fill(app, 1)
    organizer = signed_in(app, "organizer@example.org")
    _, path = written(app, organizer, wave="1")
    shown = organizer.open(path + "edit/").text
    assert "Dear {group}" in shown
    assert (
        organizer.send(
            path + "edit/", **EVERYBODY | {"subject": "Other", "text": "Short"}
        ).status_code
        == 303
    )
    assert "Other" in organizer.open(path).text


def test_the_lists_to_choose_from_are_in_the_language_of_the_page(app):
    shown = signed_in(app, "organizer@example.org").open("/ja" + HOME + "new/").text
    assert shown.count('value="">すべて</option>') == 6
    assert ">承認待ち</option>" in shown
    assert ">waits for approval<" not in shown


def test_to_many_takes_two_where_somebody_else_could_send_it(app):
    fill(app, 26)
    with stored_in(app) as session:
        campaign_id, other_id = session.scalars(select(Campaign.id)).one(), peer(session)
        appoint(
            session, campaign_id, other_id, Place(MemberRole.COORDINATOR), NOW - timedelta(days=1)
        )
    organizer = signed_in(app, "organizer@example.org")
    _, path = written(app, organizer)
    assert organizer.send(f"{path}send/", path, number="25").status_code == 422
    organizer.send(f"{path}send/", path, number="26")
    assert "This takes two." in organizer.open(path).text
    with stored_in(app) as session:
        assert session.scalars(select(Message.state)).one() == "draft"
        asked = session.scalars(select(Approval.id)).one()
    agree = f"/organize/c/noon/approvals/{asked}/agree/"
    assert organizer.send(agree, path).status_code == 403
    assert signed_in(app, "o@o.org").send(agree, "/organize/c/noon/approvals/").status_code == 303
    written(app, organizer)  # another draft, to which nobody agreed
    organizer.send(f"{path}send/", path, number="26")
    with stored_in(app) as session:
        states = session.scalars(select(Message.state)).all()
    assert sorted(states) == ["draft", "waiting"]


def test_a_changed_message_asks_anew(app, monkeypatch):
    fill(app, 26)
    with stored_in(app) as session:
        campaign_id, other_id = session.scalars(select(Campaign.id)).one(), peer(session)
        appoint(
            session, campaign_id, other_id, Place(MemberRole.COORDINATOR), NOW - timedelta(days=1)
        )
    organizer = signed_in(app, "organizer@example.org")
    _, path = written(app, organizer)
    organizer.send(f"{path}send/", path, number="26")
    with stored_in(app) as session:
        session.scalars(select(Approval)).one().agreed_by_id = other_id
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=1))
    organizer.send(f"{path}edit/", **EVERYBODY | {"subject": "Other", "text": "Another text"})
    organizer.send(f"{path}send/", path, number="26")
    with stored_in(app) as session:
        assert session.scalars(select(Message.state)).one() == "draft"
