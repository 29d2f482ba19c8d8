from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from protestcoord.core.database import change_count, unit_of_work
from protestcoord.missions.catalogue import write_catalogue
from protestcoord.missions.difference import Change
from protestcoord.missions.queries import catalogue_rows, find_mission, missions_all
from protestcoord.missions.rules import MissionStatus
from protestcoord.missions.service import (
    CatalogueRefused,
    ImportResult,
    diff_catalogue,
    import_catalogue,
)
from tests.missions.conftest import MONDAY
from tests.missions.planting import BERLIN, PATH, SHIPPED, planted, without

TUESDAY = datetime(2026, 11, 3, 9, tzinfo=UTC)


def do_import(session: Session, text: str) -> ImportResult:
    with unit_of_work(session):
        return import_catalogue(session, text, "mine.csv", TUESDAY)


def ids_of(session: Session) -> dict[str, int]:
    return {mission.slug: mission.id for mission in missions_all(session)}


def status_of(session: Session, slug: str) -> MissionStatus | None:
    mission = find_mission(session, slug)
    return mission.status if mission else None


def test_first_import_adds_every_mission(session: Session) -> None:
    assert do_import(session, SHIPPED) == ImportResult(291, 0, 0, 0)
    assert change_count(session) == 1


def test_second_import_of_the_same_catalogue_changes_nothing(directory: Session) -> None:
    counted = change_count(directory)
    assert do_import(directory, SHIPPED) == ImportResult(0, 0, 0, 291)
    assert {mission.changed_at for mission in missions_all(directory)} == {MONDAY}
    assert change_count(directory) == counted


def test_import_changes_the_row_that_differs_and_no_other(directory: Session) -> None:
    ids = ids_of(directory)
    assert do_import(directory, planted(phone="+49-30-27588-0")) == ImportResult(0, 1, 0, 290)
    changed = [mission for mission in missions_all(directory) if mission.changed_at == TUESDAY]
    assert [(mission.slug, mission.phone) for mission in changed] == [(BERLIN, "+49-30-27588-0")]
    assert ids_of(directory) == ids
    assert change_count(directory) == 2


def test_mission_that_is_gone_is_closed_and_keeps_its_id(directory: Session) -> None:
    ids = ids_of(directory)
    assert do_import(directory, without(BERLIN)) == ImportResult(0, 0, 1, 290)
    assert status_of(directory, BERLIN) is MissionStatus.CLOSED
    assert ids_of(directory) == ids


def test_closed_mission_is_closed_once(directory: Session) -> None:
    do_import(directory, without(BERLIN))
    assert do_import(directory, without(BERLIN)) == ImportResult(0, 0, 0, 291)


def test_mission_that_comes_back_is_opened_under_its_old_id(directory: Session) -> None:
    ids = ids_of(directory)
    do_import(directory, without(BERLIN))
    assert do_import(directory, SHIPPED) == ImportResult(0, 1, 0, 290)
    assert status_of(directory, BERLIN) is MissionStatus.OPEN
    assert ids_of(directory) == ids


def test_new_mission_is_counted_beside_a_closed_one(directory: Session) -> None:
    renamed = planted("de-hamburg-cg", slug="de-hamburg-altona-cg")
    assert do_import(directory, renamed) == ImportResult(1, 0, 1, 290)


def test_one_bad_row_refuses_the_whole_catalogue(directory: Session) -> None:
    bad = planted(phone="+49-30-1", kind="embasy")
    with pytest.raises(CatalogueRefused) as caught:
        do_import(directory, bad)
    assert [fault.field for fault in caught.value.faults] == ["kind"]
    assert str(caught.value) == "The catalogue has 1 faults; nothing was imported."
    assert write_catalogue(catalogue_rows(directory)) == SHIPPED
    assert change_count(directory) == 1


def test_import_is_undone_with_its_unit_of_work(session: Session) -> None:
    def import_and_fail() -> None:
        with unit_of_work(session):
            import_catalogue(session, SHIPPED, "mine.csv", MONDAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_and_fail()
    assert missions_all(session) == []


def test_export_of_an_import_is_the_file_byte_for_byte(directory: Session) -> None:
    assert write_catalogue(catalogue_rows(directory)).encode() == PATH.read_bytes()


def test_export_with_a_closed_mission_can_be_imported_again(directory: Session) -> None:
    do_import(directory, planted("de-hamburg-cg", slug="de-hamburg-altona-cg"))
    exported = write_catalogue(catalogue_rows(directory))
    assert do_import(directory, exported) == ImportResult(0, 0, 0, 292)


def test_diff_says_what_an_import_would_do_and_writes_nothing(directory: Session) -> None:
    (found,) = diff_catalogue(directory, planted(city="Bonn"), "mine.csv")
    assert (found.slug, found.change) == (BERLIN, Change.CHANGED)
    assert [(field.column, field.before, field.after) for field in found.fields] == [
        ("city", "Berlin", "Bonn")
    ]
    assert write_catalogue(catalogue_rows(directory)) == SHIPPED


def test_diff_with_a_faulty_catalogue_is_refused(directory: Session) -> None:
    with pytest.raises(CatalogueRefused):
        diff_catalogue(directory, planted(kind="embasy"), "mine.csv")
