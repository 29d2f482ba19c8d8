"""No address of elsewhere is believed: not the one to go on to, and not the one that was asked."""

import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlencode, urlsplit

import pytest
from flask import redirect, request
from sqlalchemy import delete, select
from werkzeug.test import Client

from protestcoord.core.mail import OutboxMail
from protestcoord.publications.door import Door
from protestcoord.worker import COMPOSERS
from tests.app_client import good_sign_up, new_app_with_tables
from tests.console_client import stored_in
from tests.proofs import FULL, size
from tests.test_authorization import (  # noqa: F401 - a fixture
    World,
    client_in,
    rules_of,
    world,
)
from tests.test_hostile_forms import forms_of

OURS = "http://localhost:8000"
EVIL = "evil.example"
HOSTS = (
    *(EVIL, f"{EVIL}:8000", f"{EVIL}:80/organize/", f"localhost:8000@{EVIL}", f"localhost.{EVIL}"),
    *(
        f"user:pass@{EVIL}/",
        f"localhost:8000%40{EVIL}",
        "[2001:db8::1]",
        "3221225985",
        "evil。example",
    ),
)
BEFORE_HOST = (
    # slashes, and what browsers take for slashes or leave out
    *(
        "//",
        "///",
        "/////",
        "/\\",
        "\\\\",
        "\\/",
        "/\\/",
        "\\",
        "/\t/",
        "/\n/",
        "/\r/",
        "\t//",
        " //",
    ),
    *("\x00//", "\x1f//", "\u00a0//", "\u200a//", "\ufeff//", "//\t", "/ /", "\n\r//\\"),
    # schemes, whole, broken and of other kinds
    *("http://", "https://", "HtTpS://", "http:", "http:/", "http:///", "https:\\\\", "h\nttp://"),
    *(
        "ftp://",
        "javascript://",
        "javascript:alert(1)//",
        "data:text/html,",
        "vbscript:",
        "blob:http://",
    ),
    *("http://localhost:8000@", "http://localhost:8000\\@", "http://localhost:8000#@"),
    # encoded, once and twice, and other letters that look alike
    *("%2f%2f", "/%2f", "/%5c", "%5c%5c", "%252f%252f", "/%09/", "/%0d%0aLocation:%20//"),
    *("／／", "/／", "∕∕", "⁄⁄", "﹨﹨", "http：//"),
    # paths that seem to be ours
    *(
        "/organize/\\",
        "/organize/\n//",
        "/organize/\r\nLocation: //",
        "/organize/..//",
        "/organize//",
    ),
    *("/organize@", "/organize.", "/ja//", "/.//", "/..//", "./\\", "@", "/@", ";//", "?//", "#//"),
)
PAYLOADS = tuple(f"{before}{host}" for before, host in product(BEFORE_HOST, HOSTS))


def led_to(location: str, at: str = f"{OURS}/organize/") -> str:
    """Return whose page a browser opens when it is sent to a location.

    Source:
        WHATWG URL, "basic URL parser": blanks and controls around are dropped, tabs and newlines
        anywhere; a backslash is a slash; a host follows as many slashes as there are.
    """
    seen = re.sub(r"[\t\n\r]", "", re.sub(r"^[\x00-\x20]+|[\x00-\x20]+$", "", location))
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", seen)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return scheme[0]
    rest = (seen[scheme.end() :] if scheme else seen).replace("\\", "/")
    if not rest.startswith("//") and (scheme is None or scheme[1].lower() == urlsplit(at).scheme):
        # Without slashes, the scheme of the page itself says nothing.
        return OURS
    authority = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    return f"{scheme[1].lower() if scheme else 'http'}://{host}"


