"""The organizer's pages about the queue: what is alike, what groups changed, what is undone."""

from http import HTTPStatus

from flask import Response, flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_areas, own_campaign
from protestcoord.campaigns.models import Slot
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.languages import error_text, translate
from protestcoord.core.web import go_to, language, page, reading, writing
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.signups.access import own_group, own_undo
from protestcoord.signups.console_groups import MOST_TICKED
from protestcoord.signups.edits import mark_edits_seen
from protestcoord.signups.models import Undo
from protestcoord.signups.queue import clusters_in
from protestcoord.signups.similar import LIKENESS_LABELS
from protestcoord.signups.undo import Undone, ids_in, undo_act

console = campaign_console("queue_console", __name__)

MOST_CLUSTERS = 50
LATEST_EDIT = 2147483647


@console.get("/c/<slug>/sign-ups/similar/")
@needs(Right.VIEW)
def show_similar(slug: str) -> Response:
    """Show which sign-ups are alike, and let all of a cluster be ticked at once."""
    campaign = own_campaign(reading(), slug)
    confirmed_too = request.args.get("confirmed") == "y"
    areas = own_areas(reading(), campaign)
    clusters = clusters_in(reading(), campaign.id, areas, confirmed_too=confirmed_too)
    return page(
        "signups/console/similar.html",
        campaign=campaign,
        clusters=clusters[:MOST_CLUSTERS],
        more=max(len(clusters) - MOST_CLUSTERS, 0),
        confirmed_too=confirmed_too,
        labels=LIKENESS_LABELS,
        most=MOST_TICKED,
    )


@console.post("/c/<slug>/groups/<key>/edits/seen/")
@needs(Right.MODERATE)
def see_edits(slug: str, key: str) -> BaseResponse:
    """Take what a group changed off the queue; what it changed meanwhile stays on it."""
    sent = request.form.get("up_to", "")
    up_to = min(int(sent), LATEST_EDIT) if sent.isdecimal() and len(sent) < 11 else 0
    with writing() as db:
        group, now = own_group(db, slug, key), clock.now()
        if mark_edits_seen(db, group, own_areas(db, group.campaign), up_to, now):
            record(db, signed_in_organizer(), "group.edits_seen", f"group {group.id}", now)
    return go_to(f"/organize/c/{slug}/sign-ups/")


@console.post("/c/<slug>/undo/<int(max=2147483647):undo_id>/")
@needs(Right.MODERATE)
def undo(slug: str, undo_id: int) -> Response | BaseResponse:
    """Undo an act as far as it can be; the groups are told."""
    back = f"/organize/c/{slug}/sign-ups/"
    try:
        with writing() as db:
            kept = own_undo(db, slug, undo_id)
            back = _page_of(db, kept, slug) or back
            done = undo_act(db, kept, clock.now())
            detail = {"undone": kept.act, **vars(done)}
            record(db, signed_in_organizer(), "act.undo", f"undo {undo_id}", clock.now(), **detail)
    except DomainError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        flash(error_text(error, language()))
        return go_to(back)
    _tell(done)
    return go_to(back)


def _page_of(session: Session, kept: Undo, slug: str) -> str:
    """Return where slots were called off: the page of their site."""
    slot = session.get(Slot, next(iter(ids_in(kept, "slot")), 0))
    return f"/organize/c/{slug}/sites/{slot.site.mission.slug}/" if slot else ""


def _tell(done: Undone) -> None:
    flash(translate(N_("Undone: %(count)s are as before."), language(), count=done.restored))
    if done.queued:
        queued = N_("%(count)s are on the waiting list, since their places are taken meanwhile.")
        flash(translate(queued, language(), count=done.queued))
    if done.left:
        left = N_("%(count)s could not come back: the slot or the group has changed meanwhile.")
        flash(translate(left, language(), count=done.left))
