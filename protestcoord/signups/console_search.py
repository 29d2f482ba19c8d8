"""The organizer's search in a campaign; an address is looked up by a form of its own."""

from http import HTTPStatus
from typing import Any

from flask import Response, request

from protestcoord.campaigns.access import campaign_console, needs, own_campaign, visible_sites
from protestcoord.campaigns.console_frame import campaign_page
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError
from protestcoord.core.fields import Form
from protestcoord.core.web import (
    language,
    put_error_beside_field,
    reading,
    writing,
)
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer
from protestcoord.organizers.acts import ACT_TEXTS
from protestcoord.organizers.audit import record
from protestcoord.organizers.queries import acts_since
from protestcoord.signups.finding import find_group_of_address, find_in_campaign
from protestcoord.signups.forms import email_field
from protestcoord.signups.models import Group
from protestcoord.signups.views import vault

console = campaign_console("search_console", __name__)

LONGEST_TEXT = 200
MOST_ADDRESSES_A_DAY = 50


class TooManyAddresses(DomainError):
    """Somebody tries out who takes part; an organizer seldom looks for an address."""

    message = N_("You looked for %(most)s addresses within a day. Please go on tomorrow.")
    status = HTTPStatus.TOO_MANY_REQUESTS


class AddressForm(Form):
    """An organizer looks for the group of an address."""

    email = email_field()


@console.get("/c/<slug>/search/")
@needs(Right.VIEW)
def search(slug: str) -> Response:
    """Show what a text names in the campaign."""
    campaign = own_campaign(reading(), slug)
    text = request.args.get("q", "")[:LONGEST_TEXT]
    found = None
    if "@" not in text:
        sites = visible_sites(reading(), campaign)
        found = find_in_campaign(reading(), campaign, sites, text, signed_in_organizer())
    return _search_page(slug, AddressForm(language=language()), searched=text, found=found)


def _search_page(
    slug: str, form: AddressForm, status: int = HTTPStatus.OK, **values: Any
) -> Response:
    nothing = {"searched": "", "found": None, "looked": False, "group": None}
    return campaign_page(
        "signups/console/search.html",
        slug,
        status,
        form=form,
        act_texts=ACT_TEXTS,
        **nothing | values,
    )


@console.post("/c/<slug>/search/address/")
@needs(Right.CONTACT)
def search_address(slug: str) -> Response:
    """Find the group of an address, exactly; that it was looked for is written down.

    A POST, so that no address stands in a history or a log of addresses.
    """
    own_campaign(reading(), slug)
    form = AddressForm(request.form, language=language())
    if not form.validate():
        return _search_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        group = _group_of_address(slug, form.email.data)
    except TooManyAddresses as error:
        put_error_beside_field(form, error)
        return _search_page(slug, form, error.status)
    return _search_page(slug, form, looked=True, group=group)


def _group_of_address(slug: str, email: str) -> Group | None:
    now = clock.now()
    with writing() as db:
        campaign, organizer = own_campaign(db, slug), signed_in_organizer()
        if acts_since(db, organizer, "contact.search", now - clock.DAY) >= MOST_ADDRESSES_A_DAY:
            raise TooManyAddresses(most=MOST_ADDRESSES_A_DAY)
        sites = visible_sites(db, campaign)
        group = find_group_of_address(db, vault(), campaign, sites, email)
        subject = f"group {group.id}" if group else f"campaign {campaign.id}"
        record(db, organizer, "contact.search", subject, now, found=group is not None)
    return group
