"""An organizer sees who waits longest, what changed, what is alike, and undoes a decline."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from protestcoord.core.mail import OutboxMail
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import places, service
from protestcoord.signups.console import A_PAGE, A_PART
from protestcoord.signups.models import SignUp, SignUpStep, Undo
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_sign_up, store_slot

OWNER = "organizer@example.org"
PAGE = "/organize/c/noon/sign-ups/"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


def sign_up_many(app, count, waits_hours=0, domain="troll.example", **changes):
    """Return the ids of sign-ups that wait for some hours, of groups of one mail domain."""
    at = NOW - timedelta(hours=waits_hours)
    with stored_in(app) as session:
        slot = session.scalar(select(places.Slot)) or store_slot(session, capacity=60)
        made = []
        for n in range(count):
            values = {"email": f"canary{n}.{waits_hours}@{domain}", "name": f"Crowd {n}"} | changes
            sign_up = store_sign_up(session, app.config["VAULT"], slot, **values)
            sign_up.created_at = at
            places.confirm_sign_up(session, sign_up.id, at)
            steps = update(SignUpStep).where(SignUpStep.sign_up_id == sign_up.id)
            session.execute(steps.values(at=at))
            made.append(sign_up.id)
        return made


def states(app):
    with stored_in(app) as session:
        return [s.state.value for s in session.scalars(select(SignUp).order_by(SignUp.id))]


def acts(app):
    with stored_in(app) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(entry.act, entry.detail) for entry in entries]


def test_who_waits_longest_stands_first_with_since_when(app):
    sign_up_many(app, 1, 1, "a.example", name="Young circle")
    sign_up_many(app, 1, 5, "b.example", name="Old circle")
    sign_up_many(app, 1, 2, "c.example", name="Middle circle")
    shown = signed_in(app, OWNER).open(PAGE).text
    order = re.findall(r"<bdi>(\w+) circle</bdi></a>", shown)
    assert order == ["Old", "Middle", "Young"]
    assert "waits for 2 hours at the median, and for 5 hours at most" in shown
    assert "2026-11-20T04:00:00Z" in shown


def test_an_edit_does_not_make_a_group_wait_anew(app):
    (sign_up_id,) = sign_up_many(app, 1, 5, "a.example")
    with stored_in(app) as session:
        sign_up = session.get_one(SignUp, sign_up_id)
        service.edit_sign_up(session, sign_up, service.Part(9, "New gate"), NOW)
    assert "(5 hours)" in signed_in(app, OWNER).open(PAGE).text


@pytest.mark.proves("L9")
def test_what_a_group_changed_is_shown_until_it_is_seen(app):
    (sign_up_id,) = sign_up_many(app, 1, 5, "a.example", meeting_point="Old gate")
    with stored_in(app) as session:
        sign_up = session.get_one(SignUp, sign_up_id)
        service.edit_sign_up(session, sign_up, service.Part(5, "<b>New gate"), NOW)
        key = sign_up.group.key
    organizer = signed_in(app, OWNER)
    shown = organizer.open(PAGE).text
    assert "<del><bdi>Old gate</bdi></del>" in shown
    assert "<ins><bdi>&lt;b&gt;New gate</bdi></ins>" in shown
    up_to = re.search(r'name="up_to" value="(\d+)"', shown).group(1)
    organizer.send(f"/organize/c/noon/groups/{key}/edits/seen/", PAGE, up_to=up_to)
    assert "<del>" not in organizer.open(PAGE).text
    assert "<del>" in organizer.open(f"/organize/c/noon/groups/{key}/").text
    assert acts(app) == [("group.edits_seen", {})]


@pytest.mark.proves("L9")
def test_a_cluster_is_declined_in_three_clicks_and_undone_in_one(app):
    ids = sign_up_many(app, 100)
    sign_up_many(app, 1, 30, "honest.example", name="Honest")
    organizer = signed_in(app, OWNER)
    # One: the page of what is alike. It shows no address.
    similar = organizer.open(f"{PAGE}similar/").text
    assert "canary" not in similar
    domain = similar[similar.index("The same mail domain") :]
    sent = re.search(r'name="sign_up" value="([\d ]+)"', domain).group(1)
    assert sent.split() == [str(i) for i in ids]
    # Two: all of it is ticked, and counted.
    ticked = organizer.send(f"{PAGE}ticked/", PAGE, act="tick", sign_up=sent)
    assert "100 sign-ups are ticked" in ticked.text
    boxes = re.findall(r'name="sign_up" value="(\d+)" checked', ticked.text)
    # Three.
    organizer.send(f"{PAGE}ticked/", PAGE, act="decline", sign_up=boxes, sure="y")
    assert states(app) == ["declined"] * 100 + ["offered"]
    page = organizer.open(PAGE).text
    undo_path = re.search(r'action="(/organize/c/noon/undo/\d+/)"', page).group(1)
    organizer.send(undo_path, PAGE)
    assert sorted(set(states(app)[:100])) == ["offered", "waitlisted"]
    assert "Undone: 100 are as before." in organizer.open(PAGE).text
    assert [act for act, _ in acts(app)] == ["sign_ups.decline", "act.undo"]
    counts = {"restored": 100, "queued": 0, "left": 0}
    assert acts(app)[1][1] == {"undone": "sign_ups.decline"} | counts


def test_to_undo_twice_says_so_and_changes_nothing(app):
    (sign_up_id,) = sign_up_many(app, 1)
    organizer = signed_in(app, OWNER)
    organizer.send(f"{PAGE}{sign_up_id}/decline/", PAGE)
    assert "Declined a sign-up</strong>: <bdi>Crowd 0</bdi>" in organizer.open(PAGE).text
    for _ in range(2):
        organizer.send("/organize/c/noon/undo/1/", PAGE)
    assert "undone already" in organizer.open(PAGE).text
    assert states(app) == ["offered"]
    with stored_in(app) as session:
        restored = select(OutboxMail).where(OutboxMail.kind == "restored")
        assert len(session.scalars(restored).all()) == 1


def test_a_cancelled_slot_and_a_dropped_site_are_undone_on_the_page_of_the_site(app):
    sign_up_many(app, 1)
    organizer = signed_in(app, OWNER)
    site = "/organize/c/noon/sites/de-berlin-embassy/"
    organizer.send("/organize/c/noon/slots/w1-de-berlin-embassy-1/cancel/", site)
    assert "No slot stands here" in organizer.open(site).text
    organizer.send("/organize/c/noon/undo/1/", site)
    assert "No slot stands here" not in organizer.open(site).text
    organizer.send(f"{site}drop/", site)
    assert "This site was dropped" in organizer.open(site).text
    organizer.send("/organize/c/noon/undo/2/", site)
    assert "This site was dropped" not in organizer.open(site).text
    assert "No slot stands here" not in organizer.open(site).text


def test_a_long_list_comes_in_pages(app):
    with stored_in(app) as session:
        slot = store_slot(session)
        for n in range(A_PAGE + 1):
            store_sign_up(session, app.config["VAULT"], slot, email=f"n{n}@g{n}.example")
    organizer = signed_in(app, OWNER)
    assert organizer.open(PAGE).text.count('type="checkbox"') == A_PART
    assert f"Show all {A_PAGE + 1}" in organizer.open(PAGE).text
    assert organizer.open(f"{PAGE}?state=pending").text.count('type="checkbox"') == A_PAGE
    assert organizer.open(f"{PAGE}?state=pending&page=2").text.count('type="checkbox"') == 1
    assert organizer.open(f"{PAGE}?state=nonsense&page=x").status_code == 200


def test_an_undo_of_another_campaign_is_not_found(app):
    (sign_up_id,) = sign_up_many(app, 1)
    organizer = signed_in(app, OWNER)
    organizer.send(f"{PAGE}{sign_up_id}/decline/", PAGE)
    with stored_in(app) as session:
        store_campaign(session, "own")
    assert organizer.send("/organize/c/own/undo/1/", PAGE).status_code == 404
    with stored_in(app) as session:
        assert session.get_one(Undo, 1).undone_at is None
