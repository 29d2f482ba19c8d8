"""Every mail of the project: plain text, one recipient, nothing told on a locked screen."""

import re
from itertools import product

import pytest

from protestcoord.config import LANGUAGES, load_settings
from protestcoord.core.errors import InvalidValue
from protestcoord.core.fields import Form
from protestcoord.core.mail import OutboxMail, mail_to
from protestcoord.publications import invitations
from protestcoord.signups import handover
from protestcoord.signups.forms import email_field
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Handover
from tests.stored import NOW, STARTS_AT, store_sign_up, store_slot

BASE = "https://example.org"
NAME, CITY, MEETING = "Canary lantern", "Canaryville", "Canary fountain"
HEADERS = {
    "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post",
}  # fmt: skip


class AddressForm(Form):
    email = email_field()


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path, {"BASE_URL": BASE, "UID_HOST": "uid.example"})


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


def faults_of(message):
    """What a mail has that none may have."""
    if set(message.keys()) - HEADERS:
        yield f"headers {set(message.keys()) - HEADERS}"
    if len(message["To"].addresses) != 1:
        yield "not one recipient"
    types = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    if types not in (["text/plain"], ["text/plain", "text/calendar"]):
        yield f"parts {types}"
    if re.search(r"Canary|One noon|Berlin|protest", str(message["Subject"]), re.IGNORECASE):
        yield f"told on a locked screen: {message['Subject']}"
    text = message.get_body(("plain",)).get_content()
    if re.search(r"</?[a-z]+[ >]", text):
        yield "markup"
    if [link for link in re.findall(r"https?://[^/\s]+", text) if link != BASE]:
        yield "a link to elsewhere"


@pytest.mark.proves("P9")
def test_each_kind_in_each_language_is_plain_and_to_one_recipient(
    session, vault, settings, record_property
):
    slot, count = store_slot(session, starts_at=STARTS_AT), 0
    for language, kind in product(LANGUAGES, MailKind):
        address = f"{kind.value}@{language}.example"
        sign_up = store_sign_up(
            session,
            vault,
            slot,
            email=address,
            language=language,
            name=NAME,
            city=CITY,
            meeting_point=MEETING,
        )
        contact_id = sign_up.group.contact_id
        if kind is MailKind.HANDOVER:
            handover.ask_for_handover(session, vault, sign_up.group, "next@next.example", NOW)
            contact_id = session.query(Handover).filter_by(group_id=sign_up.group_id).one().id
        about = {"sign_up": sign_up.id, "was": STARTS_AT.isoformat()}
        if kind in (MailKind.HANDOVER_ASKED, MailKind.DELETION_ASKED):
            to = "next@next.example" if kind is MailKind.HANDOVER_ASKED else handover.TO_NOBODY
            handover.ask_for_handover(session, vault, sign_up.group, to, NOW)
            about["handover"] = (
                session.query(Handover).filter_by(group_id=sign_up.group_id).one().id
            )
        entry = OutboxMail(id="id", kind=kind.value, contact_id=contact_id, about=about)
        message = invitations.compose(session, vault, settings, entry)
        assert list(faults_of(message)) == [], (kind, language)
        count += 1
    assert count == len(MailKind) * len(LANGUAGES)
    record_property("P9", f"{len(MailKind)} mails in {len(LANGUAGES)} languages")


@pytest.mark.control("P9")
def test_the_guard_sees_what_no_mail_may_have(settings):
    message = mail_to(
        settings, "id", "a@b.example", "For Canary lantern\n<b>x</b> http://x.example/"
    )
    message["Cc"] = "c@d.example"
    assert len(list(faults_of(message))) == 4


BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n ", "%0d%0a"]
SMUGGLED = [
    "Bcc: c@d.example",
    "To: c@d.example",
    "Content-Type: text/html",
    "\r\n<script>alert(1)</script>",
    "Subject: other",
]
SHAPES = [
    "{good}{brk}{more}",
    "{brk}{more}{brk}{good}",
    '"a{brk}{more}"@b.example',
    "a@b.example{brk}{more}",
    "=?utf-8?q?a{brk}{more}?=@b.example",
    "a@b.example,{brk}{more}",
]
OTHERS = [
    "a@b.example, c@d.example",
    "a@b.example; c@d.example",
    "a@b.example c@d.example",
    "<a@b.example> <c@d.example>",
    "group: a@b.example, c@d.example;",
    "a@b.example\u0000c@d.example",
    "a@b@c.example",
    "a@[127.0.0.1]",
    "=?utf-8?b?YUBiLmV4YW1wbGUNCkJjYzogY0BkLmV4YW1wbGU=?=",
    "ａ@b.example\r\nBcc: c@d.example",
    "a\u202e@b.example\nBcc: c@d.example",
]
HOSTILE = OTHERS + [
    shape.format(good="a@b.example", brk=brk, more=more)
    for shape, brk, more in product(SHAPES, BREAKS, SMUGGLED)
]


@pytest.mark.proves("E6")
def test_no_hostile_address_makes_a_second_recipient_or_header(settings, record_property):
    """Each is refused by the form; what it lets through is one mailbox and nothing else."""
    from werkzeug.datastructures import MultiDict

    assert len(HOSTILE) > 300
    passed = []
    for typed in HOSTILE:
        form = AddressForm(MultiDict({"email": typed}), language="en")
        if not form.validate():
            continue
        passed.append(typed)
        message = mail_to(settings, "id", form.email.data, "Subject\nText")
        assert list(faults_of(message)) == [], typed
        raw = message.as_bytes()
        assert raw.count(b"\r\nTo: ") == 1, typed
        assert not re.search(rb"(?im)^(bcc|cc|subject: other|<script)", raw), typed
    assert len(passed) < 20, passed
    good = AddressForm(MultiDict({"email": "a@b.example"}), language="en")
    assert good.validate(), "the control: an address is taken"
    told = (
        f"{len(HOSTILE)} hostile addresses: {len(HOSTILE) - len(passed)} refused, 0 headers added"
    )
    record_property("E6", told)


@pytest.mark.proves("E6")
def test_no_name_of_a_group_changes_a_mails_headers(session, vault, settings):
    """What a form would refuse is stored by force, and still stays out of every header."""
    sign_up = store_sign_up(session, vault, store_slot(session, starts_at=STARTS_AT))
    entry = OutboxMail(
        id="id",
        kind="confirm",
        contact_id=sign_up.group.contact_id,
        about={"sign_up": sign_up.id},
    )
    for brk, more in product(BREAKS, SMUGGLED):
        sign_up.group.name = sign_up.meeting_point = f"Lantern{brk}{more}"
        sign_up.group.campaign.title = f"Noon{brk}{more}"
        message = invitations.compose(session, vault, settings, entry)
        # In plain text "<script>" is only a text.
        assert set(faults_of(message)) <= {"markup"}, (brk, more)


@pytest.mark.control("E6")
def test_the_control_an_address_taken_as_it_is_would_be_refused_by_the_library(settings):
    with pytest.raises((InvalidValue, ValueError)):
        mail_to(settings, "id", "a@b.example\r\nBcc: c@d.example", "Subject\nText")
