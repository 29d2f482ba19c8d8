"""The page behind an invitation's link: take the role, with a new account or one's own."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from flask_security import login_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.core import clock
from protestcoord.core.errors import DomainError, NotFound
from protestcoord.core.web import go_to, language, page, put_error_beside_field, reading, writing
from protestcoord.members.models import Invitation, Membership
from protestcoord.members.queries import find_invitation
from protestcoord.members.service import invited_by, join, join_with_new_account
from protestcoord.organizers.access import CONSOLE, is_signed_in_as, own_key
from protestcoord.organizers.audit import record
from protestcoord.organizers.forms import NewPasswordForm
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.queries import find_organizer

# Nobody need be signed in: who has the link was invited.
invitations = Blueprint("invitations", __name__, url_prefix="/organize/invitations")


def _open_invitation(session: Session, token: str) -> Invitation:
    found = find_invitation(session, token, clock.now())
    if found is None:
        raise NotFound
    return found


def _account_of(session: Session, invitation: Invitation) -> Organizer | None:
    return find_organizer(session, invited_by(own_key(), invitation).email)


@invitations.get("/<token>/")
def show(token: str) -> Response:
    """Show the button, or the form of a new account; nothing about anybody."""
    return _page(token, NewPasswordForm(language=language()))


def _page(token: str, form: NewPasswordForm, status: int = HTTPStatus.OK) -> Response:
    account = _account_of(reading(), _open_invitation(reading(), token))
    return page(
        "organizers/invitation.html",
        status,
        form=form,
        has_account=account is not None,
        is_here=account is not None and is_signed_in_as(account),
    )


@invitations.post("/<token>/")
def take(token: str) -> BaseResponse:
    """Take the role: by who is signed in with the invited address, or with a new account."""
    account = _account_of(reading(), _open_invitation(reading(), token))
    if account is None:
        return _take_anew(token)
    if not is_signed_in_as(account):
        return _page(token, NewPasswordForm(language=language()), HTTPStatus.FORBIDDEN)
    with writing() as session:
        organizer = session.get_one(Organizer, account.id)
        invitation = _open_invitation(session, token)
        _note(session, organizer, join(session, invitation, organizer, clock.now()))
    return go_to(CONSOLE)


def _take_anew(token: str) -> BaseResponse:
    form, now = NewPasswordForm(request.form, language=language()), clock.now()
    if form.validate():
        try:
            with writing() as session:
                invitation, password = _open_invitation(session, token), form.password.data
                member = join_with_new_account(session, own_key(), invitation, password, now)
                organizer = session.get_one(Organizer, member.organizer_id)
                _note(session, organizer, member)
            login_user(organizer)
            return go_to(CONSOLE)
        except NotFound:
            raise
        except DomainError as error:
            put_error_beside_field(form, error)
    return _page(token, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _note(session: Session, organizer: Organizer, member: Membership) -> None:
    record(session, organizer, "member.join", f"membership {member.id}", clock.now())
