"""The organizer's pages of notice and permits: what is known of each country, and own notes."""

from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns import permits
from protestcoord.campaigns.access import needs, own_areas, own_campaign, own_membership
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.permit_form import PermitNoteForm
from protestcoord.core import clock
from protestcoord.core.errors import N_, NotFound
from protestcoord.core.languages import territory_name
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members.rules import Right


@needs(Right.VIEW)
def show_permits(slug: str) -> Response:
    """Show what is known of each country in which a campaign has sites."""
    countries = permits.countries_of_campaign(
        reading(), own_campaign(reading(), slug).id, clock.now()
    )
    countries.sort(key=lambda one: territory_name(one.country, language()))
    return campaign_page(
        "campaigns/console/permits.html",
        slug,
        known=[one for one in countries if one.is_known],
        unknown=[one for one in countries if not one.is_known],
        checked=sum(one.is_checked for one in countries),
    )


def _country(slug: str, code: str) -> permits.CountryPermits:
    campaign = own_campaign(reading(), slug)
    countries = permits.countries_of_campaign(reading(), campaign.id, clock.now())
    for country in countries:
        if country.country == code:
            return country
    raise NotFound


@needs(Right.VIEW)
def show_permit(slug: str, country: str) -> Response:
    """Show all that is known of a country, and the form of the own note."""
    known = _country(slug, country)
    return _page(slug, known, PermitNoteForm(language=language(), data=_data_of(known)))


def _data_of(country: permits.CountryPermits) -> dict[str, object]:
    """Return what the form begins with: the own note, or what the table says of the country."""
    rule = country.whole
    if rule is None:
        return {}
    data: dict[str, object] = {
        "requirement": rule.requirement,
        "lead": rule.lead,
        "lead_unit": rule.lead_unit,
        "counted_from": rule.counted_from,
        "authority": rule.authority,
        "note": rule.note,
    }
    if rule.is_own:
        data |= {"source": rule.source_title, "checked_on": rule.checked_on}
    return data


def _page(
    slug: str,
    country: permits.CountryPermits,
    form: PermitNoteForm,
    status: int = HTTPStatus.OK,
) -> Response:
    me = own_membership(reading(), slug)
    may_write = me.has(Right.ARRANGE) and me.areas.covers(country.country)
    return campaign_page(
        "campaigns/console/permit.html",
        slug,
        status,
        country=country,
        form=form,
        may_write=may_write,
    )


def _campaign_within(session: Session, slug: str, country: str) -> Campaign:
    """Return an own campaign, if a country lies in the areas of who is signed in."""
    campaign = own_campaign(session, slug)
    if not own_areas(session, campaign).covers(country):
        raise NotFound
    return campaign


@needs(Right.ARRANGE)
def save_permit(slug: str, country: str) -> BaseResponse:
    """Let what the organizers found out count in this campaign."""
    _campaign_within(reading(), slug, country)
    known = _country(slug, country)
    form = PermitNoteForm(request.form, language=language())

    def write(session: Session) -> str:
        campaign = _campaign_within(session, slug, country)
        permits.write_permit_note(session, campaign, country, form.request(), clock.now())
        note(session, "permit.note", campaign, country=country)
        say_done(N_("Saved. Groups and the public read your note now."))
        return path_of(campaign, "permits/")

    return save(form, write) or _page(slug, known, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@needs(Right.ARRANGE)
def remove_permit(slug: str, country: str) -> BaseResponse:
    """Let the shipped table count again."""
    with writing() as session:
        campaign = _campaign_within(session, slug, country)
        permits.remove_permit_note(session, campaign, country)
        note(session, "permit.remove", campaign, country=country)
        say_done(N_("Removed. The table counts again."))
    return go_to(path_of(own_campaign(reading(), slug), "permits/"))
