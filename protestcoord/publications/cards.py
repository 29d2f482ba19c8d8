"""What picture stands beside a link to a campaign or a site: from views, drawn as SVG and PNG."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial

from protestcoord.campaigns.rules import Presence
from protestcoord.core import templates
from protestcoord.core.clock import offset_text, zone
from protestcoord.core.errors import N_
from protestcoord.core.languages import day_text, full_day_text, territory_name, translator
from protestcoord.core.links import STATIC, Links
from protestcoord.publications.fitting import brief, fitted
from protestcoord.publications.geodata import site_path
from protestcoord.publications.lanterns import lanterns
from protestcoord.publications.png import png_from_svg
from protestcoord.publications.printers import can_draw, families_of
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import CampaignView, SiteView, View

NAME = "card.png"
SIZE = (1200, 630)
ROOM = 1010
SOLIDARITY = N_("In solidarity, elsewhere")
LAWFUL = N_("Peaceful and lawful")
SITES = N_("%(sites)s embassies and consulates, %(countries)s countries")


@dataclass(frozen=True)
class CampaignCardSlice(View):
    """What stands on the card of a campaign; nothing of how much is covered.

    Attributes:
        days: First and last civil day of its waves; empty while there is none.
        lights: The sites as a path, see ``lanterns``.
    """

    demo: bool
    title: str
    days: tuple[date, ...]
    sites: int
    countries: int
    lights: str


@dataclass(frozen=True)
class SiteCardSlice(View):
    """What stands on the card of a site.

    Attributes:
        first: Its first time that is still ahead, and the zone; None if there is none.
        light: The site alone, ``lights`` all of them, as paths.
    """

    demo: bool
    title: str
    city: str
    country: str
    remote: bool
    first: tuple[datetime, str] | None
    light: str
    lights: str


def campaign_card(card: CampaignCardSlice, links: Links) -> bytes:
    """Return the card of a campaign as PNG.

    Raises:
        MissingPrinter: The system cannot draw.
    """
    return png_from_svg(campaign_card_svg(card, links))


def campaign_card_svg(card: CampaignCardSlice, links: Links) -> str:
    """Return the card of a campaign as SVG."""
    say = translator(links.language)
    size, title = fitted(card.title, ROOM, (84, 72, 60, 50), 3)
    days = [full_day_text(day, links.language) for day in dict.fromkeys(card.days)]
    if len(days) > 1:
        days = [day_text(day, links.language) for day in card.days]
    where = say(SITES, sites=card.sites, countries=card.countries) if card.sites else ""
    below = [" – ".join(days), where]
    return _svg(links, card.demo, title, size, card.lights, below=list(filter(None, below)))


def site_card(card: SiteCardSlice, links: Links) -> bytes:
    """Return the card of a site as PNG.

    Raises:
        MissingPrinter: The system cannot draw.
    """
    return png_from_svg(site_card_svg(card, links))


def site_card_svg(card: SiteCardSlice, links: Links) -> str:
    """Return the card of a site as SVG."""
    say, country = translator(links.language), territory_name(card.country, links.language)
    size, city = fitted(card.city, ROOM, (132, 104, 80, 60), 2)
    return _svg(
        links,
        card.demo,
        city,
        size,
        card.lights,
        light=card.light,
        kicker=brief(card.title, 56),
        under=country,
        below=[*([say(SOLIDARITY)] if card.remote else []), *_first_time(card, links.language)],
    )


def _first_time(card: SiteCardSlice, language: str) -> list[str]:
    if card.first is None:
        return []
    starts_at, zone_name = card.first
    start = starts_at.astimezone(zone(zone_name))
    day, offset = full_day_text(start.date(), language), offset_text(starts_at, zone_name)
    return [day, f"{start:%H:%M} ({offset})"]


def _svg(
    links: Links, demo: bool, title: list[str], title_size: int, lights: str, **values: object
) -> str:
    return templates.render(
        "prints/card.svg",
        links,
        **{"kicker": "", "under": "", "light": "", "below": []} | values,
        demo=demo,
        title=title,
        title_size=title_size,
        title_at=(120 if values.get("kicker") else 90) + title_size * 0.8,
        lights=lights,
        land=_land(),
        lawful=translator(links.language)(LAWFUL),
        families=partial(families_of, language=links.language),
    )


@cache
def _land() -> str:
    """Return the path of the continents, in the frame that ``lanterns`` uses."""
    drawing = (STATIC / "icons" / "world.svg").read_text(encoding="utf-8")
    found = re.search(r'<path d="([^"]+)"', drawing)
    assert found  # noqa: S101 - a file of ours
    return found[1]


def card_path(campaign: str, site: str = "") -> str:
    """Return the path of the card of a campaign, or of one of its sites, without language."""
    return f"/c/{campaign}/sites/{site}/{NAME}" if site else f"/c/{campaign}/{NAME}"


def cards_of(campaign: CampaignView, *, demo: bool) -> Iterable[Publication]:
    """Return the card of a campaign, where the system can draw one."""
    if not can_draw():
        return
    sites = campaign.live_sites
    yield Publication(
        card_path(campaign.slug),
        CampaignCardSlice(
            demo,
            campaign.title,
            _days_of(campaign),
            len(sites),
            len({site.mission.country for site in sites}),
            _lights(sites),
        ),
        campaign_card,
    )


def _days_of(campaign: CampaignView) -> tuple[date, ...]:
    """Return the first and the last civil day on which people act somewhere."""
    days = [
        slot.starts_at.astimezone(zone(slot.timezone)).date()
        for site in campaign.live_sites
        for slot in site.open_slots
    ]
    return (min(days), max(days)) if days else ()


def site_cards_of(campaign: CampaignView, *, demo: bool) -> Iterable[Publication]:
    """Yield the card of each site."""
    lights = _lights(campaign.live_sites)
    for site in campaign.live_sites:
        ahead = [slot for slot in site.open_slots if not slot.ended]
        card = SiteCardSlice(
            demo,
            campaign.title,
            site.mission.city,
            site.mission.country,
            site.presence is Presence.REMOTE_ONLY,
            (ahead[0].starts_at, ahead[0].timezone) if ahead else None,
            _lights([site]),
            lights,
        )
        yield Publication(f"{site_path(campaign, site)}{NAME}", card, site_card)


def _lights(sites: Iterable[SiteView]) -> str:
    """Return the dots of sites in one path that does not tell their states."""
    return "".join("".join(lanterns([site]).values()) for site in sites)
