"""The organizer's page that makes two groups one, after it has shown what that does."""

from flask import Response, flash, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text, translate
from protestcoord.core.web import go_to, language, page, reading, writing
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.signups.access import own_whole_group
from protestcoord.signups.merging import MergePlan, merge_groups, others_to_merge, plan_merge
from protestcoord.signups.rules import SIGN_UP_STATE_LABELS

console = campaign_console("merging_console", __name__)


@console.get("/c/<slug>/groups/<key>/merge/")
@needs(Right.CONTACT)
def show_merge(slug: str, key: str) -> Response:
    """Let the double of a group be chosen, then show what making them one does."""
    return _merge_page(slug, key, request.args.get("other", ""))


def _merge_page(slug: str, key: str, other: str, error: DomainError | None = None) -> Response:
    kept, plan = own_whole_group(reading(), slug, key), None
    if other and error is None:
        try:
            plan = _plan(slug, key, other)
        except NotFound:
            raise
        except DomainError as broken:
            error = broken
    return page(
        "signups/console/merge.html",
        error.status if error else 200,
        campaign=kept.campaign,
        group=kept,
        plan=plan,
        others=[] if plan else others_to_merge(reading(), kept),
        problem=error_text(error, language()) if error else "",
        state_labels=SIGN_UP_STATE_LABELS,
    )


def _plan(slug: str, key: str, other: str) -> MergePlan:
    kept, gone = (own_whole_group(reading(), slug, each) for each in (key, other))
    return plan_merge(reading(), kept, gone)


@console.post("/c/<slug>/groups/<key>/merge/")
@needs(Right.CONTACT)
def merge(slug: str, key: str) -> Response | BaseResponse:
    """Make two groups one; both are told."""
    other, now = request.form.get("other", ""), clock.now()
    try:
        with writing() as db:
            kept, gone = (own_whole_group(db, slug, each) for each in (key, other))
            plan = merge_groups(db, kept, gone, now)
            detail = {"gone": gone.id, "moved": len(plan.moved), "ended": len(plan.ended)}
            record(db, signed_in_organizer(), "group.merge", f"group {kept.id}", now, **detail)
    except NotFound:
        raise
    except DomainError as error:
        return _merge_page(slug, key, other, error)
    flash(translate(N_("The two groups are one now, and both are told."), language()))
    return go_to(f"/organize/c/{slug}/groups/{key}/")
