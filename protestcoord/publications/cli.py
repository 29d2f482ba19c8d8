"""The command ``export``: one publication of a campaign, written to a file."""

from pathlib import Path

import click

from protestcoord.core import clock
from protestcoord.core.instance import Instance
from protestcoord.core.links import Links

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
