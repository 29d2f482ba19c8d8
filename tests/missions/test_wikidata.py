import re

import pytest

from protestcoord.config import PACKAGE
from protestcoord.missions.rules import MissionKind
from protestcoord.missions.wikidata import ANSWER_COLUMNS, NotAnAnswer, items_from_answer
from tests.missions.answers import BERLIN_ITEM, answer_of, answer_row


def test_rows_of_one_item_become_one_with_all_its_values() -> None:
    (item,) = items_from_answer(
        answer_of(
            answer_row(phone="+49 30 275880", coordinates="Point(13.41561 52.51196)"),
            answer_row(phone="+49 30 27588555", coordinates="Point(13.41561 52.51196)"),
        )
    )
    assert (item.item, item.country, item.cities) == (BERLIN_ITEM, "DE", ("Berlin",))
    assert item.kinds == {MissionKind.EMBASSY}
    assert item.values["phone"] == ("+49 30 275880", "+49 30 27588555")
    assert item.points == ((52.51196, 13.41561),)
    assert not item.has_ended


def test_items_come_by_number_and_an_ended_one_is_known() -> None:
    answer = answer_of(answer_row("Q100", ended="2020-07-24T00:00:00Z"), answer_row("Q9"))
    assert [(item.item, item.has_ended) for item in items_from_answer(answer)] == [
        ("Q9", False),
        ("Q100", True),
    ]


def test_what_wikidata_calls_a_consulate_may_be_a_consulate_general() -> None:
    (item,) = items_from_answer(answer_of(answer_row(kind="consulate")))
    assert item.kinds == {MissionKind.CONSULATE, MissionKind.CONSULATE_GENERAL}


def test_unknown_places_and_spaces_are_no_values() -> None:
    row = answer_row(coordinates="_:b1", address="  ", phone=" +49\n30 1 ")
    (item,) = items_from_answer(answer_of(row))
    assert (item.points, item.values["address"], item.values["phone"]) == ((), (), ("+49 30 1",))


@pytest.mark.parametrize("text", ["", "item\n", answer_of(answer_row()).replace(BERLIN_ITEM, "x")])
def test_other_file_is_no_answer(text: str) -> None:
    with pytest.raises(NotAnAnswer):
        items_from_answer(text)


def test_query_in_the_documentation_asks_for_these_columns() -> None:
    text = (PACKAGE.parent / "docs" / "data.md").read_text()
    (query,) = re.findall(r"SELECT (.*)\n", text)
    assert tuple(query.replace("?", "").split()) == ANSWER_COLUMNS
