"""What Wikidata adds to the directory, and every conflict, on the command line."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import click
from sqlalchemy.orm import Session

from protestcoord.core.languages import error_text
from protestcoord.missions.merging import Finding, Merge, Outcome
from protestcoord.missions.service import (
    CatalogueRefused,
    NoSuchConflict,
    import_merge,
    merge_wikidata,
)
from protestcoord.missions.wikidata import NotAnAnswer

SAID = {
    Outcome.FILLED: "filled with “{theirs}”",
    Outcome.TAKEN: "“{ours}” gives way to “{theirs}”",
    Outcome.KEPT: "CONFLICT, kept “{ours}”; Wikidata has “{theirs}”",
    Outcome.REFUSED: "refused “{theirs}”: {reason}",
}


def import_answer(
    session: Session, answer: str, take: Iterable[str], now: datetime, *, write: bool
) -> None:
    """Show what an answer of Wikidata's changes, and write it if asked to.

    Args:
        session: Of a unit of work.
        answer: The CSV.
        take: Conflicts to decide for Wikidata, each as ``slug:column``.
        now: Its month names the source.
        write: Whether the directory is changed.
    """
    chosen = [_slug_and_column(which) for which in take]
    try:
        merge = merge_wikidata(session, answer, f"{now:%Y-%m}", chosen)
        _show(merge)
        if write:
            import_merge(session, merge, now)
    except (NotAnAnswer, NoSuchConflict, CatalogueRefused) as error:
        raise click.ClickException(error_text(error, "en")) from error
    click.echo(f"{_summary(merge)}; {'written' if write else 'nothing was written: add --write'}")


def _show(merge: Merge) -> None:
    for finding in merge.findings:
        click.echo(f"{finding.slug}: {finding.column}: {_said(finding)}")
    for item in merge.unknown:
        place = ", ".join(filter(None, [*item.cities, item.country])) or "no place"
        click.echo(f"{item.item}: not in the directory ({place})")
    for slug in merge.gone:
        click.echo(f"{slug}: Wikidata no longer lists its item")


def _said(finding: Finding) -> str:
    return SAID[finding.outcome].format(**vars(finding))


def _summary(merge: Merge) -> str:
    counts = Counter(finding.outcome for finding in merge.findings)
    return (
        f"{counts[Outcome.FILLED]} filled, {counts[Outcome.TAKEN]} taken, "
        f"{counts[Outcome.KEPT]} conflicts kept, {counts[Outcome.REFUSED]} refused, "
        f"{len(merge.unknown)} not in the directory"
    )


def _slug_and_column(which: str) -> tuple[str, str]:
    slug, _, column = which.partition(":")
    return slug, column
