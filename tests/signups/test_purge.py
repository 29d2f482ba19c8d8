from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.crypto import CannotOpen
from protestcoord.core.mail import OutboxMail
from protestcoord.signups.purge import CONTACTS_KEPT, purge_contacts
from tests.stored import STARTS_AT, store_sign_up, store_slot

OVER_AT = STARTS_AT + timedelta(minutes=60)


def test_contacts_are_kept_until_thirty_days_after_the_last_slot(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    assert purge_contacts(session, vault, OVER_AT + CONTACTS_KEPT - timedelta(seconds=1)) == 0
    assert vault.open(sign_up.group.contact).email == "lantern@example.org"


def test_a_purged_contact_opens_never_again_not_even_from_a_backup(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    backup, link = sign_up.group.contact.sealed, sign_up.group.link_hash
    assert purge_contacts(session, vault, OVER_AT + CONTACTS_KEPT) == 1
    sign_up.group.contact.sealed = backup
    with pytest.raises(CannotOpen):
        vault.open(sign_up.group.contact)
    assert sign_up.group.link_hash != link
    assert session.scalars(select(OutboxMail)).all() == []


def test_purging_again_finds_nothing_to_do(session, vault):
    store_sign_up(session, vault, store_slot(session))
    purge_contacts(session, vault, OVER_AT + CONTACTS_KEPT)
    assert purge_contacts(session, vault, OVER_AT + CONTACTS_KEPT) == 0
