"""The organizer's page that shows every time before it is public, and publishes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import (
    RightMissing,
    campaign_console,
    needs,
    own_campaign,
    own_membership,
)
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, say_done
from protestcoord.campaigns.models import Campaign, Wave
from protestcoord.campaigns.preview import (
    Change,
    Preview,
    PreviewRow,
    moves_soon,
    preview_slots,
)
from protestcoord.campaigns.readiness import what_is_missing
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.service import open_for_change
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text, territory_name
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members.approvals import is_allowed
from protestcoord.members.models import Membership
from protestcoord.members.rules import WAITS, Outside, Right, TwoPersonAct
from protestcoord.missions.queries import missions_all
from protestcoord.missions.regions import region_of
from protestcoord.organizers.access import AGAIN, send_with_next
from protestcoord.organizers.console_sessions import is_fresh
from protestcoord.signups.notices import publish_and_tell

console = campaign_console("preview_console", __name__)

# Of a wave that repeats often, the first dates show what all are like.
MOST_ROWS = 1000


@dataclass(frozen=True)
class WaveRows:
    """A wave's rows in the preview, at least one.

    Attributes:
        regions: M49 code of a region, then its rows by start; by the name of the region.
        first: What starts first.
        last: What starts last.
        unshown: How many later rows are not among them.
    """

    wave: Wave
    regions: list[tuple[str, list[PreviewRow]]]
    first: PreviewRow
    last: PreviewRow
    unshown: int


@dataclass(frozen=True)
class Adjusted:
    """Sites at which the asked time becomes another in the same way, at least one."""

    effect: str
    rows: list[PreviewRow]


@console.get("/c/<slug>/preview/")
@needs(Right.VIEW)
def show_preview(slug: str) -> Response:
    """Show every slot at its local time, and what publishing would change."""
    return _preview_page(slug)


def _preview_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    now = clock.now()
    preview = preview_slots(reading(), own_campaign(reading(), slug), now)
    adjusted = preview.adjusted()
    return campaign_page(
        "campaigns/console/preview.html",
        slug,
        status,
        preview=preview,
        waves=[made for wave in preview.waves for made in _rows_of(wave, preview)],
        adjusted=_by_effect(adjusted),
        counts={change.value: preview.count(change) for change in Change},
        cities=_cities(preview),
        clocks_change=_sites_whose_clocks_change(preview),
        missing=list(what_is_missing(preview, now)),
        ticked=_ticked(adjusted),
        tzdata=clock.tzdata_version(),
        problem=problem,
    )


def _ticked(adjusted: Iterable[PreviewRow]) -> set[str]:
    """Return what was ticked, and what a button ticks at once."""
    effect = request.form.get("tick")
    at_once = {row.adjustment_key for row in adjusted if row.effect == effect}
    return at_once | set(request.form.getlist("acknowledged"))


def _by_effect(adjusted: Iterable[PreviewRow]) -> list[Adjusted]:
    found: dict[str, list[PreviewRow]] = {}
    for row in adjusted:
        found.setdefault(row.effect, []).append(row)
    return [Adjusted(effect, rows) for effect, rows in found.items()]


def _cities(preview: Preview) -> dict[str, str]:
    """Return by slug what a relay's report calls a mission; nothing without a relay."""
    if not preview.relays:
        return {}
    return {
        mission.slug: f"{mission.city}, {territory_name(mission.country, language())}"
        for mission in missions_all(reading())
    }


def _sites_whose_clocks_change(preview: Preview) -> int:
    rows = (row for row in preview.rows if row.takes_place and row.offset_now)
    return len({row.site.mission.slug for row in rows})


def _rows_of(wave: Wave, preview: Preview) -> Iterator[WaveRows]:
    rows = [row for row in preview.rows if row.wave is wave]
    if rows:
        shown = rows[:MOST_ROWS]
        yield WaveRows(wave, _by_region(shown), rows[0], rows[-1], len(rows) - len(shown))


def _by_region(rows: Iterable[PreviewRow]) -> list[tuple[str, list[PreviewRow]]]:
    found: dict[str, list[PreviewRow]] = {}
    for row in rows:
        found.setdefault(region_of(row.site.mission.country), []).append(row)
    return sorted(found.items(), key=lambda entry: territory_name(entry[0], language()))


@console.post("/c/<slug>/preview/")
@needs(Right.ARRANGE)
def publish(slug: str) -> BaseResponse:
    """Publish a campaign, or what was changed in it since; or tick many times at once."""
    if "tick" in request.form:
        return _preview_page(slug)
    now = clock.now()
    try:
        with writing() as session:
            campaign, me = own_campaign(session, slug), own_membership(session, slug)
            # Locked first: what is looked at here is what is published below.
            open_for_change(session, campaign)
            preview = preview_slots(session, campaign, now)
            _refuse_outside(me, campaign, preview)
            soon = moves_soon(preview, now)
            if soon and not is_fresh():
                return send_with_next(AGAIN)
            subject = f"campaign {campaign.id} {soon}"
            if soon and not is_allowed(session, me, TwoPersonAct.MOVE, subject, now):
                note(session, "approval.ask", campaign, wanted="move")
                say_done(WAITS)
                return go_to(path_of(campaign, "preview/"))
            ticked = request.form.getlist("acknowledged")
            published = publish_and_tell(session, campaign, ticked, now)
            note(
                session,
                "campaign.publish",
                campaign,
                added=len(published.added),
                moved=len(published.moved),
                cancelled=len(published.cancelled),
                acknowledged=len(ticked),
            )
    except NotFound:
        raise
    except DomainError as error:
        return _preview_page(slug, error.status, error_text(error, language()))
    say_done(N_("Published. The public pages and calendars show it in a few seconds."))
    return go_to(path_of(own_campaign(reading(), slug)))


def _refuse_outside(me: Membership, campaign: Campaign, preview: Preview) -> None:
    """Let who does not plan the whole campaign publish changes within their areas alone."""
    if me.has(Right.PLAN):
        return
    if campaign.state is CampaignState.DRAFT:
        raise RightMissing
    if not all(map(me.areas.covers, preview.countries_changed)):
        raise Outside
