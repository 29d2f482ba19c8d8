"""Any text in any field of any form: refused with a reason, or stored as what it is."""

import re
import unicodedata

import pytest
import wtforms
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from protestcoord.core.fields import Form, TextBlock, TextLine, clean_text
from tests.proofs import size
from tests.security.walking import text_fields

EXAMPLES = size(60, full=5_000)
# Compared and forgotten, or read by a parser of their own.
NO_STORED_TEXT = {
    "AgainForm.credential", "AgainForm.password", "ImportForm.text",
    "LockedExportForm.password_of_file", "NewPasswordForm.password", "NewPasswordForm.repeated",
    "PasskeyForm.credential", "ReportForm.about", "PasswordForm.current", "PasswordForm.password",
    "PasswordForm.repeated", "SetUpForm.offer", "SignInForm.code", "SignInForm.email",
    "SignInForm.next", "SignInForm.password",
}  # fmt: skip
FIELDS = {
    name: field
    for name, field in text_fields().items()
    if issubclass(field.field_class, TextLine | TextBlock)
}
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
TURNING = set(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
EMAIL = re.compile(r"[!-~]+@[!-~]+")
ANY_TEXT = st.text(st.characters(exclude_categories=()))
LONG = st.tuples(ANY_TEXT.filter(bool), st.integers(2, 400)).map(lambda two: two[0] * two[1])


def form_of(fields) -> type[Form]:
    """A form that has all of some fields."""
    return type("EveryField", (Form,), {name.replace(".", "_"): f for name, f in fields.items()})


def faults_of(fields, text: str) -> list[str]:
    """Which fields neither refuse a text nor take it as what can be seen of it."""
    form = form_of(fields)(MultiDict({name.replace(".", "_"): text for name in fields}))
    form.validate()
    return [f"{field.name}: {what}" for field in form for what in _faults(field, text)]


def _faults(field, text):
    field._value().encode()  # it is shown again, refused or not
    if field.errors:
        if not any(field.errors):
            yield "no reason"
        return
    stored = field.data
    if not isinstance(stored, str):
        return
    is_block = isinstance(field, TextBlock)
    if any(unicodedata.category(c) in UNSEEN and not (is_block and c == "\n") for c in stored):
        yield "a control character"
        return
    if TURNING & set(stored) or not unicodedata.is_normalized("NFC", stored):
        yield "not composed"
    if len(stored) > (field.flags.maxlength or len(stored)):
        yield "too long"
    # Of an address its ASCII form is kept.
    if stored != clean_text(text, multiline=is_block) and not EMAIL.fullmatch(stored):
        yield "another text"


@pytest.mark.proves("E1")
@settings(max_examples=EXAMPLES)
@given(ANY_TEXT | LONG)
def test_every_field_refuses_a_text_or_keeps_it_as_it_is(text):
    assert faults_of(FIELDS, text) == []


@pytest.mark.proves("E1")
def test_every_field_for_a_text_cleans_it(record_property):
    record_property("E1", f"{EXAMPLES:,} texts in each of {len(FIELDS)} fields")
    assert text_fields().keys() - FIELDS.keys() == NO_STORED_TEXT
    assert len(FIELDS) > 40


@pytest.mark.control("E1")
@pytest.mark.parametrize("text", ["a\0b", "a\ud800", "a\u202eb", "e\u0301", "x\u2028y"])
def test_a_field_that_takes_texts_as_they_are_is_seen(text):
    plain = {"Planted.name": wtforms.StringField("Name")}
    if "\ud800" in text:
        with pytest.raises(UnicodeEncodeError):
            faults_of(plain, text)
    else:
        assert faults_of(plain, text)
