"""One group presses the buttons of 16 slots of one hour at the same moment: it gets one of them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from protestcoord.core.database import Base, note_public_change, unit_of_work
from protestcoord.signups import places
from protestcoord.signups.claims import clashes_with_held
from tests.signups.confirming import opened, places_held, rush
from tests.stored import NOW, store_campaign, store_sign_up, store_slot

SLOTS = 16


def store_pending(url, vault):
    """The ids of one group's pending claims, each on a slot of its own."""
    with opened(url) as session:
        Base.metadata.create_all(session.get_bind())
        campaign = store_campaign(session)
        slots = [store_slot(session, campaign) for _ in range(SLOTS)]
        made = [store_sign_up(session, vault, slots[0])]
        made[0].group.is_trusted = True  # so many claims are for those whom organizers know
        made += [store_sign_up(session, vault, slot) for slot in slots[1:]]
        made[0].group.is_trusted = False
        session.commit()
        return [sign_up.id for sign_up in made]


def test_of_16_slots_of_one_hour_a_group_gets_exactly_one(database_url, vault):
    ids = store_pending(database_url, vault)
    outcomes, failed = rush(database_url, "apart", ids)
    assert failed == 0
    assert outcomes == {"offered": 1, "clashes": SLOTS - 1}
    assert places_held(database_url) == [1]


def test_the_control_that_compares_without_a_lock_gives_several(database_url, vault):
    ids = store_pending(database_url, vault)
    outcomes, failed = rush(database_url, "apart naively", ids)
    assert failed == 0
    assert outcomes["offered"] > 1


def confirm_together(sessions, ids, monkeypatch):
    """Confirm claims in threads that wait for each other after they have compared."""
    compared = threading.Barrier(len(ids), timeout=20)

    def compare_and_wait(*given):
        clashes = clashes_with_held(*given)
        compared.wait()
        return clashes

    def confirm(sign_up_id):
        with sessions() as session, unit_of_work(session):
            return places.confirm_sign_up(session, sign_up_id, NOW).value

    monkeypatch.setattr(places, "clashes_with_held", compare_and_wait)
    with ThreadPoolExecutor(len(ids)) as pool:
        return list(pool.map(confirm, ids))


@pytest.fixture
def two_claims(sessions, vault):
    with sessions() as session:
        campaign = store_campaign(session)
        slots = [store_slot(session, campaign) for _ in range(2)]
        ids = [store_sign_up(session, vault, slot).id for slot in slots]
        note_public_change(session)
        session.commit()
    return ids


# A unit of work on SQLite is alone: there is no lock to leave out.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_control_without_the_lock_on_the_group_gives_both(sessions, two_claims, monkeypatch):
    monkeypatch.setattr(places, "lock_group", lambda session, group_id: None)
    assert confirm_together(sessions, two_claims, monkeypatch) == ["offered", "offered"]
