from protestcoord.publications.lanterns import lanterns
from protestcoord.signups.rules import SlotState
from tests.factories import make_mission, make_seoul, make_site


def test_lanterns_are_a_path_for_each_state():
    covered = make_site(make_mission(), state=SlotState.COVERED)
    assert lanterns([covered, make_site(make_seoul())]) == {
        SlotState.EMPTY: "M307 38.4h0",
        SlotState.OFFERED: "",
        SlotState.COVERED: "M193.4 23.5h0",
        SlotState.FULL: "",
    }
