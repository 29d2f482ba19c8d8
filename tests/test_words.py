"""No text of ours asks anybody to break a law, or how old they are."""

import re

import pytest
from babel.messages.pofile import read_po

from protestcoord.config import PACKAGE

CATALOGUE = PACKAGE / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
ALLOWED = re.compile(r"\bno (?:paint|stones|fire)|No violence|No weapons|Nothing is damaged")
INCITING = re.compile(
    r"\b(?:burn|smash|storm the|riot|occupy the|kill|attack the|break (?:in|the law)|"
    r"fight (?:them|the police)|block the (?:door|gate|entrance|road)|weapons?|stones|"
    r"your age|date of birth|how old are you)\b",
    re.IGNORECASE,
)


def texts() -> list[str]:
    with CATALOGUE.open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    return [text for one in ids for text in ([one] if isinstance(one, str) else one)]


def inciting(said: list[str]) -> list[str]:
    return [text for text in said if INCITING.search(text) and not ALLOWED.search(text)]


@pytest.mark.proves("L13")
def test_no_text_incites_or_asks_for_an_age(record_property):
    assert inciting(texts()) == []
    assert len(texts()) > 500
    record_property("L13", f"{len(texts())} texts looked at")


@pytest.mark.control("L13")
@pytest.mark.parametrize("text", ["Block the gate at noon!", "Bring stones.", "Your age"])
def test_a_text_that_did_would_be_noticed(text):
    assert inciting([text]) == [text]
