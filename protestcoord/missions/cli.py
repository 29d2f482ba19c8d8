"""The directory from the command line: check, import, export, compare, and what is where."""

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
@click.option(
    "--from-wikidata",
    is_flag=True,
    help="FILE is Wikidata's answer to the query in docs/data.md: only empty cells are filled.",
)
@click.option("--write", is_flag=True, help="With --from-wikidata: do it, not only show it.")
@click.option(
    "--take",
    multiple=True,
    metavar="SLUG:COLUMN",
    help="With --from-wikidata: a conflict in which Wikidata is right.",
)
@click.pass_obj
def import_file(
    instance: Instance, file: Path, from_wikidata: bool, write: bool, take: tuple[str, ...]
) -> None:
    """Make the directory say what a catalogue says; missions it lacks are closed."""
    from protestcoord.core.clock import now
    from protestcoord.core.database import unit_of_work
    from protestcoord.missions.service import CatalogueRefused, import_catalogue

    if from_wikidata:
        from protestcoord.missions.cli_wikidata import import_answer

        with instance.sessions()() as session, unit_of_work(session):
            import_answer(session, _text_of(file), take, now(), write=write)
        return
    if write or take:
        raise click.UsageError("--write and --take belong to --from-wikidata")
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
    for cell in done.kept:
        told = f"{cell.slug} {cell.column}: {cell.ours!r}, not {cell.theirs!r}"
        click.echo(f"kept, since it was corrected here: {told}")


@missions.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--corrections",
    is_flag=True,
    help="Only what was corrected here, as a patch for data/embassies.csv.",
)
@click.pass_obj
def export(instance: Instance, output: Path | None, corrections: bool) -> None:
    """Write the directory as a catalogue, to FILE or to the standard output."""
    from protestcoord.missions.correcting import patch_of_corrections
    from protestcoord.missions.queries import catalogue_rows

    with instance.sessions()() as session:
        if corrections:
            base = read_catalogue(shipped("data") / "embassies.csv")
            content = patch_of_corrections(session, base).encode()
        else:
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
    """Show the five missions nearest to a city, a mission of the directory, or a point."""
    from protestcoord.missions import distance

    rows = read_catalogue(shipped("data") / "embassies.csv")
    for distance_km, row in distance.nearest(rows, *_point_of_place(place, rows)):
        click.echo(f"{distance_km:9.1f} km  {row.slug}  {row.city}, {row.country}{_caution(row)}")


@missions.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--online", is_flag=True, help="Ask the server; else it is only said what for.")
@click.option("--server", default="https://nominatim.openstreetmap.org", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def locate(
    instance: Instance, slugs: tuple[str, ...], online: bool, server: str, output: Path | None
) -> None:
    """Look up buildings of missions that have an address but only their city's coordinates.

    Asks a Nominatim server, once a second, and writes a catalogue to FILE for you to look at and
    import. The directory itself is not changed.
    """
    from protestcoord.core.clock import now
    from protestcoord.missions.locating import in_question, locate_all
    from protestcoord.missions.queries import catalogue_rows

    if not server.startswith(("https://", "http://127.0.0.1")):
        raise click.BadParameter("an address that begins with https://", param_hint="--server")
    with instance.sessions()() as session:
        rows = catalogue_rows(session)
    asked = [row for row in in_question(rows) if not slugs or row.slug in slugs]
    if not online:
        for row in asked:
            click.echo(f"{row.slug}: {row.address}")
        click.echo(f"{_counted(len(asked), 'address')}; nobody was asked: add --online")
        return
    found = locate_all(asked, server, f"{now():%Y-%m}")
    for row, said in found:
        click.echo(f"{row.slug}: {said}")
    if output:
        changed = {row.slug: row for row, _ in found}
        text = write_catalogue(changed.get(row.slug, row) for row in rows)
        output.write_text(text, encoding="utf-8")


def _point_of_place(place: str, rows: Iterable[CatalogueRow]) -> Point:
    latitude, comma, longitude = place.partition(",")
    if comma and (point := point_of(latitude, longitude)):
        return point
    from protestcoord.missions.search import folded

    found = [row for row in rows if place == row.slug or folded(place) == folded(row.city)]
    if len({row.country for row in found}) == 1:
        return found[0].latitude, found[0].longitude
    if found:
        several = ", ".join(row.slug for row in found)
        raise _no_place(place, f"there are several; say which: {several}")
    return _point_of_city(place)


def _point_of_city(place: str) -> Point:
    """A city without a mission, in any language; a mistyped one is said, to be sure it is meant."""
    from protestcoord.missions.country_names import countries_called
    from protestcoord.missions.finding import city_meant
    from protestcoord.missions.gazetteer import find_city_spelled_like

    exact = city_meant(place)
    city = exact or (None if countries_called(place) else find_city_spelled_like(place))
    if city is None:
        raise _no_place(place, "nobody here knows such a city or mission")
    if not exact:
        click.echo(f"“{place}” is not known; this is {city.name}, {city.country}", err=True)
    return city.latitude, city.longitude


def _no_place(place: str, reason: str) -> click.BadParameter:
    return click.BadParameter(f"“{place}”: {reason}", param_hint="PLACE|LAT,LON")


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
    plural = "es" if noun.endswith("s") else "s"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{plural}"


def _show(difference: "Difference") -> None:
    click.echo(f"{difference.slug}: {difference.change}")
    for field in difference.fields:
        before = "" if field.before is None else f"“{field.before}” → "
        click.echo(f"  {field.column}: {before}“{field.after}”")
