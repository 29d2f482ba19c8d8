"""What do readers see of a campaign: its pages as finished HTML, from views, with no clock read."""

from collections.abc import Iterator
from dataclasses import dataclass

import segno

from protestcoord.campaigns.rules import CampaignState
from protestcoord.core import templates
from protestcoord.core.links import Links
from protestcoord.publications.arrangement import (
    areas_by_name,
    moments_of_waves,
    regions_of_missions,
    regions_of_sites,
    slot_line,
)
from protestcoord.publications.board import (
    DaySlice,
    by_country,
    by_start,
    day_of,
    plan_of,
    posts_of,
    totals_of,
)
from protestcoord.publications.frame import Frame, card_of_page, framed
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import (
    CampaignView,
    CheckInView,
    MissionView,
    SiteView,
    Snapshot,
    View,
    WaveView,
)
from protestcoord.publications.timeline import runs_of_campaign
from protestcoord.signups.gaps import SHOWN, gaps_of


@dataclass(frozen=True)
class CampaignHead(View):
    """What a page about a part of a campaign needs of the whole, so that it is rarely rebuilt."""

    slug: str
    title: str
    waves: tuple[WaveView, ...]
    closed: bool
    frozen: bool = False


@dataclass(frozen=True)
class CampaignSlice(View):
    """A whole campaign: for its page, its map and its timeline."""

    frame: Frame
    campaign: CampaignView


@dataclass(frozen=True)
class SiteSlice(View):
    """A site, with the little that it shows of its campaign."""

    frame: Frame
    campaign: CampaignHead
    site: SiteView
    check_ins: tuple[CheckInView, ...] = ()


@dataclass(frozen=True)
class BoardSlice(View):
    """The day of a campaign."""

    frame: Frame
    campaign: CampaignHead
    day: DaySlice


@dataclass(frozen=True)
class SubscribeSlice(View):
    """How to subscribe: the feeds that there are, whatever stands in them."""

    frame: Frame
    campaign: CampaignHead
    missions: tuple[MissionView, ...]


def campaign_page(page: CampaignSlice, links: Links) -> bytes:
    """Return the page of a campaign: its message, its waves, coverage, map and sites."""
    campaign = page.campaign
    return _campaign_page(
        "campaigns/campaign.html",
        page,
        links,
        "",
        areas=areas_by_name(campaign.coverage.by_region, links.language),
        gaps=gaps_of(campaign.covers)[:SHOWN],
    )


def map_page(page: CampaignSlice, links: Links) -> bytes:
    """Return the page of the world map, with all it shows as a list."""
    return _campaign_page("campaigns/map.html", page, links, "map/")


def timeline_page(page: CampaignSlice, links: Links) -> bytes:
    """Return all slots of a campaign on one axis, from east to west."""
    return _campaign_page(
        "campaigns/timeline.html", page, links, "timeline/", runs=runs_of_campaign(page.campaign)
    )


def embed_page(page: SubscribeSlice, links: Links) -> bytes:
    """Return what other sites may copy to show the list or the map on their pages."""
    here = f"/c/{page.campaign.slug}/embed/"
    return framed("campaigns/embed.html", links, page.frame, here, campaign=page.campaign)


def embedded_list(page: CampaignSlice, links: Links) -> bytes:
    """Return the sites as a page that stands in a frame of another site's page."""
    return _campaign_page("campaigns/embedded_list.html", page, links, "embed/list/")


def embedded_map(page: CampaignHead, links: Links) -> bytes:
    """Return the map as a page that stands in a frame of another site's page."""
    return templates.render("campaigns/embedded_map.html", links, campaign=page).encode()


def site_page(page: SiteSlice, links: Links) -> bytes:
    """Return the page of a site: its slots, who is there, how to take one."""
    waves = {wave.number: wave for wave in page.campaign.waves}
    return framed(
        "campaigns/site.html",
        links,
        page.frame,
        f"/c/{page.campaign.slug}/sites/{page.site.mission.slug}/",
        campaign=page.campaign,
        site=page.site,
        mission=page.site.mission,
        lines=[slot_line(slot, waves[slot.wave]) for slot in page.site.slots],
        told={one.slot: one for one in page.check_ins},
        card=card_of_page(page.frame, "" if page.site.dropped else page.site.mission.slug),
        changed_at=max((slot.changed_at for slot in page.site.slots), default=None),
    )


