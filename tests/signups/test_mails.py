"""What a mail to a group says: every kind, in every language, to one address and no other."""

import pytest
from sqlalchemy import delete, select

from protestcoord.config import LANGUAGES, load_settings
from protestcoord.core.mail import OutboxMail, queue_mail
from protestcoord.signups.mails import MailKind, compose
from tests.stored import NOW, store_sign_up, store_slot

# These go to whoever has no page: one of a person who is to come, one of a group that is gone.
OWN_TEXTS = {
    MailKind.HANDOVER,
    MailKind.HANDOVER_ASKED,
    MailKind.DELETION_ASKED,
    MailKind.MERGED_AWAY,
}


@pytest.fixture
def database_url(tmp_path):
    """What a mail says does not depend on the database."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def settings(tmp_path):
    environment = {"BASE_URL": "https://example.org", "UID_HOST": "uid.example"}
    return load_settings(tmp_path, environment)


def mail_about(session, vault, kind, **changes):
    sign_up = store_sign_up(session, vault, store_slot(session), **changes)
    session.execute(delete(OutboxMail))
    queue_mail(session, kind, sign_up.group.contact_id, NOW, sign_up=sign_up.id)
    session.flush()
    return session.scalars(select(OutboxMail)).one(), sign_up


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in MailKind if kind not in OWN_TEXTS])
def test_every_mail_is_plain_text_with_link_place_and_local_time(
    session, vault, settings, kind, language
):
    mail, sign_up = mail_about(session, vault, kind, language=language)
    message = compose(session, vault, settings, mail)
    text = message.get_content()
    token = vault.open(sign_up.group.contact).link_token
    prefix = "" if language == "en" else f"/{language}"
    assert f"https://example.org{prefix}/s/{token}/" in text
    assert "Berlin" in text
    assert "12:00 (UTC+01:00)" in text
    assert "%(" not in text
    assert message.get_content_type() == "text/plain"
    assert message["To"] == "lantern@example.org"
    assert message["Message-ID"] == f"<{mail.id}@uid.example>"
    assert not {"Cc", "Bcc"} & set(message.keys())
    assert "protest" not in message["Subject"].lower()
    assert message["Subject"].strip()


def test_hostile_text_stays_in_the_body(session, vault, settings):
    slot = store_slot(session)
    slot.site.campaign.title = "Noon\r\nBcc: evil@example.org\r\n\r\n%(x)s {{ 7 * 7 }} <b>"
    sign_up = store_sign_up(session, vault, slot)
    session.execute(delete(OutboxMail))
    queue_mail(session, MailKind.LINK, sign_up.group.contact_id, NOW, sign_up=sign_up.id)
    session.flush()
    message = compose(session, vault, settings, session.scalars(select(OutboxMail)).one())
    assert "Bcc" not in message
    assert "%(x)s {{ 7 * 7 }} <b>" in message.get_content()


def test_a_purged_contact_gets_no_mail(session, vault, settings):
    mail, sign_up = mail_about(session, vault, MailKind.LINK)
    vault.keys.destroy(sign_up.group.campaign.slug)
    assert compose(session, vault, settings, mail) is None
