"""Who may open what: every address of the app, tried by everybody, against one table.

``authorization.csv`` says for each address and method what becomes of each kind of person: *in*
(the page answers, be it with what a form lacks), *away* (sent to where one signs in or asks for
a link), 403 or 404. *elsewhere* is a coordinator of other areas, *stranger* the owner of another
campaign, *holder* a local group in the session behind its link.
"""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from protestcoord.campaigns.corrections import propose_correction
from protestcoord.campaigns.models import PermitNote, SiteOverride
from protestcoord.core import clock
from protestcoord.core.tokens import token_hash
from protestcoord.core.web import db
from protestcoord.members import approvals
from protestcoord.members.models import Invitation, Membership
from protestcoord.members.rules import MemberRole, TwoPersonAct
from protestcoord.members.service import Place, appoint, invite, invited_by
from protestcoord.messages.requests import MessageRequest
from protestcoord.messages.rules import Audience
from protestcoord.messages.service import write_message
from protestcoord.missions.correcting import Correction
from protestcoord.missions.permits import CountedFrom, Requirement
from protestcoord.organizers.models import Passkey
from protestcoord.organizers.sealing import accounts_key
from protestcoord.reports.rules import ReportKind
from protestcoord.reports.service import ReportRequest, take_report
from protestcoord.signups import handover, places, proposals, undo
from protestcoord.signups.models import GroupNote, Handover
from protestcoord.signups.notes import write_note
from protestcoord.volunteers.addresses import block_proof, open_address
from tests.app_client import new_app_with_tables
from tests.console_client import TOKEN, signed_in, stored_in
from tests.signups.test_proposals import GHENT
from tests.stored import (
    NOW,
    STARTS_AT,
    store_campaign,
    store_mission,
    store_organizer,
    store_sign_up,
    store_slot,
)
from tests.volunteers.asked import ask

TABLE = Path(__file__).parent / "authorization.csv"
ROLES = [
    "visitor",
    "holder",
    "stranger",
    "viewer",
    "moderator",
    "elsewhere",
    "coordinator",
    "owner",
]
MEMBERS = {
    "viewer": Place(MemberRole.VIEWER),
    "moderator": Place(MemberRole.MODERATOR),
    "elsewhere": Place(MemberRole.COORDINATOR, ["FR", "013"]),
    "coordinator": Place(MemberRole.COORDINATOR, ["155"]),
}
OWNER, STRANGER = "organizer@example.org", "stranger@example.org"
LINK = "the link of the group"
COUNTING = ("show_come", "come", "show_counted", "show_remind", "remind", "show_sent")
SLOT_PAGES = [
    "signups_console.cancel_slot",
    "slots_console.show_slot",
    "slots_console.move_slot",
    *(f"volunteers.{name}" for name in COUNTING),
]
LEAVING_PAGES = [f"volunteers.{name}" for name in ("show_leave", "leave", "never")]
CONFIRMING_PAGES = ["volunteers.show_confirm", "volunteers.confirm"]
INVITATION_PAGES = ["invitations.show", "invitations.take"]
HANDOVER_PAGES = ["signups.show_handover", "signups.accept_handover"]
ALLOWING_PAGES = ["signups.show_allowing", "signups.allow_handover"]
NOT_OURS = {"/organize/login"}


@dataclass
class World:
    """One app with a campaign in it, everybody in front of it, and how it was before anybody."""

    app: Flask
    database: Path
    sessions: dict[str, dict[str, object]]
    values: dict[str, object]
    of_page: dict[str, dict[str, str]]
    form: dict[str, str]

    def restore(self) -> None:
        with self.app.app_context():
            db.engine.dispose()
        shutil.copy(self.database.with_suffix(".before"), self.database)

    def path_of(self, rule: Rule) -> str:
        known = self.values | self.of_page.get(rule.endpoint, {})
        return rule.build({name: known[name] for name in rule.arguments})[1]

    def outcome(self, role: str, rule: Rule, method: str) -> str:
        client, path = client_in(self.app, self.sessions[role]), self.path_of(rule)
        if method == "GET":
            return told(client.get(path))
        is_outside = role in ("visitor", "holder")
        page = client.get("/organize/login" if is_outside else "/organize/account/")
        found = TOKEN.search(page.text)
        form = self.form | {"csrf_token": found.group(1) if found else ""}
        answer = told(client.post(path, data=form))
        if answer in ("in", "away"):
            self.restore()
        return answer


