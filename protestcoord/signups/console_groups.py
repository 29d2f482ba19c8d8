"""The organizer's pages about one group, and about many sign-ups that were ticked."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from flask import Response, flash, get_flashed_messages, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import (
    campaign_console,
    needs,
    own_areas,
    own_campaign,
    own_membership,
)
from protestcoord.core import clock
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import translate
from protestcoord.core.web import go_to, language, page, reading, settings, writing
from protestcoord.members.rules import Right
from protestcoord.missions.persons import SIGN_LABELS
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.organizers.queries import acts_since
from protestcoord.signups import edits, leads, places, queries, service, undo
from protestcoord.signups.access import own_group, own_sign_up, own_sign_ups, own_whole_group
from protestcoord.signups.bulk import Outcome, decide_many, decline_many
from protestcoord.signups.claims import clashes_by_sign_up
from protestcoord.signups.console import A_PAGE, page_number
from protestcoord.signups.contacts import ContactDetails
from protestcoord.signups.forms import NoteForm
from protestcoord.signups.groups import groups_of_campaign
from protestcoord.signups.notes import delete_note, notes_of_group, write_note
from protestcoord.signups.permits import notice_dates
from protestcoord.signups.rules import (
    ACTOR_LABELS,
    EDITED_FIELD_LABELS,
    PERMIT_LABELS,
    SIGN_UP_STATE_LABELS,
    SILENT_DAYS,
    is_silent,
)
from protestcoord.signups.views import vault

LOG = logging.getLogger(__name__)
console = campaign_console("groups_console", __name__)

DECISIONS: dict[str, Callable[..., Outcome]] = {
    "approve": partial(decide_many, decision=places.approve_sign_up),
    "decline": decline_many,
}
TICK = "tick"
MOST_TICKED = 2000
DONE = {
    "approve": N_("%(done)s sign-ups are approved, and their groups are told."),
    "decline": N_("%(done)s sign-ups are declined, and their groups are told."),
}


MOST_CONTACTS_A_DAY = 50


class ContactGone(DomainError):
    """The contact was deleted, with the campaign's or since the group is one with another."""

    message = N_("This contact was deleted.")
    status = HTTPStatus.GONE


class TooManyContacts(DomainError):
    """An account that was taken over opens many contacts; a person seldom does."""

    message = N_("You opened %(most)s contacts within a day. Please go on tomorrow.")
    status = HTTPStatus.TOO_MANY_REQUESTS


