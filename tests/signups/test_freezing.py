"""A frozen campaign takes nothing from groups and volunteers, and what is there stays."""

import time
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select

from protestcoord.campaigns.corrections import propose_correction
from protestcoord.campaigns.freezing import CampaignFrozen, freeze_campaign, thaw_campaign
from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.service import CampaignNotPublished
from protestcoord.core import clock
from protestcoord.core.database import unit_of_work
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail
from protestcoord.members.rules import Areas
from protestcoord.missions.correcting import Correction
from protestcoord.organizers.models import AuditEntry
from protestcoord.publications.capture import take_snapshot
from protestcoord.publications.pages import pages_of
from protestcoord.signups import bulk, checkins, handover, places, proposals, service, undo
from protestcoord.signups.models import Contact, Group, Handover, SignUp
from protestcoord.signups.queries import affected_by_freeze
from protestcoord.signups.queue import clusters_in
from protestcoord.signups.rules import SignUpState
from protestcoord.volunteers import reminders, turnout
from protestcoord.volunteers.models import Subscription
from protestcoord.volunteers.rules import Moment
from tests.console_client import console_app, signed_in, stored_in
from tests.proofs import size
from tests.signups.test_proposals import GHENT
from tests.stored import (
    NOW,
    STARTS_AT,
    request_for,
    store_campaign,
    store_organizer,
    store_sign_up,
    store_slot,
)

OWNER = "organizer@example.org"
FREEZE, THAW = "/organize/c/noon/freeze/", "/organize/c/noon/thaw/"
ROWS = size(300, full=10_000)
MANY = size(100, full=1_000)
NEXT = "next@example.org"
RIGHT = Correction({"phone": "+49 30 12345"}, "seen on the spot", "2026-11-01")
PART = service.Part(7, "Main gate")
ASKED = reminders.ReminderRequest("new@example.org", (Moment.DAY,), "en")


def confirmed(session, vault, slot, email="lantern@example.org"):
    sign_up = store_sign_up(session, vault, slot, email=email)
    service.open_link(session, sign_up.group, NOW)
    places.approve_sign_up(session, sign_up.id, NOW)
    return sign_up


def acts_on(session, vault, own, pending):
    """What groups and volunteers bring to a campaign, by name."""
    slot, campaign, group = own.slot, own.group.campaign, own.group
    new = request_for(slot, email="new@example.org")
    return {
        "sign up": lambda: service.sign_up_group(session, vault, campaign, new, NOW),
        "confirm": lambda: places.confirm_sign_up(session, pending.id, NOW),
        "edit a part": lambda: service.edit_sign_up(session, own, PART, NOW),
        "edit a group": lambda: service.edit_group(session, group, "X", "Y", NOW, is_named=True),
        "check in": lambda: checkins.start(session, own, 5, STARTS_AT),
        "propose a site": lambda: proposals.propose_site(session, group, GHENT, NOW),
        "correct a row": lambda: propose_correction(
            session, campaign, slot.site.mission, RIGHT, NOW
        ),
        "hand over": lambda: handover.ask_for_handover(session, vault, group, NEXT, NOW),
        "allow": lambda: handover.allow_handover(session, vault, asked_by(session, group), NOW),
        "accept": lambda: handover.accept_handover(
            session, vault, asked_by(session, pending.group), NOW
        ),
        "come": lambda: turnout.count_comers(session, slot, 2, NOW),
        "be reminded": lambda: reminders.ask_for_reminders(session, vault, slot, ASKED, NOW),
    }


ACTS = [
    "sign up",
    "confirm",
    "edit a part",
    "edit a group",
    "check in",
    "propose a site",
    "correct a row",
    "hand over",
    "allow",
    "accept",
    "come",
    "be reminded",
]


def asked_by(session, group):
    return session.scalars(select(Handover).where(Handover.group_id == group.id)).one()


@pytest.fixture
def stage(session, vault):
    slot = store_slot(session, store_campaign(session, counts_turnout=True, sends_reminders=True))
    own = confirmed(session, vault, slot)
    pending = store_sign_up(session, vault, slot, email="other@example.org")
    for sign_up, address in ((own, NEXT), (pending, "third@example.org")):
        handover.ask_for_handover(session, vault, sign_up.group, address, NOW)
    handover.allow_handover(session, vault, asked_by(session, pending.group), NOW)
    return acts_on(session, vault, own, pending), own


