"""What no form takes: texts far too long, control characters, header lines; nothing is saved."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from tests.test_authorization import client_in, rules_of, told, world  # noqa: F401 - a fixture

ONE_LINE = {"text", "email", "search", "tel", "url"}
LINES = "a\r\nBcc: c@d.example"
NUL = "a\x00b"
LONG = "x" * 100_000
# What was already done is no change: a look at a page, a session that goes on.
PASSING = 'INSERT INTO "organizer_session"'


@dataclass
class SeenForm:
    action: str = ""
    method: str = "get"
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page, with what their fields hold."""

    def __init__(self, text):
        super().__init__()
        self.found, self.select, self.area = [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.found.append(SeenForm(given.get("action", ""), given.get("method", "get")))
        elif not self.found:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.found[-1].fields[name] = (kind, given.get("value", ""))
        elif tag == "textarea" and name:
            self.area = name
            self.found[-1].fields[name] = ("textarea", "")
        elif tag == "select":
            self.select = name
            self.found[-1].fields[name] = ("select", "")
        elif tag == "option" and "selected" in given:
            self.found[-1].fields[self.select] = ("select", given.get("value", ""))

    def handle_data(self, data):
        if self.area:
            self.found[-1].fields[self.area] = ("textarea", data.lstrip("\n"))

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = ""


def forms_of(world, role):  # noqa: F811
    for method, rule in rules_of(world.app):
        if method != "GET":
            continue
        client, path = client_in(world.app, world.sessions[role]), world.path_of(rule)
        path += "?slot=w1-de-berlin-embassy-1" if path.endswith("/sign-up/") else ""
        answer = client.get(path)
        if told(answer) == "in":
            for form in Forms(answer.text).found:
                if form.method == "post":
                    yield client, form, urljoin(path, form.action)


def content(world):  # noqa: F811
    """Every row of the database, as one text."""
    with closing(sqlite3.connect(f"file:{world.database}?mode=ro", uri=True)) as opened:
        dump = [line for line in opened.iterdump() if not line.startswith(PASSING)]
    return "\n".join(sorted(dump))


def hostile(form):
    """What to send: each text field in turn with something that it cannot take."""
    sent = {name: value for name, (_kind, value) in form.fields.items()}
    typed = ONE_LINE | {"textarea", "password"}
    texts = [(name, kind) for name, (kind, _) in form.fields.items() if kind in typed]
    for name, kind in texts:
        yield 422, name, sent | {name: NUL}
        if kind in ONE_LINE:
            yield 422, name, sent | {name: LINES}
    if texts:
        yield 413, texts[0][0], sent | {texts[0][0]: LONG}


@pytest.mark.proves("E1")
@pytest.mark.parametrize(("role", "least"), [("visitor", 17), ("holder", 30), ("owner", 60)])
def test_what_a_form_cannot_take_is_refused_and_nothing_is_saved(world, role, least):  # noqa: F811
    world.restore()
    before, count, seen = content(world), 0, {"/organize/logout"}
    for client, form, path in forms_of(world, role):
        if path in seen:
            continue
        seen.add(path)
        for status, name, sent in hostile(form):
            answer, after = client.post(path, data=sent), content(world)
            case = (path, name, answer.status_code)
            if answer.status_code == 303:
                # The field means nothing with what the others say, so it is passed over.
                assert not any(text in after for text in ("Bcc: c@d.example", "\x00b")), case
                world.restore()
            else:
                assert answer.status_code in {status, 422, 413, 429}, case
                assert after == before, case
            assert "c@d.example" not in str(answer.headers), case
            count += 1
    assert count > least


@pytest.mark.control("E1")
def test_the_guard_sees_a_form_that_saves(world):  # noqa: F811
    world.restore()
    before = content(world)
    client, path = client_in(world.app, world.sessions["owner"]), "/organize/c/noon/edit/"
    form = next(f for f in Forms(client.get(path).text).found if "title" in f.fields)
    sent = {name: value for name, (_kind, value) in form.fields.items()} | {"title": "Another"}
    assert client.post(path, data=sent).status_code == 303
    assert content(world) != before
    world.restore()
