"""What do readers see: every public page as finished HTML, from views, with no clock read.

Each page has a slice, which holds what it shows and no more, and a builder. Words and order of
a page are its template's; here stands what a template cannot compute. The pages of a campaign are
in ``campaign_pages``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, repeat

from protestcoord.core.languages import full_day_text
from protestcoord.core.links import Links
from protestcoord.missions.permits import UNCHECKED, PermitCard
from protestcoord.missions.quality import quality_of
from protestcoord.missions.sources import sources_of
from protestcoord.publications.arrangement import moments_of_waves
from protestcoord.publications.campaign_pages import (
    CampaignHead,
    head_of,
    is_closed,
    pages_of_campaign,
)
from protestcoord.publications.demands import log_from_csv
from protestcoord.publications.frame import Frame, frame_of, framed
from protestcoord.publications.lanterns import lanterns
from protestcoord.publications.publication import Publication
from protestcoord.publications.safety import EVERYWHERE, HELP, WRITTEN_ON
from protestcoord.publications.snapshot import (
    CampaignView,
    CoverageView,
    MissionView,
    SiteView,
    Snapshot,
    View,
)
from protestcoord.signups.rules import CODE_OF_CONDUCT_VERSION


@dataclass(frozen=True)
class DemandsSlice(View):
    """The operator's table of demands, as it was written: its builder judges it."""

    frame: Frame
    table: bytes


@dataclass(frozen=True)
class KeepingSlice(View):
    """What the pages of privacy and safety say of an instance.

    Attributes:
        kept_days: How many days after a campaign its contacts are forgotten.
        controller: Who answers for the data; empty if nobody is named.
    """

    frame: Frame
    kept_days: int
    controller: str


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


def home_page(page: HomeSlice, links: Links) -> bytes:
    """Return the home page; without a campaign it says so."""
    campaign = page.campaign
    return framed(
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
    return framed(
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
    return framed(
        "missions/quality.html",
        links,
        page.frame,
        "/missions/quality/",
        quality=quality_of(page.missions),
        changed_at=max((mission.changed_at for mission in page.missions), default=None),
    )


def mission_page(page: MissionSlice, links: Links) -> bytes:
    """Return the page of a mission."""
    return framed(
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


def about_page(frame: Frame, links: Links) -> bytes:
    """Return what this site is, and where its data come from."""
    return framed("home/about.html", links, frame, "/about/")


def privacy_page(page: KeepingSlice, links: Links) -> bytes:
    """Return what is stored about whom, and for how long."""
    return framed(
        "home/privacy.html",
        links,
        page.frame,
        "/privacy/",
        kept_days=page.kept_days,
        controller=page.controller,
    )


def safety_page(page: KeepingSlice, links: Links) -> bytes:
    """Return how people stay safe, and what this site cannot protect them from."""
    return framed(
        "home/safety.html",
        links,
        page.frame,
        "/safety/",
        help=HELP,
        everywhere=EVERYWHERE,
        written_on=full_day_text(WRITTEN_ON, links.language),
        kept_days=page.kept_days,
        controller=page.controller,
    )


def demands_page(page: DemandsSlice, links: Links) -> bytes:
    """Return what was asked of who runs this site.

    Raises:
        InvalidValue: The table is broken; so the page that is there stays.
    """
    log = log_from_csv(page.table)
    until = full_day_text(log.told_until, links.language) if log.told_until else ""
    return framed("home/demands.html", links, page.frame, "/demands/", log=log, told_until=until)


def code_of_conduct_page(frame: Frame, links: Links) -> bytes:
    """Return the rules that every group accepts at sign-up."""
    version = CODE_OF_CONDUCT_VERSION
    return framed("home/conduct.html", links, frame, "/code-of-conduct/", version=version)


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
    frame = replace(frame_of(snapshot, demo), map_tiles=map_tiles)
    yield Publication("/", _home_slice(snapshot, frame), home_page)
    yield Publication("/about/", frame, about_page)
    keeping = KeepingSlice(frame, kept_days, controller)
    yield Publication("/privacy/", keeping, privacy_page)
    yield Publication("/safety/", keeping, safety_page)
    yield Publication("/demands/", DemandsSlice(frame, demands), demands_page)
    yield Publication("/code-of-conduct/", frame, code_of_conduct_page)
    yield Publication("/missions/", MissionsSlice(frame, snapshot.missions), missions_page)
    for campaign in snapshot.campaigns:
        yield from pages_of_campaign(
            snapshot, campaign, Frame(demo, (campaign.slug, campaign.title), map_tiles)
        )


def pages_of_missions(
    snapshot: Snapshot, *, demo: bool, contact: str = ""
) -> Iterator[Publication]:
    """Yield how good the directory is, and the page of each mission."""
    frame = frame_of(snapshot, demo)
    yield Publication("/missions/quality/", MissionsSlice(frame, snapshot.missions), quality_page)
    sites: dict[str, list[tuple[CampaignHead, SiteView]]] = {}
    for campaign in snapshot.campaigns:
        head = head_of(campaign)
        for site in campaign.live_sites:
            sites.setdefault(site.mission.slug, []).append((head, site))
    permits = chain(snapshot.permits, repeat(UNCHECKED))
    for mission, permit in zip(snapshot.missions, permits, strict=False):
        page = MissionSlice(frame, mission, tuple(sites.get(mission.slug, ())), permit, contact)
        yield Publication(f"/missions/{mission.slug}/", page, mission_page)


def _home_slice(snapshot: Snapshot, frame: Frame) -> HomeSlice:
    current = snapshot.current_campaign
    return HomeSlice(
        frame,
        current,
        tuple(_card(campaign) for campaign in snapshot.campaigns if campaign is not current),
        len(snapshot.missions),
        len({mission.country for mission in snapshot.missions}),
    )


def _card(campaign: CampaignView) -> CampaignCard:
    closed = is_closed(campaign)
    return CampaignCard(
        campaign.slug, campaign.title, campaign.starts_at, closed, campaign.coverage
    )
