"""Anybody reports a page without an account, and reads by the receipt what became of it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import inspect, select

from protestcoord.campaigns.rules import CampaignState
from protestcoord.core import trust
from protestcoord.core.tokens import token_hash
from protestcoord.reports.models import Report
from protestcoord.reports.rules import KEPT, ReportKind, ReportState
from protestcoord.reports.service import decide_report, forget_old_reports
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import NOW, store_campaign, store_slot

ABOUT = "/c/noon/sites/de-berlin-embassy/"
GOOD = {"about": ABOUT, "kind": "person", "text": "It names my neighbour."}
RECEIPT = re.compile(r'class="receipt">([^<]+)<')


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with stored_in(made) as session:
        store_slot(session)
        store_campaign(session, "secret", state=CampaignState.DRAFT)
    return made


@pytest.fixture
def anybody(app):
    return app.test_client()


def reports(app):
    with stored_in(app) as session:
        return [
            {c.key: getattr(report, c.key) for c in inspect(Report).columns}
            for report in session.scalars(select(Report).order_by(Report.id))
        ]


@pytest.mark.proves("L8")
def test_anybody_reports_a_page_and_gets_a_receipt(app, anybody):
    form = anybody.get("/report/", query_string={"about": ABOUT})
    assert (form.status_code, form.headers.getlist("Set-Cookie")) == (200, [])
    answer = anybody.post("/report/", data=GOOD)
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (201, [])
    (receipt,) = RECEIPT.findall(answer.text)
    assert "Nobody has decided yet." in anybody.get(f"/report/{receipt}/").text
    with stored_in(app) as session:
        report = session.scalars(select(Report)).one()
        decide_report(session, report, ReportState.ACTED_ON, NOW)
    assert "acted on it" in anybody.get(f"/report/{receipt}/").text
    assert anybody.get(f"/ja/report/{receipt}/").status_code == 200


@pytest.mark.control("L8")
def test_a_wrong_receipt_opens_nothing(anybody):
    anybody.post("/report/", data=GOOD)
    assert anybody.get("/report/x/").status_code == 404


@pytest.mark.proves("L8")
def test_nothing_of_the_reporter_is_kept(app, anybody, record_property):
    sent = {"User-Agent": "canary agent", "Accept-Language": "cy", "X-Forwarded-For": "192.0.2.77"}
    answer = anybody.post("/report/", data=GOOD, headers=sent)
    (receipt,) = RECEIPT.findall(answer.text)
    (stored,) = reports(app)
    assert stored == {
        "id": 1,
        "about": ABOUT,
        "kind": ReportKind.PERSON,
        "text": "It names my neighbour.",
        "state": ReportState.OPEN,
        "receipt_hash": token_hash(receipt),
        "created_at": NOW,
        "decided_at": None,
    }
    record_property("L8", "stored of a reporter: 0 columns")


@pytest.mark.parametrize(
    "about", ["/c/secret/", "/c/never/", "/organize/", "//evil.example/", "/missions/never/"]
)
def test_what_is_not_public_cannot_be_reported(app, anybody, about):
    assert anybody.get("/report/", query_string={"about": about}).status_code == 404
    assert anybody.post("/report/", data=GOOD | {"about": about}).status_code == 404
    assert reports(app) == []


def test_another_site_cannot_report(app, anybody):
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert anybody.post("/report/", data=GOOD, headers=elsewhere).status_code == 403
    assert reports(app) == []


def test_a_text_that_is_too_long_is_refused_and_shown_again(app, anybody):
    answer = anybody.post("/report/", data=GOOD | {"text": "x" * 1001})
    assert (answer.status_code, reports(app)) == (422, [])
    assert "x" * 1001 in answer.text


@pytest.mark.proves("L8")
def test_reports_without_proof_of_work_are_only_so_many_an_hour(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    monkeypatch.setattr(trust, "UNPROVEN_AN_HOUR", 2)
    app = app_with_tables(tmp_path, PROOF_OF_WORK="1")
    app.config["GATE"] = trust.Gate(b"a key")
    sent = [app.test_client().post("/report/", data=GOOD | {"about": "/"}) for _ in range(3)]
    assert [answer.status_code for answer in sent] == [201, 201, 429]
    assert len(reports(app)) == 2


@pytest.mark.proves("L8")
def test_reports_are_forgotten_after_ninety_days(app, anybody):
    anybody.post("/report/", data=GOOD)
    with stored_in(app) as session:
        forget_old_reports(session, NOW + KEPT - timedelta(seconds=1))
    assert len(reports(app)) == 1
    with stored_in(app) as session:
        forget_old_reports(session, NOW + KEPT)
    assert (reports(app), KEPT) == ([], timedelta(days=90))
