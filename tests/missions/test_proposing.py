import pytest

from protestcoord.missions.proposing import (
    CityUnknown,
    MissionThere,
    ProposedMission,
    add_proposed_mission,
    check_proposed,
)
from protestcoord.missions.rules import MissionKind, MissionStatus, Precision
from tests.stored import NOW, store_mission

GHENT = ProposedMission(
    "Consulate in Ghent", MissionKind.CONSULATE, "BE", "Gent", "", "https://example.org/x"
)


def test_a_proposed_mission_is_unsure_and_known_by_its_city_alone(session):
    mission = add_proposed_mission(session, GHENT, NOW)
    assert mission.slug == "be-gent-consulate"
    assert (mission.precision, mission.status) == (Precision.CITY, MissionStatus.UNKNOWN)
    assert (mission.timezone, mission.sources) == ("Europe/Brussels", "https://example.org/x")
    assert (round(mission.latitude), round(mission.longitude)) == (51, 4)


def test_a_city_is_looked_for_in_its_country_only(session):
    nowhere = ProposedMission("x", MissionKind.EMBASSY, "BE", "Ulaanbaatar", "", "https://e.org")
    with pytest.raises(CityUnknown):
        check_proposed(session, nowhere)


def test_a_mission_that_is_there_is_not_added_twice(session):
    store_mission(session)
    berlin = ProposedMission("x", MissionKind.EMBASSY, "DE", "베를린", "", "https://e.org")
    with pytest.raises(MissionThere):
        check_proposed(session, berlin)


def test_one_that_was_closed_can_be_proposed_again(session):
    closed = store_mission(session, status=MissionStatus.CLOSED)
    berlin = ProposedMission("New", MissionKind.EMBASSY, "DE", "Berlin", "", "https://e.org")
    assert add_proposed_mission(session, berlin, NOW) is closed
    assert (closed.status, closed.name) == (MissionStatus.UNKNOWN, "New")
