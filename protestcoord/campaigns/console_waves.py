"""The organizer's pages of a campaign's waves."""

from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns import planning
from protestcoord.campaigns.access import needs, own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.campaigns.overriding import overrides_of_wave
from protestcoord.campaigns.queries import first_start_of, get_wave, waves_of_campaign
from protestcoord.campaigns.wave_form import WaveForm, repeat_fields
from protestcoord.core import clock
from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.core.languages import error_text
from protestcoord.core.web import go_to, language, reading, writing
from protestcoord.members.rules import Right

# What a link to the form of a new wave may say.
PROPOSED = ("synchronisation", "start", "duration_minutes")


@needs(Right.VIEW)
def show_waves(slug: str) -> Response:
    """Show the waves of a campaign."""
    return _waves_page(slug)


def _waves_page(slug: str, status: int = HTTPStatus.OK, problem: str = "") -> Response:
    session = reading()
    waves = waves_of_campaign(session, own_campaign(session, slug))
    return campaign_page(
        "campaigns/console/waves.html",
        slug,
        status,
        waves=waves,
        published={wave.number for wave in waves if first_start_of(session, wave)},
        overrides={wave.number: len(overrides_of_wave(session, wave)) for wave in waves},
        problem=problem,
    )


@needs(Right.PLAN)
def show_new_wave(slug: str) -> Response:
    """Show the form of a new wave, with what a link to it proposes."""
    blank = WaveForm(language=language())
    proposed = WaveForm(request.args, language=language())
    # What cannot be read is left out, since nobody typed it.
    told = {name: proposed[name].data for name in PROPOSED if not proposed[name].process_errors}
    said = {name: value for name, value in told.items() if name in request.args and value}
    return _wave_page(slug, WaveForm(language=language(), data=said) if said else blank)


def _wave_page(
    slug: str, form: WaveForm, status: int = HTTPStatus.OK, number: int | None = None
) -> Response:
    return campaign_page(
        "campaigns/console/wave.html", slug, status, form=form, number=number, now=clock.now()
    )


@needs(Right.PLAN)
def create_wave(slug: str) -> BaseResponse:
    """Add a wave."""
    form = WaveForm(request.form, language=language())

    def write(session: Session) -> str:
        campaign = own_campaign(session, slug)
        wave = planning.add_wave(session, campaign, form.request(), clock.now())
        note(session, "wave.add", campaign, wave=wave.number)
        say_done(N_("The wave is saved. Its times show in the preview."))
        return path_of(campaign, "waves/")

    return save(form, write) or _wave_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)


@needs(Right.VIEW)
def show_wave(slug: str, number: int) -> Response:
    """Show the form of a wave."""
    wave = get_wave(reading(), own_campaign(reading(), slug), number)
    names = WaveForm(language=language())._fields
    told = {name: getattr(wave, name) for name in names if hasattr(wave, name)}
    form = WaveForm(language=language(), data={**told, **repeat_fields(wave.repeats)})
    return _wave_page(slug, form, number=number)


@needs(Right.PLAN)
def save_wave(slug: str, number: int) -> BaseResponse:
    """Change a wave."""
    form = WaveForm(request.form, language=language())

    def write(session: Session) -> str:
        campaign = own_campaign(session, slug)
        wave = get_wave(session, campaign, number)
        planning.edit_wave(session, wave, form.request(), clock.now())
        note(session, "wave.edit", campaign, wave=number)
        say_done(N_("The wave is saved. Its times show in the preview."))
        return path_of(campaign, "waves/")

    invalid = HTTPStatus.UNPROCESSABLE_ENTITY
    return save(form, write) or _wave_page(slug, form, invalid, number)


@needs(Right.PLAN)
def remove_wave(slug: str, number: int) -> BaseResponse:
    """Remove a wave that was never published."""
    try:
        with writing() as session:
            campaign = own_campaign(session, slug)
            planning.remove_wave(session, get_wave(session, campaign, number), clock.now())
            note(session, "wave.remove", campaign, wave=number)
    except NotFound:
        raise
    except DomainError as error:
        return _waves_page(slug, error.status, error_text(error, language()))
    return go_to(path_of(own_campaign(reading(), slug), "waves/"))
