"""Links are random, kept as digests, and one replaces the other."""

import pytest
from sqlalchemy import inspect, select

from protestcoord.core.tokens import new_token, token_hash
from protestcoord.signups.models import Group
from tests.proofs import size
from tests.stored import store_sign_up, store_slot


def stored_text(session) -> str:
    """All that the tables of groups and contacts hold, as text."""
    group = session.scalars(select(Group)).one()
    rows = (group, group.contact)
    return repr([[getattr(r, c.key) for c in inspect(r).mapper.column_attrs] for r in rows])


@pytest.mark.proves("A1")
def test_links_are_256_random_bits_and_never_repeat(record_property):
    count = size(20_000, full=1_000_000)
    tokens = {new_token() for _ in range(count)}
    assert len(tokens) == count
    assert {len(token) for token in tokens} == {43}
    record_property("A1", f"{count:,} links, none twice")


@pytest.mark.proves("A1")
def test_no_stored_value_opens_a_link(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    token = vault.open(sign_up.group.contact).link_token
    assert sign_up.group.link_hash == token_hash(token)
    assert token not in stored_text(session)


@pytest.mark.control("A1")
def test_a_link_stored_as_it_is_would_be_found(session, vault):
    sign_up = store_sign_up(session, vault, store_slot(session))
    token = vault.open(sign_up.group.contact).link_token
    sign_up.group.city = token
    session.flush()
    assert token in stored_text(session)
