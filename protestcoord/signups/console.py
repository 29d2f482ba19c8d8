"""The organizer's pages about groups: who signed up, approve, cancel, drop, close."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Response, get_flashed_messages, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_areas, own_campaign
from protestcoord.core import clock
from protestcoord.core.errors import DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, page, reading, settings, writing
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.signups import notices, places, queries
from protestcoord.signups.access import own_sign_up, own_site, own_slot
from protestcoord.signups.claims import clashes_by_sign_up
from protestcoord.signups.rules import PERMIT_LABELS, SIGN_UP_STATE_LABELS, SignUpState

console = campaign_console("signups_console", __name__)

# What an organizer has to look at comes first.
STATE_ORDER = [
    SignUpState.OFFERED,
    SignUpState.CONFIRMED,
    SignUpState.WAITLISTED,
    SignUpState.PENDING,
    SignUpState.DECLINED,
    SignUpState.WITHDRAWN,
    SignUpState.EXPIRED,
]


@console.get("/c/<slug>/sign-ups/")
@needs(Right.VIEW)
def show_sign_ups(slug: str) -> Response:
    """Show who signed up, without a contact; what waits for approval stands first."""
    return _sign_ups_page(slug)


def _sign_ups_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    campaign = own_campaign(reading(), slug)
    areas = own_areas(reading(), campaign)
    of_all = queries.sign_ups_of_campaign(reading(), campaign.id)
    sign_ups = [sign_up for sign_up in of_all if queries.is_within(areas, sign_up)]
    wanted = request.args.get("state", "")
    by_state = {
        state: [s for s in sign_ups if s.state is state and wanted in ("", state.value)]
        for state in STATE_ORDER
    }
    return page(
        "signups/console/sign_ups.html",
        status,
        campaign=campaign,
        by_state=by_state,
        counts={state: sum(s.state is state for s in sign_ups) for state in STATE_ORDER},
        wanted=wanted,
        clashes=clashes_by_sign_up(sign_ups, settings().TRAVEL_KMH),
        state_labels=SIGN_UP_STATE_LABELS,
        permit_labels=PERMIT_LABELS,
        problem=problem,
        done=get_flashed_messages(),
    )


@console.post("/c/<slug>/sign-ups/<int(max=2147483647):sign_up_id>/approve/")
@needs(Right.MODERATE)
def approve(slug: str, sign_up_id: int) -> BaseResponse:
    """Confirm a sign-up; the group is told."""
    return _decide(slug, sign_up_id, "sign_up.approve", places.approve_sign_up)


@console.post("/c/<slug>/sign-ups/<int(max=2147483647):sign_up_id>/decline/")
@needs(Right.MODERATE)
def decline(slug: str, sign_up_id: int) -> BaseResponse:
    """Turn a sign-up down; the group is told, and who waits moves up."""
    return _decide(slug, sign_up_id, "sign_up.decline", places.decline_sign_up)


def _decide(
    slug: str, sign_up_id: int, act: str, decision: Callable[[Session, int, datetime], None]
) -> BaseResponse:
    try:
        with writing() as db:
            sign_up = own_sign_up(db, slug, sign_up_id)
            decision(db, sign_up.id, clock.now())
            record(db, signed_in_organizer(), act, f"sign_up {sign_up.id}", clock.now())
    except NotFound:
        raise
    except DomainError as error:
        return _sign_ups_page(slug, error.status, error_text(error, language()))
    return go_to(f"/organize/c/{slug}/sign-ups/")


@console.get("/c/<slug>/sites/<mission>/")
@needs(Right.VIEW)
def show_site(slug: str, mission: str) -> Response:
    """Show a site's slots with their groups, and what can be cancelled."""
    site = own_site(reading(), slug, mission)
    slots = notices.open_slots_of_site(reading(), site)
    live = queries.live_sign_ups(reading(), [slot.id for slot in slots])
    return page(
        "signups/console/site.html",
        campaign=site.campaign,
        site=site,
        slots=[(slot, [s for s in live if s.slot_id == slot.id]) for slot in slots],
        told=notices.groups_told(reading(), slots),
        state_labels=SIGN_UP_STATE_LABELS,
    )


@console.post("/c/<slug>/slots/<key>/cancel/")
@needs(Right.ARRANGE)
def cancel_slot(slug: str, key: str) -> BaseResponse:
    """Cancel a slot; its groups are told."""
    with writing() as db:
        slot = own_slot(db, slug, key)
        told = notices.cancel_slot_and_tell(db, slot, clock.now())
        record(db, signed_in_organizer(), "slot.cancel", f"slot {slot.id}", clock.now(), told=told)
        mission = slot.site.mission.slug
    return go_to(f"/organize/c/{slug}/sites/{mission}/")


@console.post("/c/<slug>/sites/<mission>/drop/")
@needs(Right.ARRANGE)
def drop_site(slug: str, mission: str) -> BaseResponse:
    """Take a site out of the campaign; its groups are told."""
    with writing() as db:
        site = own_site(db, slug, mission)
        told = notices.drop_site_and_tell(db, site, clock.now())
        record(db, signed_in_organizer(), "site.drop", f"site {site.id}", clock.now(), told=told)
    return go_to(f"/organize/c/{slug}/coverage/")


@console.get("/c/<slug>/close/")
@needs(Right.OWN)
def ask_to_close(slug: str) -> Response:
    """Say what closing a campaign does, and to how many groups."""
    campaign = own_campaign(reading(), slug)
    groups = queries.campaign_groups_with_live_sign_up(reading(), campaign.id)
    return page("signups/console/close.html", campaign=campaign, told=len(groups))


@console.post("/c/<slug>/close/")
@needs(Right.OWN)
def close(slug: str) -> BaseResponse:
    """Close a campaign; every group that still has a sign-up is told."""
    with writing() as db:
        campaign = own_campaign(db, slug)
        told = notices.close_campaign_and_tell(db, campaign, clock.now())
        subject = f"campaign {campaign.id}"
        record(db, signed_in_organizer(), "campaign.close", subject, clock.now(), told=told)
    return go_to(f"/organize/c/{slug}/")
