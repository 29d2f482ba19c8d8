import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from protestcoord.config import load_settings
from protestcoord.core.database import unit_of_work
from protestcoord.publications import printers
from protestcoord.publications.cli import export
from protestcoord.publications.pdf import _weasyprint
from tests.databases import with_tables
from tests.stored import store_slot

pytestmark = pytest.mark.skipif(
    bool(printers.missing_parts()),
    reason="this machine cannot print; `protestcoord doctor` says why",
)

SITE = "de-berlin-embassy"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Any]:
    sessions = with_tables(f"sqlite:///{tmp_path / 'test.sqlite'}")
    with sessions() as session, unit_of_work(session):
        store_slot(session)
    yield SimpleNamespace(settings=load_settings(tmp_path, {}), sessions=lambda: sessions)
    sessions.kw["bind"].dispose()


def run(instance: Any, *words: str | Path) -> Result:
    return CliRunner().invoke(export, [str(word) for word in words], obj=instance)


def test_a_poster_is_exported_in_a_language(instance: Any, tmp_path: Path) -> None:
    made = tmp_path / "poster.pdf"
    result = run(instance, "noon", "poster", "--site", SITE, "--language", "ko", "-o", made)
    assert (result.exit_code, result.output) == (0, f"{made}: {made.stat().st_size} bytes\n")
    text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range()
    assert "2027년 1월 9일 토요일" in text
    assert "독일" in text


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["card"], b"\x89PNG"),
        (["site-card", "--site", SITE], b"\x89PNG"),
        (["map-png"], b"\x89PNG"),
        (["map-svg", "--region", "155"], b"<svg"),
        (["posters", "--country", "DE"], b"PK"),
        (["flyer", "--site", SITE], b"%PDF"),
    ],
)
def test_pictures_and_prints_are_exported(
    instance: Any, tmp_path: Path, words: list[str], begins: bytes
) -> None:
    made = tmp_path / "made"
    assert run(instance, "noon", *words, "-o", made).exit_code == 0
    assert made.read_bytes().lstrip().startswith(begins)


def test_other_kinds_are_exported_as_before(instance: Any, tmp_path: Path) -> None:
    made = tmp_path / "sites.json"
    assert run(instance, "noon", "json", "-o", made).exit_code == 0
    assert SITE in made.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["noon", "poster"], "poster is made for one site: give --site"),
        (["noon", "poster", "--site", "atlantis"], "noon has no sites/atlantis/poster-a4.pdf"),
        (["nowhere", "poster", "--site", SITE], "no published campaign is called nowhere"),
        (["noon", "poster", "--site", SITE, "--language", "xx"], "'xx' is not one of"),
    ],
)
def test_what_cannot_be_exported_says_why(
    instance: Any, tmp_path: Path, words: list[str], said: str
) -> None:
    result = run(instance, *words, "-o", tmp_path / "none.pdf")
    assert result.exit_code != 0
    assert said in result.output
    assert not (tmp_path / "none.pdf").exists()


def test_a_machine_that_cannot_print_says_what_to_install(
    instance: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    known = (_weasyprint, printers.missing_parts)
    for kept in known:
        kept.cache_clear()
    result = run(instance, "noon", "poster", "--site", SITE, "-o", tmp_path / "none.pdf")
    for kept in known:
        kept.cache_clear()
    assert result.exit_code == 1
    assert "the package weasyprint (extra “print”)" in result.output
