"""An organizer's text that seems to name a person is shown the phrase, and waits for a tick."""

from html import unescape

import pytest
from sqlalchemy import select

from protestcoord.campaigns.forms import CampaignForm
from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.campaigns.queries import find_campaign
from protestcoord.core.fields import TextBlock, TextLine
from protestcoord.missions.persons import phrases_in, signs_in
from protestcoord.organizers.models import AuditEntry
from tests.console_client import stored_in
from tests.missions.test_persons import HARMLESS, HELD
from tests.security.walking import forms

EDIT = "/organize/c/one-noon/edit/"
TEXT = "Let them go. Write to Consul Zhang Wei, every day."
PHRASE = "Consul Zhang"


def statement(app):
    with stored_in(app) as session:
        return find_campaign(session, "one-noon").statement


def acts(app):
    with stored_in(app) as session:
        return [(e.act, e.detail) for e in session.scalars(select(AuditEntry))]


@pytest.fixture
def campaign(kim):
    kim.send("/organize/new/", title="One noon", statement="Let them go.")


@pytest.mark.proves("L3")
@pytest.mark.usefixtures("campaign")
def test_a_text_that_names_a_person_is_saved_after_its_phrase_was_ticked(app, kim):
    sent = {"title": "One noon", "statement": TEXT}
    refused = kim.send(EDIT, **sent)
    assert refused.status_code == 422
    assert f"“{PHRASE}”" in unescape(refused.text)
    assert TEXT in refused.text
    assert statement(app) == "Let them go."
    assert kim.send(EDIT, **sent, names_nobody="Consul Li").status_code == 422
    assert kim.send(EDIT, **sent, names_nobody=PHRASE).status_code == 303
    assert statement(app) == TEXT
    # That it was vouched for is kept; what it says is not.
    assert acts(app)[-2:] == [("campaign.edit", {}), ("text.vouch", {})]


@pytest.mark.control("L3")
@pytest.mark.usefixtures("campaign")
def test_a_harmless_text_asks_for_no_tick(app, kim):
    assert "names no private person" not in kim.open(EDIT).text
    answer = kim.send(EDIT, title="One noon", statement="Opposite the Consulate General")
    assert answer.status_code == 303
    assert acts(app)[-1] == ("campaign.edit", {})


@pytest.mark.proves("L3")
@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("/organize/new/", {"title": TEXT, "statement": "x"}),
        ("/organize/start/", {"title": "x", "statement": TEXT}),
        ("/organize/c/one-noon/waves/new/", {"title": TEXT}),
        ("/organize/c/one-noon/messages/new/", {"subject": "x", "text": TEXT}),
    ],
)
def test_every_form_whose_texts_others_read_asks(kim, page, sent):
    answer = kim.send(page, **sent)
    assert answer.status_code == 422
    assert 'name="names_nobody"' in answer.text


# Of an organizer too, but read by organizers or nobody, or decided by two.
NOT_PUBLIC = {"CorrectionForm", "InvitationForm"}


@pytest.mark.proves("L3")
def test_no_organizers_form_with_texts_is_without_the_question():
    typed = {
        form
        for form in forms()
        if form.__module__.startswith(("protestcoord.campaigns.", "protestcoord.messages."))
        for field in vars(form).values()
        if getattr(field, "field_class", None) in (TextLine, TextBlock)
    }
    assert {form.__name__ for form in typed if not issubclass(form, PublicTextForm)} == NOT_PUBLIC
    assert CampaignForm in typed


@pytest.mark.proves("L3")
def test_a_phrase_is_shown_of_each_text_that_is_held_and_of_no_other(record_property):
    texts = [*HELD, *HARMLESS]
    assert [text for text in texts if bool(phrases_in(text)) is not bool(signs_in(text))] == []
    for text in HELD:
        assert all(phrase in text.replace("’", "'") for phrase in phrases_in(text)), text
    record_property("L3", f"{len(HELD)} of {len(HELD)} texts shown to their organizer first")
