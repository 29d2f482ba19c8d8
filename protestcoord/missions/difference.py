"""How does one catalogue differ from another, by slug and column: pure, nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from protestcoord.missions.catalogue import COLUMNS, CatalogueRow
from protestcoord.missions.rules import MissionStatus


class Change(StrEnum):
    """What happens to a mission."""

    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"


@dataclass(frozen=True)
class FieldChange:
    """One column's value before and after; ``before`` is None where the mission is new."""

    column: str
    before: str | float | None
    after: str | float


@dataclass(frozen=True)
class Difference:
    """What happens to one mission, with the columns that change."""

    slug: str
    change: Change
    fields: tuple[FieldChange, ...]


def differences(
    before: Iterable[CatalogueRow], after: Iterable[CatalogueRow]
) -> tuple[Difference, ...]:
    """Return what leads from one catalogue to another, by slug.

    A mission that is gone is closed, for a mission is never deleted; one that was closed before
    and is gone makes no difference.
    """
    old = {row.slug: row for row in before}
    new = {row.slug: row for row in after}
    found = [_difference(slug, old.get(slug), row) for slug, row in new.items()]
    for slug in old.keys() - new.keys():
        closed = replace(old[slug], status=MissionStatus.CLOSED)
        found.append(Difference(slug, Change.CLOSED, _field_changes(old[slug], closed)))
    return tuple(sorted(filter(_is_one, found), key=_by_slug))


def _difference(slug: str, old: CatalogueRow | None, new: CatalogueRow) -> Difference:
    change = Change.CHANGED if old else Change.ADDED
    return Difference(slug, change, _field_changes(old, new))


def _field_changes(old: CatalogueRow | None, new: CatalogueRow) -> tuple[FieldChange, ...]:
    changes = (
        FieldChange(column, getattr(old, column, None), getattr(new, column)) for column in COLUMNS
    )
    return tuple(change for change in changes if change.before != change.after)


def _is_one(difference: Difference) -> bool:
    return bool(difference.fields)


def _by_slug(difference: Difference) -> str:
    return difference.slug
