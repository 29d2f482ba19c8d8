"""A mission in a home or a shared flat: nothing of where it is outlives the mark."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from protestcoord.core.database import unit_of_work
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.check import check_catalogue
from protestcoord.missions.correcting import Correction, correct_mission
from protestcoord.missions.locating import in_question
from protestcoord.missions.merging import merged
from protestcoord.missions.models import MissionCorrection
from protestcoord.missions.quality import Doubt, doubts_of
from protestcoord.missions.queries import find_mission
from protestcoord.missions.rules import WITHHELD, Precision
from protestcoord.missions.service import import_catalogue
from protestcoord.missions.wikidata import items_from_answer
from tests.missions.answers import BERLIN_ITEM, answer_of, answer_row
from tests.missions.conftest import MONDAY
from tests.missions.planting import BERLIN, PATH, SHIPPED, planted

CITY = (52.5244, 13.4105)
ROW = next(row for row in read_catalogue(PATH) if row.slug == BERLIN)
HOME = replace(ROW, address=WITHHELD)


def place(mission):
    where = (mission.latitude, mission.longitude)
    return (mission.address, mission.postal_code, mission.phone, mission.precision, *where)


WITHHELD_PLACE = (WITHHELD, "", "", Precision.CITY, *CITY)


@pytest.mark.proves("L3")
def test_a_row_with_the_mark_knows_its_city_alone():
    assert place(HOME) == WITHHELD_PLACE
    nowhere = replace(ROW, city="Nowhere at all", address=" Withheld ")
    assert place(nowhere) == (WITHHELD, "", "", Precision.CITY, 52.5, 13.4)


@pytest.mark.control("L3")
def test_a_row_without_it_keeps_its_building():
    assert ROW.precision is Precision.BUILDING
    assert place(replace(ROW, address="12 Withheld Street"))[3:] == place(ROW)[3:]


@pytest.mark.proves("L3")
def test_a_file_that_tells_what_it_withholds_has_faults():
    told = check_catalogue(planted(address=WITHHELD, phone="+49 30 1"), "mine.csv")
    assert {fault.field for fault in told} == {"postal_code", "precision", "phone"}
    kept = {"postal_code": "", "phone": "", "precision": "city"}
    assert check_catalogue(planted(address=WITHHELD, **kept), "mine.csv") == ()


@pytest.mark.proves("L3")
def test_a_correction_withholds_it_for_good(directory):
    mission = find_mission(directory, BERLIN)
    with unit_of_work(directory):
        point = Correction({"latitude": "52.51234", "phone": "+49 30 1"}, "seen", "2026-11-25")
        correct_mission(directory, mission, point, MONDAY)
        mark = Correction({"address": WITHHELD}, "a neighbour", "2026-11-26")
        correct_mission(directory, mission, mark, MONDAY)
    assert place(mission) == WITHHELD_PLACE
    kept = directory.scalars(select(MissionCorrection)).all()
    assert [(one.column, one.value) for one in kept] == [("address", WITHHELD)]
    with unit_of_work(directory):
        newer = planted(verified_on="2027-01-01", address="Elsewhere 1")
        import_catalogue(directory, newer, "mine.csv", MONDAY)
        import_catalogue(directory, SHIPPED, "embassies.csv", MONDAY)
    assert place(mission) == WITHHELD_PLACE


@pytest.mark.proves("L3")
def test_nobody_is_asked_where_it_is():
    cells = {"postal_code": "10179", "phone": "+49 30 1", "coordinates": "Point(13.4 52.5)"}
    answer = items_from_answer(answer_of(answer_row(**cells, address="Street 1")))
    row = replace(HOME, wikidata=BERLIN_ITEM)
    assert [f for f in merged([row], answer, "2026-11").findings if f.column != "website"] == []
    assert in_question([HOME]) == []
    assert not {Doubt.NO_ADDRESS, Doubt.CITY_ONLY} & set(doubts_of(HOME, 2026))
