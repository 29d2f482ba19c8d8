"""What a real Chromium makes of every page: nothing asked elsewhere, no typed text obeyed."""

import re
from itertools import product

import pytest
from sqlalchemy import update

from protestcoord.config import LANGUAGES
from protestcoord.core.database import Base
from protestcoord.core.web import db
from tests.journeys.browser import CHROMIUM, WatchedPages, chromium
from tests.journeys.test_main_job import barriers_on
from tests.proofs import size
from tests.security.corpus import COUNT, FOR_PAGES
from tests.security.world import served_world
from tests.servers import files_served
from tests.stored import NOW
from tests.test_authorization import world  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
TYPED = {
    "mission": ("name", "name_local", "city", "address", "phone", "website", "jurisdiction"),
    "campaign": ("title", "statement"),
    "wave": ("title",),
    "group": ("name", "city"),
    "sign_up": ("meeting_point", "accessibility", "languages"),
    "message": ("subject",),
    "passkey": ("name",),
    "correction_proposal": ("source",),
    "site_proposal": ("name", "city", "address", "source"),
    "permit_note": ("authority", "note", "source"),
    "group_edit": ("before", "after"),
}
AT_ONCE = 25
# What no page of ours has, and the shape of what it has.
PLANTED = """() => {
  const bad = [], shape = {};
  for (const node of document.querySelectorAll('*')) {
    const names = node.getAttributeNames();
    for (const name of names) {
      const value = node.getAttribute(name).replace(/[\\s\\0]/g, '').toLowerCase();
      if (/^on/.test(name)) bad.push(node.tagName + ' ' + name);
      const leads = ['href', 'src', 'action'].includes(name);
      if (leads && /^(javascript|vbscript|data:text)/.test(value))
        bad.push(node.tagName + ' ' + value);
    }
    shape[node.tagName] = (shape[node.tagName] || 0) + 1;
  }
  return [bad, shape];
}"""
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


def looked_at(browser, instance, role, paths, **options):
    """Open pages as somebody; give what was wrong, and the shape of each."""
    watched, shapes = WatchedPages(browser, instance.base_url), {}
    context = watched.context(**options)
    context.add_cookies(instance.cookies(role))
    page = context.new_page()
    for path in paths:
        page.goto(path)
        bad, shapes[path] = page.evaluate(PLANTED)
        watched.faults += [f"{path}: {each}" for each in bad]
    context.close()
    return watched.faults, shapes


def plant(instance, text):
    """Put a text into everything that somebody types."""
    with instance.world.app.app_context():
        for table, columns in TYPED.items():
            stored = Base.metadata.tables[table]
            db.session.execute(update(stored).values(dict.fromkeys(columns, text)))
        db.session.commit()
    instance.build(NOW)


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
    live = [
        (r, f"{p}{path}")
        for r in ("owner", "holder")
        for path in instance.live(r)
        for p in prefixes
    ]
    every = list(product([*public, *live], [True, False]))
    return every[:: size(61, full=1)]


@pytest.mark.proves("P3")
@pytest.mark.proves("W1")
def test_no_page_asks_anybody_else_or_breaks_its_policy(browser, instance, record_property):
    asked = crawled(instance)
    for role, script in product(("visitor", "owner", "holder"), (True, False)):
        paths = [path for (who, path), has in asked if who == role and has is script]
        faults, _ = looked_at(browser, instance, role, paths, java_script_enabled=script)
        assert faults == [], (role, script)
    record_property("P3", f"{len(asked)} pages in Chromium, with and without scripts")


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


@pytest.mark.proves("E2")
def test_no_typed_text_becomes_markup_or_script(browser, instance, record_property):
    step = size(45, full=1)
    plain = {
        role: looked_at(browser, instance, role, paths[::step])
        for role, paths in addresses(instance)
    }
    count = pages = 0
    for first in range(0, size(AT_ONCE, full=COUNT), AT_ONCE):
        texts = FOR_PAGES[first : first + AT_ONCE]
        plant(instance, " ".join(texts))
        for role, every in addresses(instance):
            paths = every[::step]
            faults, shapes = looked_at(browser, instance, role, paths)
            assert faults == [], role
            for path in paths:
                assert marked(shapes[path]) == marked(plain[role][1][path]), path
            pages += len(paths)
        count += len(texts)
    columns = sum(map(len, TYPED.values()))
    record_property("E2", f"{count} texts in {columns} columns, {pages} pages looked at")
    instance.world.restore()


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


@pytest.mark.control("L5")
def test_a_field_without_a_label_is_a_barrier(browser, tmp_path):
    (tmp_path / "index.html").write_text("<html lang=en><title>x</title><main><h1>x</h1><input>")
    with files_served(tmp_path) as base_url:
        page = WatchedPages(browser, base_url).page()
        page.goto("/index.html")
        assert barriers_on(page) != []
