from protestcoord.missions.catalogue import COLUMNS
from protestcoord.missions.cell_rules import RULES, cell_faults, is_clean, parses


def test_every_rule_is_of_a_column() -> None:
    assert set(RULES) <= set(COLUMNS)


def test_cell_without_a_rule_must_still_be_clean() -> None:
    assert list(cell_faults({"sources": "a\tb", "phone": "+49-30-1"})) == [
        ("sources", "there is a control character, U+0009")
    ]


def test_cell_may_break_two_rules() -> None:
    fields = [field for field, _ in cell_faults({"slug": "de-bonn\x00"})]
    assert fields == ["slug", "slug"]


def test_clean_text_is_clean() -> None:
    assert is_clean("Zamyn-Üüd 扎门乌德") == ""


def test_parser_becomes_a_rule() -> None:
    assert parses(int)("12") == ""
    assert parses(int)("twelve").startswith("invalid literal")
