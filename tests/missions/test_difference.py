from dataclasses import replace

from protestcoord.missions.catalogue import COLUMNS, read_catalogue
from protestcoord.missions.difference import Change, Difference, FieldChange, differences
from protestcoord.missions.rules import MissionStatus
from tests.missions.planting import BERLIN, PATH

ROWS = read_catalogue(PATH)
ROW = next(row for row in ROWS if row.slug == BERLIN)
CLOSING = FieldChange("status", MissionStatus.OPEN, MissionStatus.CLOSED)


def test_catalogue_does_not_differ_from_itself() -> None:
    assert differences(ROWS, ROWS) == ()


def test_changed_mission_says_what_changed() -> None:
    moved = replace(ROW, city="Bonn", latitude=50.73)
    assert differences([ROW], [moved]) == (
        Difference(
            BERLIN,
            Change.CHANGED,
            (FieldChange("city", "Berlin", "Bonn"), FieldChange("latitude", ROW.latitude, 50.73)),
        ),
    )


def test_new_mission_says_every_column() -> None:
    (difference,) = differences([], [ROW])
    assert difference.change is Change.ADDED
    assert tuple(field.column for field in difference.fields) == COLUMNS


def test_missing_mission_is_closed_once() -> None:
    assert differences([ROW], []) == (Difference(BERLIN, Change.CLOSED, (CLOSING,)),)
    assert differences([replace(ROW, status=MissionStatus.CLOSED)], []) == ()


def test_differences_come_by_slug() -> None:
    found = differences(ROWS[:3], ROWS[2:5])
    assert [difference.slug for difference in found] == [
        row.slug for row in (*ROWS[:2], *ROWS[3:5])
    ]