@pytest.mark.proves("L9")
@pytest.mark.parametrize("act", ACTS)
def test_a_frozen_campaign_takes_nothing(session, stage, act):
    acts, own = stage
    freeze_campaign(session, own.group.campaign, NOW)
    with pytest.raises(CampaignFrozen):
        acts[act]()


@pytest.mark.control("L9")
@pytest.mark.parametrize("act", ACTS)
def test_thawed_it_takes_the_same(session, stage, act):
    acts, own = stage
    freeze_campaign(session, own.group.campaign, NOW)
    thaw_campaign(session, own.group.campaign, NOW)
    acts[act]()


def test_every_act_is_tried(stage):
    assert list(stage[0]) == ACTS


def later(hours):
    return NOW + timedelta(hours=hours)


def links_alive(session, vault, stage, now):
    """Which links mailed at NOW still work at a moment, after the chores have run."""
    _acts, own = stage
    pending = session.scalars(select(SignUp).where(SignUp.id != own.id)).one()
    places.expire_pending(session, now)
    handover.forget_unaccepted(session, now)
    reminders.forget_over(session, now)
    return {
        "claim": pending.state is SignUpState.PENDING,
        "allow": find_link(session, vault, handover.find_to_allow, own.group, now),
        "accept": find_link(session, vault, handover.find_handover, pending.group, now),
        "reminder": session.scalar(select(Subscription.id)) is not None,
    }


def find_link(session, vault, find, group, now):
    stored = session.scalar(select(Handover).where(Handover.group_id == group.id))
    return bool(stored and find(session, vault.open_handover(stored).link_token, now))


@pytest.mark.proves("L9")
def test_links_that_were_mailed_before_outlive_the_freeze(session, vault, stage):
    acts, own = stage
    acts["be reminded"]()
    freeze_campaign(session, own.group.campaign, NOW)
    alive = {"claim": True, "allow": True, "accept": True, "reminder": True}
    assert links_alive(session, vault, stage, later(72)) == alive
    thaw_campaign(session, own.group.campaign, later(72))
    assert links_alive(session, vault, stage, later(72.1)) == alive
    assert links_alive(session, vault, stage, later(95)) == alive | {"allow": False}
    assert not any(links_alive(session, vault, stage, later(97)).values())


@pytest.mark.control("L9")
def test_without_a_freeze_they_end_in_time(session, vault, stage):
    acts, _own = stage
    acts["be reminded"]()
    assert not any(links_alive(session, vault, stage, later(25)).values())


def test_a_reminder_is_not_confirmed_while_it_is_frozen(session, stage):
    acts, own = stage
    acts["be reminded"]()
    subscription = session.scalars(select(Subscription)).one()
    freeze_campaign(session, own.group.campaign, NOW)
    with pytest.raises(CampaignFrozen):
        reminders.confirm_reminders(session, subscription, NOW)


@pytest.mark.proves("L9")
def test_to_withdraw_stays_possible_and_who_waits_moves_up_after_it(session, vault):
    slot = store_slot(session, capacity=1)
    own = confirmed(session, vault, slot)
    waiting = store_sign_up(session, vault, slot, email="w@w.example")
    places.confirm_sign_up(session, waiting.id, NOW)
    freeze_campaign(session, own.group.campaign, NOW)
    places.withdraw_sign_up(session, own.id, NOW)
    assert (own.state, waiting.state) == (SignUpState.WITHDRAWN, SignUpState.WAITLISTED)
    assert places.promote_where_free(session, NOW) == 0
    thaw_campaign(session, own.group.campaign, NOW)
    assert places.promote_where_free(session, NOW) == 1


