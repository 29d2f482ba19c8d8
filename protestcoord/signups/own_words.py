"""What a group says of the directory with its link: a mission is missing, or a row is wrong."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns import corrections
from protestcoord.campaigns.correction_form import CorrectionForm
from protestcoord.core import clock
from protestcoord.core.errors import DomainError, NotFound
from protestcoord.core.web import (
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    writing,
)
from protestcoord.signups import proposals
from protestcoord.signups.forms import ProposalForm
from protestcoord.signups.own_page import own_group, own_sign_up
from protestcoord.signups.rules import PROPOSAL_STATE_LABELS

own_words = Blueprint("group_words", __name__)


@own_words.get("/s/propose/")
def show_proposal_form() -> Response:
    return _proposal_page(ProposalForm(language=language()))


def _proposal_page(form: ProposalForm, status: int = HTTPStatus.OK) -> Response:
    group = own_group(reading())
    return page(
        "signups/propose.html",
        status,
        group=group,
        campaign=group.campaign,
        form=form,
        proposals=proposals.proposals_of_group(reading(), group.id),
        state_labels=PROPOSAL_STATE_LABELS,
    )


@own_words.post("/s/propose/")
def propose() -> BaseResponse:
    form = ProposalForm(request.form, language=language())
    own_group(reading())
    if form.validate():
        try:
            with writing() as db:
                proposals.propose_site(db, own_group(db), form.proposed(), clock.now())
            return go_to("/s/propose/")
        except NotFound:
            raise
        except DomainError as error:
            put_error_beside_field(form, error)
    return _proposal_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


@own_words.get("/s/sign-ups/<int(max=2147483647):sign_up_id>/correct/")
def show_correction_form(sign_up_id: int) -> Response:
    mission = own_sign_up(reading(), sign_up_id).slot.site.mission
    _, cells = corrections.get_row_of(reading(), mission.slug)
    return _correction_page(sign_up_id, CorrectionForm(language=language(), data=cells))


def _correction_page(
    sign_up_id: int, form: CorrectionForm, status: int = HTTPStatus.OK, *, sent: bool = False
) -> Response:
    sign_up = own_sign_up(reading(), sign_up_id)
    return page(
        "signups/correct.html",
        status,
        sign_up=sign_up,
        mission=sign_up.slot.site.mission,
        form=form,
        sent=sent,
    )


@own_words.post("/s/sign-ups/<int(max=2147483647):sign_up_id>/correct/")
def propose_correction(sign_up_id: int) -> BaseResponse:
    """Note what a group says of the mission that it stands before; of the group nothing is kept."""
    form = CorrectionForm(request.form, language=language())
    own_sign_up(reading(), sign_up_id)
    if form.validate():
        try:
            with writing() as db:
                sign_up = own_sign_up(db, sign_up_id)
                campaign, mission = sign_up.group.campaign, sign_up.slot.site.mission
                asked = form.correction()
                corrections.propose_correction(db, campaign, mission, asked, clock.now())
            return _correction_page(sign_up_id, form, sent=True)
        except NotFound:
            raise
        except DomainError as error:
            put_error_beside_field(form, error)
    return _correction_page(sign_up_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
