"""The assessment lists each column that is stored, and nothing stored is a person at a mission."""

import importlib
import pkgutil
import re

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table

import protestcoord
from protestcoord.config import PACKAGE
from protestcoord.core.database import Base

ROOT = PACKAGE.parent
ROW = re.compile(r"^\| `(\w+)` \| ((?:`\w+` ?)+) \|(.*)\|$", re.MULTILINE)
# What would name a person at a mission, show one, or tell an age or whom somebody brings.
OF_PERSONS = re.compile(
    r"staff|ambassador|consul(?!ate)|officer|diplomat|person|photo|picture|image|face|home|"
    r"plate|car$|vehicle|birth|(?:^|_)age$|attendee|participant|first_?name|last_?name|surname"
)


def metadata() -> MetaData:
    for module in pkgutil.walk_packages(protestcoord.__path__, "protestcoord."):
        # Whatever has tables: only running the command as a program has an effect.
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return Base.metadata


def stored(tables: MetaData) -> list[tuple[str, str]]:
    return sorted((table.name, column.name) for table in tables.tables.values()
                  for column in table.columns)  # fmt: skip


def listed() -> list[tuple[str, str]]:
    found = ROW.findall((ROOT / "docs" / "dpia.md").read_text(encoding="utf-8"))
    return sorted((table, name) for table, names, _ in found for name in re.findall(r"\w+", names))


def said_to_be_sealed() -> set[tuple[str, str]]:
    found = ROW.findall((ROOT / "docs" / "dpia.md").read_text(encoding="utf-8"))
    return {(table, name) for table, names, rest in found if rest.rstrip().endswith("yes")
            for name in re.findall(r"\w+", names)}  # fmt: skip


def about_persons(tables: MetaData) -> list[tuple[str, str]]:
    return [
        (table, name)
        for table, name in stored(tables)
        if OF_PERSONS.search(name) or OF_PERSONS.search(table)
    ]


def planted(table: str, *columns: str) -> MetaData:
    tables = MetaData()
    Table(table, tables, *(Column(name, String(9)) for name in columns))
    return tables


@pytest.mark.proves("L11")
def test_the_assessment_lists_each_column_once_and_no_other(record_property):
    assert listed() == stored(metadata())
    record_property("L11", f"{len(listed())} columns of {len(metadata().tables)} tables")


@pytest.mark.proves("L11")
def test_what_is_sealed_is_called_so():
    named = {
        (table.name, column.name)
        for table in metadata().tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name.startswith("sealed")
    }
    assert said_to_be_sealed() == named


@pytest.mark.control("L11")
def test_a_column_that_the_assessment_does_not_list_is_noticed():
    extra = planted("group", "shoe_size")
    assert set(stored(extra)) - set(listed()) == {("group", "shoe_size")}


@pytest.mark.proves("L3", "L4", "L13")
def test_no_column_names_shows_or_counts_persons():
    assert about_persons(metadata()) == []


@pytest.mark.control("L3", "L4", "L13")
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("mission", "staff_name"), ("mission", "ambassador"), ("site", "home_address"),
        ("site", "license_plate"), ("sign_up", "photo"), ("group", "age"), ("attendee", "id"),
    ],
)  # fmt: skip
def test_a_column_for_a_person_would_be_noticed(table, column):
    assert about_persons(planted(table, column)) == [(table, column)]
