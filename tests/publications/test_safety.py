"""The page that says how to stay safe: whole, near, printable, and looked at lately."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protestcoord.config import LANGUAGES
from protestcoord.core import templates
from protestcoord.core.languages import full_day_text
from protestcoord.core.links import FileLinks, Links
from protestcoord.missions.regions import REGION_OF_COUNTRY
from protestcoord.publications.files import files_of
from protestcoord.publications.pages import pages_of
from protestcoord.publications.release import static_publications
from protestcoord.publications.safety import EVERYWHERE, HELP, REVIEW_HOLDS, WRITTEN_ON, is_stale
from tests.factories import make_campaign, make_site, make_snapshot
from tests.proofs import FULL

SITE = "https://protest.example"
LEADS = re.compile(r'href="[^"]*safety/')
# The projector's page and what stands in another site's frame have no links of ours at all.
BARE = ("/wall/", "/embed/list/", "/embed/map/")
SAID = [
    "Leave your phone at home", "face and fingerprint", "Signal", "WeChat", "lawyer on paper",
    "Arrive together and leave together", "You may be photographed", "Relatives there",
    "contacted, followed or threatened", "transnational repression", "running server",
    "controls your phone", "cameras", "False mobile masts", "Your mail provider", "Tor Browser",
    "What this site stores", "not legal advice",
]  # fmt: skip


def pages():
    return list(pages_of(make_snapshot(make_campaign(make_site())), demo=False))


def built(path: str, language: str = "en") -> str:
    page = next(page for page in pages() if page.path == path)
    return page.build(page.slice, Links(SITE, language, "en")).decode()


def without_a_way_to_it(texts: dict[str, str]) -> list[str]:
    return [name for name, text in texts.items() if not LEADS.search(text)]


@pytest.mark.proves("L6")
def test_it_says_what_helps_and_what_this_site_cannot_do():
    assert [words for words in SAID if words not in built("/safety/")] == []


@pytest.mark.proves("L6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_published_in_every_language_and_linked_from_every_page(language):
    links = Links(SITE, language, "en")
    seen = {p.path: p.build(p.slice, links).decode() for p in pages()}
    seen = {path: text for path, text in seen.items() if not path.endswith(BARE)}
    assert without_a_way_to_it(seen) == []
    assert "/c/demo/sites/de-berlin-embassy/" in seen


@pytest.mark.control("L6")
def test_a_page_without_a_way_to_it_would_be_seen():
    assert without_a_way_to_it({"/": LEADS.sub('href="/', built("/"))}) == ["/"]


@pytest.mark.proves("L6")
def test_it_leads_to_pages_of_others_by_plain_links_alone():
    text = built("/safety/")
    for one in [source for helps in HELP for source in (helps.rights, helps.report)] + [
        *EVERYWHERE
    ]:
        assert f'href="{one.url}" rel="noopener noreferrer">' in text
        # Deep addresses die sooner.
        assert re.fullmatch(r"https://[a-z0-9.-]+/", one.url)
    assert not re.search(r'(?:src|action|data)="https?:', text)
    assert {one.country for one in HELP} <= set(REGION_OF_COUNTRY)


@pytest.mark.proves("L6")
def test_its_text_is_of_the_last_180_days_and_says_so():
    assert not is_stale(datetime.now(UTC).date())
    assert f"This text is of {full_day_text(WRITTEN_ON, 'en')}." in built("/safety/")


@pytest.mark.control("L6")
def test_after_180_days_it_has_to_be_looked_at_again():
    assert not is_stale(WRITTEN_ON + REVIEW_HOLDS)
    assert is_stale(WRITTEN_ON + REVIEW_HOLDS + timedelta(days=1))


@pytest.mark.proves("L6")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_to_a_group_and_the_forms_lead_to_it(language):
    loader = templates.environment(language).loader
    sources = {name: loader.get_source(templates.environment(language), name)[0] for name in (
        "mail/_layout.txt", "mail/_reminder_layout.txt", "mail/members_invitation.txt",
        "signups/gap_mail.txt", "signups/sign_up.html", "signups/group.html",
    )}  # fmt: skip
    assert [name for name, text in sources.items() if "('/safety/')" not in text] == []


def printed(folder: Path, language: str) -> bytes:
    """Print the page from a folder on the disk, as somebody offline does."""
    site = folder / "site"

    def beside(code: str, path: str) -> FileLinks:
        return FileLinks(SITE, code, "en", Links(SITE, code, "en").prefixed(path))

    safety = [page for page in pages() if page.path == "/safety/"]
    found = files_of([*static_publications(), *safety], (language,), "en", beside, "code-1")
    for name, file in found.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(file.content())
    here = next(site.rglob("safety/index.html"))
    paper = folder / "paper.pdf"
    subprocess.run(
        [
            "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={paper}", here.as_uri(),
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return paper.read_bytes()


def sheets(paper: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", paper))


@pytest.mark.proves("L6")
@pytest.mark.parametrize("language", LANGUAGES if FULL else ["en"])
def test_from_a_disk_it_is_printed_on_two_sheets(tmp_path, language, record_property):
    count = sheets(printed(tmp_path, language))
    assert 1 <= count <= 2
    record_property("L6", f"{count} printed sheets ({language})")
