"""The search in the directory: a live view for what no built page can answer."""

from flask import Blueprint, Response, request

from protestcoord.core.web import page, reading
from protestcoord.missions import queries
from protestcoord.missions.finding import missions_matching

directory = Blueprint("directory", __name__)

MOST_SEARCHED = 200


@directory.get("/missions/")
def search() -> Response:
    """Show the missions that a search finds, in the page that otherwise lists them all."""
    text = request.args.get("q", "").strip()[:MOST_SEARCHED]
    country, kind = request.args.get("country", ""), request.args.get("kind", "")
    found = missions_matching(reading(), text, country, kind)
    return page(
        "missions/list.html",
        missions=found.missions,
        found=found,
        countries=sorted({mission.country for mission in queries.missions_all(reading())}),
        q=text,
        country=country,
        kind=kind,
    )