@console.get("/c/<slug>/groups/")
@needs(Right.VIEW)
def show_groups(slug: str) -> Response:
    """Show all groups with their slots and when they were last seen, without a contact."""
    campaign, now = own_campaign(reading(), slug), clock.now()
    rows = groups_of_campaign(reading(), campaign.id, own_areas(reading(), campaign), now)
    asked = request.args.get("silent", "")
    days = int(asked) if asked in map(str, SILENT_DAYS) else 0
    if days:
        rows = [row for row in rows if is_silent(row.seen_day, row.next_at, now, days)]
    number = page_number()
    return page(
        "signups/console/groups.html",
        campaign=campaign,
        rows=rows[(number - 1) * A_PAGE : number * A_PAGE],
        found=len(rows),
        number=number,
        pages=-(-len(rows) // A_PAGE),
        days=days,
        choices=SILENT_DAYS,
    )


@console.get("/c/<slug>/groups/<key>/")
@needs(Right.VIEW)
def show_group(slug: str, key: str) -> Response:
    """Show a group and its history, without its contact."""
    return _group_page(slug, key)


def _group_page(
    slug: str,
    key: str,
    details: ContactDetails | None = None,
    note_form: NoteForm | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    group, me = own_group(reading(), slug, key), own_membership(reading(), slug)
    may_note = me.has(Right.MODERATE)
    of_group = queries.sign_ups_of_group(reading(), group.id)
    sign_ups = [sign_up for sign_up in of_group if queries.is_within(me.areas, sign_up)]
    shown = {sign_up.id for sign_up in sign_ups}
    return page(
        "signups/console/group.html",
        status,
        may_note=may_note,
        may_merge=me.has(Right.CONTACT),
        done=get_flashed_messages(),
        notes=notes_of_group(reading(), vault(), group) if may_note else [],
        note_form=note_form or NoteForm(language=language()),
        campaign=group.campaign,
        group=group,
        details=details,
        sign_ups=sign_ups,
        steps=[s for s in queries.steps_of_group(reading(), group.id) if s.sign_up_id in shown],
        edits=[
            edit
            for edit in edits.edits_of_group(reading(), group)
            if edit.sign_up_id is None or edit.sign_up_id in shown
        ],
        clashes=clashes_by_sign_up(sign_ups, settings().TRAVEL_KMH),
        notices=notice_dates(reading(), [s.slot for s in sign_ups], clock.now()),
        state_labels=SIGN_UP_STATE_LABELS,
        actor_labels=ACTOR_LABELS,
        permit_labels=PERMIT_LABELS,
        field_labels=EDITED_FIELD_LABELS,
        sign_labels=SIGN_LABELS,
    )


@console.post("/c/<slug>/groups/<key>/contact/")
@needs(Right.CONTACT)
def show_contact(slug: str, key: str) -> Response:
    """Open a group's contact, and write down who opened it; so it is a POST."""
    now = clock.now()
    with writing() as db:
        group, organizer = own_group(db, slug, key), signed_in_organizer()
        lately = acts_since(db, organizer, "contact.view", now - timedelta(days=1))
        if lately >= MOST_CONTACTS_A_DAY:
            LOG.warning("organizer %s wanted more contacts than a day allows", organizer.id)
            raise TooManyContacts(most=MOST_CONTACTS_A_DAY)
        record(db, organizer, "contact.view", f"group {group.id}", now)
    try:
        details = vault().open(own_group(reading(), slug, key).contact)
    except CannotOpen:
        raise ContactGone from None
    return _group_page(slug, key, details)


@console.post("/c/<slug>/groups/<key>/notes/")
@needs(Right.MODERATE)
def add_note(slug: str, key: str) -> Response | BaseResponse:
    """Note something of a group, for organizers alone."""
    form = NoteForm(request.form, language=language())
    if not form.validate():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _group_page(slug, key, note_form=form, status=status)
    with writing() as db:
        group, organizer, now = own_group(db, slug, key), signed_in_organizer(), clock.now()
        write_note(db, vault(), group, organizer, form.text.data, now)
        record(db, organizer, "group.note", f"group {group.id}", now)
    return go_to(f"/organize/c/{slug}/groups/{key}/")


@console.post("/c/<slug>/groups/<key>/notes/<note_id>/remove/")
@needs(Right.MODERATE)
def remove_note(slug: str, key: str, note_id: str) -> BaseResponse:
    """Remove a note of a group for good."""
    with writing() as db:
        group = own_group(db, slug, key)
        delete_note(db, group, note_id)
        record(db, signed_in_organizer(), "group.note_remove", f"group {group.id}", clock.now())
    return go_to(f"/organize/c/{slug}/groups/{key}/")


@console.post("/c/<slug>/groups/<key>/trust/")
@needs(Right.MODERATE)
def trust(slug: str, key: str) -> BaseResponse:
    """Let a group's further sign-ups need no approval, or need it again."""
    with writing() as db:
        group = own_whole_group(db, slug, key)
        group.is_trusted = request.form.get("trusted") == "y"
        act = "group.trust" if group.is_trusted else "group.trust_no_more"
        record(db, signed_in_organizer(), act, f"group {group.id}", clock.now())
    return go_to(f"/organize/c/{slug}/groups/{key}/")


@console.post("/c/<slug>/groups/<key>/hide/")
@needs(Right.MODERATE)
def hide(slug: str, key: str) -> BaseResponse:
    """Keep from the public all that a group says, or show it again."""
    hidden = request.form.get("hidden") == "y"
    with writing() as db:
        group = own_whole_group(db, slug, key)
        service.hide_group(db, group, clock.now(), hidden=hidden)
        act = "group.hide" if hidden else "group.show"
        record(db, signed_in_organizer(), act, f"group {group.id}", clock.now())
    is_reported = request.form.get("from") == "reports"
    return go_to("/organize/reports/" if is_reported else f"/organize/c/{slug}/groups/{key}/")


@console.post("/c/<slug>/sign-ups/<int(max=2147483647):sign_up_id>/lead/")
@needs(Right.MODERATE)
def let_lead(slug: str, sign_up_id: int) -> BaseResponse:
    """Let a group lead its slot; it and the one that led are told."""
    with writing() as db:
        sign_up = own_sign_up(db, slug, sign_up_id)
        leads.appoint_lead(db, sign_up, clock.now())
        note_public_change(db)
        record(db, signed_in_organizer(), "sign_up.lead", f"sign_up {sign_up.id}", clock.now())
        key = sign_up.group.key
    return go_to(f"/organize/c/{slug}/groups/{key}/")


@console.post("/c/<slug>/sign-ups/ticked/")
@needs(Right.MODERATE)
def decide_ticked(slug: str) -> Response | BaseResponse:
    """Say how many sign-ups were ticked; once that is confirmed, decide of them."""
    act, now = request.form.get("act", ""), clock.now()
    if act not in (TICK, *DECISIONS):
        raise NotFound
    if act == TICK or "sure" not in request.form:
        return _ask_page(slug, act, _ticked_ids())
    with writing() as db:
        chosen, organizer = own_sign_ups(db, slug, _ticked_ids()), signed_in_organizer()
        if act == "decline":
            undo.keep_sign_ups(db, organizer, "sign_ups.decline", chosen, now)
        outcome = DECISIONS[act](db, chosen, now=now)
        counts = {"done": outcome.done, "refused": outcome.refused.total()}
        for_campaign = f"campaign {own_campaign(db, slug).id}"
        record(db, organizer, f"sign_ups.{act}", for_campaign, now, **counts)
    _tell(act, outcome)
    return go_to(f"/organize/c/{slug}/sign-ups/")


def _ticked_ids() -> list[int]:
    """Return what was ticked, one by one or as a whole cluster: its ids in one field."""
    sent = " ".join(request.form.getlist("sign_up")).split()
    return [int(value) for value in sent if value.isdecimal() and len(value) < 11][:MOST_TICKED]


def _ask_page(slug: str, act: str, ids: list[int]) -> Response:
    campaign = own_campaign(reading(), slug)
    chosen = own_sign_ups(reading(), slug, ids)
    status = HTTPStatus.OK if chosen else HTTPStatus.UNPROCESSABLE_ENTITY
    return page("signups/console/ticked.html", status, campaign=campaign, act=act, sign_ups=chosen)


def _tell(act: str, outcome: Outcome) -> None:
    flash(translate(DONE[act], language(), done=outcome.done))
    for message, count in outcome.refused.items():
        left = N_("%(count)s were left as they are: %(reason)s")
        flash(translate(left, language(), count=count, reason=translate(message, language())))
