"""Many groups press their buttons for the last 20 places at the same moment, in real processes."""

from sqlalchemy import MetaData, UniqueConstraint

from protestcoord.core.database import Base
from protestcoord.signups.models import SignUp
from tests.proofs import size
from tests.signups.confirming import numbers, opened, places_held, rush
from tests.stored import store_sign_up, store_slot

GROUPS, PLACES = size(80, full=200), 20


def tables_without_unique_places():
    """The same tables, but for the constraint that no place is given twice."""
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        copy = table.to_metadata(metadata)
        for constraint in list(copy.constraints):
            names = getattr(constraint, "columns", {}).keys()
            if isinstance(constraint, UniqueConstraint) and "place_number" in names:
                copy.constraints.remove(constraint)
    return metadata


def store_pending(url, tables, vault):
    with opened(url) as session:
        tables.create_all(session.get_bind())
        slot = store_slot(session, capacity=PLACES)
        emails = [f"us@group-{n}.example" for n in range(GROUPS)]
        made = [store_sign_up(session, vault, slot, email=email).id for email in emails]
        session.commit()
        return made


def test_all_at_once_for_20_places_get_exactly_20(database_url, vault):
    ids = store_pending(database_url, Base.metadata, vault)
    outcomes, failed = rush(database_url, "guarded", ids)
    assert failed == 0
    assert outcomes == {"offered": PLACES, "waitlisted": GROUPS - PLACES}
    assert places_held(database_url) == list(range(1, PLACES + 1))
    assert numbers(database_url, SignUp.waitlist_number) == list(range(1, GROUPS - PLACES + 1))


def test_the_control_without_lock_and_constraint_overbooks(database_url, vault):
    ids = store_pending(database_url, tables_without_unique_places(), vault)
    outcomes, failed = rush(database_url, "naive", ids)
    assert failed == 0
    assert outcomes["offered"] > PLACES
    assert len(places_held(database_url)) > PLACES


def test_the_constraint_alone_keeps_the_slot_from_being_overbooked(database_url, vault):
    ids = store_pending(database_url, Base.metadata, vault)
    _outcomes, failed = rush(database_url, "naive", ids)
    assert failed > 0
    places = places_held(database_url)
    assert len(places) == len(set(places)) <= PLACES
