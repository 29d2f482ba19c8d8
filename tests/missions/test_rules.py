from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.rules import Confidence, MissionKind, Precision
from tests.missions.planting import PATH


def test_every_kind_precision_and_confidence_occurs_in_the_directory() -> None:
    rows = read_catalogue(PATH)
    assert {row.kind for row in rows} == set(MissionKind)
    assert {row.precision for row in rows} == set(Precision)
    assert {row.confidence for row in rows} == set(Confidence)
