"""A message waits, leaves, is told how far it is, and is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import OutboxMail, Refused, send_due
from protestcoord.messages import mails, queries, service
from protestcoord.messages.models import Message
from protestcoord.messages.requests import MessageRequest
from protestcoord.messages.rules import DELAY, DRAFT_LIFE, Audience, MessageState
from protestcoord.signups import places
from tests.stored import NOW, STARTS_AT, store_organizer, store_sign_up, store_slot

TEXT = "Dear {group}, we meet at {meeting_point}. A canary sings."
SECOND = timedelta(seconds=1)


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def settings(tmp_path):
    from protestcoord.config import load_settings

    return load_settings(tmp_path, {"BASE_URL": "https://example.org"})


def groups(session, vault, count, **changes):
    slot = store_slot(session, starts_at=STARTS_AT)
    made = []
    for n in range(count):
        sign_up = store_sign_up(
            session, vault, slot, email=f"g{n}@g{n}.example", name=f"Group {n}", **changes
        )
        places.confirm_sign_up(session, sign_up.id, NOW)
        sign_up.group.verified_at = NOW
        made.append(sign_up)
    return made


def written(session, vault, audience=None):
    organizer = store_organizer(session)
    campaign = session.scalars(select(service.Campaign)).one()
    asked = MessageRequest("News", TEXT, audience or Audience())
    return service.write_message(session, vault, campaign, organizer, asked, NOW)


def sent(session, message, count, now=NOW):
    return service.send_message(session, message, store_organizer(session), count, now)


def outbox(session):
    chosen = select(OutboxMail).where(OutboxMail.kind == "messages.message")
    return session.scalars(chosen).all()


def deliver_all(sessions, vault, settings, now, deliver=lambda mail: None):
    return send_due(sessions, lambda s, m: mails.compose(s, vault, settings, m), deliver, now)


def test_to_many_it_leaves_after_ten_minutes_and_not_before(session, vault):
    groups(session, vault, 26)
    message = written(session, vault)
    sent(session, message, 26)
    service.release_due(session, NOW + DELAY - SECOND)
    assert (message.state, outbox(session)) == (MessageState.WAITING, [])
    service.release_due(session, NOW + DELAY)
    assert (message.state, len(outbox(session))) == (MessageState.SENDING, 26)
    service.release_due(session, NOW + DELAY)
    assert len(outbox(session)) == 26, "it is released once"


def test_what_was_called_off_while_it_waited_never_leaves(session, vault):
    groups(session, vault, 26)
    message = written(session, vault)
    sent(session, message, 26)
    service.call_off(session, message, NOW + SECOND)
    service.release_due(session, NOW + DELAY)
    assert (message.state, message.sealed_text, outbox(session)) == (
        MessageState.CANCELLED,
        None,
        [],
    )


def test_the_text_is_wiped_when_the_last_mail_has_left(sessions, vault, settings):
    with sessions() as session, unit_of_work(session):
        groups(session, vault, 3)
        number = written(session, vault).id
        sent(session, session.get_one(Message, number), None)
    with sessions() as session, unit_of_work(session):
        assert service.forget_texts(session, NOW) == 0, "while mails wait it is needed"
    bodies = []
    taken = deliver_all(sessions, vault, settings, NOW, lambda m: bodies.append(m.get_content()))
    assert (taken, len(bodies)) == (3, 3)
    assert all("A canary sings." in body for body in bodies)
    with sessions() as session, unit_of_work(session):
        assert service.forget_texts(session, NOW) == 1
        message = session.get_one(Message, number)
        assert (message.state, message.sealed_text) == (MessageState.SENT, None)
    assert deliver_all(sessions, vault, settings, NOW + timedelta(days=1)) == 0


def test_no_file_of_the_database_holds_a_text_in_clear(sessions, vault, settings, tmp_path):
    with sessions() as session, unit_of_work(session):
        groups(session, vault, 2)
        message = written(session, vault)
        sent(session, message, None)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(b"canary sings" in path.read_bytes() for path in files)
    (tmp_path / "planted").write_bytes(b"a canary sings")
    assert b"canary sings" in (tmp_path / "planted").read_bytes(), "the control"


def test_a_refused_mail_is_counted_and_the_others_leave(sessions, vault, settings):
    with sessions() as session, unit_of_work(session):
        groups(session, vault, 3)
        number = written(session, vault).id
        sent(session, session.get_one(Message, number), None)

    def deliver(mail):
        if "g1@" in str(mail["To"]):
            raise Refused

    deliver_all(sessions, vault, settings, NOW, deliver)
    with sessions() as session:
        told = queries.delivery_of(session, number)
    assert (told.sent, told.refused, told.queued) == (2, 1, 0)


def test_a_draft_that_nobody_touches_is_forgotten(session, vault):
    groups(session, vault, 1)
    message = written(session, vault)
    assert service.forget_texts(session, NOW + DRAFT_LIFE) == 0
    assert service.forget_texts(session, NOW + DRAFT_LIFE + SECOND) == 1
    assert message.sealed_text is None


def names(session, audience, now=NOW):
    campaign = session.scalars(select(service.Campaign.id)).one()
    return [s.group.name for s in queries.chosen_sign_ups(session, campaign, audience, now)]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (Audience(), ["Group 0", "Group 1", "Group 2"]),
        (Audience(state="offered"), ["Group 1", "Group 2"]),
        (Audience(state="confirmed"), ["Group 0"]),
        (Audience(country="DE"), ["Group 0", "Group 1", "Group 2"]),
        (Audience(country="FR"), []),
        (Audience(region="155"), ["Group 0", "Group 1", "Group 2"]),
        (Audience(region="030"), []),
        (Audience(wave=1), ["Group 0", "Group 1", "Group 2"]),
        (Audience(wave=2), []),
        (Audience(mission="de-berlin-embassy"), ["Group 0", "Group 1", "Group 2"]),
        (Audience(mission="fr-paris-embassy"), []),
        (Audience(language="ko"), ["Group 2"]),
        (Audience(language="ko", state="confirmed"), []),
    ],
)
def test_each_filter_narrows_who_gets_it(session, vault, audience, expected):
    first, _, last = groups(session, vault, 3)
    places.approve_sign_up(session, first.id, NOW)
    last.group.language = "ko"
    session.flush()
    assert names(session, audience) == expected


def test_who_is_silent_is_who_did_nothing_for_so_many_days(session, vault):
    groups(session, vault, 1)
    assert names(session, Audience(silent_days=7), NOW + timedelta(days=6)) == []
    assert names(session, Audience(silent_days=7), NOW + timedelta(days=8)) == ["Group 0"]


def test_who_never_confirmed_its_address_is_not_written_to(session, vault):
    groups(session, vault, 1)[0].group.verified_at = None
    session.flush()
    assert names(session, Audience()) == []
