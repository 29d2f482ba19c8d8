"""From the wish to be reminded to the last mail: confirmed, once, in time, and forgotten."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, select

from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.service import cancel_slot
from protestcoord.core.consent import MailBlock, block_mail
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.core.mail import OutboxMail
from protestcoord.core.tokens import token_hash
from protestcoord.signups import purge
from protestcoord.volunteers import reminders
from protestcoord.volunteers.addresses import block_proof, open_address
from protestcoord.volunteers.models import Reminder, Subscription
from protestcoord.volunteers.rules import Moment, NotAsked
from tests.processes import APART
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot
from tests.volunteers.asked import EMAIL, ask, kinds, on_both, reminding_slot, store_confirmed

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
DAY_BEFORE = STARTS_AT - DAY


@pytest.fixture
def slot(session):
    return reminding_slot(session)


def subscriptions(session):
    return session.scalars(select(Subscription)).all()


def test_nobody_is_reminded_before_the_button_behind_the_link(session, vault, slot):
    ask(session, vault, slot)
    assert kinds(session) == ["volunteers.confirm"]
    assert reminders.queue_due(session, STARTS_AT - HOUR) == 0


def test_neither_address_nor_link_is_stored_in_clear(session, vault, slot):
    made = ask(session, vault, slot)
    session.commit()
    address = open_address(vault, made)
    assert address.email == EMAIL
    columns = [str(getattr(made, c.key)) for c in Subscription.__table__.columns]
    stored = " ".join([*columns, *map(str, session.scalars(select(OutboxMail.about)))])
    for secret in (EMAIL, "walker", address.confirm_token, address.leave_token):
        assert secret not in stored
    assert token_hash(address.leave_token) in stored, "the control: the digest is found"


def test_rows_cannot_be_swapped(session, vault, slot):
    one, other = ask(session, vault, slot), ask(session, vault, slot, email="b@example.org")
    one.sealed = other.sealed
    with pytest.raises(CannotOpen):
        open_address(vault, one)


def test_a_link_confirms_for_a_day_and_pressing_again_changes_nothing(session, vault, slot):
    token = open_address(vault, ask(session, vault, slot)).confirm_token
    with pytest.raises(reminders.LinkGone):
        reminders.find_to_confirm(session, token, NOW + DAY)
    made = reminders.find_to_confirm(session, token, NOW + DAY - SECOND)
    reminders.confirm_reminders(session, made, NOW)
    again = reminders.find_to_confirm(session, token, NOW + 3 * DAY)
    reminders.confirm_reminders(session, again, NOW + 3 * DAY)
    assert again.confirmed_at == NOW


def test_a_link_of_one_purpose_does_nothing_for_another(session, vault, slot):
    address = open_address(vault, ask(session, vault, slot))
    with pytest.raises(reminders.LinkGone):
        reminders.find_to_confirm(session, address.leave_token, NOW)
    reminders.leave(session, address.confirm_token)
    assert len(subscriptions(session)) == 1


def test_a_later_wish_replaces_the_one_before_when_it_is_confirmed(session, vault, slot):
    first = store_confirmed(session, vault, slot).id
    second = ask(session, vault, slot, moments=[Moment.DAY])
    assert {s.id for s in subscriptions(session)} == {first, second.id}
    reminders.confirm_reminders(session, second, NOW)
    assert [s.id for s in subscriptions(session)] == [second.id]
    assert [r.moment for r in session.scalars(select(Reminder))] == [Moment.DAY]


def test_an_address_gets_three_mails_a_day_whatever_form_a_stranger_uses(session, vault, slot):
    ask(session, vault, slot)
    store_sign_up(session, vault, slot, email=EMAIL)
    assert ask(session, vault, slot, email=EMAIL.upper()) is not None
    assert ask(session, vault, slot) is None
    store_sign_up(session, vault, store_slot(session, slot.site.campaign), email=EMAIL)
    assert len(kinds(session)) == 3
    assert ask(session, vault, slot, at=NOW + DAY) is not None


def writes_of(session, work):
    """The tables that are written to; a commit that writes nothing answers sooner."""
    seen = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT"):
            seen.append(statement.split()[2])

    event.listen(connection, "before_cursor_execute", note)
    work()
    session.flush()
    event.remove(connection, "before_cursor_execute", note)
    return set(seen) - {"asked_mail"}


def test_what_is_refused_takes_the_same_work_and_leaves_nothing(session, vault, slot):
    taken = writes_of(session, lambda: ask(session, vault, slot))
    block_mail(session, vault.anywhere_index("never@example.org"), NOW)
    before = [s.id for s in subscriptions(session)]
    refused = writes_of(session, lambda: ask(session, vault, slot, email="never@example.org"))
    assert refused == taken == {"subscription", "reminder", "outbox_mail"}
    assert [s.id for s in subscriptions(session)] == before
    assert kinds(session) == ["volunteers.confirm"]


def test_a_slot_that_offers_no_reminders_takes_no_address(session, vault, slot):
    for at, change in ((STARTS_AT - 2 * HOUR, {}), (NOW, {"sends_reminders": False})):
        for name, value in change.items():
            setattr(slot.site.campaign, name, value)
        with pytest.raises(NotAsked):
            ask(session, vault, slot, at=at)
    assert subscriptions(session) == []


@on_both
def test_each_moment_is_queued_once_and_in_time(session, vault, slot):
    store_confirmed(session, vault, slot)
    for due in (STARTS_AT - 7 * DAY, DAY_BEFORE, STARTS_AT - 2 * HOUR):
        assert reminders.queue_due(session, due - SECOND) == 0
        assert reminders.queue_due(session, due) == 1
        assert reminders.queue_due(session, due + HOUR) == 0
    assert kinds(session) == ["volunteers.reminder"] * 3


def test_what_was_missed_is_told_once_and_nothing_after_the_start(session, vault, slot):
    store_confirmed(session, vault, slot)
    assert reminders.queue_due(session, STARTS_AT) == 0
    assert reminders.queue_due(session, STARTS_AT + HOUR) == 0
    assert reminders.queue_due(session, STARTS_AT - SECOND) == 1
    assert kinds(session) == ["volunteers.reminder"]


def test_a_moment_that_was_over_at_confirming_is_not_made_up_for(session, vault, slot):
    made = ask(session, vault, slot)
    made.asked_at = DAY_BEFORE - HOUR
    reminders.confirm_reminders(session, made, DAY_BEFORE + HOUR)
    assert reminders.queue_due(session, DAY_BEFORE + HOUR) == 0
    assert reminders.queue_due(session, STARTS_AT - HOUR) == 1


@on_both
def test_who_move_a_slot_tell_at_once_and_remind_by_the_new_time(session, vault, slot):
    store_confirmed(session, vault, slot, moments=[Moment.DAY])
    slot.starts_at, slot.ends_at = STARTS_AT + DAY, STARTS_AT + DAY + HOUR
    session.flush()
    assert reminders.queue_due(session, DAY_BEFORE) == 0, "not by the old time"
    assert reminders.tell_changes(session, NOW) == 1
    assert reminders.tell_changes(session, NOW) == 0
    assert reminders.queue_due(session, DAY_BEFORE) == 0
    assert reminders.queue_due(session, DAY_BEFORE + DAY) == 1
    assert kinds(session) == ["volunteers.changed", "volunteers.reminder"]


def test_a_slot_put_off_after_the_reminder_is_reminded_of_again(session, vault, slot):
    store_confirmed(session, vault, slot, moments=[Moment.DAY])
    assert reminders.queue_due(session, DAY_BEFORE) == 1
    slot.starts_at, slot.ends_at = STARTS_AT + 7 * DAY, STARTS_AT + 7 * DAY + HOUR
    session.flush()
    reminders.tell_changes(session, DAY_BEFORE + HOUR)
    assert reminders.queue_due(session, DAY_BEFORE + HOUR) == 0
    assert [reminders.queue_due(session, DAY_BEFORE + 7 * DAY) for _ in range(2)] == [1, 0]


def test_a_later_end_alone_reminds_nobody_twice(session, vault, slot):
    """The control."""
    store_confirmed(session, vault, slot, moments=[Moment.DAY])
    assert reminders.queue_due(session, DAY_BEFORE) == 1
    slot.ends_at += HOUR
    session.flush()
    assert reminders.tell_changes(session, DAY_BEFORE + HOUR) == 1
    assert reminders.queue_due(session, DAY_BEFORE + HOUR) == 0


def test_who_cancel_a_slot_tell_at_once_and_remind_nobody(session, vault, slot):
    store_confirmed(session, vault, slot)
    cancel_slot(session, slot, NOW)
    assert reminders.tell_changes(session, NOW) == 1
    assert reminders.queue_due(session, STARTS_AT - HOUR) == 0
    assert kinds(session) == ["volunteers.changed"]


@on_both
@pytest.mark.parametrize(
    ("name", "value"), [("presence", Presence.REMOTE_ONLY), ("dropped_at", NOW)]
)
def test_nobody_is_sent_where_it_became_unsafe(session, vault, slot, name, value):
    store_confirmed(session, vault, slot)
    setattr(slot.site, name, value)
    session.flush()
    assert reminders.tell_changes(session, NOW) == 1
    assert reminders.queue_due(session, STARTS_AT - HOUR) == 0


def test_what_a_group_says_of_its_meeting_point_mails_nobody(session, vault, slot):
    store_confirmed(session, vault, slot)
    slot.sequence += 1
    session.flush()
    assert reminders.tell_changes(session, NOW) == 0


def test_the_unconfirmed_change_is_told_to_nobody(session, vault, slot):
    ask(session, vault, slot)
    cancel_slot(session, slot, NOW)
    assert reminders.tell_changes(session, NOW) == 0


@on_both
def test_addresses_are_forgotten_in_time(session, vault, slot):
    store_confirmed(session, vault, slot)
    ask(session, vault, slot, email="late@example.org")
    assert reminders.forget_over(session, NOW + DAY - SECOND) == 0
    assert reminders.forget_over(session, NOW + DAY) == 1
    ends_at = STARTS_AT + HOUR
    assert reminders.forget_over(session, ends_at + DAY - SECOND) == 0
    reminders.queue_due(session, STARTS_AT - HOUR)
    assert reminders.forget_over(session, ends_at + DAY) == 1
    left = [session.scalars(select(table)).all() for table in (Subscription, Reminder, OutboxMail)]
    assert left == [[], [], []]


def test_who_leaves_is_forgotten_at_once(session, vault, slot):
    made = store_confirmed(session, vault, slot)
    ask(session, vault, slot)
    other = store_confirmed(session, vault, slot, email="other@example.org").id
    token = open_address(vault, made).leave_token
    reminders.leave(session, token)
    assert [s.id for s in subscriptions(session)] == [other]
    reminders.leave(session, token)


@on_both
def test_never_again_ends_all_of_an_address_in_every_campaign(session, vault, slot):
    made = store_confirmed(session, vault, slot)
    second = store_campaign(session, "second", sends_reminders=True)
    store_confirmed(session, vault, store_slot(session, second), email=EMAIL)
    other = store_confirmed(session, vault, slot, email="other@example.org").id
    address = open_address(vault, made)
    proof = block_proof(vault, EMAIL)
    reminders.never_again(session, vault, address.leave_token, proof, NOW)
    assert [s.id for s in subscriptions(session)] == [other]
    assert ask(session, vault, slot, at=NOW + 30 * DAY) is None
    store_sign_up(session, vault, slot, email=EMAIL)
    assert kinds(session) == []
    with pytest.raises(reminders.LinkGone):
        reminders.never_again(session, vault, address.leave_token, "unknown", NOW)


def test_never_again_holds_also_when_the_subscription_was_forgotten(session, vault, slot):
    token = open_address(vault, ask(session, vault, slot)).leave_token
    reminders.forget_over(session, NOW + DAY)
    assert subscriptions(session) == []
    reminders.never_again(session, vault, token, block_proof(vault, EMAIL), NOW + 3 * DAY)
    assert ask(session, vault, slot, at=NOW + 4 * DAY) is None


def test_a_proof_of_one_address_blocks_no_other(session, vault, slot):
    own, other = (block_proof(vault, email) for email in (EMAIL, "other@example.org"))
    for forged in (own[:64] + other[64:], own[:64], own[:-1], own.upper(), "", "\N{SNOWMAN}" * 128):
        with pytest.raises(reminders.LinkGone):
            reminders.never_again(session, vault, "unknown", forged, NOW)
    assert session.scalars(select(MailBlock)).all() == []
    reminders.never_again(session, vault, "unknown", own, NOW)
    assert len(session.scalars(select(MailBlock)).all()) == 1, "the control"


def test_a_purge_makes_an_address_unreadable(session, vault, slot):
    made = store_confirmed(session, vault, slot)
    purge.purge_contacts(session, vault, 30 * DAY, STARTS_AT + 40 * DAY)
    with pytest.raises(CannotOpen):
        open_address(vault, made)


def confirmed_in(sessions, vault):
    with sessions() as session, unit_of_work(session):
        store_confirmed(session, vault, reminding_slot(session), moments=[Moment.DAY])


@on_both
def test_workers_at_once_queue_a_reminder_once(sessions, vault):
    confirmed_in(sessions, vault)

    def work(_number):
        with sessions() as session, unit_of_work(session):
            return reminders.queue_due(session, DAY_BEFORE)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(8))) == 1
    with sessions() as session:
        assert kinds(session) == ["volunteers.reminder"]


def queue_and_be_killed(url, when):
    with make_sessions(url)() as session:
        with unit_of_work(session):
            assert reminders.queue_due(session, DAY_BEFORE) == 1
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


@on_both
@pytest.mark.parametrize(("when", "left_to_do"), [("before", 1), ("after", 0)])
def test_a_worker_that_is_killed_neither_loses_nor_repeats(
    sessions, database_url, vault, when, left_to_do
):
    confirmed_in(sessions, vault)
    worker = APART.Process(target=queue_and_be_killed, args=(database_url, when))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    with sessions() as session, unit_of_work(session):
        assert reminders.queue_due(session, DAY_BEFORE) == left_to_do
        assert kinds(session) == ["volunteers.reminder"]


def test_a_mark_apart_from_the_mail_would_repeat(session, vault, slot):
    """The control: without the mark of the first time it is queued again."""
    store_confirmed(session, vault, slot, moments=[Moment.DAY])
    reminders.queue_due(session, DAY_BEFORE)
    session.scalars(select(Reminder)).one().settled_at = None
    session.flush()
    assert reminders.queue_due(session, DAY_BEFORE) == 1
    session.execute(delete(OutboxMail))
