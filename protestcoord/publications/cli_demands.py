"""The command ``demands``: keep the public log of what was asked of who runs the site."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from protestcoord.core import clock
from protestcoord.core.database import note_public_change, unit_of_work
from protestcoord.core.errors import DomainError
from protestcoord.core.instance import Instance
from protestcoord.core.languages import error_text
from protestcoord.publications.demands import Log, csv_of_row, log_from_csv

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def demands() -> None:
    """Keep the public log of demands by authorities and companies."""


@demands.command("list")
@click.pass_obj
def list_demands(instance: Instance) -> None:
    """Print what the log says."""
    log = _read(instance.settings.demands_file)
    for demand in log.demands:
        cells = (demand.sender, demand.law, demand.demand, demand.answer)
        click.echo(f"{demand.day}  {' | '.join(cells)}")
    until = f"up to {log.told_until} nothing else came" if log.told_until else "nothing was said"
    click.echo(f"{len(log.demands)} demands; {until}")


@demands.command()
@click.option("--date", "day", type=DAY, help="When it came [default: today].")
@click.option("--sender", required=True, help="Which office or company.")
@click.option("--law", default="", help="What it leans on.")
@click.option("--demand", required=True, help="What it wants.")
@click.option("--answer", required=True, help="What was done.")
@click.pass_obj
def add(
    instance: Instance, day: datetime | None, sender: str, law: str, demand: str, answer: str
) -> None:
    """Add a demand; all of it is public at once, so name no private person."""
    _append(instance, day, (sender, law, demand, answer))


@demands.command()
@click.option("--date", "day", type=DAY, help="Up to which day [default: today].")
@click.pass_obj
def none(instance: Instance, day: datetime | None) -> None:
    """Say that no other demand has come up to a day."""
    _append(instance, day, ("", "", "", ""))


def _append(instance: Instance, day: datetime | None, cells: Sequence[str]) -> None:
    file = instance.settings.demands_file
    is_new = not _content(file).strip()
    row = csv_of_row(f"{day or clock.now():%Y-%m-%d}", *cells, header=is_new)
    before = _content(file)
    gap = "" if is_new or before.endswith(b"\n") else "\r\n"
    _read_content(file, before + f"{gap}{row}".encode())  # a table that is broken is not added to
    with file.open("ab") as table:
        table.write(f"{gap}{row}".encode())
        table.flush()
        os.fsync(table.fileno())
    with instance.sessions()() as session, unit_of_work(session):
        note_public_change(session)
    click.echo(f"written to {file}; the page follows in a moment")


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _read(file: Path) -> Log:
    return _read_content(file, _content(file))


def _read_content(file: Path, content: bytes) -> Log:
    try:
        return log_from_csv(content)
    except DomainError as error:
        raise click.ClickException(f"{file.name}: {error_text(error, 'en')}") from error
