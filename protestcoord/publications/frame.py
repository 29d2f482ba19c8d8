"""What stands round every page: the banner, the way to the campaign, the picture beside links."""

from dataclasses import dataclass

from protestcoord.core import templates
from protestcoord.core.links import Links
from protestcoord.publications.cards import card_path
from protestcoord.publications.printers import can_draw
from protestcoord.publications.snapshot import Snapshot, View


@dataclass(frozen=True)
class Frame(View):
    """What stands round every page.

    Attributes:
        demo: Whether the banner says that nothing is real.
        campaign: Slug and title of the campaign that the navigation leads to, if there is one.
        map_tiles: Address and credit of the operator's map tiles.
    """

    demo: bool
    campaign: tuple[str, str] | None
    map_tiles: tuple[str, str] = ("", "")


def frame_of(snapshot: Snapshot, demo: bool) -> Frame:
    """Return what stands round the pages that belong to no campaign."""
    current = snapshot.current_campaign
    return Frame(demo, (current.slug, current.title) if current else None)


def framed(template: str, links: Links, frame: Frame, here: str, **values: object) -> bytes:
    """Return a page from its template, with the frame round it; ``here`` is its own path."""
    return templates.render(
        template,
        links,
        here=here,
        demo=frame.demo,
        campaign_link=frame.campaign,
        map_tiles=frame.map_tiles[0] if links.status else "",  # a copy has its own world alone
        **{"card": card_of_page(frame)} | values,
    ).encode()


def card_of_page(frame: Frame, site: str = "") -> str:
    """Return the path of the picture that stands beside links to a page; empty if there is none."""
    return card_path(frame.campaign[0], site) if frame.campaign and can_draw() else ""
