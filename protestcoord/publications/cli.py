"""The commands ``export``, ``mirror`` and ``nginx``: how the built files leave this machine."""

from datetime import datetime
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
    from protestcoord.publications.snapshot import Snapshot

KINDS = {
    "ics": "calendar.ics",
    "geojson": "sites.geojson",
    "json": "sites.json",
    "kml": "sites.kml",
    "csv": "sites.csv",
    "map": "map.html",
}


@click.command()
@click.argument("campaign")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--language", default="", help="Language of its texts [default: DEFAULT_LANGUAGE].")
@click.pass_obj
def export(instance: Instance, campaign: str, kind: str, output: Path, language: str) -> None:
    """Write one file of a published CAMPAIGN: its calendar, sites or map."""
    from protestcoord.publications.capture import take_snapshot
    from protestcoord.publications.registry import get_publication, imprint_of, publications_of

    settings = instance.settings
    with instance.sessions()() as session:
        snapshot = take_snapshot(session, clock.now())
    all_of_them = publications_of(snapshot, imprint_of(settings, clock.now()))
    try:
        publication = get_publication(all_of_them, f"/c/{campaign}/{KINDS[kind]}")
    except KeyError as error:
        raise click.ClickException(f"no published campaign is called {campaign}") from error
    links = Links(
        settings.BASE_URL, language or settings.DEFAULT_LANGUAGE, settings.DEFAULT_LANGUAGE
    )
    content = publication.build(publication.slice, links)
    output.write_bytes(content)
    click.echo(f"{output}: {len(content)} bytes")


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
