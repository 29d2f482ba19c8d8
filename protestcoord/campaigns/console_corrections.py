"""The organizer's pages of mistakes in the directory: what is proposed, and the form for it."""

from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns import corrections
from protestcoord.campaigns.access import needs, own_areas, own_campaign, own_membership
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.campaigns.correction_form import CorrectionForm
from protestcoord.campaigns.models import CorrectionProposal
from protestcoord.config import shipped
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members.approvals import is_allowed
from protestcoord.members.rules import WAITS, Right, TwoPersonAct
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.correcting import cells_of, patch_of_corrections
from protestcoord.missions.queries import catalogue_rows
from protestcoord.organizers.access import AGAIN, send_with_next, signed_in_organizer
from protestcoord.organizers.console_sessions import is_fresh


@needs(Right.VIEW)
def show_corrections(slug: str) -> Response:
    """Show what waits to be decided, beside what the directory says."""
    return _corrections_page(slug)


def _corrections_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    campaign, me = own_campaign(reading(), slug), own_membership(reading(), slug)
    waiting = corrections.open_corrections(reading(), campaign.id)
    return campaign_page(
        "campaigns/console/corrections.html",
        slug,
        status,
        proposals=[one for one in waiting if me.areas.covers(one.mission.country)],
        cells={row.slug: cells_of(row) for row in catalogue_rows(reading())} if waiting else {},
        may_decide=me.has(Right.ARRANGE),
        accepted=corrections.accepted_count(reading()),
        problem=problem,
    )


@needs(Right.ARRANGE)
def show_correction_form(slug: str, mission: str) -> Response:
    """Show what the directory says of a mission, to be corrected."""
    _, cells = corrections.get_row_of(reading(), mission)
    return _form_page(slug, mission, CorrectionForm(language=language(), data=cells))


def _form_page(
    slug: str, mission: str, form: CorrectionForm, status: int = HTTPStatus.OK
) -> Response:
    found, _ = corrections.get_row_of(reading(), mission)
    if not own_areas(reading(), own_campaign(reading(), slug)).covers(found.country):
        raise NotFound
    return campaign_page("campaigns/console/correct.html", slug, status, mission=found, form=form)


@needs(Right.ARRANGE)
def propose(slug: str, mission: str) -> BaseResponse:
    """Note what is right; it waits until two organizers agree."""
    form = CorrectionForm(request.form, language=language())
    found, _ = corrections.get_row_of(reading(), mission)
    if not own_areas(reading(), own_campaign(reading(), slug)).covers(found.country):
        raise NotFound

    def write(session: Session) -> str:
        campaign = own_campaign(session, slug)
        row, _ = corrections.get_row_of(session, mission)
        me = signed_in_organizer()
        made = corrections.propose_correction(
            session, campaign, row, form.correction(), clock.now(), me
        )
        note(session, "correction.propose", campaign, correction=str(made.id))
        say_done(N_("Noted. Two organizers accept it under “Corrections”."))
        return path_of(campaign, "corrections/")

    return save(form, write) or _form_page(slug, mission, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@needs(Right.ARRANGE)
def accept(slug: str, correction_id: int) -> BaseResponse:
    """Let the directory say it, once two organizers agree."""
    if not is_fresh():
        return send_with_next(AGAIN)
    try:
        with writing() as session:
            proposal = _own(session, slug, correction_id)
            campaign, now = proposal.campaign, clock.now()
            me, about = own_membership(session, slug), f"correction {proposal.id}"
            if is_allowed(session, me, TwoPersonAct.CORRECT, about, now):
                corrections.accept_correction(session, proposal, now)
                note(session, "correction.accept", campaign, correction=str(proposal.id))
                say_done(N_("Accepted. The directory says it in a few seconds."))
            else:
                note(session, "approval.ask", campaign, wanted="correct")
                say_done(WAITS)
    except NotFound:
        raise
    except DomainError as error:
        return _corrections_page(slug, error.status, error_text(error, language()))
    return go_to(path_of(own_campaign(reading(), slug), "corrections/"))


@needs(Right.ARRANGE)
def decline(slug: str, correction_id: int) -> BaseResponse:
    """Leave the directory as it is."""
    with writing() as session:
        proposal = _own(session, slug, correction_id)
        corrections.decline_correction(session, proposal, clock.now())
        note(session, "correction.decline", proposal.campaign, correction=str(proposal.id))
        say_done(N_("Declined. The directory stays as it is."))
    return go_to(path_of(own_campaign(reading(), slug), "corrections/"))


@needs(Right.VIEW)
def export_patch(slug: str) -> Response:
    """Hand out what was corrected here as a patch for the file that everybody shares."""
    own_campaign(reading(), slug)
    base = read_catalogue(shipped("data") / "embassies.csv")
    patch = patch_of_corrections(reading(), base)
    headers = {"Content-Disposition": "attachment; filename=embassies.patch"}
    return Response(patch, mimetype="text/x-diff", headers=headers)


def _own(session: Session, slug: str, correction_id: int) -> CorrectionProposal:
    campaign = own_campaign(session, slug)
    waiting = corrections.open_corrections(session, campaign.id)
    found = next((one for one in waiting if one.id == correction_id), None)
    if found is None or not own_areas(session, campaign).covers(found.mission.country):
        raise NotFound
    return found
