"""Which headers, cookies and refusals every address has, found by asking all of them."""

import re

import pytest
from flask import request
from werkzeug.test import Client

from protestcoord.app import serve_with
from protestcoord.config import PACKAGE, load_settings
from protestcoord.core.headers import security_headers
from protestcoord.core.web import db, writing
from tests.app_client import new_app_with_tables
from tests.console_client import TOKEN
from tests.stored import store_organizer
from tests.test_authorization import World, client_in, rules_of, world  # noqa: F401 - a fixture
from tests.test_hostile_forms import content

TEMPLATES = PACKAGE.parent / "templates"
GUARDS = security_headers("text/html", secure=False)
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<[a-z][^>{}]*\s(?:style|on[a-z]+)=[\"']", re.IGNORECASE
)
# A text that people copy into a page of theirs.
COPIED = {"campaigns/embed.html"}


def unguarded(answer) -> list[str]:
    """Which guards an answer lacks; what a kind of data is given besides is no lack."""
    there = answer.headers
    shared = "Cross-Origin-Resource-Policy"
    return [n for n, v in GUARDS.items() if n != shared and there.get(n) != v] + (
        [] if shared in there else [shared]
    )


def answers(world, role, planted="", **options):  # noqa: F811
    for method, rule in rules_of(world.app):
        if not rule.rule.startswith(planted):
            continue
        path = world.path_of(rule)
        for asked in ("GET", "HEAD") if method == "GET" else (method,):
            client = client_in(world.app, world.sessions[role])
            yield f"{asked} {path}", client.open(path, method=asked, **options)


@pytest.mark.proves("W1", "W3", "W4", "W5", "W6")
@pytest.mark.parametrize("role", ["visitor", "holder", "owner"])
def test_every_address_is_guarded_and_a_look_changes_nothing(world, role, record_property):  # noqa: F811
    world.restore()
    before, written, count = content(world), stamp(world), 0
    # Without a token: all that has a session is refused, so that nothing changes here either.
    for asked, answer in answers(world, role):
        count += 1
        assert unguarded(answer) == [], asked
        assert answer.headers["Cache-Control"] == "no-store", asked
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert cookie.startswith("session="), asked
            assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; ")), asked
            assert "Expires" not in cookie or "Max-Age=0" in cookie, asked
        if stamp(world) != written:
            if content(world) != before:
                assert asked.startswith("POST"), asked
                world.restore()
            written = stamp(world)
    for name in ("W1", "W3"):
        record_property(name, f"{count} answers to {role}")
    record_property("W6", f"{count} answers to {role}: a look changed 0 rows")


def stamp(world):  # noqa: F811
    """What differs once anything was written to the database, and costs less than to read it."""
    files = (world.database, world.database.with_name(f"{world.database.name}-wal"))
    seen = [file.stat() for file in files if file.exists()]
    return [(status.st_mtime_ns, status.st_size, status.st_ino) for status in seen]


@pytest.mark.control("W6")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_address_that_writes_when_one_looks_is_found(tmp_path, method):
    app = new_app_with_tables(tmp_path)

    def look():
        if request.method == method:
            with writing() as session:
                store_organizer(session)
        return "seen"

    app.add_url_rule("/planted/", view_func=look)
    planted = World(app, tmp_path / "protestcoord.sqlite", {"visitor": {}}, {}, {}, {})
    before, written, noticed = content(planted), stamp(planted), []
    for asked, _ in answers(planted, "visitor", planted="/planted/"):
        if stamp(planted) != written and content(planted) != before:
            noticed.append(asked)
            before = content(planted)
        written = stamp(planted)
    assert noticed == [f"{method} /planted/"]
    with app.app_context():
        db.engine.dispose()


@pytest.mark.control("W1", "W3")
def test_an_answer_without_a_guard_is_found(tmp_path):
    app = new_app_with_tables(tmp_path)
    app.after_request_funcs[None].clear()
    assert len(unguarded(app.test_client().get("/nothing"))) == len(GUARDS)


@pytest.mark.proves("W1")
@pytest.mark.parametrize(
    ("method", "path", "status", "sent"),
    [
        ("GET", "/nothing", 404, None),
        ("DELETE", "/s/lost-link/", 405, None),
        ("POST", "/s/lost-link/", 413, {"email": "x" * 70_000}),
    ],
)
def test_answers_of_errors_are_guarded(world, method, path, status, sent):  # noqa: F811
    answer = world.app.test_client().open(path, method=method, data=sent)
    assert (answer.status_code, unguarded(answer)) == (status, [])


