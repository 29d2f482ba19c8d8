"""The organizer's page that shows every time before it is public, and publishes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, say_done
from protestcoord.campaigns.models import Wave
from protestcoord.campaigns.preview import (
    Change,
    Preview,
    PreviewRow,
    preview_slots,
    what_is_missing,
)
from protestcoord.campaigns.publishing import publish_campaign
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text, territory_name
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.missions.regions import region_of


@dataclass(frozen=True)
class WaveRows:
    """A wave's rows in the preview, at least one.

    Attributes:
        regions: M49 code of a region, then its rows by start; by the name of the region.
        first: What starts first.
        last: What starts last.
    """

    wave: Wave
    regions: list[tuple[str, list[PreviewRow]]]
    first: PreviewRow
    last: PreviewRow


def show_preview(slug: str) -> Response:
    """Show every slot at its local time, and what publishing would change."""
    return _preview_page(slug)


def _preview_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    now = clock.now()
    preview = preview_slots(reading(), own_campaign(reading(), slug), now)
    return campaign_page(
        "preview.html",
        slug,
        status,
        preview=preview,
        waves=[made for wave in preview.waves for made in _rows_of(wave, preview)],
        adjusted=preview.adjusted(),
        counts={change.value: preview.count(change) for change in Change},
        missing=list(what_is_missing(preview, now)),
        ticked=set(request.form.getlist("acknowledged")),
        tzdata=clock.tzdata_version(),
        problem=problem,
    )


def _rows_of(wave: Wave, preview: Preview) -> Iterator[WaveRows]:
    rows = [row for row in preview.rows if row.wave is wave]
    if rows:
        yield WaveRows(wave, _by_region(rows), rows[0], rows[-1])


def _by_region(rows: Iterable[PreviewRow]) -> list[tuple[str, list[PreviewRow]]]:
    found: dict[str, list[PreviewRow]] = {}
    for row in rows:
        found.setdefault(region_of(row.site.mission.country), []).append(row)
    return sorted(found.items(), key=lambda entry: territory_name(entry[0], language()))


def publish(slug: str) -> BaseResponse:
    """Publish a campaign, or what was changed in it since."""
    try:
        with writing() as session:
            campaign = own_campaign(session, slug)
            ticked = request.form.getlist("acknowledged")
            published = publish_campaign(session, campaign, ticked, clock.now())
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
