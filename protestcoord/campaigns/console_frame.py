"""What all of the console's pages about a campaign do: check, write, answer."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, flash, get_flashed_messages
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import own_campaign
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.campaigns.queries import (
    sites_of_campaign,
    slots_of_campaign,
    waves_of_campaign,
)
from protestcoord.core import clock
from protestcoord.core.errors import DomainError, NotFound
from protestcoord.core.fields import Form
from protestcoord.core.languages import translate
from protestcoord.core.web import (
    go_to,
    language,
    page,
    put_error_beside_field,
    reading,
    writing,
)
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.audit import record


@dataclass(frozen=True)
class Progress:
    """How far a campaign is: what its pages show as steps."""

    sites: int
    waves: int
    slots: int


def progress_of(session: Session, campaign: Campaign) -> Progress:
    """Return how far a campaign is."""
    slots = slots_of_campaign(session, campaign)
    return Progress(
        sites=len(sites_of_campaign(session, campaign)),
        waves=len(waves_of_campaign(session, campaign)),
        slots=sum(slot.cancelled_at is None for slot in slots),
    )


def campaign_page(template: str, slug: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """Return a page about an own campaign, with its steps and what was just done."""
    campaign = own_campaign(reading(), slug)
    return page(
        template,
        status,
        campaign=campaign,
        progress=progress_of(reading(), campaign),
        done=get_flashed_messages(),
        **values,
    )


def save(form: Form, write: Callable[[Session], str]) -> BaseResponse | None:
    """Check a form and write what it asks in one unit of work.

    Args:
        form: As sent.
        write: Does it, and returns the path to go to then.

    Returns:
        The way to the next page, or None if the form now has errors.
    """
    if not form.validate():
        return None
    try:
        with writing() as session:
            path = write(session)
            if isinstance(form, PublicTextForm) and form.phrases():
                me = signed_in_organizer()
                record(session, me, "text.vouch", f"organizer {me.id}", clock.now())
    except NotFound:
        raise
    except DomainError as error:
        put_error_beside_field(form, error)
        return None
    return go_to(path)


def note(session: Session, act: str, campaign: Campaign, **detail: int | str | bool) -> None:
    """Write down what the signed-in organizer does to a campaign."""
    subject = f"campaign {campaign.id}"
    record(session, signed_in_organizer(), act, subject, clock.now(), **detail)


def say_done(message: str, **values: object) -> None:
    """Let the next page say what was done."""
    flash(translate(message, language(), **values))


def path_of(campaign: Campaign, rest: str = "") -> str:
    """Return the path of a campaign's page in the console."""
    return f"/organize/c/{campaign.slug}/{rest}"
