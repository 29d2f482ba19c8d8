"""The directory from the command line: check, import, export, compare, and what is near."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import click

from protestcoord.config import shipped
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import (
    CatalogueRow,
    read_catalogue,
    rows_from_text,
    text_from_bytes,
    write_catalogue,
)
from protestcoord.missions.place_rules import Point, point_of

# Imported where they are used: the database, geopy and the shapes of countries, so that what does
# not need them starts fast.
if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from protestcoord.missions.check import Fault
    from protestcoord.missions.difference import Difference


class Instance(Protocol):
    """What these commands ask of the instance that ``--instance`` names."""

    def sessions(self) -> "sessionmaker[Session]":
        """Return a factory of sessions on the instance's database."""


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

missions = click.Group("missions", help="The directory of missions, data/embassies.csv.")


@missions.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Find every fault of a catalogue; exit 1 if there is one."""
    from protestcoord.missions.check import check_catalogue

    text = _text_of(file)
    if faults := check_catalogue(text, file.name):
        _refuse(file, faults)
    click.echo(f"{_counted(len(rows_from_text(text, file.name)), 'mission')}, no fault")


@missions.command("import")
@click.argument("file", type=FILE)
@click.pass_obj
def import_file(instance: Instance, file: Path) -> None:
    """Make the directory say what a catalogue says; missions it lacks are closed."""
    from protestcoord.core.clock import now
    from protestcoord.core.database import unit_of_work
    from protestcoord.missions.service import CatalogueRefused, import_catalogue

    text = _text_of(file)
    try:
        with instance.sessions()() as session, unit_of_work(session):
            done = import_catalogue(session, text, file.name, now())
    except CatalogueRefused as refused:
        _refuse(file, refused.faults, "; nothing was imported")
    click.echo(
        f"{done.added} added, {done.changed} changed, {done.closed} closed, "
        f"{done.unchanged} unchanged"
    )


@missions.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(instance: Instance, output: Path | None) -> None:
    """Write the directory as a catalogue, to FILE or to the standard output."""
    from protestcoord.missions.queries import catalogue_rows

    with instance.sessions()() as session:
        content = write_catalogue(catalogue_rows(session)).encode()
    if output:
        output.write_bytes(content)
    else:
        click.echo(content, nl=False)


@missions.command()
@click.argument("file", type=FILE)
@click.pass_obj
def diff(instance: Instance, file: Path) -> None:
    """Show what an import would change, and write nothing."""
    from protestcoord.missions.service import CatalogueRefused, diff_catalogue

    text = _text_of(file)
    try:
        with instance.sessions()() as session:
            found = diff_catalogue(session, text, file.name)
    except CatalogueRefused as refused:
        _refuse(file, refused.faults)
    for difference in found:
        _show(difference)
    click.echo(f"{_counted(len(found), 'mission')} would change")


# Unknown options are arguments here: in -33.92,18.42 the minus is a sign.
@missions.command(context_settings={"ignore_unknown_options": True})
@click.argument("place", metavar="PLACE|LAT,LON")
def nearest(place: str) -> None:
    """Show the five missions nearest to a city or mission of the directory, or to a point."""
    from protestcoord.missions import distance

    rows = read_catalogue(shipped("data") / "embassies.csv")
    for distance_km, row in distance.nearest(rows, *_point_of_place(place, rows)):
        click.echo(f"{distance_km:9.1f} km  {row.slug}  {row.city}, {row.country}{_caution(row)}")


def _point_of_place(place: str, rows: Iterable[CatalogueRow]) -> Point:
    latitude, comma, longitude = place.partition(",")
    if comma and (point := point_of(latitude, longitude)):
        return point
    from protestcoord.missions.search import folded

    found = [row for row in rows if place == row.slug or folded(place) == folded(row.city)]
    if len({row.country for row in found}) == 1:
        return found[0].latitude, found[0].longitude
    several = ", ".join(row.slug for row in found)
    reason = f"there are several; say which: {several}" if found else "the directory has no such"
    raise click.BadParameter(f"“{place}”: {reason} city or mission", param_hint="PLACE|LAT,LON")


def _caution(row: CatalogueRow) -> str:
    parts = ["only the city is known" if row.precision == "city" else "", row.status.value]
    said = [part for part in parts if part not in ("", "open")]
    return f"  ({', '.join(said)})" if said else ""


def _text_of(file: Path) -> str:
    try:
        return text_from_bytes(file.read_bytes(), file.name)
    except InvalidValue as error:
        from protestcoord.missions.check import fault_from_error

        _refuse(file, (fault_from_error(error),))


def _refuse(file: Path, faults: "tuple[Fault, ...]", consequence: str = "") -> NoReturn:
    for fault in faults:
        click.echo(f"{file}:{fault.line}: {fault.field}: {fault.message}")
    click.echo(f"{_counted(len(faults), 'fault')}{consequence}")
    raise SystemExit(1)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _show(difference: "Difference") -> None:
    click.echo(f"{difference.slug}: {difference.change}")
    for field in difference.fields:
        before = "" if field.before is None else f"“{field.before}” → "
        click.echo(f"  {field.column}: {before}“{field.after}”")