def chosen() -> tuple[str, ...]:
    """All payloads, or of each family a few, with other hosts each time."""
    return PAYLOADS[:: len(PAYLOADS) // size(20, full=len(PAYLOADS))]


def seen_by_wsgi(text: str) -> str:
    return f"{text}/organize/reports".encode().decode("latin-1")


def fits(location: str | None, status: int) -> bool:
    return location is None or (led_to(location) == OURS and status in (301, 302, 303, 307, 308))


@pytest.mark.proves("W8")
def test_going_on_leads_to_a_page_of_ours_or_nowhere(world, record_property):  # noqa: F811
    assert len(set(PAYLOADS)) >= 300
    world.restore()
    session, count = world.sessions["owner"], 0
    door = Door(world.app, world.app.config["SETTINGS"].public_folder, secure=False, is_live=bool)
    for text in chosen():
        query = urlencode({"next": text})
        for path in ("/organize/login", "/organize/second-factor/"):
            for asked in (f"{path}?{query}", f"/ja{path}?{query}"):
                answer = client_in(world.app, session).get(asked)
                assert 301 <= answer.status_code <= 308, asked
                assert fits(answer.location, answer.status_code), (text, answer.location)
                count += 1
        sent = client_in(world.app, session).post("/organize/login", data={"next": text})
        assert fits(sent.location, sent.status_code), (text, sent.location)
        asked = client_in(world.app, {}).get(f"/report/?{urlencode({'about': text})}")
        assert asked.status_code == 404, text
        if text.startswith("/"):
            # A path is put right where a slash is missing, by the door and by the app.
            answer = Client(door).get(environ_overrides={"PATH_INFO": seen_by_wsgi(text)})
            assert fits(answer.headers.get("Location"), answer.status_code), text
        count += 3
    record_property("W8", f"{len(chosen())} addresses to go on to, {count:,} answers, 0 elsewhere")


@pytest.mark.control("W8")
def test_a_naive_way_on_leads_elsewhere_and_is_found(tmp_path):
    app = new_app_with_tables(tmp_path, BASE_URL=OURS)

    def onward():
        wanted = request.args["next"]
        return redirect(wanted if wanted.startswith("/") else "/")

    app.add_url_rule("/onward", view_func=onward)
    client = app.test_client()
    wanted = (*(f"//{host}" for host in HOSTS[:5]), "/organize/")
    sent = [client.get("/onward", query_string={"next": text}) for text in wanted]
    assert [fits(a.location, a.status_code) for a in sent] == [False] * 5 + [True]


@pytest.mark.control("W8")
@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("/organize/?a=//evil.example", OURS),
        ("//evil.example", "http://evil.example"),
        (" /\t/\\evil.example/x", "http://evil.example"),
        ("https:evil.example", "https://evil.example"),
        ("http://localhost:8000@evil.example", "http://evil.example"),
        ("http://localhost:8000\\@evil.example", OURS),
        ("JavaScript:alert(1)", "JavaScript:"),
        (f"{OURS}/organize/", OURS),
    ],
)
def test_what_a_browser_makes_of_a_location_is_known(location, where):
    assert led_to(location) == where


FORGED = {
    "Host": EVIL,
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Host": EVIL,
    "Forwarded": f"host={EVIL};proto=https",
    "X-Original-URL": f"https://{EVIL}/",
}


def told(answer) -> bool:
    """Whether an answer contains the forged host, in a header or on the page."""
    return EVIL in str(answer.headers) or EVIL.encode() in answer.data


@pytest.mark.proves("W8")
@pytest.mark.parametrize("role", ["visitor", *(["holder", "owner"] if FULL else [])])
def test_no_page_contains_a_forged_host(world, role, record_property):  # noqa: F811
    world.restore()
    count = 0
    for method, rule in rules_of(world.app):
        for path in {world.path_of(rule), world.path_of(rule).rstrip("/") or "/"}:
            client = client_in(world.app, world.sessions[role])
            assert not told(client.open(path, method=method, headers=FORGED)), (method, path)
            count += 1
    world.restore()
    record_property("W8", f"{count} answers under a forged host to {role}")


@pytest.mark.control("W8")
def test_a_page_that_believes_the_host_is_found(tmp_path):
    app = new_app_with_tables(tmp_path)
    app.add_url_rule("/where", view_func=lambda: request.host_url)
    assert told(app.test_client().get("/where", headers=FORGED))


# What somebody types into a form that mails; all else stays as the page gives it.
TYPED = good_sign_up() | {"email": "canary@example.org", "moments": "day", "kind": "spam"}


def mails_of(world: World) -> Iterator[tuple[str, bytes]]:  # noqa: F811
    """All that waits to leave, as the worker writes it."""
    vault, settings = world.app.config["VAULT"], world.app.config["SETTINGS"]
    with stored_in(world.app) as session:
        for entry in session.scalars(select(OutboxMail)):
            room, dot, _ = entry.kind.partition(".")
            message = COMPOSERS[room if dot else ""](session, vault, settings, entry)
            if message is not None:
                yield entry.kind, message.as_bytes()


@pytest.mark.proves("W8")
def test_no_mail_that_a_form_causes_contains_a_forged_host(world, record_property):  # noqa: F811
    world.restore()
    kinds, count = set(), 0
    with stored_in(world.app) as session:
        session.execute(delete(OutboxMail))
    for role in ("visitor", "holder", "owner")[: size(2, full=3)]:
        for client, form, path in forms_of(world, role):
            typed = TYPED | {name: value for name, (_, value) in form.fields.items() if value}
            answer = client.post(path, data=typed, headers=FORGED)
            assert not told(answer), path
            count += 1
    for kind, text in mails_of(world):
        assert EVIL.encode() not in text, kind
        assert OURS.encode() in text, kind
        kinds.add(kind)
    world.restore()
    assert kinds >= {"confirm", "link", "handover", "volunteers.confirm"}
    record_property("W8", f"{count} forms sent under a forged host, mails of {len(kinds)} kinds")
