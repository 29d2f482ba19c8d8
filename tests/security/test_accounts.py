"""What the standard asks of accounts, cookies and requests, and no other test says so plainly."""

import re
import socket
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from protestcoord.campaigns.models import Campaign
from protestcoord.config import UnsafeSettings, load_settings
from protestcoord.core import clock
from protestcoord.core.tokens import new_token
from protestcoord.core.web import db
from protestcoord.organizers.models import Organizer as Account
from protestcoord.signups.models import Group
from tests.app_client import app_with_tables, good_sign_up, new_app_with_tables
from tests.console_client import Organizer, console_app, signed_in, stored_in
from tests.journeys.served import free_port, wait_for_answer
from tests.security.rules import CHECKOUT
from tests.stored import NOW, store_slot

KIM = "kim@example.org"


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path, KIM) as made:
        yield made


@pytest.fixture
def forms(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    made = app_with_tables(tmp_path)
    with made.app_context():
        store_slot(db.session)
        db.session.commit()
    yield made
    with made.app_context():
        db.engine.dispose()


def test_every_cookie_is_of_the_safest_kind(tmp_path):
    made = new_app_with_tables(tmp_path, BASE_URL="https://example.org")
    answer = made.test_client().get("/organize/login", base_url="https://example.org")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-")
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)


def test_a_cookie_that_was_changed_opens_nothing(app):
    kim = signed_in(app, KIM)
    assert kim.open("/organize/").status_code == 200
    value = kim.client.get_cookie("session").value
    for at in (1, len(value) // 2, len(value) - 3):
        changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        other = app.test_client()
        other.set_cookie("session", changed)
        assert other.get("/organize/").status_code == 303


def test_a_cookie_signed_with_another_key_opens_nothing(app):
    kim = signed_in(app, KIM)
    app.config["SECRET_KEY"] = "ab" * 32
    assert kim.open("/organize/").status_code == 303


def test_no_account_is_there_from_the_start(tmp_path):
    with stored_in(new_app_with_tables(tmp_path)) as session:
        assert session.scalars(select(Account)).all() == []


def test_an_account_that_is_switched_off_is_out_at_the_next_page(app):
    kim = signed_in(app, KIM)
    with stored_in(app) as session:
        session.execute(update(Account).values(active=False))
    assert kim.open("/organize/").status_code == 303


def test_a_password_stays_good_until_it_is_changed(app, monkeypatch):
    later = clock.now() + timedelta(days=1000)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: later)
    kim = Organizer(app.test_client())
    kim.sign_in(KIM)
    assert kim.open("/organize/").status_code == 200


def test_every_page_of_the_console_offers_to_sign_out(app):
    kim = signed_in(app, KIM)
    for path in ("/organize/", "/organize/account/", "/organize/new/"):
        assert 'action="/organize/logout"' in kim.open(path).text, path


def test_passwords_are_masked_and_may_be_filled_in_and_pasted(app):
    pages = [Organizer(app.test_client()).open("/organize/login").text]
    pages.append(signed_in(app, KIM).open("/organize/account/").text)
    fields = [found for text in pages for found in re.findall(r"<input[^>]*password[^>]*>", text)]
    assert len(fields) >= 3
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
    scripts = "".join(f.read_text() for f in (CHECKOUT / "protestcoord" / "static").glob("*.js"))
    assert not re.search(r"\bpaste\b", scripts)


def test_links_have_256_random_bits():
    links = {new_token() for _ in range(10_000)}
    assert len(links) == 10_000
    assert {len(link) for link in links} == {43}


def test_a_field_sent_twice_counts_once_and_a_query_never(forms):
    client = forms.test_client()
    sent = good_sign_up() | {"name": ["Lantern circle", "Other"], "accept": "x"}
    assert (
        client.post("/c/noon/sign-up/?name=Third&email=x@y.example", data=sent).status_code == 303
    )
    with forms.app_context():
        assert [group.name for group in db.session.scalars(select(Group))] == ["Lantern circle"]


def test_a_method_that_nobody_serves_is_refused(forms):
    for method in ("TRACE", "TRACK", "PUT", "DELETE", "PATCH"):
        answer = forms.test_client().open("/c/noon/sign-up/", method=method)
        assert answer.status_code == 405, method


def test_nothing_runs_in_a_mode_for_developers(forms):
    assert not forms.debug
    assert not forms.testing
    assert forms.test_client().get("/console").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-For", "X-Original-URL"])
def test_a_header_of_a_proxy_that_a_stranger_sends_changes_nothing(forms, header):
    client = forms.test_client()
    plain = client.get("/c/noon/sign-up/")
    told = client.get("/c/noon/sign-up/", headers={header: "evil.example"})
    assert (told.status_code, told.data) == (plain.status_code, plain.data)


@pytest.mark.parametrize("url", ["http://example.org", "ftp://example.org", "http://10.0.0.1"])
def test_no_public_site_is_served_without_https(tmp_path, url):
    with pytest.raises(UnsafeSettings, match="BASE_URL"):
        load_settings(tmp_path, {"BASE_URL": url})


def test_a_campaign_is_no_ones_by_its_number(app):
    with stored_in(app) as session:
        assert session.scalars(select(Campaign)).all() == []
    assert signed_in(app, KIM).open("/organize/c/1/").status_code == 404


ECHO = """
from granian import Granian
from granian.constants import Interfaces
import sys
Granian("tests.security.echo:app", address="127.0.0.1", port=int(sys.argv[1]),
        interface=Interfaces.WSGI, workers=1, log_enabled=False).serve()
"""


@pytest.fixture
def echo():
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", ECHO, str(port)], cwd=CHECKOUT)
    try:
        wait_for_answer(f"http://127.0.0.1:{port}/")
        yield port
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize("coding", [b"chunked", b"xchunked", b" chunked", b"identity, chunked"])
def test_no_request_hides_in_the_body_of_another(echo, coding):
    """A length beside chunks is ignored or refused: RFC 9112 section 6.3."""
    hidden = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    request = (
        b"POST /first HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: %d\r\nTransfer-Encoding: %s\r\n\r\n0\r\n\r\n"
    ) % (5 + len(hidden), coding)
    with socket.create_connection(("127.0.0.1", echo), timeout=10) as opened:
        opened.sendall(request + hidden)
        answered = b"".join(iter(partial(opened.recv, 65536), b""))
    assert answered.startswith(b"HTTP/1.1 400") or answered.endswith(b"POST /first 0")
