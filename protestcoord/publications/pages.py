"""What do readers see: every public page as finished HTML, from views, with no clock read.

Each page has a slice, which holds what it shows and no more, and a builder. Words and order of
a page are its template's; here stands what a template cannot compute.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, repeat

import segno

from protestcoord.campaigns.rules import CampaignState
from protestcoord.core import templates
from protestcoord.core.languages import full_day_text
from protestcoord.core.links import Links
from protestcoord.missions.permits import UNCHECKED, PermitCard
from protestcoord.missions.quality import quality_of
from protestcoord.missions.sources import sources_of
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
from protestcoord.publications.cards import card_path
from protestcoord.publications.demands import log_from_csv
from protestcoord.publications.lanterns import lanterns
from protestcoord.publications.printers import can_draw
from protestcoord.publications.publication import Publication
from protestcoord.publications.safety import EVERYWHERE, HELP, WRITTEN_ON
from protestcoord.publications.snapshot import (
    CampaignView,
    CheckInView,
    CoverageView,
    MissionView,
    SiteView,
    Snapshot,
    View,
    WaveView,
)
from protestcoord.publications.timeline import runs_of_campaign
from protestcoord.signups.gaps import SHOWN, gaps_of
from protestcoord.signups.rules import CODE_OF_CONDUCT_VERSION


@dataclass(frozen=True)
class Frame(View):
    """What stands round every page.

    Attributes:
        demo: Whether the banner says that nothing is real.
        campaign: Slug and title of the campaign that the navigation leads to, if there is one.
        map_tiles: Address and credit of the operator's map tiles.
        kept_days: How many days after a campaign its contacts are forgotten; the pages of privacy
            and safety say it.
        controller: Who answers for the data; the same two pages say it.
    """

    demo: bool
    campaign: tuple[str, str] | None
    map_tiles: tuple[str, str] = ("", "")
    kept_days: int = 0
    controller: str = ""


@dataclass(frozen=True)
class DemandsSlice(View):
    """The operator's table of demands, as it was written: its builder judges it."""

    frame: Frame
    table: bytes


@dataclass(frozen=True)
class CampaignHead(View):
    """What a page about a part of a campaign needs of the whole, so that it is rarely rebuilt."""

    slug: str
    title: str
    waves: tuple[WaveView, ...]
    closed: bool
    frozen: bool = False


@dataclass(frozen=True)
class CampaignCard(View):
    """A campaign in a list."""

    slug: str
    title: str
    starts_at: datetime | None
    closed: bool
    coverage: CoverageView


@dataclass(frozen=True)
class HomeSlice(View):
    """The home page: the campaign it leads with, and the others."""

    frame: Frame
    campaign: CampaignView | None
    others: tuple[CampaignCard, ...]
    missions: int
    countries: int


@dataclass(frozen=True)
class MissionsSlice(View):
    """The directory."""

    frame: Frame
    missions: tuple[MissionView, ...]


@dataclass(frozen=True)
class MissionSlice(View):
    """A mission, and its site in each campaign that it takes part in.

    Attributes:
        contact: Where a mistake is reported, a mailto: or https: address; empty: nowhere.
    """

    frame: Frame
    mission: MissionView
    sites: tuple[tuple[CampaignHead, SiteView], ...]
    permit: PermitCard = UNCHECKED
    contact: str = ""


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


def home_page(page: HomeSlice, links: Links) -> bytes:
    """Return the home page; without a campaign it says so."""
    campaign = page.campaign
    return _page(
        "home/home.html",
        links,
        page.frame,
        "/",
        campaign=campaign,
        others=page.others,
        missions=page.missions,
        countries=page.countries,
        waves=moments_of_waves(campaign) if campaign else [],
        lanterns=lanterns(campaign.live_sites) if campaign else {},
        changed_at=campaign.last_changed_at if campaign else None,
    )


def missions_page(page: MissionsSlice, links: Links) -> bytes:
    """Return the directory; ``missions/list.html`` also shows what a search found."""
    return _page(
        "missions/list.html",
        links,
        page.frame,
        "/missions/",
        missions=page.missions,
        countries=sorted({mission.country for mission in page.missions}),
        q="",
        country="",
        kind="",
        changed_at=max((mission.changed_at for mission in page.missions), default=None),
    )


