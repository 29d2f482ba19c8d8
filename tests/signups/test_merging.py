"""Two groups that are one become one: sign-ups pass over, a link dies, a contact is deleted."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.crypto import CannotOpen
from protestcoord.core.mail import OutboxMail
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups import mails, merging, places, proposals, service
from protestcoord.signups.models import Group, SignUp, SiteProposal
from protestcoord.signups.notes import notes_of_group, write_note
from protestcoord.signups.rules import SignUpState
from tests.app_client import app_with_tables
from tests.console_client import signed_in, stored_in
from tests.signups.test_proposals import GHENT
from tests.stored import NOW, STARTS_AT, store_organizer, store_sign_up, store_slot

OWNER = "organizer@example.org"
DAY = timedelta(days=1)


def two_groups(session, vault, capacity=5):
    """Two groups on one slot, the second also on another; return their sign-ups."""
    slot = store_slot(session, capacity=capacity)
    times = {"starts_at": STARTS_AT + DAY, "ends_at": STARTS_AT + DAY + timedelta(hours=1)}
    other = store_slot(session, slot.site.campaign, **times)
    kept = store_sign_up(session, vault, slot, email="kept@a.example")
    double = store_sign_up(session, vault, slot, email="double@b.example")
    single = store_sign_up(session, vault, other, email="double@b.example")
    for group in (kept.group, double.group):
        service.open_link(session, group, NOW)
    return kept, double, single


def test_what_the_kept_group_lacks_passes_over_and_its_double_ends(session, vault):
    kept, double, single = two_groups(session, vault)
    plan = merging.merge_groups(session, kept.group, double.group, NOW)
    assert (plan.moved, plan.ended) == ((single,), (double,))
    assert single.group is kept.group
    assert single.state is SignUpState.OFFERED, "a place that changes hands is kept"
    assert (double.state, double.place_number) == (SignUpState.WITHDRAWN, None)


def test_a_plan_changes_nothing(session, vault):
    kept, double, single = two_groups(session, vault)
    merging.plan_merge(session, kept.group, double.group)
    assert (single.group, double.state) == (double.group, SignUpState.OFFERED)


def test_who_waits_gets_the_place_of_the_double(session, vault):
    kept, double, _ = two_groups(session, vault, capacity=2)
    waiting = store_sign_up(session, vault, double.slot, email="next@c.example")
    places.confirm_sign_up(session, waiting.id, NOW)
    assert waiting.state is SignUpState.WAITLISTED
    merging.merge_groups(session, kept.group, double.group, NOW)
    assert waiting.state is SignUpState.OFFERED


def test_the_link_and_the_address_of_the_other_find_nothing_any_more(session, vault):
    kept, double, _ = two_groups(session, vault)
    gone = double.group
    link_hash = gone.link_hash
    merging.merge_groups(session, kept.group, gone, NOW)
    assert service.queries.find_group_by_link(session, link_hash) is None
    index = vault.email_index("noon", "double@b.example")
    assert service.queries.find_contact(session, gone.campaign_id, index) is None
    assert gone.contact.domain_index == ""


def test_the_contact_stays_until_its_last_mail_has_left(session, vault):
    kept, double, _ = two_groups(session, vault)
    gone = double.group
    merging.merge_groups(session, kept.group, gone, NOW)
    unsent = select(OutboxMail).where(
        OutboxMail.contact_id == gone.contact_id, OutboxMail.sent_at.is_(None)
    )
    (mail,) = session.scalars(unsent)
    assert mail.kind == "merged_away", "nothing else is sent to it any more"
    merging.forget_merged(session, NOW)
    assert vault.open(gone.contact).email == "double@b.example"
    mail.sent_at = NOW
    session.flush()
    merging.forget_merged(session, NOW)
    with pytest.raises(CannotOpen):
        vault.open(gone.contact)
    assert vault.open(kept.group.contact).email == "kept@a.example", "the control"


def test_a_mail_that_never_leaves_does_not_keep_the_contact(session, vault):
    kept, double, _ = two_groups(session, vault)
    merging.merge_groups(session, kept.group, double.group, NOW)
    merging.forget_merged(session, NOW + merging.CONTACT_KEPT)
    assert double.group.contact.sealed == b""


def test_notes_and_proposals_stay_with_the_kept_group(session, vault):
    kept, double, _ = two_groups(session, vault)
    write_note(session, vault, double.group, store_organizer(session), "Drums", NOW)
    proposals.propose_site(session, double.group, GHENT, NOW)
    merging.merge_groups(session, kept.group, double.group, NOW)
    assert [note.text for note in notes_of_group(session, vault, kept.group)] == ["Drums"]
    assert session.scalars(select(SiteProposal.group_id)).all() == [kept.group.id]


def test_nothing_is_merged_with_itself_twice_or_into_one_unproven(session, vault):
    kept, double, _ = two_groups(session, vault)
    third = store_sign_up(session, vault, kept.slot, email="third@c.example").group
    with pytest.raises(merging.CannotMerge):
        merging.merge_groups(session, kept.group, kept.group, NOW)
    with pytest.raises(merging.KeptUnproven):
        merging.merge_groups(session, third, kept.group, NOW)
    gone = double.group
    merging.merge_groups(session, kept.group, gone, NOW)
    with pytest.raises(merging.CannotMerge):
        merging.merge_groups(session, kept.group, gone, NOW)


def test_likely_doubles_are_offered_first(session, vault):
    slot = store_slot(session)
    names = ("Kept", "Alpha", "kept 2", "Beta")
    kept, *_ = [
        store_sign_up(session, vault, slot, email=f"g{n}@d{n}.example", name=name).group
        for n, name in enumerate(names)
    ]
    found = [group.name for group in merging.others_to_merge(session, kept)]
    assert found == ["kept 2", "Alpha", "Beta"]


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        two_groups(session, made.config["VAULT"])
    return made


def test_an_organizer_sees_what_happens_before_it_does(app):
    with stored_in(app) as session:
        kept, gone = session.scalars(select(Group.key).order_by(Group.id)).all()
    organizer = signed_in(app, OWNER)
    path = f"/organize/c/noon/groups/{kept}/merge/"
    assert f'value="{gone}"' in organizer.open(path).text
    shown = organizer.open(f"{path}?other={gone}")
    assert "What passes to the group that stays" in shown.text
    assert not re.search("kept@|double@", shown.text)
    with stored_in(app) as session:
        assert session.scalars(select(Group.merged_at)).all() == [None, None]
    done = organizer.send(path, f"{path}?other={gone}", other=gone)
    assert done.location == f"/organize/c/noon/groups/{kept}/"
    with stored_in(app) as session:
        owners = session.execute(select(SignUp.id, Group.key).join(SignUp.group)).all()
        assert sorted(owners) == [(1, kept), (2, gone), (3, kept)]
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.act, entry.detail["moved"], entry.detail["ended"]) == ("group.merge", 1, 1)
    assert gone not in organizer.open("/organize/c/noon/groups/").text
    with stored_in(app) as session:
        merging.forget_merged(session, NOW + merging.CONTACT_KEPT)
    page = f"/organize/c/noon/groups/{gone}/"
    assert "made one with another" in organizer.open(page).text
    assert organizer.send(f"{page}contact/", page).status_code == 410
    assert organizer.send(path, "/organize/c/noon/groups/", other=gone).status_code == 409


def test_the_mail_to_the_other_names_no_link_and_nobody(app):
    with stored_in(app) as session:
        kept, gone = session.scalars(select(Group).order_by(Group.id)).all()
        vault, settings = app.config["VAULT"], app.config["SETTINGS"]
        token = vault.open(gone.contact).link_token
        merging.merge_groups(session, kept, gone, NOW)
        chosen = select(OutboxMail).where(OutboxMail.kind.in_(["merged", "merged_away"]))
        for mail in session.scalars(chosen):
            message = mails.compose(session, vault, settings, mail)
            text = message.get_content()
            is_gone = mail.kind == "merged_away"
            assert message["To"] == ("double@b.example" if is_gone else "kept@a.example")
            assert token not in text
            assert ("/s/" in text) is not is_gone
