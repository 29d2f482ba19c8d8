"""Every publication there is, in the order in which they should appear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from protestcoord.config import Settings
from protestcoord.core.clock import utc_text
from protestcoord.core.links import STATIC, Links
from protestcoord.core.signing import public_key_text, signing_key
from protestcoord.missions.sources import credits_text
from protestcoord.publications.cards import cards_of, site_cards_of
from protestcoord.publications.charts import charts_of
from protestcoord.publications.datafiles import KINDS, data_files
from protestcoord.publications.feeds import CALENDARS, feeds_of, feeds_of_sites
from protestcoord.publications.maps import NO_TILES, map_document_of, map_script_of
from protestcoord.publications.openapi import openapi_publication
from protestcoord.publications.pages import pages_of, pages_of_missions
from protestcoord.publications.prints import prints_of
from protestcoord.publications.publication import Publication
from protestcoord.publications.release import static_publications
from protestcoord.publications.snapshot import Snapshot, View

CONTACT_HOLDS = timedelta(days=200)


@dataclass(frozen=True)
class Imprint(View):
    """What publications say of the instance itself.

    Attributes:
        uid_host: Host part of calendar UIDs.
        demo: Whether pages carry the banner of the demonstration.
        contact: Where a weakness is reported, a mailto: or https: address.
        contact_until: Until when that can be relied on; between 30 days and a year ahead.
        map_tiles: Address and credit of the map tiles.
        kept_days: How many days after a campaign its contacts are forgotten.
        signing_key: The public key that copies of the site are signed with.
        controller: Who answers for the data; empty if nobody is named.
        demands: The table of demands as the operator wrote it.
    """

    uid_host: str
    demo: bool
    contact: str
    contact_until: datetime
    signing_key: str
    map_tiles: tuple[str, str] = NO_TILES
    kept_days: int = Settings.CONTACTS_KEPT_DAYS
    controller: str = ""
    demands: bytes = b""


def imprint_of(settings: Settings, now: datetime) -> Imprint:
    """Return the imprint of an instance; its date moves on with each month."""
    ahead = (now.replace(day=1) + CONTACT_HOLDS).replace(hour=0, minute=0, second=0)
    key = public_key_text(signing_key(settings.signing_key_file))
    return Imprint(
        settings.UID_HOST,
        settings.DEMO,
        settings.CONTACT,
        ahead,
        key,
        settings.map_tiles,
        settings.CONTACTS_KEPT_DAYS,
        settings.CONTROLLER,
        settings.demands_file.read_bytes() if settings.demands_file.exists() else b"",
    )


def publications_of(snapshot: Snapshot, imprint: Imprint) -> Iterator[Publication]:
    """Yield every publication of a snapshot, in the order in which they should appear.

    What many look at comes first: the pages, then what shows a whole campaign or many sites of it.
    A calendar of one slot, and the page of a mission beside its site's, can wait.
    """
    yield from static_publications()
    yield from pages_of(
        snapshot,
        demo=imprint.demo,
        map_tiles=imprint.map_tiles,
        kept_days=imprint.kept_days,
        controller=imprint.controller,
        demands=imprint.demands,
    )
    yield from _files_at_the_root(imprint)
    for campaign in snapshot.campaigns:
        yield map_script_of(campaign, imprint.map_tiles)
        yield from feeds_of(campaign, imprint.uid_host)
    yield from data_files(snapshot, imprint.uid_host)
    yield openapi_publication(snapshot, (*KINDS, *CALENDARS))
    yield from map(map_document_of, snapshot.campaigns)
    for campaign in snapshot.campaigns:
        yield from cards_of(campaign, demo=imprint.demo)
    for campaign in snapshot.campaigns:
        yield from feeds_of_sites(campaign, imprint.uid_host)
    yield from pages_of_missions(snapshot, demo=imprint.demo, contact=imprint.contact)


def prints_of_all(snapshot: Snapshot, imprint: Imprint) -> Iterator[Publication]:
    """Yield what is built only when somebody asks for it: what is printed."""
    for campaign in snapshot.campaigns:
        yield from prints_of(campaign, demo=imprint.demo)
        yield from site_cards_of(campaign, demo=imprint.demo)
        yield from charts_of(campaign, demo=imprint.demo)


def _files_at_the_root(imprint: Imprint) -> Iterator[Publication]:
    icon = (STATIC / "icons" / "favicon.ico").read_bytes()
    robots = "User-agent: *\nDisallow: /s/\nDisallow: /organize/\n"
    yield Publication("/favicon.ico", icon, lambda content, _: content, multilingual=False)
    yield Publication("/robots.txt", robots, lambda text, _: text.encode(), multilingual=False)
    yield Publication("/missions-licence.txt", credits_text(), _text, multilingual=False)
    key = f"{imprint.signing_key}\n"
    yield Publication("/signing-key.txt", key, lambda text, _: text.encode(), multilingual=False)
    yield Publication("/.well-known/security.txt", imprint, security_txt, multilingual=False)


def _text(text: str, _links: Links) -> bytes:
    return text.encode()


def security_txt(imprint: Imprint, links: Links) -> bytes:
    """Return whom to tell of a weakness.

    Source:
        RFC 9116.
    """
    lines = [
        f"Contact: {imprint.contact}",
        f"Expires: {utc_text(imprint.contact_until)}",
        f"Canonical: {links.base_url}/.well-known/security.txt",
        "Preferred-Languages: en",
        f"Policy: {links.base_url}/about/",
    ]
    return ("\n".join(lines) + "\n").encode()


def get_publication(publications: Iterable[Publication], path: str) -> Publication:
    """Return the publication at a path.

    Raises:
        KeyError: There is none.
    """
    for publication in publications:
        if publication.path == path:
            return publication
    raise KeyError(path)