def client_in(app: Flask, session: dict[str, object]) -> FlaskClient:
    """A browser of its own for each request, so that none is signed out by the one before."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(session)
    return client


def session_of(app: Flask, email: str) -> dict[str, object]:
    with signed_in(app, email).client.session_transaction() as cookie:
        return dict(cookie)


def told(answer) -> str:
    if answer.status_code in (301, 302, 303) and any(
        door in answer.location for door in ("/organize/login", "/s/lost-link/")
    ):
        return "away"
    return str(answer.status_code) if answer.status_code in (403, 404, 405, 500) else "in"


def rules_of(app: Flask) -> list[tuple[str, Rule]]:
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
            if rule.rule not in NOT_OURS
        ),
        key=lambda pair: (pair[1].rule, pair[0]),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authorization")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        # Passkeys need a host with a name.
        app = new_app_with_tables(folder, BASE_URL="http://localhost:8000")
        values, of_page, form = fill(app)
        sessions = {role: session_of(app, f"{role}@example.org") for role in MEMBERS}
        sessions |= {
            "owner": session_of(app, OWNER),
            "stranger": session_of(app, STRANGER),
            "visitor": {},
            "holder": {
                "group_link": token_hash(LINK),
                "group_until": NOW.timestamp() + 1800,
            },
        }
        database = folder / "protestcoord.sqlite"
        with app.app_context():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        shutil.copy(database, database.with_suffix(".before"))
        yield World(app, database, sessions, values, of_page, form)
        with app.app_context():
            db.engine.dispose()


def fill(app) -> tuple[dict[str, object], dict[str, dict[str, str]], dict[str, str]]:
    """Store one of everything; return what stands in addresses, in single ones, and in forms."""
    vault = app.config["VAULT"]
    with stored_in(app) as session:
        campaign = store_campaign(session)
        store_campaign(session, "other", owner_id=store_organizer(session, STRANGER).id)
        members = {
            role: appoint(
                session, campaign.id, store_organizer(session, f"{role}@example.org").id, place, NOW
            )
            for role, place in MEMBERS.items()
        }
        owner = session.query(Membership).filter_by(role=MemberRole.OWNER).first()
        slot = store_slot(session, campaign, starts_at=STARTS_AT)
        store_mission(session, slug="fr-paris-embassy", country="FR", city="Paris")
        sign_up = store_sign_up(session, vault, slot)
        places.confirm_sign_up(session, sign_up.id, NOW)
        sign_up.group.link_hash = token_hash(LINK)
        second = store_sign_up(session, vault, slot, email="second@example.org")
        double = store_sign_up(session, vault, slot, email="double@example.org")
        places.confirm_sign_up(session, double.id, NOW)
        sign_up.group.verified_at = NOW
        write_note(session, vault, sign_up.group, store_organizer(session), "They have drums.", NOW)
        undo.keep_sign_ups(session, store_organizer(session), "sign_up.decline", [sign_up], NOW)
        message = write_message(
            session,
            vault,
            campaign,
            members["coordinator"].organizer,
            MessageRequest("News", "Dear {group}", Audience(within=["155"])),
            NOW,
        )
        own_time = SiteOverride(
            wave_id=slot.wave_id, site_id=slot.site_id, occurrence=0, is_cancelled=True
        )
        note = PermitNote(
            campaign_id=campaign.id,
            country="DE",
            requirement=Requirement.NOTICE,
            counted_from=CountedFrom.START,
            authority="",
            note="",
            source="A call",
            checked_on=NOW.date(),
            changed_at=NOW,
        )
        passkey = Passkey(
            organizer_id=campaign.owner_id,
            name="phone",
            credential_id=b"1",
            public_key=b"",
            sign_count=0,
            added_at=NOW,
        )
        session.add_all([own_time, note, passkey])
        key = accounts_key(app.config["SETTINGS"].instance)
        place = Place(MemberRole.VIEWER)
        invitation = invite(session, key, owner, "new@example.org", place, "en", NOW)
        approvals.is_allowed(session, owner, TwoPersonAct.EXPORT, "campaign 1", NOW)
        proposal = proposals.propose_site(session, sign_up.group, GHENT, NOW)
        right = Correction({"phone": "+49 30 12345"}, "seen on the spot", "2026-11-01")
        correction = propose_correction(session, campaign, slot.site.mission, right, NOW)
        handover.ask_for_handover(session, vault, sign_up.group, "next@example.org", NOW)
        asked = session.query(Handover).one()
        handover.allow_handover(session, vault, asked, NOW)
        handover.ask_for_handover(session, vault, second.group, "other@example.org", NOW)
        to_allow = session.query(Handover).filter_by(group_id=second.group_id).one()
        campaign.counts_turnout = campaign.sends_reminders = True
        address = open_address(vault, ask(session, vault, slot))
        about = "/c/noon/sites/de-berlin-embassy/"
        reported = ReportRequest(about, ReportKind.SPAM, "")
        receipt = take_report(session, reported, NOW)
        values = {
            "slug": campaign.slug,
            "mission": "de-berlin-embassy",
            "correction_id": correction.id,
            "country": "DE",
            "name": "poster-a4",
            "number": 1,
            "key": sign_up.group.key,
            "sign_up_id": sign_up.id,
            "message_id": message.id,
            "proposal_id": proposal.id,
            "member_id": members["viewer"].id,
            "invitation_id": session.query(Invitation).one().id,
            "approval_id": 1,
            "undo_id": 1,
            "note_id": session.query(GroupNote).one().id,
            "passkey_id": 1,
            "report_id": 1,
            "receipt": receipt,
            "token": LINK,
            "proof": block_proof(vault, address.email),
        }
        of_page = {
            **{page: {"key": slot.key} for page in SLOT_PAGES},
            **{page: {"token": address.leave_token} for page in LEAVING_PAGES},
            **{page: {"token": address.confirm_token} for page in CONFIRMING_PAGES},
            **{page: {"token": invited_by(key, invitation).token} for page in INVITATION_PAGES},
            **{page: {"token": vault.open_handover(asked).link_token} for page in HANDOVER_PAGES},
            **{
                page: {"token": vault.open_handover(to_allow).link_token} for page in ALLOWING_PAGES
            },
        }
        form = {
            "act": "approve",
            "sign_up": str(sign_up.id),
            "sure": "y",
            "role": "moderator",
            "key": "de-berlin-embassy",
            "other": double.group.key,
            "occurrence": "0",
        }
        return values, of_page, form


def expected() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(newline="") as file:
        return {(row["method"], row["rule"]): row for row in csv.DictReader(file)}


def without_row(app: Flask) -> list[str]:
    table = expected()
    return [f"{m} {rule.rule}" for m, rule in rules_of(app) if (m, rule.rule) not in table]


@pytest.mark.proves("A4")
def test_every_address_has_a_row_and_every_row_an_address(world):
    assert without_row(world.app) == []
    there = {(method, rule.rule) for method, rule in rules_of(world.app)}
    assert [row for row in expected() if row not in there] == []


@pytest.mark.control("A4")
def test_an_address_without_a_row_is_found(tmp_path):
    app = new_app_with_tables(tmp_path)
    app.add_url_rule("/organize/c/<slug>/secret/", view_func=lambda slug: slug, methods=["DELETE"])
    assert without_row(app) == ["DELETE /organize/c/<slug>/secret/"]
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.proves("A4")
def test_each_person_gets_just_what_the_table_says(world, role):
    table = expected()
    got = {(m, rule.rule): world.outcome(role, rule, m) for m, rule in rules_of(world.app)}
    assert got == {key: table[key][role] for key in got}


@pytest.mark.control("A4")
def test_a_page_that_says_nothing_of_rights_is_for_owners_alone(tmp_path, monkeypatch):
    from protestcoord.campaigns.access import campaign_console

    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = new_app_with_tables(tmp_path)
    fill(app)
    bare = campaign_console("bare", __name__)
    bare.get("/c/<slug>/bare/")(lambda slug: slug)
    app.register_blueprint(bare)
    assert (
        signed_in(app, "coordinator@example.org").open("/organize/c/noon/bare/").status_code == 403
    )
    assert signed_in(app, OWNER).open("/organize/c/noon/bare/").status_code == 200
    with app.app_context():
        db.engine.dispose()


@pytest.mark.proves("A4")
def test_who_loses_a_role_is_out_at_the_next_request(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = new_app_with_tables(tmp_path)
    fill(app)
    moderator = signed_in(app, "moderator@example.org")
    assert moderator.open("/organize/c/noon/sign-ups/").status_code == 200
    with stored_in(app) as session:
        found = session.query(Membership).filter_by(role=MemberRole.MODERATOR).one()
        found.role = MemberRole.VIEWER
    assert moderator.send("/organize/c/noon/sign-ups/1/approve/").status_code == 403
    with stored_in(app) as session:
        session.query(Membership).filter_by(role=MemberRole.VIEWER).delete()
    assert moderator.open("/organize/c/noon/sign-ups/").status_code == 404
    with app.app_context():
        db.engine.dispose()
