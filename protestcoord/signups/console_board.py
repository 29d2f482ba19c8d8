"""The organizer's page of all sites by all waves."""

from flask import Response, request

from protestcoord.campaigns.access import campaign_console, needs, own_areas, own_campaign
from protestcoord.core import clock
from protestcoord.core.languages import territory_name
from protestcoord.core.web import language, page, reading
from protestcoord.members.rules import Right
from protestcoord.signups.board import board_of

console = campaign_console("board_console", __name__)


@console.get("/c/<slug>/board/")
@needs(Right.VIEW)
def show_board(slug: str) -> Response:
    """Show each slot with its groups, site by site and wave by wave, the gaps first."""
    campaign = own_campaign(reading(), slug)
    board = board_of(reading(), campaign, own_areas(reading(), campaign), clock.now())
    region, gaps_only = request.args.get("region", ""), request.args.get("gaps") == "y"
    rows = [
        row
        for row in board.rows
        if region in ("", row.region) and not (gaps_only and row.covered == row.ahead)
    ]
    return page(
        "signups/console/board.html",
        campaign=campaign,
        waves=board.waves,
        rows=rows,
        regions=sorted({row.region for row in board.rows}, key=_name),
        region=region,
        gaps_only=gaps_only,
    )


def _name(code: str) -> str:
    return territory_name(code, language())
