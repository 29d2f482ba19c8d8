"""The organizer's page of what single sites do otherwise than a wave says."""

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns import overriding
from protestcoord.campaigns.access import needs, own_areas, own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.campaigns.models import Site, Wave
from protestcoord.campaigns.override_form import OverrideForm
from protestcoord.campaigns.overrides import EVERY_OCCURRENCE
from protestcoord.campaigns.queries import find_site, get_wave, sites_of_campaign
from protestcoord.campaigns.recurrence import MOST_OCCURRENCES
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.campaigns.stored_rules import rule_of
from protestcoord.core import clock
from protestcoord.core.errors import N_, NotFound
from protestcoord.core.languages import moment_text, territory_name, translate
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members.rules import Right


@needs(Right.VIEW)
def show_overrides(slug: str, number: int) -> Response:
    """Show what single sites of a wave do otherwise, and the form to say more."""
    wave = get_wave(reading(), own_campaign(reading(), slug), number)
    chosen = {"key": request.args.get("site", "")}
    return _page(slug, wave, _form_for(wave, OverrideForm(language=language(), data=chosen)))


def _form_for(wave: Wave, form: OverrideForm) -> OverrideForm:
    """Let a form offer the sites and the occurrences of a wave."""
    areas = own_areas(reading(), wave.campaign)
    sites = [
        site
        for site in sites_of_campaign(reading(), wave.campaign)
        if areas.covers(site.mission.country)
    ]
    places = [(site.mission.slug, _name_of(site)) for site in sites]
    form.key.choices = sorted(places, key=lambda place: place[1])
    form.occurrence.choices = [(EVERY_OCCURRENCE, translate(N_("every time"), language()))]
    if wave.synchronisation is not Synchronisation.RELAY:
        form.occurrence.choices += [
            (number, f"{number}: {_moment_of(wave, start)}")
            for number, start in enumerate(rule_of(wave).starts, start=1)
        ]
    return form


def _moment_of(wave: Wave, start: datetime) -> str:
    """Return a start as people read it: a wall clock without a zone, an instant in UTC."""
    is_local = wave.synchronisation is Synchronisation.SAME_LOCAL_TIME
    text = moment_text(start.replace(tzinfo=UTC), "UTC", language())
    return text.replace(" (UTC+00:00)", "" if is_local else " UTC")


def _name_of(site: Site) -> str:
    mission = site.mission
    return f"{mission.city}, {territory_name(mission.country, language())} ({mission.slug})"


def _page(slug: str, wave: Wave, form: OverrideForm, status: int = HTTPStatus.OK) -> Response:
    return campaign_page(
        "campaigns/console/overrides.html",
        slug,
        status,
        wave=wave,
        form=form,
        labels=dict(form.occurrence.choices),
        overrides=overriding.overrides_of_wave(reading(), wave),
    )


@needs(Right.ARRANGE)
def save_override(slug: str, number: int) -> BaseResponse:
    """Say what a site does otherwise."""
    wave = get_wave(reading(), own_campaign(reading(), slug), number)
    form = _form_for(wave, OverrideForm(request.form, language=language()))

    def write(session: Session) -> str:
        own = get_wave(session, own_campaign(session, slug), number)
        overriding.override_site(session, own, form.request(), clock.now())
        note(session, "override.set", own.campaign, wave=number, occurrence=form.occurrence.data)
        say_done(N_("Saved. The time of this site shows in the preview."))
        return path_of(own.campaign, f"waves/{number}/sites/")

    done = save(form, write) if form.is_valid_for(rule_of(wave)) else None
    return done or _page(slug, wave, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@needs(Right.ARRANGE)
def remove_override(slug: str, number: int) -> BaseResponse:
    """Let a site do again what the wave says."""
    mission = request.form.get("key", "")
    occurrence = request.form.get("occurrence", "")
    if occurrence not in map(str, range(MOST_OCCURRENCES + 1)):
        raise NotFound
    with writing() as session:
        campaign = own_campaign(session, slug)
        wave = get_wave(session, campaign, number)
        site = find_site(session, campaign, mission)
        if site is None or not own_areas(session, campaign).covers(site.mission.country):
            raise NotFound
        overriding.remove_override(session, wave, mission, int(occurrence), clock.now())
        note(session, "override.remove", campaign, wave=number, occurrence=int(occurrence))
        say_done(N_("Removed. The site follows the wave again."))
    return go_to(path_of(own_campaign(reading(), slug), f"waves/{number}/sites/"))
