"""What was corrected here in the directory: checked like a catalogue, kept, and handed out.

A correction is one cell. It stays until a catalogue says the same, or something newer.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.missions.catalogue import (
    PARSERS,
    WITHHELD_WITH_ADDRESS,
    CatalogueRow,
    lines_of_csv,
    write_catalogue,
)
from protestcoord.missions.check import check_catalogue
from protestcoord.missions.models import Mission, MissionCorrection
from protestcoord.missions.queries import catalogue_rows
from protestcoord.missions.rules import is_withheld

# Who a mission is, where it belongs and which clock holds there is not corrected cell by cell.
CORRECTABLE = (
    *("name_local", "address", "postal_code", "latitude", "longitude", "precision"),
    *("phone", "website", "jurisdiction", "status"),
)
FILE = "data/embassies.csv"


@dataclass(frozen=True)
class Correction:
    """What is right of one mission.

    Attributes:
        values: Text of a cell, as in the CSV, by its column; of CORRECTABLE alone.
        source: Where one can read it: an address, or a few words.
        verified_on: The day on which somebody looked, ``2026-11-26``.
    """

    values: Mapping[str, str]
    source: str
    verified_on: str


@dataclass(frozen=True)
class KeptCell:
    """A cell in which an import would have undone a correction."""

    slug: str
    column: str
    ours: str
    theirs: str


class NothingCorrected(InvalidValue):
    """All cells say what they said."""

    message = N_("Nothing differs from what the directory says.")
    field = "source"


def corrected_row(row: CatalogueRow, correction: Correction) -> CatalogueRow:
    """Return a row with a correction, its source and its day."""
    sources = dict.fromkeys((*filter(None, row.sources.split(";")), source_of(correction)))
    return replace(
        row,
        **_parsed(correction.values),
        sources=";".join(sources),
        verified_on=max(row.verified_on, correction.verified_on),
    )


def source_of(correction: Correction) -> str:
    """Return a source as ``sources`` names it: that column separates by semicolons."""
    return correction.source.replace(";", ",").strip()


def _parsed(values: Mapping[str, str]) -> dict[str, Any]:
    return {column: PARSERS.get(column, str)(text) for column, text in values.items()}


def cells_of(row: CatalogueRow) -> dict[str, str]:
    """Return the correctable cells of a row, as they stand in the CSV."""
    header, cells = _csv_lines(row)
    every = dict(zip(header, cells, strict=True))
    return {column: every[column] for column in CORRECTABLE}


def _csv_lines(row: CatalogueRow) -> tuple[list[str], list[str]]:
    (_, header), (_, cells) = lines_of_csv(write_catalogue([row]), FILE)
    return header, cells


def check_correction(row: CatalogueRow, correction: Correction) -> None:
    """Refuse what a catalogue would be refused for.

    Raises:
        NothingCorrected: The row says all of it already.
        InvalidValue: A cell is wrong; ``field`` is its column.
    """
    if not correction.values:
        raise NothingCorrected
    for column, text in correction.values.items():
        try:
            _parsed({column: text})
        except ValueError as error:
            raise InvalidValue(N_("%(reason)s"), field=column, reason=str(error)) from error
    faults = check_catalogue(write_catalogue([corrected_row(row, correction)]), FILE)
    if faults:
        known = faults[0].field if faults[0].field in CORRECTABLE else "source"
        raise InvalidValue(N_("%(reason)s"), field=known, reason=faults[0].message)


def correct_mission(
    session: Session, mission: Mission, correction: Correction, now: datetime
) -> None:
    """Let the directory say what is right, and keep it through imports.

    Raises:
        NothingCorrected, InvalidValue: As ``check_correction``.
    """
    (row,) = (row for row in catalogue_rows(session) if row.slug == mission.slug)
    check_correction(row, correction)
    corrected = corrected_row(row, correction)
    # All of them: a withheld address takes others with it.
    for column in (*CORRECTABLE, "sources", "verified_on"):
        setattr(mission, column, getattr(corrected, column))
    mission.changed_at = now
    forgotten = WITHHELD_WITH_ADDRESS if is_withheld(corrected.address) else ()
    of_cells = MissionCorrection.column.in_({*correction.values, *forgotten})
    session.execute(
        delete(MissionCorrection).where(MissionCorrection.mission_id == mission.id, of_cells)
    )
    for column, text in correction.values.items():
        session.add(
            MissionCorrection(
                mission_id=mission.id,
                column=column,
                value=text,
                source=source_of(correction),
                verified_on=correction.verified_on,
                at=now,
            )
        )
    session.flush()
    note_public_change(session)


def corrections_by_slug(session: Session) -> dict[str, list[MissionCorrection]]:
    """Return what was corrected here, by mission, the oldest first."""
    chosen = (
        select(Mission.slug, MissionCorrection)
        .join(Mission, Mission.id == MissionCorrection.mission_id)
        .order_by(Mission.slug, MissionCorrection.id)
    )
    found: dict[str, list[MissionCorrection]] = {}
    for slug, correction in session.execute(chosen):
        found.setdefault(slug, []).append(correction)
    return found


def with_corrections(
    rows: Iterable[CatalogueRow], corrections: Mapping[str, Sequence[MissionCorrection]]
) -> tuple[tuple[CatalogueRow, ...], tuple[KeptCell, ...]]:
    """Return a catalogue that undoes no correction, and the cells in which it would have.

    A row that was looked up on the day of the correction or later counts; it may be the
    correction itself, come back.
    """
    done: list[CatalogueRow] = []
    kept: list[KeptCell] = []
    for row in rows:
        of_row = [one for one in corrections.get(row.slug, ()) if _still_counts(row, one)]
        cells = cells_of(row) if of_row else {}
        kept += [KeptCell(row.slug, one.column, one.value, cells[one.column]) for one in of_row]
        done.append(reduce(_with_one, of_row, row))
    return tuple(done), tuple(kept)


def _with_one(row: CatalogueRow, one: MissionCorrection) -> CatalogueRow:
    return corrected_row(row, Correction({one.column: one.value}, one.source, one.verified_on))


def _still_counts(row: CatalogueRow, correction: MissionCorrection) -> bool:
    differs = cells_of(row)[correction.column] != correction.value
    # No newer catalogue tells an address that was withheld here; only another correction does.
    is_final = correction.column == "address" and is_withheld(correction.value)
    return differs and (is_final or row.verified_on < correction.verified_on)


def patch_of_corrections(session: Session, base: Sequence[CatalogueRow]) -> str:
    """Return a unified diff that brings what was corrected here into ``data/embassies.csv``.

    Args:
        session: Of the directory.
        base: The rows of the file that is to be changed, in its order.

    Returns:
        What ``git apply`` and ``patch -p1`` take; empty if there is nothing.
    """
    done, _ = with_corrections(base, corrections_by_slug(session))
    before, after = (write_catalogue(rows).splitlines(keepends=True) for rows in (base, done))
    return "".join(difflib.unified_diff(before, after, f"a/{FILE}", f"b/{FILE}"))
