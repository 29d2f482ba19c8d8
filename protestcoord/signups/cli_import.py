"""The command ``campaigns import-sign-ups``: a table of groups, looked at and then asked."""

from collections import Counter
from pathlib import Path

import click

from protestcoord.campaigns.queries import all_sites, find_campaign
from protestcoord.config import load_secrets
from protestcoord.core.clock import now
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.csvreading import records_from_text, text_from_bytes
from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import InvalidValue
from protestcoord.core.instance import Instance
from protestcoord.core.languages import error_text
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.importing import (
    COLUMNS,
    MOST_ROWS,
    ImportRow,
    RowState,
    import_rows,
)
from protestcoord.signups.importing import import_sign_ups as write_rows


@click.command(name="import-sign-ups")
@click.argument("campaign")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what each row would do.")
@click.pass_obj
def import_sign_ups(instance: Instance, campaign: str, file: Path, *, dry_run: bool) -> None:
    """Ask the groups of a table (CSV) whether they take a slot: each gets the mail that confirms.

    With an error in any row nothing is imported.
    """
    settings = instance.settings
    keys = KeyFolder(settings.keys_folder)
    vault = ContactVault(keys, load_secrets(settings.instance).index_key)
    try:
        records = records_from_text(text_from_bytes(file.read_bytes()), COLUMNS, MOST_ROWS)
        with instance.sessions()() as session, unit_of_work(session):
            chosen = find_campaign(session, campaign)
            if chosen is None:
                raise click.BadParameter(f"there is no campaign called “{campaign}”")
            sites = all_sites(session, chosen)
            rows = import_rows(session, vault, chosen, sites, records, "en", now())
            _say(file, rows)
            if not dry_run:
                write_rows(session, vault, chosen, rows, now())
            elif any(row.state is RowState.ERROR for row in rows):
                raise click.exceptions.Exit(1)
    except InvalidValue as error:
        raise click.ClickException(error_text(error, "en")) from error


def _say(file: Path, rows: list[ImportRow]) -> None:
    """Say what becomes of each row; addresses stay out of terminals and their logs."""
    for row in rows:
        click.echo(f"{file}:{row.line}: {row.state}: {row.slot.key if row.slot else '-'}")
        for fault in row.faults:
            click.echo(f"{file}:{row.line}:   {fault.column or 'row'}: {fault.reason}")
    counts = Counter(row.state for row in rows)
    click.echo(", ".join(f"{counts[state]} {state}" for state in RowState))
