"""The organizer's page of one slot: its groups, and another time after who is told was shown."""

from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_membership
from protestcoord.campaigns.console_frame import say_done
from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.schedule import PlannedSlot
from protestcoord.campaigns.slot_moving import SlotTime, can_move, is_soon, plan_move
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.web import (
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    writing,
)
from protestcoord.members.approvals import is_allowed
from protestcoord.members.rules import WAITS, Right, TwoPersonAct
from protestcoord.organizers.access import AGAIN, send_with_next, signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.organizers.console_sessions import is_fresh
from protestcoord.signups import checkins, notices, queries
from protestcoord.signups.access import own_sign_up, own_slot
from protestcoord.signups.forms import SlotForm
from protestcoord.signups.rules import SIGN_UP_STATE_LABELS

console = campaign_console("slots_console", __name__)


@console.get("/c/<slug>/slots/<key>/")
@needs(Right.VIEW)
def show_slot(slug: str, key: str) -> Response:
    """Show a slot with its groups, and the form to move it."""
    return _slot_page(slug, key)


def _slot_page(
    slug: str,
    key: str,
    form: SlotForm | None = None,
    planned: PlannedSlot | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    slot, now = own_slot(reading(), slug, key), clock.now()
    may_arrange = own_membership(reading(), slug).has(Right.ARRANGE)
    sign_ups = queries.live_sign_ups(reading(), [slot.id])
    return page(
        "signups/console/slot.html",
        status,
        campaign=slot.site.campaign,
        slot=slot,
        sign_ups=sign_ups,
        said=checkins.check_ins_of(reading(), sign_ups),
        may_hide=own_membership(reading(), slug).has(Right.MODERATE),
        form=form or (_form_of(slot) if may_arrange and can_move(slot, now) else None),
        planned=planned,
        is_soon=bool(planned and is_soon(slot, planned, now)),
        state_labels=SIGN_UP_STATE_LABELS,
    )


def _form_of(slot: Slot) -> SlotForm:
    local = slot.starts_at.astimezone(clock.zone(slot.timezone))
    minutes = int((slot.ends_at - slot.starts_at) / timedelta(minutes=1))
    told = {"local_day": local.date(), "local_time": local.time(), "duration_minutes": minutes}
    return SlotForm(language=language(), data=told)


@console.post("/c/<slug>/slots/<key>/")
@needs(Right.ARRANGE)
def move_slot(slug: str, key: str) -> Response | BaseResponse:
    """Show who would be told of another time; once that is confirmed, move the slot."""
    form, now = SlotForm(request.form, language=language()), clock.now()
    own_slot(reading(), slug, key)
    if form.validate():
        try:
            if "sure" not in request.form:
                planned = plan_move(reading(), own_slot(reading(), slug, key), form.time(), now)
                return _slot_page(slug, key, form, planned)
            return _move(slug, key, form.time(), now)
        except NotFound:
            raise
        except DomainError as error:
            put_error_beside_field(form, error)
    return _slot_page(slug, key, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _move(slug: str, key: str, asked: SlotTime, now: datetime) -> BaseResponse:
    slot = own_slot(reading(), slug, key)
    if is_soon(slot, plan_move(reading(), slot, asked, now), now) and not is_fresh():
        return send_with_next(AGAIN)
    with writing() as db:
        slot = own_slot(db, slug, key)
        if _has_to_wait(db, slug, slot, asked, now):
            say_done(WAITS)
        else:
            told = notices.move_slot_and_tell(db, slot, asked, now)
            record(db, signed_in_organizer(), "slot.move", f"slot {slot.id}", now, told=told)
            say_done(N_("Moved. The groups are told; the public pages show it in a few seconds."))
        mission = slot.site.mission.slug
    return go_to(f"/organize/c/{slug}/sites/{mission}/")


def _has_to_wait(db: Session, slug: str, slot: Slot, asked: SlotTime, now: datetime) -> bool:
    """Ask for another organizer's agreement where the slot is near, as publishing does."""
    soon = is_soon(slot, plan_move(db, slot, asked, now), now)
    subject = f"campaign {slot.site.campaign_id} {soon}"
    me = own_membership(db, slug)
    if not soon or is_allowed(db, me, TwoPersonAct.MOVE, subject, now):
        return False
    about = f"campaign {slot.site.campaign_id}"
    record(db, signed_in_organizer(), "approval.ask", about, now, wanted="move")
    return True


@console.post("/c/<slug>/sign-ups/<int(max=2147483647):sign_up_id>/check-in/")
@needs(Right.MODERATE)
def hide_check_in(slug: str, sign_up_id: int) -> BaseResponse:
    """Keep from the public what a group said on the day, or show it again."""
    hidden = request.form.get("hidden") == "y"
    with writing() as db:
        sign_up = own_sign_up(db, slug, sign_up_id)
        checkins.hide(db, sign_up, clock.now(), hidden=hidden)
        act = "check_in.hide" if hidden else "check_in.show"
        record(db, signed_in_organizer(), act, f"sign_up {sign_up.id}", clock.now())
        key = sign_up.slot.key
    return go_to(f"/organize/c/{slug}/slots/{key}/")
