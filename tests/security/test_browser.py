"""What a real Chromium makes of every page: nothing asked elsewhere, no typed text obeyed."""

import re
from dataclasses import dataclass, field
from itertools import product

import pytest
from sqlalchemy import select

from protestcoord.config import LANGUAGES
from protestcoord.core.web import db
from protestcoord.missions.models import Mission, MissionCorrection
from protestcoord.signups import places
from protestcoord.signups.models import Group, GroupEdit, SignUp
from protestcoord.signups.rules import EditedField, SignUpState
from tests.journeys.browser import CHROMIUM, WatchedPages, chromium
from tests.journeys.test_main_job import barriers_on
from tests.proofs import FULL, size
from tests.security.corpus import ADDRESSES, FOR_PAGES
from tests.security.planting import NAMES, plant, typed_columns, unknown_columns
from tests.security.shapes import CUT, NOT_ISOLATED, PLANTED, SMALL
from tests.security.world import served_world
from tests.servers import files_served
from tests.stored import NOW
from tests.test_authorization import client_in, world  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.long]
WHO = ("visitor", "owner", "holder")
# An address works at the head of a text alone, so there are as many lots as addresses.
ROUNDS = len(ADDRESSES)
# A mail address longer than its column would not fit into the picture of a phone's secret.
ADDRESS = 230
# Read from right to left, so that what follows would go to its other side.
NAME = "עיר האורות"
MARKS = (
    "SCRIPT",
    "IMG",
    "SVG",
    "svg",
    "IFRAME",
    "OBJECT",
    "EMBED",
    "STYLE",
    "BASE",
    "LINK",
    "META",
    "FORM",
    "VIDEO",
    "MARQUEE",
    "TEMPLATE",
    "DETAILS",
    "INPUT",
    "animate",
    "math",
)


@pytest.fixture(scope="module")
def instance(world):  # noqa: F811
    world.restore()
    with served_world(world, NOW) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with chromium() as started:
        yield started


