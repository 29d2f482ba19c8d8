"""No text of the product lacks a translation, and no translation loses a place for a value."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from protestcoord.config import LANGUAGES, PACKAGE

ROOT = PACKAGE.parent
METHODS = [("protestcoord/**.py", "python"), ("templates/**", "jinja2")]
OPTIONS = {"templates/**": {"trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
PLACE = re.compile(r"%\((\w+)\)s")


@cache
def texts():
    found = extract_from_dir(
        str(ROOT), METHODS, OPTIONS, KEYWORDS, directory_filter=lambda path: ".venv" not in path
    )
    return {message[2] for message in found}


def catalogue(language):
    path = PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def first(text):
    return text if isinstance(text, str) else text[0]


def test_texts_are_found_in_code_and_templates():
    """The control: an empty list would make the tests below pass."""
    found = {first(text) for text in texts()}
    assert {"Take a site", "Please fill this in.", "covered", "Your link"} <= found


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_translated(language):
    known = catalogue(language)
    missing = []
    for text in texts():
        message = known.get(first(text))
        if message is None or message.fuzzy or not first(message.string or ""):
            missing.append(text)
    assert missing == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_translation_has_the_places_of_its_text(language):
    wrong = [
        message.id
        for message in catalogue(language)
        if message.id
        and not set(PLACE.findall(first(message.string)))
        <= set(PLACE.findall("".join([message.id] if isinstance(message.id, str) else message.id)))
    ]
    assert wrong == []


def test_every_language_has_a_catalogue():
    folders = {path.name for path in Path(PACKAGE / "translations").iterdir() if path.is_dir()}
    assert folders == set(LANGUAGES) - {"en"}
