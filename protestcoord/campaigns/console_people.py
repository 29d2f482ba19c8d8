"""The owners' page of a campaign's people, and what waits for a second organizer."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import campaign_console, needs, own_campaign, own_membership
from protestcoord.campaigns.console_frame import campaign_page, path_of, save, say_done
from protestcoord.campaigns.people_form import InvitationForm, PlaceForm
from protestcoord.campaigns.queries import sites_of_campaign
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members import approvals, service
from protestcoord.members.models import Approval, Membership
from protestcoord.members.queries import invitations_of, members_of, open_approvals
from protestcoord.members.rules import (
    ACT_LABELS,
    INVITATION_LIVES,
    LONE_DELAY,
    ROLE_LABELS,
    ROLE_TEXTS,
    WAITS,
    MemberRole,
    Right,
    TwoPersonAct,
)
from protestcoord.organizers.access import needs_fresh, own_key, signed_in_organizer
from protestcoord.organizers.audit import record
from protestcoord.organizers.panic import begin_panic

console = campaign_console("people_console", __name__)


@console.get("/c/<slug>/people/")
@needs_fresh
def show_people(slug: str) -> Response:
    """Show who works on a campaign and who is invited."""
    return _people_page(slug, _invitation_form(slug))


def _countries(slug: str) -> set[str]:
    sites = sites_of_campaign(reading(), own_campaign(reading(), slug))
    return {site.mission.country for site in sites}


def _invitation_form(slug: str, sent: bool = False) -> InvitationForm:
    return InvitationForm(_countries(slug), request.form if sent else None, language=language())


def _people_page(
    slug: str, form: InvitationForm, status: int = HTTPStatus.OK, problem: str = ""
) -> Response:
    campaign, now = own_campaign(reading(), slug), clock.now()
    invitations = invitations_of(reading(), campaign.id, now)
    return campaign_page(
        "campaigns/console/people.html",
        slug,
        status,
        members=[(m, _place_form(slug, m)) for m in members_of(reading(), campaign.id)],
        me=signed_in_organizer(),
        invitations=[(i, service.invited_by(own_key(), i).email) for i in invitations],
        expires_after=INVITATION_LIVES,
        form=form,
        role_labels=ROLE_LABELS,
        role_texts=ROLE_TEXTS,
        problem=problem,
    )


def _place_form(slug: str, member: Membership) -> PlaceForm:
    told = {"role": member.role.value, "areas": member.area_codes}
    return PlaceForm(_countries(slug), language=language(), data=told)


@console.post("/c/<slug>/people/")
@needs_fresh
def invite(slug: str) -> BaseResponse:
    """Offer a role by mail."""
    form = _invitation_form(slug, sent=True)

    def write(session: Session) -> str:
        me, now = own_membership(session, slug), clock.now()
        place, email = form.place(), form.email.data
        made = service.invite(session, own_key(), me, email, place, language(), now)
        _note(session, "member.invite", f"invitation {made.id}", role=place.role.value)
        say_done(N_("The invitation is on its way. Its link serves once, within seven days."))
        return path_of(own_campaign(session, slug), "people/")

    return save(form, write) or _people_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@console.post("/c/<slug>/people/<int(max=2147483647):member_id>/")
@needs_fresh
def change(slug: str, member_id: int) -> BaseResponse:
    """Give a member another role or other areas; to make an owner takes two."""
    form = PlaceForm(_countries(slug), request.form, language=language())
    if not form.validate():
        raise NotFound

    def act(session: Session, member: Membership, now: datetime) -> None:
        place = form.place()
        promotes = place.role is MemberRole.OWNER and member.role is not MemberRole.OWNER
        if promotes and not approvals.is_allowed(
            session,
            own_membership(session, slug),
            TwoPersonAct.PROMOTE,
            f"organizer {member.organizer_id}",
            now,
        ):
            _note(session, "approval.ask", f"membership {member.id}", wanted="promote")
            say_done(WAITS)
            return
        service.change_place(session, member, place)
        _note(session, "member.change", f"membership {member.id}", role=place.role.value)
        say_done(N_("Saved. It holds from the next page on."))

    return _act_on(slug, member_id, act)


@console.post("/c/<slug>/people/<int(max=2147483647):member_id>/remove/")
@needs_fresh
def remove(slug: str, member_id: int) -> BaseResponse:
    """Take somebody out of a campaign; the next page is closed to them."""

    def act(session: Session, member: Membership, _now: datetime) -> None:
        subject = f"membership {member.id}"
        service.remove_member(session, member)
        _note(session, "member.remove", subject)
        say_done(N_("Removed. What this person did stays in the log."))

    return _act_on(slug, member_id, act)


def _act_on(
    slug: str, member_id: int, act: Callable[[Session, Membership, datetime], None]
) -> BaseResponse:
    try:
        with writing() as session:
            member = _member(session, slug, member_id)
            act(session, member, clock.now())
            is_own = member.organizer_id == signed_in_organizer().id
    except NotFound:
        raise
    except DomainError as error:
        problem = error_text(error, language())
        return _people_page(slug, _invitation_form(slug), error.status, problem)
    return go_to("/organize/" if is_own else f"/organize/c/{slug}/people/")


def _member(session: Session, slug: str, member_id: int) -> Membership:
    member = session.get(Membership, member_id)
    if member is None or member.campaign_id != own_campaign(session, slug).id:
        raise NotFound
    return member


@console.post("/c/<slug>/people/invitations/<uuid:invitation_id>/call-off/")
@needs_fresh
def call_off(slug: str, invitation_id: object) -> BaseResponse:
    """Take an invitation back."""
    with writing() as session:
        campaign = own_campaign(session, slug)
        service.call_off(session, campaign.id, str(invitation_id))
        _note(session, "member.call_off", f"invitation {invitation_id}")
    say_done(N_("The invitation is called off; its link is dead."))
    return go_to(path_of(own_campaign(reading(), slug), "people/"))


@console.post("/c/<slug>/people/panic/")
@needs_fresh
def press_panic(slug: str) -> BaseResponse:
    """End all sessions, this one too, and hide all contacts, on the whole instance."""
    with writing() as session:
        organizer, now = signed_in_organizer(), clock.now()
        ended = begin_panic(session, now)
        subject = f"campaign {own_campaign(session, slug).id}"
        record(session, organizer, "panic.begin", subject, now, sessions=ended)
    return go_to("/organize/")


@console.get("/c/<slug>/approvals/")
@needs(Right.VIEW)
@needs_fresh
def show_approvals(slug: str) -> Response:
    """Show what waits for a second organizer."""
    return _approvals_page(slug)


def _approvals_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    me, now = own_membership(reading(), slug), clock.now()
    waiting = [
        (asked, approvals.is_ready(reading(), asked, now), asked.asked_at + LONE_DELAY)
        for asked in open_approvals(reading(), me.campaign_id, now)
        if approvals.could_agree(me, asked.act, asked.asked_at)
        or asked.asked_by_id == me.organizer_id
    ]
    return campaign_page(
        "campaigns/console/approvals.html",
        slug,
        status,
        waiting=waiting,
        me=me,
        act_labels=ACT_LABELS,
        act_paths={asked.id: _path_of_act(asked) for asked, *_ in waiting},
        problem=problem,
    )


def _path_of_act(asked: Approval) -> str:
    """Return where one sees what is asked for."""
    return {
        TwoPersonAct.PROMOTE: "people/",
        TwoPersonAct.EXPORT: "export/contacts/",
        TwoPersonAct.SEND: f"messages/{asked.subject.split()[1]}/",
        TwoPersonAct.MOVE: "preview/",
        TwoPersonAct.CORRECT: "corrections/",
        TwoPersonAct.REMOVE: f"missions/{asked.subject.split()[1]}/remove/",
    }[asked.act]


@console.post("/c/<slug>/approvals/<int(max=2147483647):approval_id>/agree/")
@needs(Right.VIEW)
@needs_fresh
def agree(slug: str, approval_id: int) -> BaseResponse:
    """Agree to what another organizer asked for."""
    try:
        with writing() as session:
            me = own_membership(session, slug)
            asked = approvals.agree(session, me, approval_id, clock.now())
            _note(session, "approval.agree", asked.subject, wanted=asked.act.value)
    except NotFound:
        raise
    except DomainError as error:
        return _approvals_page(slug, error.status, error_text(error, language()))
    say_done(N_("You agreed. Who asked can do it now."))
    return go_to(path_of(own_campaign(reading(), slug), "approvals/"))


def _note(session: Session, act: str, subject: str, **detail: str) -> None:
    record(session, signed_in_organizer(), act, subject, clock.now(), **detail)
