"""The commands ``export``, ``mirror`` and ``nginx``: how the built files leave this machine."""

from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from protestcoord.config import LANGUAGES
from protestcoord.core import clock
from protestcoord.core.instance import Instance
from protestcoord.core.links import FileLinks, Links

if TYPE_CHECKING:
    from protestcoord.config import Settings
    from protestcoord.publications.files import File
    from protestcoord.publications.publication import Publication
    from protestcoord.publications.snapshot import Snapshot

KINDS = {
    "ics": "calendar.ics",
    "geojson": "sites.geojson",
    "json": "sites.json",
    "kml": "sites.kml",
    "csv": "sites.csv",
    "map": "map.html",
    "card": "card.png",
    "site-card": "sites/{site}/card.png",
    "poster": "sites/{site}/poster-a4.pdf",
    "poster-a3": "sites/{site}/poster-a3.pdf",
    "flyer": "sites/{site}/flyer-a5.pdf",
    "posters": "countries/{country}-posters.zip",
    "map-png": "maps/{region}.png",
    "map-svg": "maps/{region}.svg",
}


@click.command()
@click.argument("campaign")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    help="Language of its texts [default: DEFAULT_LANGUAGE].",
)
@click.option("--site", default="", help="Of which mission, such as de-berlin-embassy.")
@click.option("--country", default="", help="All posters of which country, such as DE.")
@click.option("--region", default="001", help="Map of which region, a code of UN M49 [world].")
@click.pass_obj
def export(
    instance: Instance,
    campaign: str,
    kind: str,
    output: Path,
    language: str | None,
    site: str,
    country: str,
    region: str,
) -> None:
    """Write one file of a published CAMPAIGN: its calendar, sites, a map, a poster, a picture."""
    from protestcoord.publications.printers import MissingPrinter

    path = _path_in_campaign(kind, site=site, country=country.lower(), region=region)
    publication = _publication_asked(instance, campaign, path)
    settings = instance.settings
    default = settings.DEFAULT_LANGUAGE
    links = Links(settings.BASE_URL, language or default, default)
    try:
        content = publication.build(publication.slice, links)
    except MissingPrinter as error:
        raise click.ClickException(str(error)) from error
    output.write_bytes(content)
    click.echo(f"{output}: {len(content)} bytes")


def _path_in_campaign(kind: str, **parts: str) -> str:
    """Return where a kind of file lies; its parts, such as the site, have to be given."""
    path = KINDS[kind]
    for name, value in parts.items():
        if f"{{{name}}}" in path and not value:
            raise click.UsageError(f"{kind} is made for one {name}: give --{name}")
    return path.format(**parts)


def _publication_asked(instance: Instance, campaign: str, path: str) -> "Publication":
    from protestcoord.publications.capture import take_snapshot
    from protestcoord.publications.registry import (
        get_publication,
        imprint_of,
        prints_of_all,
        publications_of,
    )

    settings, now = instance.settings, clock.now()
    with instance.sessions()() as session:
        snapshot = take_snapshot(session, now)
    if all(known.slug != campaign for known in snapshot.campaigns):
        raise click.ClickException(f"no published campaign is called {campaign}")
    imprint = imprint_of(settings, now)
    all_of_them = chain(prints_of_all(snapshot, imprint), publications_of(snapshot, imprint))
    try:
        return get_publication(all_of_them, f"/c/{campaign}/{path}")
    except KeyError as error:
        raise click.ClickException(f"{campaign} has no {path}") from error


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--zip",
    "archive",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the same as one ZIP file too.",
)
@click.pass_obj
def mirror(instance: Instance, folder: Path, archive: Path | None) -> None:
    """Write the public site to FOLDER as plain files with relative links, signed.

    It works from a disk, in any subfolder of any server, and is good for seven days; write it
    again before. What did not change since is taken over. Exit status 1 if a file failed.
    """
    from protestcoord.core.signing import public_key_text, signing_key
    from protestcoord.publications.capture import take_snapshot
    from protestcoord.publications.mirror import Mirror, write_zip

    settings, now = instance.settings, clock.now()
    with instance.sessions()() as session:
        files = _files_of_copy(take_snapshot(session, now), settings, now)
    key = signing_key(settings.signing_key_file)
    copy = Mirror(folder.resolve(), settings.BASE_URL, key, settings.instance / "mirrored.json")
    try:
        with click.progressbar(length=len(files), label="writing the copy") as bar:
            result = copy.write(files, now, lambda done, _: bar.update(done - bar.pos))
        if archive:
            write_zip(copy.folder, archive)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error}") from error
    click.echo(f"built {result.built}, unchanged {result.unchanged}, failed {result.failed}")
    click.echo(f"version {result.version}, signed by the key {public_key_text(key)}")
    raise SystemExit(1 if result.failed else 0)


@click.command()
@click.option("--port", default=8000, show_default=True, help="On which `serve` listens.")
@click.option("--listen", default=80, show_default=True, help="On which nginx is to listen.")
@click.option("--brotli", is_flag=True, help="nginx has the module brotli_static.")
@click.pass_obj
def nginx(instance: Instance, port: int, listen: int, *, brotli: bool) -> None:
    """Print a configuration by which nginx serves the built files without asking the app."""
    from protestcoord.publications.nginx import nginx_configuration

    made = nginx_configuration(instance.settings, app_port=port, nginx_port=listen, brotli=brotli)
    click.echo(made, nl=False)


def _files_of_copy(snapshot: "Snapshot", settings: "Settings", now: datetime) -> "dict[str, File]":
    from protestcoord.publications.files import files_of
    from protestcoord.publications.registry import imprint_of, publications_of
    from protestcoord.publications.release import code_version

    default = settings.DEFAULT_LANGUAGE

    def links_for(language: str, path: str) -> Links:
        here = Links(settings.BASE_URL, language, default).prefixed(path)
        return FileLinks(settings.BASE_URL, language, default, here)

    publications = publications_of(snapshot, imprint_of(settings, now))
    return files_of(publications, tuple(LANGUAGES), default, links_for, code_version())
