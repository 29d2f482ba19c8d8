"""Bring a catalogue into the directory, whole or not at all, or what Wikidata adds to it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.missions.catalogue import CatalogueRow, rows_from_text, write_catalogue
from protestcoord.missions.check import Fault, check_catalogue
from protestcoord.missions.correcting import KeptCell, corrections_by_slug, with_corrections
from protestcoord.missions.difference import Change, Difference, differences
from protestcoord.missions.merging import Merge, merged
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import catalogue_rows, missions_stored
from protestcoord.missions.wikidata import items_from_answer


class CatalogueRefused(DomainError):
    """A catalogue has faults, so that nothing was imported.

    Attributes:
        faults: All of them, by line.
    """

    message = N_("The catalogue has %(count)s faults; nothing was imported.")
    field = "catalogue"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(count=len(faults))
        self.faults = faults


class NoSuchConflict(DomainError):
    """Wikidata has no other value there."""

    message = N_("Wikidata and the directory do not differ in %(which)s.")
    field = "take"


@dataclass(frozen=True)
class ImportResult:
    """How many missions an import added, changed and closed, and how many it left alone.

    ``kept`` are the cells in which it would have undone what was corrected here.
    """

    added: int
    changed: int
    closed: int
    unchanged: int
    kept: tuple[KeptCell, ...] = ()


def import_catalogue(session: Session, text: str, name: str, now: datetime) -> ImportResult:
    """Make the directory say what a catalogue says; the same one again changes nothing.

    A mission keeps its id by its slug. One that the catalogue lacks is closed, never deleted.

    Args:
        session: Of a unit of work; flushed, not committed.
        text: The whole CSV.
        name: What the file is called.
        now: Becomes ``changed_at`` of the missions that change, and of no other.

    Raises:
        CatalogueRefused: The catalogue has faults; nothing is written.
    """
    found, kept = _compared(session, text, name)
    missions = {mission.slug: mission for mission in missions_stored(session)}
    for difference in found:
        mission = missions.get(difference.slug) or Mission()
        _apply(difference, mission, now)
        session.add(mission)
    session.flush()
    if found:
        note_public_change(session)
    counts = Counter(difference.change for difference in found)
    return ImportResult(
        added=counts[Change.ADDED],
        changed=counts[Change.CHANGED],
        closed=counts[Change.CLOSED],
        unchanged=len(missions) - counts[Change.CHANGED] - counts[Change.CLOSED],
        kept=kept,
    )


def diff_catalogue(session: Session, text: str, name: str) -> tuple[Difference, ...]:
    """Return what an import of a catalogue would change, without writing.

    Raises:
        CatalogueRefused: The catalogue has faults.
    """
    return _compared(session, text, name)[0]


def _compared(
    session: Session, text: str, name: str
) -> tuple[tuple[Difference, ...], tuple[KeptCell, ...]]:
    rows, kept = with_corrections(_sound_rows(text, name), corrections_by_slug(session))
    return differences(catalogue_rows(session), rows), kept


def merge_wikidata(
    session: Session, answer: str, month: str, take: Collection[tuple[str, str]] = ()
) -> Merge:
    """Return what the directory would become with Wikidata's values, without writing.

    Args:
        session: Of the directory.
        answer: The CSV that the query in docs/data.md gives.
        month: When it was asked, such as ``2026-11``.
        take: Slug and column of the conflicts to decide for Wikidata.

    Raises:
        NotAnAnswer: The text is no such CSV.
        NoSuchConflict: Something is to be taken about which there is no conflict.
    """
    rows = catalogue_rows(session)
    merge = merged(rows, items_from_answer(answer), month, take)
    known = {(finding.slug, finding.column) for finding in merge.findings}
    if missing := sorted(set(take) - known):
        raise NoSuchConflict(which=":".join(missing[0]))
    return merge.without(rows, _faults_by_slug(merge.rows))


def import_merge(session: Session, merge: Merge, now: datetime) -> ImportResult:
    """Make the directory what a merge says; see ``import_catalogue``."""
    return import_catalogue(session, write_catalogue(merge.rows), "wikidata", now)


def _faults_by_slug(rows: Sequence[CatalogueRow]) -> dict[str, str]:
    """A row of the directory is one line, the first behind the header, so its line tells whose."""
    faults = check_catalogue(write_catalogue(rows), "wikidata")
    return {rows[fault.line - 2].slug: fault.message for fault in faults}


def _sound_rows(text: str, name: str) -> tuple[CatalogueRow, ...]:
    if faults := check_catalogue(text, name):
        raise CatalogueRefused(faults)
    return rows_from_text(text, name)


def _apply(difference: Difference, mission: Mission, now: datetime) -> None:
    for field in difference.fields:
        setattr(mission, field.column, field.after)
    mission.changed_at = now


def list_mission(
    session: Session, mission: Mission, now: datetime, *, is_listed: bool = True
) -> None:
    """Take a mission out of the directory, or put it back; no import does either."""
    mission.removed_at, mission.changed_at = None if is_listed else now, now
    session.flush()
    note_public_change(session)
