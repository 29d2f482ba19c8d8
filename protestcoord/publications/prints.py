"""What can be printed of a site: posters and a flyer, from views, with no clock read.

Only what stands on the paper is read, so that a sign-up makes no poster stale.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from io import BytesIO
from zipfile import ZipFile, ZipInfo

import segno
from markupsafe import Markup

from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.config import shipped
from protestcoord.core import templates
from protestcoord.core.clock import offset_text, zone
from protestcoord.core.errors import N_
from protestcoord.core.languages import day_text, full_day_text, translate
from protestcoord.core.links import Links
from protestcoord.missions.rules import Precision
from protestcoord.publications.fitting import brief, width_of
from protestcoord.publications.geodata import site_path
from protestcoord.publications.pdf import document_from_html
from protestcoord.publications.printers import font_families
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import CampaignView, SiteView, SlotView, View


@dataclass(frozen=True)
class Paper(View):
    """A size of paper: its name in CSS, and how large 1rem is on it, in points."""

    name: str
    points: float


# Sides of A sizes differ by the root of two, so all else is the same drawing.
PAPERS = {
    "poster-a4.pdf": Paper("A4", 12),
    "poster-a3.pdf": Paper("A3", 16.97),
    "flyer-a5.pdf": Paper("A5", 8.49),
}
MOST_MOMENTS = 4
MOST_OF_STATEMENT = 240
# The largest that leaves one page is taken.
SCALES = (1.3, 1.15, 1, 0.85, 0.7, 0.55, 0.4)
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
TO_BE_ANNOUNCED = N_("Place to be announced")


@dataclass(frozen=True)
class PosterMoment(View):
    """When people stand there, and where they meet then; empty until that is known."""

    starts_at: datetime
    ends_at: datetime
    timezone: str
    place: str


@dataclass(frozen=True)
class PosterSlice(View):
    """What stands on a poster.

    Attributes:
        path: Of the page that the QR code leads to, without language.
        address: Of the building; empty where only the city is known or nobody is to go.
        remote: Whether groups act elsewhere, in solidarity.
        over: Whether there will be no further time.
    """

    demo: bool
    path: str
    title: str
    statement: str
    mission: str
    city: str
    country: str
    address: str
    remote: bool
    over: bool
    moments: tuple[PosterMoment, ...]


def poster_slice(campaign: CampaignView, site: SiteView, *, demo: bool) -> PosterSlice:
    """Return what a poster of a site reads."""
    mission, remote = site.mission, site.presence is Presence.REMOTE_ONLY
    is_building = mission.precision == Precision.BUILDING
    return PosterSlice(
        demo,
        site_path(campaign, site),
        campaign.title,
        brief(campaign.statement, MOST_OF_STATEMENT),
        mission.name,
        mission.city,
        mission.country,
        mission.address if is_building and not remote else "",
        remote,
        campaign.over or campaign.state is CampaignState.CLOSED,
        tuple(_moment(slot) for slot in site.open_slots if not slot.ended),
    )


def _moment(slot: SlotView) -> PosterMoment:
    places = (group.meeting_point for group in slot.groups)
    place = next(filter(None, places), "")
    return PosterMoment(slot.starts_at, slot.ends_at, slot.timezone, place)


def poster_pdf(read: tuple[PosterSlice, Paper], links: Links) -> bytes:
    """Return a poster as one page of PDF; ``read`` is what stands on it, and the paper.

    Raises:
        MissingPrinter: The system cannot print.
    """
    poster, paper = read
    for scale in SCALES:
        document = document_from_html(poster_html(poster, paper, links, scale))
        if len(document.pages) == 1:
            break
    content: bytes = document.copy(document.pages[:1]).write_pdf(pdf_tags=True)
    return content


def poster_html(poster: PosterSlice, paper: Paper, links: Links, scale: float = 1) -> str:
    """Return the poster as the HTML that is printed; it needs no other file."""
    address = links.absolute(poster.path)
    places = {moment.place for moment in poster.moments}
    shown = poster.moments[:MOST_MOMENTS]
    return templates.render(
        "prints/poster.html",
        links,
        style=_style(paper, links.language, scale),
        poster=poster,
        title_size=_size_of(poster.title, 24, 60),
        city_size=_size_of(poster.city, 11, 18),
        statement=poster.statement,
        moments=[_written(moment, links, tell_place=len(places) > 1) for moment in shown],
        more=len(poster.moments) - len(shown),
        place=places.copy().pop() if len(places) == 1 else "",
        places_differ=len(places) > 1,
        address=address,
        qr=segno.make(address, micro=False, error="m").svg_data_uri(border=2, light="#fff"),
    )


@cache
def _rules() -> str:
    return (shipped("templates") / "prints" / "poster.css").read_text(encoding="utf-8")


def _style(paper: Paper, language: str, scale: float) -> Markup:
    """Return the style of a poster: what depends on paper, language and length, and the rules."""
    points = paper.points
    margin = " ".join(f"{points * side:g}pt" for side in (3.4, 3.6, 13))
    families = ", ".join(f'"{name}"' for name in font_families(language))
    return Markup(  # noqa: S704 - our own numbers and names  # nosec B704
        f"@page {{ size: {paper.name}; margin: {margin} }}\n"
        f"html {{ font: {points * scale:g}pt {families} }}\n"
        f"footer {{ font-size: {points}pt }}\n{_rules()}"
    )


@dataclass(frozen=True)
class WrittenMoment:
    """A moment in words; ``place`` is empty where it is the same for all."""

    day: str
    span: str
    offset: str
    place: str


def _written(moment: PosterMoment, links: Links, *, tell_place: bool) -> WrittenMoment:
    say = partial(translate, language=links.language)
    start = moment.starts_at.astimezone(zone(moment.timezone))
    return WrittenMoment(
        full_day_text(start.date(), links.language),
        _span(moment, links.language),
        _offsets(moment),
        (moment.place or say(TO_BE_ANNOUNCED)) if tell_place else "",
    )


def _span(moment: PosterMoment, language: str) -> str:
    """Return from when to when, with the day of the end if it is another."""
    start, end = (moment_at.astimezone(zone(moment.timezone)) for moment_at in _ends(moment))
    day = "" if start.date() == end.date() else f"{day_text(end.date(), language)}, "
    return f"{start:%H:%M} – {day}{end:%H:%M}"


def _offsets(moment: PosterMoment) -> str:
    """Return the offset from UTC; both, where clocks change in between."""
    offsets = dict.fromkeys(offset_text(at, moment.timezone) for at in _ends(moment))
    return " → ".join(offsets)


def _ends(moment: PosterMoment) -> tuple[datetime, datetime]:
    return moment.starts_at, moment.ends_at


def _size_of(text: str, large: int, medium: int) -> str:
    """Return which of three sizes a line is drawn in, by the widths up to which two are used."""
    width = width_of(text)
    return "large" if width <= large else "medium" if width <= medium else "small"


def posters_zip(read: tuple[PosterSlice, ...], links: Links) -> bytes:
    """Return the posters of sites, of size A4, as a ZIP file; equal posters give equal bytes.

    Raises:
        MissingPrinter: The system cannot print.
    """
    paper, file = PAPERS["poster-a4.pdf"], BytesIO()
    with ZipFile(file, "w") as archive:
        for poster in read:
            site = poster.path.split("/")[-2]
            # Without a date, which would be that of the build; PDF is compressed already.
            entry = ZipInfo(f"{site}-poster-a4.pdf", FIRST_DAY_OF_ZIP)
            archive.writestr(entry, poster_pdf((poster, paper), links))
    return file.getvalue()


def _posters_by_country(campaign: CampaignView, demo: bool) -> dict[str, list[PosterSlice]]:
    by_country: dict[str, list[PosterSlice]] = {}
    for site in campaign.live_sites:
        poster = poster_slice(campaign, site, demo=demo)
        by_country.setdefault(site.mission.country, []).append(poster)
    return by_country


def prints_of(campaign: CampaignView, *, demo: bool) -> Iterator[Publication]:
    """Yield all posters and flyers of a campaign, country by country."""
    for country, posters in _posters_by_country(campaign, demo).items():
        path = f"/c/{campaign.slug}/countries/{country.lower()}-posters.zip"
        yield Publication(path, tuple(posters), posters_zip)
        for poster in posters:
            for name, paper in PAPERS.items():
                yield Publication(f"{poster.path}{name}", (poster, paper), poster_pdf)
