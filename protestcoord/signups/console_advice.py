"""The organizer's page that helps to choose the moment of a protest day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from protestcoord.campaigns.access import campaign_console, needs, own_campaign
from protestcoord.campaigns.advice import Advice, DayOff, SiteWarning, WarningKind, advise
from protestcoord.campaigns.advice_chart import chart_from_advice
from protestcoord.campaigns.console_frame import campaign_page
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import waves_of_campaign
from protestcoord.core import clock
from protestcoord.core.errors import DomainError
from protestcoord.core.languages import territory_name
from protestcoord.core.web import language, put_error_beside_field, reading
from protestcoord.members.rules import Right
from protestcoord.missions.models import Mission
from protestcoord.signups.advice_form import AdviceForm
from protestcoord.signups.advice_places import PlacesAsked, places_asked

console = campaign_console("advice_console", __name__)

BEST = 10


@dataclass(frozen=True)
class WarnedSite:
    """A warning and the mission that it is about."""

    warning: SiteWarning
    mission: Mission


@dataclass(frozen=True)
class CountriesOff:
    """Countries where a day is the same kind of day off, with how many sites each has.

    Attributes:
        kind: What the day is there.
        name: Of the holiday in English; else empty.
        countries: ISO code and number of sites, by the country's name.
    """

    kind: WarningKind
    name: str
    countries: Sequence[tuple[str, int]]

    @property
    def sites(self) -> int:
        """How many sites they have together."""
        return sum(sites for _, sites in self.countries)


@console.get("/c/<slug>/advice/")
@needs(Right.VIEW)
def show_advice(slug: str) -> Response:
    """Show how each instant of a day suits the sites, and what speaks against one."""
    campaign = own_campaign(reading(), slug)
    form = _form(campaign)
    if form["day"].data is None and "day" not in request.args:
        return _advice_page(slug, form)
    if not form.validate():
        return _advice_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    asked = places_asked(reading(), campaign, weighted=form.weighted.data)
    try:
        advice = advise(asked.places, form.asked_day(), form.at.data)
    except DomainError as error:
        put_error_beside_field(form, error)
        return _advice_page(slug, form, error.status)
    return _advice_page(slug, form, **_told(advice, asked))


def _form(campaign: Campaign) -> AdviceForm:
    """Return the form as sent; without a day, it says that of the first wave."""
    form = AdviceForm(request.args, language=language())
    if "day" not in request.args:
        waves = waves_of_campaign(reading(), campaign)
        form["day"].data = waves[0].start.date() if waves else None
    return form


def _advice_page(slug: str, form: AdviceForm, status: int = HTTPStatus.OK, **told: Any) -> Response:
    values = {"advice": None, "query": _query_of(form)} | told
    return campaign_page("campaigns/console/advice.html", slug, status, form=form, **values)


def _query_of(form: AdviceForm) -> str:
    """Return what a link to the same page says, all but the time that is looked at."""
    told = {
        name: form[name]._value()  # noqa: SLF001 - how WTForms calls the text of a control
        for name in ("day", "duration_minutes", "window_start", "window_end")
    }
    return urlencode(told | ({"weighted": "y"} if form.weighted.data else {}))


def _told(advice: Advice, asked: PlacesAsked) -> dict[str, Any]:
    return {
        "advice": advice,
        "asked": asked,
        "chart": chart_from_advice(advice),
        "best": advice.ranked[:BEST],
        "chosen": next((s for s in advice.steps if s.starts_at == advice.chosen_at), None),
        "warned": _by_kind(advice.warnings, asked.missions),
        "days_off": _by_reason(advice.days_off),
        "tzdata": clock.tzdata_version(),
    }


def _by_kind(
    warnings: Iterable[SiteWarning], missions: Mapping[str, Mission]
) -> dict[WarningKind, list[WarnedSite]]:
    found: dict[WarningKind, list[WarnedSite]] = {kind: [] for kind in WarningKind}
    for warning in warnings:
        found[warning.kind].append(WarnedSite(warning, missions[warning.key]))
    return {kind: sorted(sites, key=_by_name) for kind, sites in found.items() if sites}


def _by_name(site: WarnedSite) -> tuple[str, str, str]:
    name = territory_name(site.mission.country, language())
    return name, site.mission.city, site.mission.slug


def _by_reason(days_off: Iterable[DayOff]) -> list[CountriesOff]:
    """Return why missions rest; it depends on the country alone, so that sites need no list."""
    found: dict[tuple[WarningKind, str], dict[str, int]] = {}
    for off in days_off:
        for reason in off.reasons:
            countries = found.setdefault(reason, {})
            countries[off.country] = countries.get(off.country, 0) + 1
    return [
        CountriesOff(kind, name, sorted(found[kind, name].items(), key=_name_of_country))
        for kind in WarningKind
        for name in sorted(name for of_kind, name in found if of_kind is kind)
    ]


def _name_of_country(counted: tuple[str, int]) -> str:
    return territory_name(counted[0], language())