def day_page(page: BoardSlice, links: Links) -> bytes:
    """Return the board of the day: who starts when, who has started, what was moved."""
    return _day_page("campaigns/day.html", page, links, "day/")


def wall_page(page: BoardSlice, links: Links) -> bytes:
    """Return the day for a projector or a screen in a window; it follows by itself."""
    return _day_page("campaigns/wall.html", page, links, "wall/")


def text_page(page: BoardSlice, links: Links) -> bytes:
    """Return the day as text by country, for a bad connection: no style sheet, no script."""
    return _day_page("campaigns/text.html", page, links, "text/")


def _day_page(template: str, page: BoardSlice, links: Links, part: str) -> bytes:
    posts = posts_of(page.day)
    return framed(
        template,
        links,
        page.frame,
        f"/c/{page.campaign.slug}/{part}",
        campaign=page.campaign,
        posts=posts,
        totals=totals_of(posts),
        plan=plan_of(page.day),
        starts=list(by_start(posts)),
        countries=list(by_country(posts, links.language)),
    )


def subscribe_page(page: SubscribeSlice, links: Links) -> bytes:
    """Return the page that explains, client by client, how to subscribe."""
    path = f"/c/{page.campaign.slug}/calendar.ics"
    webcal = links.webcal(path)
    return framed(
        "campaigns/subscribe.html",
        links,
        page.frame,
        f"/c/{page.campaign.slug}/subscribe/",
        campaign=page.campaign,
        regions=regions_of_missions(page.missions, links.language),
        feed=links.absolute(path),
        webcal=webcal,
        qr=segno.make(webcal, micro=False, error="m").svg_data_uri(border=3, light="#fff"),
    )


def pages_of_campaign(
    snapshot: Snapshot, campaign: CampaignView, frame: Frame
) -> Iterator[Publication]:
    """Yield the pages of a campaign: what many look at first, then those of its sites."""
    path, head, whole = f"/c/{campaign.slug}/", head_of(campaign), CampaignSlice(frame, campaign)
    subscribe = SubscribeSlice(frame, head, tuple(site.mission for site in campaign.live_sites))
    yield Publication(path, whole, campaign_page)
    yield Publication(f"{path}map/", whole, map_page)
    yield Publication(f"{path}timeline/", whole, timeline_page)
    board = BoardSlice(frame, head, day_of(snapshot, campaign))
    yield Publication(f"{path}day/", board, day_page)
    yield Publication(f"{path}wall/", board, wall_page)
    yield Publication(f"{path}text/", board, text_page)
    yield Publication(f"{path}subscribe/", subscribe, subscribe_page)
    yield Publication(f"{path}embed/", subscribe, embed_page)
    yield Publication(f"{path}embed/list/", whole, embedded_list)
    yield Publication(f"{path}embed/map/", head, embedded_map)
    for site in campaign.sites:
        said = snapshot.check_ins_of(campaign.slug, site.mission.slug)
        page = SiteSlice(frame, head, site, said)
        yield Publication(f"{path}sites/{site.mission.slug}/", page, site_page)


def is_closed(campaign: CampaignView) -> bool:
    """Return whether nothing can be done for a campaign any more."""
    return campaign.over or campaign.state is CampaignState.CLOSED


def head_of(campaign: CampaignView) -> CampaignHead:
    """Return what the pages of its parts need of a campaign."""
    closed = is_closed(campaign)
    return CampaignHead(
        campaign.slug, campaign.title, campaign.waves, closed, campaign.frozen and not closed
    )


def _campaign_page(
    template: str, page: CampaignSlice, links: Links, part: str, **values: object
) -> bytes:
    campaign = page.campaign
    return framed(
        template,
        links,
        page.frame,
        f"/c/{campaign.slug}/{part}",
        campaign=campaign,
        closed=is_closed(campaign),
        waves=moments_of_waves(campaign),
        regions=regions_of_sites(campaign.live_sites, links.language),
        changed_at=campaign.last_changed_at,
        **values,
    )
