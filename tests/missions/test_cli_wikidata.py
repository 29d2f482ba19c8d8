from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.missions.catalogue import CatalogueRow
from protestcoord.missions.cli import missions
from protestcoord.missions.queries import catalogue_rows
from tests.missions.answers import answer_of, answer_row
from tests.missions.planting import BERLIN, SHIPPED

ADDED = "ae-dubai-cg"


@pytest.fixture
def instance(directory: Session, sessions: sessionmaker[Session]) -> Any:
    return SimpleNamespace(sessions=lambda: sessions)


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    path = tmp_path / "query.csv"
    dubai = {"kind": "consulate", "country": "AE", "city": "Dubai"}
    rows = [
        answer_row(address="Somewhere 1", website="http://de.china-embassy.gov.cn/"),
        answer_row("Q77", **dubai, phone="+971-4-3944733", coordinates="Point(55.27 25.2)"),
        answer_row("Q78", country="FR", city="Atlantis"),
    ]
    path.write_text(answer_of(*rows), encoding="utf-8")
    return path


def run(*words: str | Path, instance: Any) -> Result:
    command = ["import", "--from-wikidata", *map(str, words)]
    return CliRunner().invoke(missions, command, obj=instance)


def row_of(instance: Any, slug: str) -> CatalogueRow:
    with instance.sessions()() as session:
        return next(row for row in catalogue_rows(session) if row.slug == slug)


def test_first_it_only_shows(instance: Any, answer: Path) -> None:
    before = row_of(instance, ADDED)
    result = run(answer, instance=instance)
    assert result.exit_code == 0
    assert f"{ADDED}: phone: filled with “+971-4-3944733”" in result.stdout
    assert f"{BERLIN}: address: CONFLICT, kept “" in result.stdout
    assert "Q78: not in the directory (Atlantis, FR)" in result.stdout
    assert result.stdout.endswith(
        "3 filled, 0 taken, 1 conflicts kept, 0 refused, 1 not in the directory; "
        "nothing was written: add --write\n"
    )
    assert row_of(instance, ADDED) == before


def test_then_it_writes_what_was_empty_and_what_was_chosen(instance: Any, answer: Path) -> None:
    kept = row_of(instance, BERLIN).phone
    result = run(answer, "--write", "--take", f"{BERLIN}:address", instance=instance)
    assert result.stdout.endswith("; written\n")
    assert row_of(instance, ADDED).phone == "+971-4-3944733"
    assert row_of(instance, ADDED).precision == "building"
    assert "wikidata-" in row_of(instance, ADDED).sources
    assert row_of(instance, BERLIN).address == "Somewhere 1"
    assert row_of(instance, BERLIN).phone == kept


def test_row_that_would_get_a_fault_is_refused(instance: Any, answer: Path) -> None:
    bad = answer.read_text(encoding="utf-8").replace("+971-4-3944733", "+971\u200b4")
    answer.write_text(bad, encoding="utf-8")
    result = run(answer, "--write", instance=instance)
    assert "refused “" in result.stdout
    assert row_of(instance, ADDED).phone == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--take", f"{BERLIN}:phone"], "do not differ in de-berlin-embassy:phone"),
        (["--take", "nonsense"], "do not differ in nonsense:"),
    ],
)
def test_choice_without_a_conflict_is_an_error(
    instance: Any, answer: Path, words: list[str], said: str
) -> None:
    result = run(answer, "--write", *words, instance=instance)
    assert result.exit_code == 1
    assert said in result.output
    assert row_of(instance, ADDED).phone == ""


def test_catalogue_is_no_answer(instance: Any, tmp_path: Path) -> None:
    file = tmp_path / "embassies.csv"
    file.write_text(SHIPPED, encoding="utf-8")
    result = run(file, "--write", instance=instance)
    assert (result.exit_code, "not the answer" in result.output) == (1, True)


def test_options_of_wikidata_are_refused_without_it(instance: Any, answer: Path) -> None:
    result = CliRunner().invoke(missions, ["import", "--write", str(answer)], obj=instance)
    assert result.exit_code == 2
