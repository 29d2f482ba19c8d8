"""How does a campaign look in small: lights on a dark world, as paths for SVG."""

from collections.abc import Iterable

from protestcoord.publications.snapshot import SiteView
from protestcoord.signups.rules import SlotState

# The frame of static/icons/world.svg: longitude from the west, latitude from the north, in degrees.
WEST_DEG, NORTH_DEG = -180, 76


def lanterns(sites: Iterable[SiteView]) -> dict[SlotState, str]:
    """Return the path of each state's dots, as lines of no length that round caps make dots."""
    paths = dict.fromkeys(SlotState, "")
    for site in sites:
        x = round(site.mission.longitude - WEST_DEG, 1)
        y = round(NORTH_DEG - site.mission.latitude, 1)
        paths[site.state] += f"M{x:g} {y:g}h0"
    return paths
