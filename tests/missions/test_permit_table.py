"""data/permits.csv: every row is whole, has a source, and fits the directory; a fault is named."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from protestcoord.config import shipped
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.permit_table import (
    COLUMNS,
    rules_from_text,
    shipped_rule,
    shipped_rules,
)
from protestcoord.missions.permits import CardState, LeadUnit, Requirement, card_of
from tests.missions.planting import PATH

TEXT = (shipped("data") / "permits.csv").read_text(encoding="utf-8")
DOCS = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def planted(column: str, value: str) -> str:
    rows = list(csv.DictReader(io.StringIO(TEXT)))
    rows[0][column] = value
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.proves("L2")
def test_every_mission_has_a_card_with_a_state():
    rows = read_catalogue(PATH)
    states = {row.slug: card_of(shipped_rule(row.country, row.city), NOW).state for row in rows}
    assert len(states) == len(rows)
    assert set(states.values()) == {CardState.CHECKED, CardState.UNCHECKED}


def test_every_rule_is_about_a_place_of_the_directory():
    missions = read_catalogue(PATH)
    places = {(row.country, row.city) for row in missions} | {(row.country, "") for row in missions}
    assert [rule for rule in shipped_rules() if (rule.country, rule.city) not in places] == []


def test_the_table_is_sorted_and_says_when_it_was_looked_up():
    places = [(rule.country, rule.city) for rule in shipped_rules()]
    assert places == sorted(places)
    assert all(date(2026, 11, 1) < rule.checked_on < date(2100, 1, 1) for rule in shipped_rules())


def test_the_documentation_says_how_many_there_are():
    rules = shipped_rules()
    counted = f"{len(rules)} rows in {len({rule.country for rule in rules})} countries"
    assert counted in DOCS


def test_what_rests_on_one_city_alone_says_nothing_of_others():
    assert shipped_rule("NL", "The Hague").lead == 96
    assert shipped_rule("CH", "Bern").requirement is Requirement.PERMISSION
    assert shipped_rule("CH", "Zurich") is None
    assert shipped_rule("JP", "Osaka").requirement is Requirement.LOCAL


def test_rows_become_values_of_their_kind():
    rule = shipped_rule("FR", "Lyon")
    assert (rule.lead, rule.lead_unit, rule.earliest) == (3, LeadUnit.CLEAR_DAYS, 15)
    assert rule.checked_on == date(2026, 11, 25)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_documented(column):
    assert f"| `{column}` |" in DOCS.partition("permits.csv")[2]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("country", "XX"),
        ("requirement", "perhaps"),
        ("lead", "two"),
        ("lead", "0"),
        ("lead_unit", "weeks"),
        ("lead_unit", ""),
        ("counted_from", "then"),
        ("earliest", "-1"),
        ("source_kind", "hearsay"),
        ("source_kind", "organizers"),
        ("source_title", " "),
        ("source_url", ""),
        ("source_url", "javascript:alert(1)"),
        ("checked_on", "25.11.2026"),
    ],
)
@pytest.mark.control("L2")
def test_a_wrong_cell_is_named_by_line_and_column(column, value):
    rules_from_text(TEXT, "permits.csv")
    with pytest.raises(InvalidValue, match=f"permits.csv:2: {column}: "):
        rules_from_text(planted(column, value), "permits.csv")


def test_a_place_that_is_there_twice_and_a_missing_column_are_faults():
    with pytest.raises(InvalidValue, match="another line is about this place"):
        rules_from_text(TEXT + TEXT.splitlines()[1] + "\n", "permits.csv")
    with pytest.raises(InvalidValue, match="columns"):
        rules_from_text(TEXT.replace("checked_on", "seen", 1), "permits.csv")
