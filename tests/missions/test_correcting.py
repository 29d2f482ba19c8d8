"""A correction made here outlives imports, goes out as a patch, and is checked like a catalogue."""

import subprocess
from datetime import UTC, datetime

import pytest

from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import read_catalogue, rows_from_text
from protestcoord.missions.correcting import (
    CORRECTABLE,
    Correction,
    NothingCorrected,
    cells_of,
    check_correction,
    correct_mission,
    patch_of_corrections,
)
from protestcoord.missions.queries import find_mission
from protestcoord.missions.service import diff_catalogue, import_catalogue
from tests.missions.planting import BERLIN, PATH, SHIPPED, planted

TODAY = datetime(2026, 11, 26, 9, tzinfo=UTC)
SPOT = {"address": "Märkisches Ufer 54, am Tor", "phone": "+49 30 275880"}


def corrected(directory, values=None, day="2026-11-26"):
    with unit_of_work(directory):
        mission = find_mission(directory, BERLIN)
        correction = Correction(values or SPOT, "seen; on the spot", day)
        correct_mission(directory, mission, correction, TODAY)
    return mission


def test_the_row_says_it_with_its_source_and_its_day(directory):
    mission = corrected(directory)
    assert (mission.address, mission.phone) == (SPOT["address"], SPOT["phone"])
    assert mission.sources.split(";")[-1] == "seen, on the spot"
    assert (mission.verified_on, mission.changed_at) == ("2026-11-26", TODAY)


def test_an_import_of_the_older_file_keeps_it_and_says_so(directory):
    mission = corrected(directory)
    with unit_of_work(directory):
        done = import_catalogue(directory, SHIPPED, "embassies.csv", TODAY)
    assert (done.changed, {cell.column for cell in done.kept}) == (0, set(SPOT))
    assert mission.address == SPOT["address"]
    assert diff_catalogue(directory, SHIPPED, "embassies.csv") == ()


@pytest.mark.parametrize(("day", "wins"), [("2026-11-25", False), ("2026-11-26", True)])
def test_a_file_that_was_looked_up_then_or_later_counts(directory, day, wins):
    mission = corrected(directory)
    newer = planted(address="Elsewhere 1", verified_on=day)
    with unit_of_work(directory):
        import_catalogue(directory, newer, "mine.csv", TODAY)
    assert (mission.address == "Elsewhere 1") is wins


def test_the_patch_is_taken_by_git_and_brings_just_this_row(directory, tmp_path):
    corrected(directory)
    patch = patch_of_corrections(directory, read_catalogue(PATH))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "embassies.csv").write_text(SHIPPED, encoding="utf-8")
    (tmp_path / "our.patch").write_text(patch, encoding="utf-8")
    subprocess.run(["git", "apply", "our.patch"], cwd=tmp_path, check=True)
    after = (tmp_path / "data" / "embassies.csv").read_text(encoding="utf-8")
    changed = [
        n
        for n, (old, new) in enumerate(zip(SHIPPED.splitlines(), after.splitlines(), strict=True))
        if old != new
    ]
    assert len(changed) == 1
    (row,) = (row for row in rows_from_text(after, "x") if row.slug == BERLIN)
    assert (row.address, row.phone) == (SPOT["address"], SPOT["phone"])
    with unit_of_work(directory):
        done = import_catalogue(directory, after, "embassies.csv", TODAY)
    assert done.kept == (), "the correction has come back"


def test_without_a_correction_there_is_no_patch(directory):
    assert patch_of_corrections(directory, read_catalogue(PATH)) == ""


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"latitude": "13.4", "longitude": "52.5"}, "latitude"),
        ({"latitude": "north"}, "latitude"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"address": "two\nlines"}, "address"),
        ({"precision": "street"}, "precision"),
        ({"status": "gone"}, "status"),
    ],
)
def test_what_a_catalogue_is_refused_for_is_told_at_its_cell(values, field):
    (row,) = (row for row in read_catalogue(PATH) if row.slug == BERLIN)
    with pytest.raises(InvalidValue) as refused:
        check_correction(row, Correction(values, "seen", "2026-11-26"))
    assert refused.value.field == field


def test_what_changes_nothing_is_no_correction():
    (row,) = (row for row in read_catalogue(PATH) if row.slug == BERLIN)
    with pytest.raises(NothingCorrected):
        check_correction(row, Correction({}, "seen", "2026-11-26"))
    assert set(cells_of(row)) == set(CORRECTABLE)
