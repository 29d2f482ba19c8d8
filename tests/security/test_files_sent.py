"""Nobody can send a file, so no photograph either, but an organizer who imports a table."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import wtforms

import protestcoord

ROOT = Path(protestcoord.__file__).parent
TEMPLATES = ROOT.parent / "templates"
TABLES = {("ImportForm", "file")}
IMPORT_PAGE = {"signups/console/import.html"}
IMPORTER = {"signups/console_import.py"}


def all_forms() -> set[type[wtforms.Form]]:
    for module in pkgutil.walk_packages([str(ROOT)], "protestcoord."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return set(below(wtforms.Form))


def below(form: type[wtforms.Form]) -> Iterator[type[wtforms.Form]]:
    for one in form.__subclasses__():
        yield one
        yield from below(one)


def file_fields(forms: set[type[wtforms.Form]]) -> set[tuple[str, str]]:
    return {
        (form.__name__, name)
        for form in forms
        for name in dir(form)
        if getattr(getattr(form, name), "field_class", object) in FILE_FIELDS
    }


FILE_FIELDS = (wtforms.FileField, wtforms.MultipleFileField)


def places_of(pattern: str, folder: Path, ending: str) -> set[str]:
    sources = {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob(ending)}
    assert len(sources) > 50
    return {name for name, text in sources.items() if re.search(pattern, text)}


@pytest.mark.proves("L4")
def test_no_form_has_a_field_for_a_file_but_the_import_of_a_table(record_property):
    forms = all_forms()
    assert file_fields(forms) == TABLES
    record_property("L4", f"1 of {len(forms)} forms takes a file, a table")


@pytest.mark.proves("L4")
def test_no_page_asks_for_a_file_and_nothing_takes_one_but_the_import():
    assert places_of(r'type="file"|multipart/form-data', TEMPLATES, "*.html") <= IMPORT_PAGE
    assert places_of(r"request\.files|FileInput", ROOT, "*.py") == IMPORTER


@pytest.mark.control("L4")
def test_a_form_that_takes_photographs_would_be_seen():
    class Album(wtforms.Form):
        pictures = wtforms.MultipleFileField("Pictures")

    assert file_fields({Album}) == {("Album", "pictures")}
