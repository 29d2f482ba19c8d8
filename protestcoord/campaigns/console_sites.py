"""The organizer's page of a campaign's sites: every mission, by region, to tick."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import needs, own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, say_done
from protestcoord.campaigns.forms import sites_edit_from
from protestcoord.campaigns.site_list import ListedMission, edit_sites, listed_missions
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text, territory_name
from protestcoord.core.web import go_to, language, reading, settings, writing
from protestcoord.members.rules import Right
from protestcoord.missions.finding import missions_matching
from protestcoord.missions.regions import region_of
from protestcoord.missions.rules import MissionStatus


@dataclass(frozen=True)
class Region:
    """A region in the list, with what the filter shows of it.

    Attributes:
        code: M49.
        rows: By the name of the country, then by city.
        chosen: How many of its missions take part, shown or not.
        total: How many missions it has.
    """

    code: str
    rows: list[ListedMission]
    chosen: int
    total: int


@needs(Right.VIEW)
def show_sites(slug: str) -> Response:
    """Show every mission, those that take part ticked."""
    return _sites_page(slug)


def _sites_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    campaign = own_campaign(reading(), slug)
    listed = listed_missions(reading(), campaign, settings().remote_only_countries)
    shown = _asked_for(listed)
    return campaign_page(
        "campaigns/console/sites.html",
        slug,
        status,
        regions=_regions(listed, shown),
        all_regions=_by_name({region_of(row.mission.country) for row in listed}),
        all_countries=_by_name({row.mission.country for row in listed}),
        openly=sum(row.mission.status is MissionStatus.OPEN for row in listed),
        is_filtered=len(shown) < len(listed),
        asked=request.args,
        query=request.query_string.decode("ascii", "replace"),
        problem=problem,
    )


def _asked_for(listed: Iterable[ListedMission]) -> list[ListedMission]:
    """Return the rows that the address narrows the list to."""
    asked = request.args
    found = missions_matching(reading(), asked.get("q", ""), asked.get("country", ""))
    slugs = {mission.slug for mission in found.missions}
    return [
        row
        for row in listed
        if row.mission.slug in slugs
        and asked.get("region", "") in ("", region_of(row.mission.country))
        and (not asked.get("chosen") or row.site is not None)
    ]


def _by_name(codes: Iterable[str]) -> list[str]:
    return sorted(codes, key=lambda code: territory_name(code, language()))


def _regions(listed: Iterable[ListedMission], shown: Iterable[ListedMission]) -> list[Region]:
    of_region: dict[str, list[ListedMission]] = {}
    for row in listed:
        of_region.setdefault(region_of(row.mission.country), []).append(row)
    asked_for = {row.mission.slug for row in shown}
    regions = [_region(code, of_region[code], asked_for) for code in _by_name(of_region)]
    return [region for region in regions if region.rows]


def _region(code: str, members: list[ListedMission], asked_for: set[str]) -> Region:
    rows = [row for row in members if row.mission.slug in asked_for]
    rows.sort(key=lambda row: (territory_name(row.mission.country, language()), row.mission.city))
    return Region(code, rows, sum(row.site is not None for row in members), len(members))


@needs(Right.PLAN)
def save_sites(slug: str) -> BaseResponse:
    """Take over what is ticked; the address, with what the list was narrowed to, stays."""
    try:
        edit = sites_edit_from(request.form)
        with writing() as session:
            campaign = own_campaign(session, slug)
            remote_only = settings().remote_only_countries
            changed = edit_sites(session, campaign, edit, remote_only, clock.now())
            note(session, "sites.edit", campaign, added=changed.added, removed=changed.removed)
    except NotFound:
        raise
    except DomainError as error:
        return _sites_page(slug, error.status, error_text(error, language()))
    say_done(
        N_("Saved: %(added)s sites joined, %(removed)s left."),
        added=changed.added,
        removed=changed.removed,
    )
    query = request.query_string.decode("ascii", "replace")
    return go_to(path_of(own_campaign(reading(), slug), f"sites/?{query}" if query else "sites/"))
