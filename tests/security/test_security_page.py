"""Does the page on what guards an instance say what the code does."""

import re

import pytest

from protestcoord.config import Settings
from tests.security.rules import CHECKOUT

PAGE = (CHECKOUT / "docs" / "operating" / "security.md").read_text(encoding="utf-8")
CHAPTERS = {
    "Limits": "refused",
    "What is checked of what comes in": "control characters",
    "Signing in": "three ways in",
    "Who may do what": "authorization.csv",
    "What is secret": "30 days after the last slot",
    "Keys and algorithms": "Ed25519",
    "What the app talks to": "TLS",
    "What takes long": "time limit",
    "What is written down": "14 days",
    "Parts of others": "within 7 days",
    "How it is checked": "make check",
}


def chapters(page: str) -> dict[str, str]:
    parts = re.split(r"^#{2,3} (.+)$", page, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_says_its_main_thing(name):
    assert CHAPTERS[name] in " ".join(chapters(PAGE)[name].split())


def test_each_chapter_is_looked_at():
    assert chapters(PAGE).keys() == CHAPTERS.keys()


def test_every_key_and_file_that_is_named_is_one():
    index = (CHECKOUT / "docs" / "operating" / "index.md").read_text(encoding="utf-8")
    for name in ("accounts.key", "secrets.json", "signing.key", "keys/", "audit-heads.txt"):
        assert f"`{name}`" in index
        assert f"`{name}`" in PAGE


def test_every_setting_that_is_named_is_one():
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", PAGE)) - {"OSV_FOLDER"}  # of make audit
    assert named <= Settings.__dataclass_fields__.keys()
