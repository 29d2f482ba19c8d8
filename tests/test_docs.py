"""The documentation keeps up with the code: settings, commands and links."""

import dataclasses
import re

import pytest

from protestcoord.cli import COMMANDS
from protestcoord.config import PACKAGE, Settings

ROOT = PACKAGE.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)|src=\"([^\"]+)\"")


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "operating" / "settings.md").read_text()
    names = [field.name for field in dataclasses.fields(Settings) if field.name != "instance"]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_command_is_named():
    text = "".join(page.read_text() for page in PAGES)
    assert [name for name in COMMANDS if f"`{name}" not in text and f" {name}" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    links = ["".join(found) for found in LINK.findall(page.read_text())]
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert "make run" in text
    assert "make test" in text
