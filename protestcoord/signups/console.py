"""The organizer's pages about groups: who signed up, approve, cancel, drop, close."""

from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus

from flask import Response, get_flashed_messages, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_areas, own_campaign
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import slots_of_site
from protestcoord.core import clock
from protestcoord.core.errors import DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, page, reading, settings, writing
from protestcoord.members.rules import Areas, Right
from protestcoord.missions.persons import SIGN_LABELS
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.acts import ACT_TEXTS
from protestcoord.organizers.audit import record
from protestcoord.signups import edits, notices, places, queries, queue, undo
from protestcoord.signups.access import own_sign_up, own_site, own_slot, own_undoables
from protestcoord.signups.claims import clashes_by_sign_up
from protestcoord.signups.held import why_held
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import (
    EDITED_FIELD_LABELS,
    PERMIT_LABELS,
    SIGN_UP_STATE_LABELS,
    SignUpState,
)

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
# A page of one state, and each state's part of the page of all.
A_PAGE, A_PART = 200, 50
MOST_UNDOABLES = 20


@console.get("/c/<slug>/sign-ups/")
@needs(Right.VIEW)
def show_sign_ups(slug: str) -> Response:
    """Show who signed up, without a contact; what waits for approval stands first."""
    return _sign_ups_page(slug)


def _sign_ups_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    campaign, now = own_campaign(reading(), slug), clock.now()
    areas = own_areas(reading(), campaign)
    counts = queue.counts_by_state(reading(), campaign.id, areas)
    wanted, number = _wanted_state(), page_number()
    by_state = {
        state: _part(campaign, areas, state, wanted, number)
        for state in STATE_ORDER
        if counts.get(state) and wanted in (None, state)
    }
    shown = [sign_up for sign_ups in by_state.values() for sign_up in sign_ups]
    claims = queue.claims_of_groups(reading(), shown)
    undoables = own_undoables(reading(), slug, now)[:MOST_UNDOABLES]
    return page(
        "signups/console/sign_ups.html",
        status,
        campaign=campaign,
        by_state=by_state,
        counts={state: counts.get(state, 0) for state in STATE_ORDER},
        wanted=wanted or "",
        number=number,
        pages=-(-counts.get(wanted, 0) // A_PAGE) if wanted else 1,
        since=queue.since_when(reading(), shown),
        waits=queue.waits_for_approval(reading(), campaign.id, areas, now),
        edits=edits.unseen_edits(reading(), campaign.id, areas),
        undoables=undoables,
        subjects={kept.id: undo.subject_of(reading(), kept) for kept in undoables},
        clashes=clashes_by_sign_up(claims, settings().TRAVEL_KMH),
        state_labels=SIGN_UP_STATE_LABELS,
        permit_labels=PERMIT_LABELS,
        field_labels=EDITED_FIELD_LABELS,
        held={s.id: why_held(s) for s in shown if s.state in queue.WAITING},
        sign_labels=SIGN_LABELS,
        act_texts=ACT_TEXTS,
        me=signed_in_organizer(),
        now=now,
        problem=problem,
        done=get_flashed_messages(),
    )


def _wanted_state() -> SignUpState | None:
    asked = request.args.get("state", "")
    return SignUpState(asked) if asked in set(SignUpState) else None


def page_number() -> int:
    """Return which page of a long list is asked for, from 1."""
    asked = request.args.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 7 else 1


def _part(
    campaign: Campaign,
    areas: Areas,
    state: SignUpState,
    wanted: SignUpState | None,
    number: int,
) -> Sequence[SignUp]:
    if wanted is None:
        return queue.sign_ups_in_state(reading(), campaign.id, areas, state, A_PART)
    before = (number - 1) * A_PAGE
    return queue.sign_ups_in_state(reading(), campaign.id, areas, state, A_PAGE, before)


@console.post("/c/<slug>/sign-ups/<int(max=2147483647):sign_up_id>/approve/")
@needs(Right.MODERATE)
def approve(slug: str, sign_up_id: int) -> BaseResponse:
    """Confirm a sign-up; the group is told."""
    return _decide(slug, sign_up_id, "sign_up.approve", places.approve_sign_up)


@console.post("/c/<slug>/sign-ups/<int(max=2147483647):sign_up_id>/decline/")
@needs(Right.MODERATE)
def decline(slug: str, sign_up_id: int) -> BaseResponse:
    """Turn a sign-up down; the group is told, and who waits moves up."""
    return _decide(slug, sign_up_id, "sign_up.decline", _decline_undoably)


def _decline_undoably(session: Session, sign_up_id: int, now: datetime) -> None:
    sign_up = session.get_one(SignUp, sign_up_id)
    undo.keep_sign_ups(session, signed_in_organizer(), "sign_up.decline", [sign_up], now)
    places.decline_sign_up(session, sign_up_id, now)


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
    own = own_undoables(reading(), slug, clock.now())
    here = {slot.id for slot in slots_of_site(reading(), site)}
    undoables = [kept for kept in own if here & set(undo.ids_in(kept, "slot"))]
    return page(
        "signups/console/site.html",
        campaign=site.campaign,
        site=site,
        slots=[(slot, [s for s in live if s.slot_id == slot.id]) for slot in slots],
        told=notices.groups_told(reading(), slots),
        undoables=undoables,
        subjects={kept.id: undo.subject_of(reading(), kept) for kept in undoables},
        act_texts=ACT_TEXTS,
        me=signed_in_organizer(),
        done=get_flashed_messages(),
        state_labels=SIGN_UP_STATE_LABELS,
    )


@console.post("/c/<slug>/slots/<key>/cancel/")
@needs(Right.ARRANGE)
def cancel_slot(slug: str, key: str) -> BaseResponse:
    """Cancel a slot; its groups are told."""
    now = clock.now()
    with writing() as db:
        slot = own_slot(db, slug, key)
        undo.keep_slots(db, signed_in_organizer(), "slot.cancel", [slot], now)
        told = notices.cancel_slot_and_tell(db, slot, now)
        record(db, signed_in_organizer(), "slot.cancel", f"slot {slot.id}", now, told=told)
        mission = slot.site.mission.slug
    return go_to(f"/organize/c/{slug}/sites/{mission}/")


@console.post("/c/<slug>/sites/<mission>/drop/")
@needs(Right.ARRANGE)
def drop_site(slug: str, mission: str) -> BaseResponse:
    """Take a site out of the campaign; its groups are told."""
    now = clock.now()
    with writing() as db:
        site, organizer = own_site(db, slug, mission), signed_in_organizer()
        ahead = [s for s in notices.open_slots_of_site(db, site) if s.ends_at > now]
        undo.keep_slots(db, organizer, "site.drop", ahead, now, site)
        told = notices.drop_site_and_tell(db, site, now)
        record(db, organizer, "site.drop", f"site {site.id}", now, told=told)
    return go_to(f"/organize/c/{slug}/sites/{mission}/")


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
