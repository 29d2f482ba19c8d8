"""What stands in data/permits.csv: typed rules, read once, checked as the directory's rows are."""

import dataclasses
import enum
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from protestcoord.config import shipped
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import lines_of_csv, text_from_bytes
from protestcoord.missions.permits import (
    CountedFrom,
    LeadUnit,
    PermitRule,
    Requirement,
    SourceKind,
    rule_for,
)
from protestcoord.missions.regions import REGION_OF_COUNTRY

NAME = "permits.csv"
# The column of several addresses is called after one of them.
COLUMNS = tuple(
    field.name.replace("source_urls", "source_url") for field in dataclasses.fields(PermitRule)
)


def _country(text: str) -> str:
    if text not in REGION_OF_COUNTRY:
        raise ValueError(f"“{text}” is no country's ISO 3166-1 code")
    return text


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"“{text}” is no whole number from 1")
    return int(text)


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("this is empty")
    return text


def _addresses(text: str) -> tuple[str, ...]:
    addresses = tuple(text.split())
    if not addresses or any(not a.startswith(("http://", "https://")) for a in addresses):
        raise ValueError(f"“{text}” is not one or more addresses that begin with http")
    return addresses


def _word(words: type[enum.StrEnum], *, empty: object = None) -> Callable[[str], object]:
    def parse(text: str) -> object:
        return empty if empty is not None and not text else words(text)

    return parse


def _unit(text: str) -> LeadUnit | None:
    return LeadUnit(text) if text else None


# What turns a cell into a value; every other column is text. Each raises ValueError.
PARSERS: dict[str, Callable[[str], object]] = {
    "country": _country,
    "requirement": _word(Requirement),
    "lead": _count,
    "lead_unit": _unit,
    "counted_from": _word(CountedFrom, empty=CountedFrom.START),
    "earliest": _count,
    "source_kind": _word(SourceKind),
    "source_title": _filled,
    "source_url": _addresses,
    "checked_on": date.fromisoformat,
}


def rules_from_text(text: str, name: str) -> tuple[PermitRule, ...]:
    """Return the rules of a CSV whose header names every column, in any order.

    Raises:
        InvalidValue: The first cell that has no value of its kind, as ``name:line: column``.
    """
    lines = lines_of_csv(text, name)
    _, header = next(lines, (1, []))
    if sorted(header) != sorted(COLUMNS):
        raise _fault(name, 1, "row", "the columns are not those of the documentation")
    rules: dict[tuple[str, str], PermitRule] = {}
    for line, cells in lines:
        rule = _rule(name, line, header, cells)
        if rules.setdefault((rule.country, rule.city), rule) is not rule:
            raise _fault(name, line, "country", "another line is about this place")
    return tuple(rules.values())


def _rule(name: str, line: int, header: list[str], cells: list[str]) -> PermitRule:
    if len(cells) != len(header):
        raise _fault(name, line, "row", f"{len(cells)} cells under {len(header)} columns")
    by_column = dict(zip(header, cells, strict=True))
    values: list[Any] = []
    for column in COLUMNS:
        try:
            values.append(PARSERS.get(column, str)(by_column[column]))
        except ValueError as error:
            raise _fault(name, line, column, str(error)) from error
    rule = PermitRule(*values)
    if (rule.lead or rule.earliest) and not rule.lead_unit:
        raise _fault(name, line, "lead_unit", "a time needs a unit")
    if rule.source_kind is SourceKind.ORGANIZERS:
        raise _fault(name, line, "source_kind", "organizers write their own notes elsewhere")
    return rule


def _fault(name: str, line: int, column: str, reason: str) -> InvalidValue:
    message = "%(file)s:%(line)s: %(column)s: %(reason)s"
    return InvalidValue(message, field=column, file=name, line=line, column=column, reason=reason)


@cache
def shipped_rules() -> tuple[PermitRule, ...]:
    """Return the rules that are shipped with the code."""
    content = (shipped("data") / NAME).read_bytes()
    return rules_from_text(text_from_bytes(content, NAME), NAME)


@cache
def shipped_rule(country: str, city: str) -> PermitRule | None:
    """Return the shipped rule for a place, or None where nobody looked it up."""
    return rule_for(shipped_rules(), country, city)
