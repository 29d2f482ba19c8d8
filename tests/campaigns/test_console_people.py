"""Owners invite and appoint; who is invited joins by the mailed link, once."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from protestcoord.campaigns import invitation_mails
from protestcoord.core import clock
from protestcoord.core.mail import OutboxMail
from protestcoord.members.models import Approval, Invitation, Membership
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint, forget_old_invitations
from protestcoord.organizers.models import AuditEntry, Organizer
from tests.app_client import app_with_tables
from tests.console_client import TOKEN, signed_in, stored_in
from tests.stored import NOW, store_campaign, store_organizer, store_slot

PEOPLE = "/organize/c/noon/people/"
OWNER, NEW = "organizer@example.org", "new@example.org"
GOOD = "lantern orbit velvet seven"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_slot(session)
    return app


@pytest.fixture
def owner(app):
    return signed_in(app, OWNER)


def invite(owner, email=NEW, role="coordinator", **form):
    return owner.send(PEOPLE, email=email, role=role, **form)


def mail_of(app):
    with stored_in(app) as session:
        entry = session.scalars(select(OutboxMail).order_by(OutboxMail.created_at.desc())).first()
        return invitation_mails.compose(session, None, app.config["SETTINGS"], entry)


def link_of(app):
    return re.search(r"(/organize/invitations/\S+)", mail_of(app).get_content())[1]


def take(app, link, client=None, **form):
    client = client or app.test_client()
    token = TOKEN.search(client.get(link).text)
    return client.post(link, data=form | {"csrf_token": token[1] if token else ""})


def roles(app):
    with stored_in(app) as session:
        return {m.organizer.email: m.role for m in session.scalars(select(Membership))}


def acts(app):
    with stored_in(app) as session:
        return session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()


def test_an_invited_person_makes_an_account_and_has_the_role_and_areas(app, owner):
    assert invite(owner, areas=["155"]).status_code == 303
    client = app.test_client()
    answer = take(app, link_of(app), client, password=GOOD, repeated=GOOD)
    assert answer.status_code == 303
    with stored_in(app) as session:
        member = session.scalars(
            select(Membership).join(Organizer).where(Organizer.email == NEW)
        ).one()
        assert (member.role, member.area_codes) == (MemberRole.COORDINATOR, ["155"])
        assert session.scalar(select(func.count()).select_from(Invitation)) == 0
    assert client.get("/organize/c/noon/").location.startswith("/organize/second-factor/")
    assert acts(app) == ["member.invite", "member.join"]


def test_the_mail_has_the_link_and_no_calendar_no_address_and_one_recipient(app, owner):
    invite(owner)
    mail = mail_of(app)
    assert mail["To"] == NEW
    assert mail.get_content_type() == "text/plain"
    assert "coordinator" in mail.get_content()
    assert OWNER not in mail.as_string()


def test_the_link_shows_nothing_about_anybody_and_serves_once(app, owner):
    invite(owner)
    link = link_of(app)
    page = app.test_client().get(link).text
    assert NEW not in page
    assert "One noon" not in page
    take(app, link, password=GOOD, repeated=GOOD)
    assert app.test_client().get(link).status_code == 404
    assert take(app, link, password=GOOD, repeated=GOOD).status_code == 403  # no token to send


def test_unknown_used_and_old_links_read_the_same(app, owner, monkeypatch):
    invite(owner)
    link = link_of(app)
    unknown = app.test_client().get("/organize/invitations/none/")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=7))
    old = app.test_client().get(link)
    assert (old.status_code, old.data) == (unknown.status_code, unknown.data)
    with stored_in(app) as session:
        assert forget_old_invitations(session, clock.now()) == 1


def test_an_address_with_an_account_joins_only_signed_in_as_itself(app, owner):
    with stored_in(app) as session:
        store_organizer(session, NEW)
    invite(owner, role="viewer")
    link = link_of(app)
    assert take(app, link, password=GOOD, repeated=GOOD).status_code == 403
    assert take(app, link, owner.client).status_code == 403
    assert take(app, link, signed_in(app, NEW).client).status_code == 303
    assert roles(app)[NEW] is MemberRole.VIEWER


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"email": "nobody"}, "not an e-mail address"),
        ({"email": OWNER}, "has a role in this campaign already"),
        ({"role": "owner"}, "Not a valid choice"),
        ({"areas": ["XX"]}, "valid choice"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "on one line"),
        ({"email": "x" * 100_000 + "@b.example"}, "too much text"),
    ],
)
def test_a_bad_invitation_is_told_and_nobody_is_invited(app, owner, form, text):
    answer = invite(owner, **{"email": NEW, "role": "viewer"} | form)
    assert answer.status_code in (413, 422)
    assert text in answer.text
    with stored_in(app) as session:
        assert session.scalars(select(Invitation)).all() == []


def test_an_easy_password_is_told_and_the_invitation_stays(app, owner):
    invite(owner)
    answer = take(app, link_of(app), password="password1234567", repeated="password1234567")
    assert answer.status_code == 422
    assert "first that are tried" in answer.text
    assert NEW not in roles(app)


def test_a_called_off_invitation_is_dead_and_its_mail_does_not_leave(app, owner):
    invite(owner)
    link = link_of(app)
    with stored_in(app) as session:
        number = session.scalars(select(Invitation.id)).one()
    owner.send(f"{PEOPLE}invitations/{number}/call-off/", PEOPLE)
    assert app.test_client().get(link).status_code == 404
    assert mail_of(app) is None


def second(app, email=NEW, role=MemberRole.COORDINATOR):
    with stored_in(app) as session:
        campaign = store_campaign_of(session)
        organizer = store_organizer(session, email)
        day_before = NOW - timedelta(days=1)
        return appoint(session, campaign, organizer.id, Place(role), day_before).id


def store_campaign_of(session):
    return session.scalars(select(Membership.campaign_id)).first()


def test_a_role_is_changed_and_taken_away(app, owner):
    number = second(app)
    owner.send(f"{PEOPLE}{number}/", PEOPLE, role="viewer")
    assert roles(app)[NEW] is MemberRole.VIEWER
    owner.send(f"{PEOPLE}{number}/remove/", PEOPLE)
    assert NEW not in roles(app)
    assert acts(app) == ["member.change", "member.remove"]


def test_the_last_owner_stays(app, owner):
    with stored_in(app) as session:
        own = session.scalars(select(Membership.id)).one()
    for path in (f"{PEOPLE}{own}/", f"{PEOPLE}{own}/remove/"):
        answer = owner.send(path, PEOPLE, role="viewer")
        assert answer.status_code == 422
        assert "at least one owner" in answer.text
    assert roles(app) == {OWNER: MemberRole.OWNER}


def test_to_make_an_owner_a_lone_owner_waits_and_two_agree(app, owner, monkeypatch):
    number = second(app)
    path = f"{PEOPLE}{number}/"
    owner.send(path, PEOPLE, role="owner")
    assert roles(app)[NEW] is MemberRole.COORDINATOR
    assert "Waits for two" in owner.open(PEOPLE).text
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=10))
    owner.come_back(OWNER)
    owner.send(path, PEOPLE, role="owner")
    assert roles(app)[NEW] is MemberRole.OWNER
    third = second(app, "third@example.org")
    owner.send(f"{PEOPLE}{third}/", PEOPLE, role="owner")
    with stored_in(app) as session:
        asked = session.scalars(select(Approval.id).order_by(Approval.id.desc())).first()
    agree = f"/organize/c/noon/approvals/{asked}/agree/"
    assert owner.send(agree, PEOPLE).status_code == 403
    assert signed_in(app, NEW).send(agree, PEOPLE).status_code == 303
    owner.send(f"{PEOPLE}{third}/", PEOPLE, role="owner")
    assert roles(app)["third@example.org"] is MemberRole.OWNER


def test_people_are_shown_and_changed_only_minutes_after_both_steps(app, owner, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    assert owner.open(PEOPLE).location.startswith("/organize/again/?next=")
    assert owner.send(PEOPLE, "/organize/account/", email=NEW, role="viewer").status_code == 303
    with stored_in(app) as session:
        assert session.scalars(select(Invitation)).all() == []


def test_the_list_of_campaigns_names_ones_role(app, owner):
    second(app, role=MemberRole.MODERATOR)
    assert "your role: moderator" in signed_in(app, NEW).open("/organize/").text
    with stored_in(app) as session:
        store_campaign(session, "other", title="Elsewhere")
    assert "Elsewhere" not in signed_in(app, NEW).open("/organize/").text
    assert "Elsewhere" in owner.open("/organize/").text, "the control"