@pytest.mark.proves("W1")
def test_too_much_at_once_is_guarded(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.app.THREADS_FOR_FORMS", 0)
    app = serve_with(load_settings(tmp_path, {}))
    answer = Client(app).get("/s/lost-link/")
    assert (answer.status_code, unguarded(answer)) == (503, [])
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.proves("W1")
def test_no_template_has_inline_style_or_script():
    pages = [p for p in TEMPLATES.rglob("*.html") if "prints" not in p.parts]
    found = {str(p.relative_to(TEMPLATES)) for p in pages if INLINE.search(p.read_text())}
    assert len(pages) > 80
    assert found - COPIED == set()


@pytest.mark.control("W1")
@pytest.mark.parametrize("text", ["<p style='x'>", "<script>x</script>", '<a onclick="x">'])
def test_inline_style_and_script_are_found(text):
    assert INLINE.search(text)


@pytest.mark.proves("W3")
def test_nothing_is_permitted_but_to_ask_where_one_is():
    named = dict(each.split("=") for each in GUARDS["Permissions-Policy"].split(", "))
    assert {name for name, who in named.items() if who != "()"} == {"geolocation"}
    assert named["geolocation"] == "(self)"
    assert len(named) > 45
    secure = security_headers("text/html", secure=True)["Strict-Transport-Security"]
    assert int(re.search(r"max-age=(\d+)", secure)[1]) >= 31_536_000
    assert "includeSubDomains" in secure


@pytest.mark.proves("W2")
def test_the_headers_that_the_observatory_gives_points_for_are_there():
    headers = security_headers("text/html", secure=True)
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "preload" in headers["Strict-Transport-Security"]


def refused(world, role, token, headers):  # noqa: F811
    """POSTs with a session; give those that were not refused."""
    through, count = [], 0
    for method, rule in rules_of(world.app):
        view = world.app.view_functions[rule.endpoint]
        if method != "POST" or getattr(view, "is_from_anywhere", False):
            continue
        client = client_in(world.app, world.sessions[role])
        sent = world.form | ({"csrf_token": token} if token else {})
        status = client.post(world.path_of(rule), data=sent, headers=headers).status_code
        count += 1
        if status != 403:
            through.append(rule.endpoint)
    return through, count


# Without a session, these have no token; a foreign origin is refused there too.
WITHOUT_TOKEN = (
    "signups.",
    "volunteers.",
    "prints.",
    "printing.",
    "print_shop.",
    "invitations.",
    "reports.",
)


@pytest.mark.proves("W6")
def test_no_form_is_taken_from_another_site(world, record_property):  # noqa: F811
    world.restore()
    before = content(world)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        through, count = refused(world, "owner", "", headers)
        assert through == []
    assert content(world) == before
    record_property("W6", f"{count} forms with a foreign origin, without a token, with another's")


@pytest.mark.proves("W6")
def test_no_form_of_a_session_is_taken_without_its_own_token(world):  # noqa: F811
    other = client_in(world.app, world.sessions["stranger"])
    others_token = TOKEN.search(other.get("/organize/account/").text).group(1)
    for token in ("", others_token):
        world.restore()
        through, _ = refused(world, "owner", token, {})
        assert [name for name in through if not name.startswith(WITHOUT_TOKEN)] == []
    world.restore()


@pytest.mark.control("W6")
def test_a_form_with_its_own_token_passes(world):  # noqa: F811
    owner = client_in(world.app, world.sessions["owner"])
    token = TOKEN.search(owner.get("/organize/account/").text).group(1)
    path = "/organize/c/noon/edit/"
    assert owner.post(path, data={"csrf_token": token}).status_code != 403
    assert owner.post(path, data={"csrf_token": "x"}).status_code == 403
    world.restore()


@pytest.mark.proves("W5")
def test_the_cookie_of_a_site_with_https_is_bound_to_it(tmp_path):
    app = new_app_with_tables(tmp_path, BASE_URL="https://protest.example")
    answer = app.test_client().get("/organize/login", base_url="https://protest.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        name, *flags = cookie.split("; ")
        assert name.startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} == set(flags)


@pytest.mark.control("W5")
def test_a_cookie_of_a_site_without_https_is_not_called_bound(tmp_path):
    answer = new_app_with_tables(tmp_path).test_client().get("/organize/login")
    assert not answer.headers["Set-Cookie"].startswith("__Host-")


@pytest.mark.control("W2")
def test_a_site_without_https_lacks_what_the_observatory_asks_for():
    assert "Strict-Transport-Security" not in security_headers("text/html", secure=False)


TAKES_FILES = re.compile(r"FileField|request\.files|multipart/form-data|type=[\"']?file")


def taking_files(folder) -> set[str]:
    read = [p for p in folder.rglob("*") if p.suffix in (".py", ".html")]
    return {p.name for p in read if TAKES_FILES.search(p.read_text())}


@pytest.mark.proves("E9")
def test_the_table_of_organizers_is_the_only_file_that_is_taken(world):  # noqa: F811
    assert taking_files(PACKAGE) == {"console_import.py"}
    assert taking_files(TEMPLATES) == {"import.html"}
    for role in ("visitor", "holder"):
        answer = client_in(world.app, world.sessions[role]).get("/organize/c/noon/import/")
        assert answer.status_code != 200


@pytest.mark.control("E9")
def test_another_form_that_takes_a_file_is_found(tmp_path):
    (tmp_path / "photo.html").write_text("<input type=file name=photo>")
    assert taking_files(tmp_path) == {"photo.html"}