@dataclass
class Seen:
    """What pages showed: what was wrong, the shape of each, and their texts."""

    faults: list[str] = field(default_factory=list)
    shapes: dict[str, dict[str, int]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    bare_names: list[str] = field(default_factory=list)

    def note(self, page, path):
        bad, self.shapes[path] = page.evaluate(PLANTED)
        self.faults += [f"{path}: {each}" for each in bad]
        self.bare_names += [f"{path}: {each}" for each in page.evaluate(NOT_ISOLATED, NAME)]
        self.texts[path] = page.content()


def looked_at(browser, instance, role, paths, **options):
    """Open pages as somebody; where a page keeps a contact behind a button, press it."""
    watched, seen = WatchedPages(browser, instance.base_url), Seen()
    context = watched.context(**options)
    context.add_cookies(instance.cookies(role))
    page = context.new_page()
    for path in paths:
        page.goto(path)
        seen.note(page, path)
        contact = page.get_by_role("button", name="Show contact")
        if contact.count():
            contact.first.click()
            page.wait_for_load_state()
            seen.note(page, f"{path} with its contact")
    context.close()
    seen.faults += watched.faults
    return seen


def addresses(instance):
    public = [path for path in instance.pages() if not re.match(r"/(ja|ko)/", path)]
    for role in ("owner", "holder"):
        yield role, [*instance.live(role), *(public if role == "holder" else [])]


def marked(shape):
    return {name: shape.get(name, 0) for name in MARKS}


def crawled(instance):
    """Each page with a language and with or without scripts; all of these in the full run."""
    public = [("visitor", path) for path in instance.pages()]
    prefixes = ["", *(f"/{code}" for code in LANGUAGES if code != "en")]
    live = [(r, f"{p}{path}") for r in WHO for path in instance.live(r) for p in prefixes]
    every = list(product([*public, *live], [True, False]))
    return every[:: size(67, full=1)]


@pytest.mark.proves("P3")
@pytest.mark.proves("W1")
def test_no_page_asks_anybody_else_or_breaks_its_policy(browser, instance, record_property):
    asked = crawled(instance)
    for role, script in product(WHO, (True, False)):
        paths = [path for (who, path), has in asked if who == role and has is script]
        seen = looked_at(browser, instance, role, paths, java_script_enabled=script)
        assert seen.faults == [], (role, script)
    record_property("P3", f"{len(asked)} pages in Chromium, with and without scripts")


@pytest.mark.proves("P3")
def test_every_address_that_answers_with_a_page_is_opened(world, instance):  # noqa: F811
    """Of all addresses that can be asked for, only files and what leads elsewhere are left."""
    opened = {path for role in WHO for path in instance.live(role)} | set(instance.pages())
    left = {}
    for rule in world.app.url_map.iter_rules():
        path = world.path_of(rule) if "GET" in rule.methods else ""
        if path and path not in opened:
            answers = [client_in(world.app, world.sessions[role]).get(path) for role in WHO]
            left[path] = min((one.status_code, one.mimetype) for one in answers)
    pages = {path: got for path, got in left.items() if got[0] == 200 and got[1] == "text/html"}
    assert pages == {}


@pytest.mark.control("P3")
def test_a_page_with_a_script_from_elsewhere_is_found(browser, tmp_path):
    (tmp_path / "index.html").write_text(
        "<title>x</title><script src=https://cdn.example/x.js></script>"
    )
    with files_served(tmp_path) as base_url:
        watched = WatchedPages(browser, base_url)
        watched.page().goto("/index.html")
    assert any("off the host: https://cdn.example" in fault for fault in watched.faults)


ELSEWHERE = re.compile(
    r"(?:rel=[\"']?(?:dns-prefetch|preconnect|prefetch|preload)|url\(\s*[\"']?(?:https?:)?//"
    r"|@import|<(?:img|script|iframe|source|audio|video)[^>]+src=[\"']?(?:https?:)?//)",
    re.IGNORECASE,
)


@pytest.mark.proves("P3")
def test_no_file_names_a_host_to_ask(instance):
    files = [p for p in instance.folder.rglob("*") if p.suffix in (".html", ".css")]
    escaped = re.compile(r"<textarea.*?</textarea>|<pre.*?</pre>", re.DOTALL)
    texts = {str(p.relative_to(instance.folder)): escaped.sub("", p.read_text()) for p in files}
    named = {name: found[0] for name, text in texts.items() if (found := ELSEWHERE.search(text))}
    assert len(files) > 30
    assert named == {}


@pytest.mark.control("P3")
@pytest.mark.parametrize(
    "text", ["<link rel=dns-prefetch href=//cdn.example>", "a{b:url(//c.example)}"]
)
def test_a_host_that_is_asked_without_a_request_is_found(text):
    assert ELSEWHERE.search(text)


def name_or_text(table, column, number):
    if column in NAMES.get(table, ()) or (table, column) == ("wave", "published"):
        return NAME
    return f"words {number} in {table}.{column}"


def hostile(texts):
    """Rows begin with different texts, and hold all; the last word says which column it is."""

    def says(table, column, number):
        turned = [*texts[number % len(texts) :], *texts[: number % len(texts)]]
        most = ADDRESS if table == "organizer" else None
        return f"{' '.join(turned)[:most]} {table}.{column}"

    return says


def rounds():
    """All texts that work in a page, in as many lots as there are heads; in the full run all."""
    others = [text for text in FOR_PAGES if text not in ADDRESSES]
    lots = [(head, *others[n::ROUNDS]) for n, head in enumerate(ADDRESSES)]
    return lots[: size(1, full=ROUNDS)]


@pytest.fixture
def planted(world, instance):  # noqa: F811
    """Put texts everywhere, and the former ones back at the end."""
    put_in = []

    def put(says):
        if not put_in:
            make_public(world)
        put_in.append(says)
        plant(world, says)
        instance.build(NOW)

    yield put
    if put_in:
        world.restore()
        instance.build(NOW)


def make_public(world):  # noqa: F811
    """Let the public read what a group says, and have an edit and a correction to be read."""
    with world.app.app_context():
        group = db.session.scalars(select(Group).order_by(Group.id)).first()
        mission = db.session.scalars(select(Mission).order_by(Mission.id)).first()
        told = {"value": "x", "source": "x", "verified_on": "2026-01-01", "at": NOW}
        db.session.add_all(
            [
                GroupEdit(group=group, edited=EditedField.CITY, before="x", after="x", at=NOW),
                MissionCorrection(mission_id=mission.id, column="name", **told),
            ]
        )
        for sign_up in db.session.scalars(
            select(SignUp).where(SignUp.state == SignUpState.OFFERED)
        ):
            places.approve_sign_up(db.session(), sign_up.id, NOW)
        db.session.commit()


@pytest.mark.proves("E1")
@pytest.mark.proves("E2")
def test_no_typed_text_becomes_markup_or_script(browser, instance, planted, record_property):
    """First harmless words, among them names that are read from right to left; then the texts."""
    step = size(45, full=1)
    planted(name_or_text)
    pages = {role: paths[::step] for role, paths in addresses(instance)}
    plain = {role: looked_at(browser, instance, role, paths) for role, paths in pages.items()}
    bare = [each for seen in plain.values() for each in seen.bare_names]
    assert bare == []
    named = [path for seen in plain.values() for path, text in seen.texts.items() if NAME in text]
    record_property("E1", f"names stand alone on {len(named)} pages in Chromium")
    count, looks, shown = 0, 0, set()
    for texts in rounds():
        planted(hostile(texts))
        for role, paths in pages.items():
            seen = looked_at(browser, instance, role, paths)
            assert seen.faults == [], role
            for path, shape in seen.shapes.items():
                assert marked(shape) == marked(plain[role].shapes[path]), path
            looks += len(seen.shapes)
            everything = " ".join(seen.texts.values())
            shown |= {one for one in typed_columns() if f"{one.table}.{one.column}" in everything}
        count += len(texts)
    said = f"{count} texts in {len(typed_columns())} columns, {len(shown)} of them on a page"
    record_property("E2", f"{said}, {looks} looks at pages")


def test_every_column_is_planted_or_nobody_types_into_it():
    assert unknown_columns() == []


@pytest.mark.control("E2")
def test_a_page_that_trusts_its_text_is_found(browser, tmp_path):
    """The same look at a page as it would be with ``|safe``."""
    working = [text for text in FOR_PAGES if text.startswith(("<img", "<script>", "<svg onload"))]
    for number, text in enumerate(working[:6]):
        (tmp_path / f"{number}.html").write_text(f"<title>x</title><p>{text}</p>")
    (tmp_path / "plain.html").write_text("<title>x</title><p>plain</p>")
    with files_served(tmp_path) as base_url:
        watched = WatchedPages(browser, base_url)
        page = watched.page()
        page.goto("/plain.html")
        before = marked(page.evaluate(PLANTED)[1])
        for number in range(6):
            page.goto(f"/{number}.html")
            bad, shape = page.evaluate(PLANTED)
            assert bad or marked(shape) != before
    assert any("dialog" in fault for fault in watched.faults)


@pytest.mark.control("W7")
def test_a_browser_without_scripts_runs_none(browser, tmp_path):
    (tmp_path / "index.html").write_text("<title>x</title><p>a<script src=x.js></script>")
    (tmp_path / "x.js").write_text("document.querySelector('p').textContent = 'b'")
    with files_served(tmp_path) as base_url:
        for script, text in ((True, "b"), (False, "a")):
            page = WatchedPages(browser, base_url).page(java_script_enabled=script)
            page.goto("/index.html")
            assert page.locator("p").text_content() == text


@pytest.mark.proves("L5")
def test_pages_fit_at_four_times_the_size_and_targets_are_large(
    browser, instance, planted, record_property
):
    """As WCAG 2.2 asks in 1.4.10 and 2.5.5; the rules stand at the scripts."""
    if FULL:
        planted(name_or_text)
    barriers, cut, small, looks, targets = [], [], [], 0, 0
    for role, every in addresses(instance):
        context = WatchedPages(browser, instance.base_url).context()
        context.add_cookies(instance.cookies(role))
        page = context.new_page()
        for path in every[:: size(45, full=1)]:
            page.set_viewport_size({"width": 320, "height": 256})
            page.goto(path)
            cut += [f"{path}: {each}" for each in page.evaluate(CUT)]
            page.set_viewport_size({"width": 390, "height": 844})
            barriers += [f"{path}: {each}" for each in barriers_on(page)]
            found, count = page.evaluate(SMALL)
            small += [f"{path}: {each}" for each in found]
            looks, targets = looks + 1, targets + count
        context.close()
    assert cut == []
    assert small == []
    assert barriers == []
    record_property("L5", f"{looks} pages at 400 % and by axe, {targets} targets: 0 misses")


@pytest.mark.control("L5")
@pytest.mark.parametrize(
    ("body", "script"),
    [
        ("<div style='width:400px'>wide</div>", CUT),
        (
            "<div style='width:90px;overflow:hidden;white-space:nowrap'>a long name is cut</div>",
            CUT,
        ),
        ("<header style='position:sticky;top:0;height:200px'>stays</header>", CUT),
        ("<p><a href=x>Alone</a>", SMALL),
        ("<label style='display:block'><input type=checkbox>Small</label>", SMALL),
    ],
)
def test_a_page_that_does_not_fit_is_found(browser, body, script):
    page = browser.new_page(viewport={"width": 320, "height": 256})
    page.set_content(f"<!doctype html><style>b{{}}</style><title>x</title><main>{body}")
    found = page.evaluate(script)
    page.close()
    assert (found[0] if script is SMALL else found) != []


@pytest.mark.control("E1")
@pytest.mark.parametrize("shape", ["<p>{} writes", "<bdi>{}, Germany</bdi>"])
def test_a_name_that_turns_its_sentence_is_found(browser, shape):
    page = browser.new_page()
    page.set_content(f"<!doctype html><title>{NAME}</title>{shape.format(NAME)}")
    assert len(page.evaluate(NOT_ISOLATED, NAME)) == 1
    page.set_content(f"<!doctype html><title>{NAME}</title><p><bdi>{NAME}</bdi> writes")
    assert page.evaluate(NOT_ISOLATED, NAME) == []
    page.close()


@pytest.mark.control("L5")
def test_a_field_without_a_label_is_a_barrier(browser, tmp_path):
    (tmp_path / "index.html").write_text("<html lang=en><title>x</title><main><h1>x</h1><input>")
    with files_served(tmp_path) as base_url:
        page = WatchedPages(browser, base_url).page()
        page.goto("/index.html")
        assert barriers_on(page) != []
