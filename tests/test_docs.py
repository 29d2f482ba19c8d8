"""The documentation keeps up with the code: settings, commands, links and decisions."""

import dataclasses
import re

import pytest

from protestcoord.cli import COMMANDS
from protestcoord.config import PACKAGE, Settings

ROOT = PACKAGE.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
SETTINGS = [field for field in dataclasses.fields(Settings) if field.name != "instance"]
LINK = re.compile(r"\]\(([^)#\s]+)|src=\"([^\"]+)\"")


def settings_rows() -> dict[str, str]:
    text = (ROOT / "docs" / "operating" / "settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+)$", text, re.MULTILINE))


def links_in(text: str) -> list[str]:
    found = ["".join(parts) for parts in LINK.findall(text)]
    return [link for link in found if "://" not in link]


def commands_missing_in(text: str) -> list[str]:
    return [name for name in COMMANDS if not re.search(rf"`protestcoord {name}\b", text)]


def test_the_settings_page_lists_every_setting_and_no_other():
    assert settings_rows().keys() == {field.name for field in SETTINGS}


@pytest.mark.parametrize("field", SETTINGS, ids=lambda field: field.name)
def test_the_settings_page_tells_the_default(field):
    shown = {"": "empty", False: "off"}.get(field.default, f"`{field.default}`")
    assert settings_rows()[field.name].startswith(f"{shown} | ")


def test_every_command_is_named():
    assert commands_missing_in("".join(page.read_text() for page in PAGES)) == []


def test_a_command_that_is_not_named_is_found():
    """The control: a word of the text is not enough."""
    assert commands_missing_in("build, serve and demo") == list(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    dead = [link for link in links_in(page.read_text()) if not (page.parent / link).exists()]
    assert dead == []


def test_links_of_both_kinds_are_found():
    """The control: the test above would see them."""
    assert links_in('[a](b.md#c) <img src="d.png"> [e](https://example.org)') == ["b.md", "d.png"]


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_names_how_to_start(command):
    assert command in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_decision_has_its_three_parts_and_stands_in_the_list(record):
    headings = re.findall(r"^## (.+)$", record.read_text(), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequence"]
    assert record.name in links_in((ROOT / "docs" / "decisions" / "README.md").read_text())
