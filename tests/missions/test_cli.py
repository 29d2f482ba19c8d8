import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.missions.cli import missions
from tests.missions.planting import BERLIN, PATH, SHIPPED, line_of, planted, without


@pytest.fixture
def instance(sessions: sessionmaker[Session]) -> Any:
    return SimpleNamespace(sessions=lambda: sessions)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.csv"


def run(*words: str | Path, instance: Any = None) -> Result:
    return CliRunner().invoke(missions, [str(word) for word in words], obj=instance)


def test_check_of_the_shipped_catalogue_finds_no_fault() -> None:
    result = run("check", PATH)
    assert (result.exit_code, result.stdout) == (0, "291 missions, no fault\n")


def test_check_prints_each_fault_with_file_line_and_column(mine: Path) -> None:
    mine.write_text(planted(kind="embasy", wikidata="Q"), encoding="utf-8")
    result = run("check", mine)
    assert result.exit_code == 1
    kinds = "embassy, consulate_general, consulate, consular_agency, permanent_mission"
    where = f"{mine}:{line_of(BERLIN)}"
    assert result.stdout.splitlines() == [
        f"{where}: kind: “embasy” is none of {kinds}, liaison_office",
        f"{where}: wikidata: “Q” is not like Q166546",
        "2 faults",
    ]


def test_check_of_a_missing_file_exits_2(mine: Path) -> None:
    assert run("check", mine).exit_code == 2


def test_check_of_a_file_in_another_encoding_is_a_fault(mine: Path) -> None:
    mine.write_bytes(SHIPPED.encode("utf-16"))
    result = run("check", mine)
    assert (result.exit_code, result.stdout) == (1, f"{mine}:1: row: this is not UTF-8\n1 fault\n")


def test_import_and_export_give_the_file_back_byte_for_byte(instance: Any, mine: Path) -> None:
    imported = run("import", PATH, instance=instance)
    assert (imported.exit_code, imported.stdout) == (
        0,
        "291 added, 0 changed, 0 closed, 0 unchanged\n",
    )
    assert run("export", "-o", mine, instance=instance).exit_code == 0
    assert mine.read_bytes() == PATH.read_bytes()
    assert run("export", instance=instance).stdout_bytes == PATH.read_bytes()


def test_second_import_changes_nothing(instance: Any) -> None:
    run("import", PATH, instance=instance)
    again = run("import", PATH, instance=instance)
    assert again.stdout == "0 added, 0 changed, 0 closed, 291 unchanged\n"


def test_import_of_a_faulty_catalogue_imports_nothing(instance: Any, mine: Path) -> None:
    mine.write_text(planted(kind="embasy"), encoding="utf-8")
    result = run("import", mine, instance=instance)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "1 fault; nothing was imported"
    assert len(run("export", instance=instance).stdout.splitlines()) == 1


def test_diff_shows_slug_column_and_values(instance: Any, mine: Path) -> None:
    run("import", PATH, instance=instance)
    mine.write_text(planted(city="Bonn"), encoding="utf-8")
    result = run("diff", mine, instance=instance)
    assert (result.exit_code, result.stdout) == (
        0,
        f"{BERLIN}: changed\n  city: “Berlin” → “Bonn”\n1 mission would change\n",
    )


def test_diff_shows_what_would_be_closed(instance: Any, mine: Path) -> None:
    run("import", PATH, instance=instance)
    mine.write_text(without(BERLIN), encoding="utf-8")
    result = run("diff", mine, instance=instance)
    assert f"{BERLIN}: closed\n  status: “open” → “closed”\n" in result.stdout


def test_diff_with_a_faulty_catalogue_exits_1(instance: Any, mine: Path) -> None:
    mine.write_text(planted(kind="embasy"), encoding="utf-8")
    assert run("diff", mine, instance=instance).exit_code == 1


def first_line(*words: str) -> str:
    result = run("nearest", *words)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 5
    return result.stdout.splitlines()[0].strip()


def test_nearest_to_a_city_is_its_own_mission() -> None:
    assert first_line("berlin") == "0.0 km  de-berlin-embassy  Berlin, DE"
    assert first_line("de-hamburg-cg").startswith("0.0 km  de-hamburg-cg  Hamburg, DE")


def test_nearest_takes_coordinates_with_a_minus_in_front() -> None:
    assert "za-cape-town-cg  Cape Town, ZA" in first_line("-33.92,18.42")
    assert "us-new-york" in first_line("40.75, -73.97")


def test_nearest_says_where_only_the_city_is_known_and_where_it_may_be_closed() -> None:
    assert first_line("Damascus").endswith("Damascus, SY  (only the city is known, unknown)")


@pytest.mark.parametrize(
    "place", ["Leipzig", "ライプツィヒ", "leipzig, germany", "leipzig germany"]
)
def test_nearest_to_a_city_without_a_mission_is_found_in_any_language(place: str) -> None:
    assert "de-berlin-embassy" in first_line(place)


def test_nearest_to_a_mistyped_city_says_which_is_meant() -> None:
    result = run("nearest", "lepzig")
    assert "de-berlin-embassy" in result.stdout.splitlines()[0]
    assert result.stderr == "“lepzig” is not known; this is Leipzig, DE\n"


@pytest.mark.parametrize("place", ["xqzwv", "Georgia", "95,0", "", ","])
def test_nearest_to_an_unknown_place_exits_2(place: str) -> None:
    result = run("nearest", place)
    assert result.exit_code == 2
    assert "nobody here knows such a city" in result.stderr


def test_commands_load_neither_database_nor_geopy_before_they_need_them() -> None:
    script = (
        "import sys, protestcoord.missions.cli;"
        "print({'sqlalchemy', 'flask', 'babel', 'geopy', 'tzfpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_corrections_go_out_as_a_patch_and_an_import_says_what_it_kept(
    instance: Any, directory: Session, mine: Path
) -> None:
    from tests.missions.test_correcting import corrected

    assert run("export", "--corrections", instance=instance).stdout == ""
    corrected(directory, {"phone": "+49 30 275880"})
    run("export", "--corrections", "-o", mine, instance=instance)
    added = [line for line in mine.read_text().splitlines() if line.startswith("+de-")]
    assert len(added) == 1
    assert "+49 30 275880" in added[0]
    done = run("import", PATH, instance=instance)
    assert "kept, since it was corrected here: de-berlin-embassy phone" in done.stdout
