"""Strangers who confirm what they ask for: they hold no slot in public, and go at one press."""

import re
import time
from collections import Counter
from datetime import time as dt_time

import pytest
from sqlalchemy import func, select

from protestcoord.campaigns.slot_moving import SlotTime
from protestcoord.core.mail import OutboxMail
from protestcoord.signups import places, service
from protestcoord.signups.caps import MOST_OFFERED_OF_DOMAIN
from protestcoord.signups.coverage import counts_by_slot, sites_with_state
from protestcoord.signups.models import SignUp
from protestcoord.signups.notices import move_slot_and_tell
from protestcoord.signups.rules import SignUpState, SlotState
from tests.app_client import app_with_tables, good_sign_up
from tests.console_client import signed_in, stored_in
from tests.proofs import size
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot

MAILBOXES = size(60, full=500)
DOMAINS = 5
REJECTED = size(150, full=1_000)
ASKED = size(40, full=1_000)


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


def strangers_claim(session, vault, slots, count=MAILBOXES, domains=DOMAINS):
    """Let mailboxes that all confirm claim every slot in turn."""
    for number in range(count):
        slot = slots[number % len(slots)]
        email = f"box{number}@host{number}.troll{number % domains}.example"
        sign_up = store_sign_up(session, vault, slot, email=email, name=f"Crowd {number}")
        places.confirm_sign_up(session, sign_up.id, NOW)


def shown_states(session, campaign):
    return {found.state for found in sites_with_state(session, campaign.id)}


def offered_in(session):
    offered = select(func.count()).where(SignUp.state == SignUpState.OFFERED)
    return session.scalar(offered)


@pytest.mark.proves("B2", "B3")
def test_confirmed_mailboxes_fill_no_slot_in_public(app, record_property):
    with stored_in(app) as session:
        campaign = store_campaign(session)
        slots = [store_slot(session, campaign) for _ in range(10)]
        strangers_claim(session, app.config["VAULT"], slots)
        assert offered_in(session) == DOMAINS * MOST_OFFERED_OF_DOMAIN
        counts = counts_by_slot(session, campaign.id)
        assert sum(count.confirmed for count in counts.values()) == 0
        assert SlotState.FULL not in shown_states(session, campaign)
        honest = store_sign_up(session, app.config["VAULT"], slots[-1], email="us@honest.example")
        assert places.confirm_sign_up(session, honest.id, NOW) is SignUpState.OFFERED
    record_property("B2", f"{MAILBOXES} confirmed mailboxes on {DOMAINS} domains: 0 slots full")
    record_property("B3", f"{MAILBOXES} mailboxes on {DOMAINS} domains hold 15 places of 50")


@pytest.mark.control("B2")
def test_without_a_look_at_each_they_would_fill_the_slots(app):
    with stored_in(app) as session:
        campaign = store_campaign(session, approves_at_once=True)
        slots = [store_slot(session, campaign)]
        strangers_claim(session, app.config["VAULT"], slots, count=10)
        assert shown_states(session, campaign) == {SlotState.FULL}


@pytest.mark.control("B3")
def test_without_the_cap_of_a_domain_they_would_hold_all_places(app, monkeypatch):
    monkeypatch.setattr("protestcoord.signups.caps.MOST_OFFERED_OF_DOMAIN", 1000)
    with stored_in(app) as session:
        campaign = store_campaign(session)
        slots = [store_slot(session, campaign) for _ in range(2)]
        strangers_claim(session, app.config["VAULT"], slots, count=20)
        assert offered_in(session) == 10


@pytest.mark.proves("B2")
def test_a_cluster_is_rejected_in_three_presses_and_five_seconds(app, record_property):
    with stored_in(app) as session:
        slots = [store_slot(session)]
        slots += [store_slot(session, slots[0].site.campaign) for _ in range(9)]
        strangers_claim(session, app.config["VAULT"], slots, count=REJECTED, domains=1)
    organizer, page = signed_in(app, "organizer@example.org"), "/organize/c/noon/sign-ups/"
    began = time.monotonic()
    similar = organizer.open(f"{page}similar/").text
    alike = similar[similar.index("The same mail domain") :]
    sent = re.search(r'name="sign_up" value="([\d ]+)"', alike).group(1)
    ticked = organizer.send(f"{page}ticked/", page, act="tick", sign_up=sent)
    boxes = re.findall(r'name="sign_up" value="(\d+)" checked', ticked.text)
    organizer.send(f"{page}ticked/", page, act="decline", sign_up=boxes, sure="y")
    seconds = time.monotonic() - began
    with stored_in(app) as session:
        states = Counter(session.scalars(select(SignUp.state)))
    assert states == {SignUpState.DECLINED: REJECTED}
    assert seconds <= 5
    record_property("B2", f"{REJECTED:,} rejected by domain in 3 presses, {seconds:.1f} s")


@pytest.mark.proves("B5")
def test_a_thousand_sign_ups_with_one_address_are_three_mails_and_a_move_is_told(
    app, record_property
):
    with stored_in(app) as session:
        slot, vault = store_slot(session), app.config["VAULT"]
        sign_up = store_sign_up(session, vault, slot)
        service.open_link(session, sign_up.group, NOW)
        places.approve_sign_up(session, sign_up.id, NOW)
        own = Counter({"offered": 1, "confirmed": 1})
        for _ in range(ASKED - 1):
            store_sign_up(session, vault, slot)
        assert mails_by_kind(session) - own == {"confirm": 1, "link": 2}
        earlier = SlotTime(STARTS_AT.date(), dt_time(10), 60)
        assert move_slot_and_tell(session, slot, earlier, NOW) == 1
        assert mails_by_kind(session)["slot_moved"] == 1
    record_property("B5", f"{ASKED:,} sign-ups with one address: 3 mails, and a move was told")


def mails_by_kind(session):
    return Counter(str(kind) for kind in session.scalars(select(OutboxMail.kind)))


@pytest.mark.proves("W9")
@pytest.mark.parametrize(
    ("form", "status"),
    [({"name": "x" * 64 * 1024}, 413), ({f"f{n}": "" for n in range(200)}, 413)],
)
def test_a_large_form_is_refused(app, form, status):
    with stored_in(app) as session:
        store_slot(session)
    answer = app.test_client().post("/c/noon/sign-up/", data=good_sign_up() | form)
    assert answer.status_code == status
