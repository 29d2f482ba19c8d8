"""Who asks for a print: pages open to everybody, without cookie; the worker makes what they ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.models import Campaign, Site
from protestcoord.campaigns.queries import find_campaign, find_site, sites_of_campaign
from protestcoord.campaigns.rules import CampaignState
from protestcoord.core.errors import N_, InvalidValue, NotFound
from protestcoord.core.web import go_to, links, page, reading, settings
from protestcoord.missions.regions import region_of
from protestcoord.publications.addresses import get_file_name
from protestcoord.publications.cards import NAME as CARD
from protestcoord.publications.cards import card_path
from protestcoord.publications.charts import ENDINGS, area_codes
from protestcoord.publications.orders import Orders
from protestcoord.publications.printers import missing_parts
from protestcoord.publications.prints import PAPERS

# No session and no cookie stand behind its POSTs, so they carry no token against forgery.
print_shop = Blueprint("printing", __name__)

CAMPAIGN = "/c/<slug>/"
SITE = "/c/<slug>/sites/<mission>/"
NAMES = (*PAPERS, CARD)


@dataclass(frozen=True)
class Item:
    """A print that there is or can be.

    Attributes:
        name: What its address ends with, after that of the campaign or site.
        is_ready: Whether its file is there.
        is_waiting: Whether somebody asked for it and it is not done.
        saved_as: Name that a browser gives to the file.
    """

    name: str
    path: str
    is_ready: bool
    is_waiting: bool
    saved_as: str


def _orders() -> Orders:
    return Orders(settings().orders_folder)


def _file_name(path: str) -> str:
    return get_file_name(links().prefixed(path))


def _item(base: str, name: str) -> Item:
    file_name = _file_name(base + name)
    is_ready = (settings().public_folder / file_name).is_file()
    saved_as = "-".join([base.split("/")[-2], name.rpartition("/")[2]])
    return Item(name, base + name, is_ready, _orders().is_waiting(file_name), saved_as)


def _campaign(slug: str) -> Campaign:
    campaign = find_campaign(reading(), slug)
    if campaign is None or campaign.state is CampaignState.DRAFT:
        raise NotFound
    return campaign


def _site(slug: str, mission: str) -> Site:
    site = find_site(reading(), _campaign(slug), mission)
    if site is None or site.dropped_at:
        raise NotFound
    return site


def _shop_page(template: str, campaign: Campaign, shown: Iterable[Item], **values: Any) -> Response:
    return page(
        f"prints/{template}",
        campaign=campaign,
        campaign_link=(campaign.slug, campaign.title),
        can_print=not missing_parts(),
        waits=any(item.is_waiting and not item.is_ready for item in shown),
        **values,
    )


def _order(base: str, names: Iterable[str]) -> BaseResponse:
    """Ask for what was pressed, if it is one of the names and not there yet."""
    name = request.form.get("print", "")
    if name not in names:
        raise InvalidValue(N_("There is no such print."))
    if not missing_parts() and not _item(base, name).is_ready:
        _orders().place(_file_name(base + name))
    return go_to(f"{base}print/")


@print_shop.get(SITE + "print/")
def show_site(slug: str, mission: str) -> Response:
    """Show what can be printed of a site, and what is ready."""
    site = _site(slug, mission)
    items = [_item(f"/c/{slug}/sites/{mission}/", name) for name in NAMES]
    return _shop_page("site.html", site.campaign, items, items=items, mission=site.mission)


@print_shop.post(SITE + "print/")
def order_of_site(slug: str, mission: str) -> BaseResponse:
    """Ask the worker for a print of a site."""
    _site(slug, mission)
    return _order(f"/c/{slug}/sites/{mission}/", NAMES)


def _maps(campaign: Campaign) -> dict[str, list[str]]:
    """Return, by area, the names of its maps."""
    missions = [site.mission for site in sites_of_campaign(reading(), campaign)]
    codes = area_codes(region_of(mission.country) for mission in missions)
    return {code: [f"maps/{code}.{ending}" for ending in ENDINGS] for code in codes}


def _archives(campaign: Campaign) -> dict[str, str]:
    """Return, by country, the name of the file with its posters."""
    sites = sites_of_campaign(reading(), campaign)
    codes = sorted({site.mission.country for site in sites})
    return {code: f"countries/{code.lower()}-posters.zip" for code in codes}


@print_shop.get(CAMPAIGN + "print/")
def show_campaign(slug: str) -> Response:
    """Show what can be printed of a campaign, and what is ready."""
    campaign, base = _campaign(slug), f"/c/{slug}/"
    maps = {code: [_item(base, name) for name in names] for code, names in _maps(campaign).items()}
    archives = {code: _item(base, name) for code, name in _archives(campaign).items()}
    items = [*archives.values(), *(item for files in maps.values() for item in files)]
    return _shop_page(
        "campaign.html", campaign, items, maps=maps.items(), archives=archives.items()
    )


@print_shop.post(CAMPAIGN + "print/")
def order_of_campaign(slug: str) -> BaseResponse:
    """Ask the worker for a map, or for the posters of a country."""
    campaign = _campaign(slug)
    names = {*_archives(campaign).values()}.union(*_maps(campaign).values())
    return _order(f"/c/{slug}/", names)


@print_shop.get(CAMPAIGN + "countries/<country>-posters.zip")
@print_shop.get(CAMPAIGN + "maps/<country>.svg")
@print_shop.get(CAMPAIGN + "maps/<country>.png")
def show_unmade_of_campaign(slug: str, country: str) -> BaseResponse:
    """Lead to where a map or the posters of a country are asked for."""
    campaign = _campaign(slug)
    if country not in _maps(campaign) and country.upper() not in _archives(campaign):
        raise NotFound
    return go_to(f"/c/{slug}/print/")


@print_shop.get(SITE + "<name>.pdf")
def show_unmade(slug: str, mission: str, name: str) -> BaseResponse:
    """Lead to where a poster is asked for: its file was not made yet, or is of yesterday."""
    _site(slug, mission)
    if f"{name}.pdf" not in PAPERS:
        raise NotFound
    return go_to(f"/c/{slug}/sites/{mission}/print/")


@print_shop.get(SITE + CARD)
def show_other_card(slug: str, mission: str) -> BaseResponse:
    """Lead to the campaign's card, while a site's own was not asked for."""
    _site(slug, mission)
    return redirect(links().page(card_path(slug)), HTTPStatus.FOUND)