def test_the_first_press_of_a_link_lets_the_group_in_and_confirms_nothing(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    freeze_campaign(session, sign_up.group.campaign, NOW)
    service.open_link(session, sign_up.group, NOW)
    assert (sign_up.state, sign_up.group.verified_at) == (SignUpState.PENDING, NOW)


def test_what_is_public_stays_and_mails_that_are_due_stay(session, stage):
    _acts, own = stage
    mails = len(session.scalars(select(OutboxMail)).all())
    (before,) = take_snapshot(session, NOW).campaigns
    freeze_campaign(session, own.group.campaign, NOW)
    (after,) = take_snapshot(session, NOW).campaigns
    assert (before.frozen, after.frozen) == (False, True)
    assert before.sites == after.sites
    assert len(session.scalars(select(OutboxMail)).all()) == mails


def public_pages(session):
    snapshot = take_snapshot(session, NOW)
    links, wanted = Links("https://example.org", "en", "en"), ("/", "/c/noon/")
    pages = {page.path: page for page in pages_of(snapshot, demo=False)}
    chosen = [p for path, p in pages.items() if path in wanted or "/c/noon/sites/" in path]
    return [page.build(page.slice, links).decode() for page in chosen]


@pytest.mark.proves("L9")
def test_public_pages_say_that_sign_up_is_paused(session, stage):
    _acts, own = stage
    assert [("Sign-up is paused." in p, "/sign-up/" in p) for p in public_pages(session)] == [
        (False, True)
    ] * 3
    freeze_campaign(session, own.group.campaign, NOW)
    assert [("Sign-up is paused." in p, "/sign-up/" in p) for p in public_pages(session)] == [
        (True, False)
    ] * 3


def test_pressed_twice_it_keeps_its_moment_and_a_draft_is_not_frozen(session):
    campaign = store_slot(session).site.campaign
    assert freeze_campaign(session, campaign, NOW)
    assert not freeze_campaign(session, campaign, NOW + timedelta(hours=1))
    assert campaign.frozen_at == NOW
    assert thaw_campaign(session, campaign, NOW)
    assert not thaw_campaign(session, campaign, NOW)
    draft = store_campaign(session, "draft", state=CampaignState.DRAFT)
    with pytest.raises(CampaignNotPublished):
        freeze_campaign(session, draft, NOW)


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with console_app(tmp_path, OWNER) as made:
        with stored_in(made) as session:
            confirmed(session, made.config["VAULT"], store_slot(session))
        yield made


@pytest.mark.proves("L9")
def test_one_press_freezes_says_how_much_and_is_written_down(app):
    owner, visitor = signed_in(app, OWNER), app.test_client()
    assert visitor.get("/c/noon/sign-up/").status_code == 200
    shown = owner.open(FREEZE).text
    assert "Live sign-ups</dt><dd>1</dd>" in shown
    assert owner.send(FREEZE).status_code == 303
    refused = visitor.get("/c/noon/sign-up/")
    assert (refused.status_code, "have paused" in refused.text) == (409, True)
    assert "Thaw: go on" in owner.open(FREEZE).text
    assert "This campaign is frozen" in owner.open("/organize/c/noon/").text
    assert owner.send(THAW, page=FREEZE).status_code == 303
    assert visitor.get("/c/noon/sign-up/").status_code == 200
    with stored_in(app) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [entry.act for entry in entries] == ["campaign.freeze", "campaign.thaw"]
    assert "Froze the campaign" in owner.open("/organize/log/").text


def test_the_form_that_was_open_keeps_what_was_typed(app):
    with stored_in(app) as session:
        key = session.scalars(select(Slot)).one().key
        freeze_campaign(session, session.scalars(select(Campaign)).one(), NOW)
    typed = {
        "slot": key,
        "name": "Second circle",
        "city": "Berlin",
        "expected_number": "5",
        "email": "second@example.org",
        "code_of_conduct": "y",
    }
    answer = app.test_client().post("/c/noon/sign-up/", data=typed)
    assert answer.status_code == 422
    assert "have paused" in answer.text
    assert "Second circle" in answer.text


def test_without_a_fresh_second_factor_nothing_is_frozen(app, monkeypatch):
    owner = signed_in(app, OWNER)
    sent = {"csrf_token": owner.token(FREEZE)}
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    assert "/again/" in owner.client.post(FREEZE, data=sent).location
    with stored_in(app) as session:
        assert session.scalars(select(Campaign)).one().frozen_at is None


def fill(session, slots, count):
    """Sign-ups of as many groups, of which each fifth has a place and all others wait."""
    campaign_id = slots[0].site.campaign_id
    contacts = [
        {
            "id": str(uuid.UUID(int=number)),
            "campaign_id": campaign_id,
            "sealed": b"",
            "email_index": f"{number:064x}",
            "domain_index": f"{number % 40:x}",
            "created_at": NOW,
        }
        for number in range(count)
    ]
    session.execute(insert(Contact), contacts)
    groups = [
        {
            "campaign_id": campaign_id,
            "contact_id": contact["id"],
            "key": f"g-{number:010x}",
            "name": f"Circle {number}",
            "city": "Berlin",
            "language": "en",
            "link_hash": f"{number:064x}",
            "verified_at": NOW,
            "created_at": NOW,
            "changed_at": NOW,
        }
        for number, contact in enumerate(contacts)
    ]
    session.execute(insert(Group), groups)
    ids = session.scalars(select(Group.id).order_by(Group.id)).all()
    session.execute(insert(SignUp), [_row(ids[n], slots, n) for n in range(count)])


def _row(group_id, slots, number):
    slot, turn = slots[number % len(slots)], number // len(slots)
    has_place = turn < slot.capacity
    return {
        "group_id": group_id,
        "slot_id": slot.id,
        "state": SignUpState.OFFERED if has_place else SignUpState.WAITLISTED,
        "place_number": turn + 1 if has_place else None,
        "waitlist_number": None if has_place else turn,
        "expected_number": 5,
        "meeting_point": f"Gate {number % 500}",
        "hides_point": False,
        "code_of_conduct": "1",
        "created_at": NOW,
        "changed_at": NOW,
    }


def seconds(act):
    began = time.monotonic()
    act()
    return time.monotonic() - began


def in_one_unit(sessions, act):
    """Do it as a press does: a session of its own, until it is committed."""

    def pressed():
        with sessions() as session, unit_of_work(session):
            act(session, session.scalars(select(Campaign)).one())

    return pressed


def decline(session, campaign):
    ids = session.scalars(select(SignUp.id).order_by(SignUp.id).limit(MANY)).all()
    chosen = bulk.chosen_sign_ups(session, campaign.id, ids)
    undo.keep_sign_ups(session, store_organizer(session), "sign_ups.decline", chosen, NOW)
    assert bulk.decline_many(session, chosen, NOW).done == MANY


def take_back(session, _campaign):
    undo.undo_act(session, session.scalars(select(undo.Undo)).one(), NOW)


def switch(session, campaign):
    campaign.known_groups_only = not campaign.known_groups_only


def look_for_similar(session, campaign):
    assert clusters_in(session, campaign.id, Areas(), confirmed_too=True)


def freeze(session, campaign):
    assert affected_by_freeze(session, campaign.id).groups == ROWS
    assert freeze_campaign(session, campaign, NOW)


def thaw(session, campaign):
    assert thaw_campaign(session, campaign, NOW)


KIT = {
    "freeze": freeze,
    "thaw": thaw,
    "known groups only": switch,
    "similar texts": look_for_similar,
}
MANY_AT_ONCE = {f"reject {MANY:,}": decline, f"undo {MANY:,}": take_back}
# A thousand groups get a mail and a step each; one second is aimed at.
MANY_SECONDS = 2


def times_of(sessions, acts, **changes):
    with sessions() as session, unit_of_work(session):
        campaign = store_campaign(session, **changes)
        fill(session, [store_slot(session, campaign) for _ in range(60)], ROWS)
    return {name: seconds(in_one_unit(sessions, act)) for name, act in acts.items()}


def told_of(took):
    told = ", ".join(f"{name} {one:.2f} s" for name, one in took.items())
    return f"at {ROWS:,} sign-ups {told}"


@pytest.mark.proves("L9")
def test_each_act_of_the_kit_takes_one_second_at_most(sessions, record_property):
    took = times_of(sessions, KIT)
    record_property("L9", told_of(took))
    assert {name: one for name, one in took.items() if one > 1} == {}


@pytest.mark.parametrize("known_only", [False, True])
def test_many_are_rejected_and_taken_back_within_seconds(sessions, record_property, known_only):
    took = times_of(sessions, MANY_AT_ONCE, known_groups_only=known_only)
    record_property("L9", told_of(took) + (", only known groups" if known_only else ""))
    assert {name: one for name, one in took.items() if one > MANY_SECONDS} == {}


def statements_of(sessions, act):
    """How many statements an act sends."""
    seen = []
    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *sent: seen.append(sent[2]))
    in_one_unit(sessions, act)()
    return len(seen)


def test_who_moves_up_is_asked_once_for_all_slots_and_groups(sessions):
    with sessions() as session, unit_of_work(session):
        campaign = store_campaign(session, known_groups_only=True)
        fill(session, [store_slot(session, campaign) for _ in range(60)], ROWS)
    # One a slot would be sixty, one a group hundreds.
    assert statements_of(sessions, decline) < 50