def quality_page(page: MissionsSlice, links: Links) -> bytes:
    """Return how good the directory is, and what to check first."""
    return _page(
        "missions/quality.html",
        links,
        page.frame,
        "/missions/quality/",
        quality=quality_of(page.missions),
        changed_at=max((mission.changed_at for mission in page.missions), default=None),
    )


def mission_page(page: MissionSlice, links: Links) -> bytes:
    """Return the page of a mission."""
    return _page(
        "missions/mission.html",
        links,
        page.frame,
        f"/missions/{page.mission.slug}/",
        mission=page.mission,
        sites=page.sites,
        permit=page.permit,
        sources=sources_of(page.mission.sources),
        contact=page.contact,
        changed_at=page.mission.changed_at,
    )


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
    return _page("campaigns/embed.html", links, page.frame, here, campaign=page.campaign)


def embedded_list(page: CampaignSlice, links: Links) -> bytes:
    """Return the sites as a page that stands in a frame of another site's page."""
    return _campaign_page("campaigns/embedded_list.html", page, links, "embed/list/")


def embedded_map(page: CampaignHead, links: Links) -> bytes:
    """Return the map as a page that stands in a frame of another site's page."""
    return templates.render("campaigns/embedded_map.html", links, campaign=page).encode()


def site_page(page: SiteSlice, links: Links) -> bytes:
    """Return the page of a site: its slots, who is there, how to take one."""
    waves = {wave.number: wave for wave in page.campaign.waves}
    return _page(
        "campaigns/site.html",
        links,
        page.frame,
        f"/c/{page.campaign.slug}/sites/{page.site.mission.slug}/",
        campaign=page.campaign,
        site=page.site,
        mission=page.site.mission,
        lines=[slot_line(slot, waves[slot.wave]) for slot in page.site.slots],
        told={one.slot: one for one in page.check_ins},
        card=_card_of(page.frame, "" if page.site.dropped else page.site.mission.slug),
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
    return _page(
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
    return _page(
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


def about_page(frame: Frame, links: Links) -> bytes:
    """Return what this site is, and where its data come from."""
    return _page("home/about.html", links, frame, "/about/")


def privacy_page(frame: Frame, links: Links) -> bytes:
    """Return what is stored about whom, and for how long."""
    kept, controller = frame.kept_days, frame.controller
    return _page(
        "home/privacy.html", links, frame, "/privacy/", kept_days=kept, controller=controller
    )


def safety_page(frame: Frame, links: Links) -> bytes:
    """Return how people stay safe, and what this site cannot protect them from."""
    return _page(
        "home/safety.html",
        links,
        frame,
        "/safety/",
        help=HELP,
        everywhere=EVERYWHERE,
        written_on=full_day_text(WRITTEN_ON, links.language),
        kept_days=frame.kept_days,
        controller=frame.controller,
    )


def demands_page(page: DemandsSlice, links: Links) -> bytes:
    """Return what was asked of who runs this site.

    Raises:
        InvalidValue: The table is broken; so the page that is there stays.
    """
    log = log_from_csv(page.table)
    until = full_day_text(log.told_until, links.language) if log.told_until else ""
    return _page("home/demands.html", links, page.frame, "/demands/", log=log, told_until=until)


def code_of_conduct_page(frame: Frame, links: Links) -> bytes:
    """Return the rules that every group accepts at sign-up."""
    version = CODE_OF_CONDUCT_VERSION
    return _page("home/conduct.html", links, frame, "/code-of-conduct/", version=version)


def pages_of(
    snapshot: Snapshot,
    *,
    demo: bool,
    map_tiles: tuple[str, str] = ("", ""),
    kept_days: int = 30,
    controller: str = "",
    demands: bytes = b"",
) -> Iterator[Publication]:
    """Yield every public page of a snapshot but those of the missions."""
    frame = replace(_frame(snapshot, demo), map_tiles=map_tiles)
    yield Publication("/", _home_slice(snapshot, frame), home_page)
    yield Publication("/about/", frame, about_page)
    told = replace(frame, kept_days=kept_days, controller=controller)
    yield Publication("/privacy/", told, privacy_page)
    yield Publication("/safety/", told, safety_page)
    yield Publication("/demands/", DemandsSlice(frame, demands), demands_page)
    yield Publication("/code-of-conduct/", frame, code_of_conduct_page)
    yield Publication("/missions/", MissionsSlice(frame, snapshot.missions), missions_page)
    for campaign in snapshot.campaigns:
        yield from _pages_of_campaign(
            snapshot, campaign, Frame(demo, (campaign.slug, campaign.title), map_tiles)
        )


def pages_of_missions(
    snapshot: Snapshot, *, demo: bool, contact: str = ""
) -> Iterator[Publication]:
    """Yield how good the directory is, and the page of each mission."""
    frame = _frame(snapshot, demo)
    yield Publication("/missions/quality/", MissionsSlice(frame, snapshot.missions), quality_page)
    sites: dict[str, list[tuple[CampaignHead, SiteView]]] = {}
    for campaign in snapshot.campaigns:
        head = _head(campaign)
        for site in campaign.live_sites:
            sites.setdefault(site.mission.slug, []).append((head, site))
    permits = chain(snapshot.permits, repeat(UNCHECKED))
    for mission, permit in zip(snapshot.missions, permits, strict=False):
        page = MissionSlice(frame, mission, tuple(sites.get(mission.slug, ())), permit, contact)
        yield Publication(f"/missions/{mission.slug}/", page, mission_page)


def _frame(snapshot: Snapshot, demo: bool) -> Frame:
    current = snapshot.current_campaign
    return Frame(demo, (current.slug, current.title) if current else None)


def _pages_of_campaign(
    snapshot: Snapshot, campaign: CampaignView, frame: Frame
) -> Iterator[Publication]:
    path, head, whole = f"/c/{campaign.slug}/", _head(campaign), CampaignSlice(frame, campaign)
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


def _home_slice(snapshot: Snapshot, frame: Frame) -> HomeSlice:
    current = snapshot.current_campaign
    return HomeSlice(
        frame,
        current,
        tuple(_card(campaign) for campaign in snapshot.campaigns if campaign is not current),
        len(snapshot.missions),
        len({mission.country for mission in snapshot.missions}),
    )


def _is_closed(campaign: CampaignView) -> bool:
    return campaign.over or campaign.state is CampaignState.CLOSED


def _head(campaign: CampaignView) -> CampaignHead:
    closed = _is_closed(campaign)
    return CampaignHead(
        campaign.slug, campaign.title, campaign.waves, closed, campaign.frozen and not closed
    )


def _card(campaign: CampaignView) -> CampaignCard:
    closed = _is_closed(campaign)
    return CampaignCard(
        campaign.slug, campaign.title, campaign.starts_at, closed, campaign.coverage
    )


def _page(template: str, links: Links, frame: Frame, here: str, **values: object) -> bytes:
    return templates.render(
        template,
        links,
        here=here,
        demo=frame.demo,
        campaign_link=frame.campaign,
        map_tiles=frame.map_tiles[0] if links.status else "",  # a copy has its own world alone
        **{"card": _card_of(frame)} | values,
    ).encode()


def _card_of(frame: Frame, site: str = "") -> str:
    """Return the path of the picture that stands beside links to a page; empty if there is none."""
    return card_path(frame.campaign[0], site) if frame.campaign and can_draw() else ""


def _campaign_page(
    template: str, page: CampaignSlice, links: Links, part: str, **values: object
) -> bytes:
    campaign = page.campaign
    return _page(
        template,
        links,
        page.frame,
        f"/c/{campaign.slug}/{part}",
        campaign=campaign,
        closed=_is_closed(campaign),
        waves=moments_of_waves(campaign),
        regions=regions_of_sites(campaign.live_sites, links.language),
        changed_at=campaign.last_changed_at,
        **values,
    )
