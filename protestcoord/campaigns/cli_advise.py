"""Which moment of a day suits most missions: advice from the shipped directory, no database."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING

import click

from protestcoord.campaigns.cli_input import (
    OneLineErrors,
    chosen_rows,
    day_from_option,
    table_lines,
    time_from_option,
    window_from_option,
)
from protestcoord.core.clock import local_text, offset_text, tzdata_version, utc_text
from protestcoord.core.errors import DomainError, InvalidValue
from protestcoord.missions.catalogue import CatalogueRow

if TYPE_CHECKING:
    # Loaded only when the command runs, so that the other one starts fast.
    from protestcoord.campaigns.advice import Advice, SiteWarning, Step

OPTION_OF_FIELD = {
    "day": "--day",
    "duration_minutes": "--minutes",
    "window": "--window",
    "at": "--at",
    "sites": "--missions",
    "timezone": "--missions",
}
BEST = 10
MOST_NAMED = 6
HEADINGS = ("UTC", "all three", "awake", "daylight", "working day")
SERIES = ("all_three", "awake", "daylight", "working")
BARS = " ▁▂▃▄▅▆▇█"
STEPS_PER_BAR = 2
HOURS_PER_MARK = 3
KIND_WORDS = {
    "night": "It is night",
    "outside_waking_hours": "Outside waking hours",
    "weekend": "Weekend",
    "holiday": "Holiday",
    "chinese_holiday": "Chinese holiday",
}


@click.command(cls=OneLineErrors)
@click.option(
    "--day", required=True, callback=day_from_option, metavar="2027-06-04", help="A day in UTC."
)
@click.option("--minutes", default=60, show_default=True, help="Length of a slot.")
@click.option(
    "--window",
    default="08:00-20:00",
    show_default=True,
    callback=window_from_option,
    help="When people are awake, in local time; may wrap past midnight.",
)
@click.option(
    "--missions", metavar="SLUG,COUNTRY,…", help="Only these; without it, all that are open."
)
@click.option(
    "--at",
    callback=time_from_option,
    metavar="HH:MM",
    help="Say what speaks against this instant, in UTC; without it, against the best.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def advise(
    *,
    day: date,
    minutes: int,
    window: tuple[time, time],
    missions: str | None,
    at: time | None,
    as_json: bool,
) -> None:
    """Show which moment of a day suits most sites."""
    try:
        rows = chosen_rows(missions)
        advice = _advice(rows, day, minutes, window, at)
    except InvalidValue as error:
        option = OPTION_OF_FIELD.get(error.field, error.field)
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from error
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(_record(advice), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(_lines(advice, rows)))


def _advice(
    rows: Sequence[CatalogueRow],
    day: date,
    minutes: int,
    window: tuple[time, time],
    at: time | None,
) -> "Advice":
    from protestcoord.campaigns import advice
    from protestcoord.campaigns.site_hours import AskedDay

    places = [
        advice.AdvicePlace(r.slug, r.timezone, r.country, r.latitude, r.longitude) for r in rows
    ]
    return advice.advise(places, AskedDay(day, minutes, *window), at)


def _record(advice: "Advice") -> Mapping[str, object]:
    return {
        "day": advice.asked.day.isoformat(),
        "tzdata": tzdata_version(),
        "steps": [
            {
                "starts_at": utc_text(step.starts_at),
                "sites": step.sites,
                "awake": step.awake,
                "daylight": step.daylight,
                "working": step.working,
                "all": step.all_three,
            }
            for step in advice.steps
        ],
        "best": [utc_text(step.starts_at) for step in advice.ranked[:BEST]],
        "warnings": [
            {
                "mission": warning.key,
                "kind": warning.kind,
                "local_start": local_text(warning.starts_at, warning.timezone),
                "name": warning.name,
            }
            for warning in advice.warnings
        ],
        "same_local_time": [
            {
                "mission": off.key,
                "weekend": off.kind.weekend,
                "holiday": off.kind.holiday,
                "chinese_holiday": off.kind.chinese_holiday,
            }
            for off in advice.days_off
        ],
    }


def _lines(advice: "Advice", rows: Sequence[CatalogueRow]) -> Iterator[str]:
    asked, cities = advice.asked, {row.slug: row.city for row in rows}
    yield (
        f"Same instant: slots of {asked.duration_minutes} minutes on {asked.day} in UTC; "
        f"sites: {advice.steps[0].sites}; zone data: tzdata {tzdata_version()}."
    )
    yield ""
    yield from table_lines([HEADINGS, *map(_cells, advice.ranked[:BEST])])
    yield ""
    yield from _chart(advice.steps)
    yield ""
    yield f"What speaks against {advice.chosen_at:%H:%M} UTC:"
    yield from _lines_of_warnings(advice.warnings, cities)
    yield ""
    yield f"Same local time: where {asked.day} is a weekend or a holiday:"
    yield from _lines_of_days_off(advice)


def _cells(step: "Step") -> tuple[str, ...]:
    return f"{step.starts_at:%H:%M}", *(str(getattr(step, name)) for name in SERIES)


def _chart(steps: Sequence["Step"]) -> Iterator[str]:
    """Yield a line a count: a bar each half hour, full where it suits every site."""
    width = max(map(len, HEADINGS))
    drawn = steps[::STEPS_PER_BAR]
    marks = (f"{hour:02d}".ljust(2 * HOURS_PER_MARK) for hour in range(0, 24, HOURS_PER_MARK))
    yield f"{'UTC'.ljust(width)}  {''.join(marks)}".rstrip()
    for heading, name in zip(HEADINGS[1:], SERIES, strict=True):
        bars = "".join(_bar(getattr(step, name), step.sites) for step in drawn)
        yield f"{heading.ljust(width)}  {bars}".rstrip()


def _bar(count: int, most: int) -> str:
    """Nothing is a space, the least that is something is seen, and only all is full."""
    return BARS[-1] if count == most else BARS[-(-count * (len(BARS) - 2) // most)]


def _lines_of_warnings(
    warnings: Sequence["SiteWarning"], cities: Mapping[str, str]
) -> Iterator[str]:
    for kind, words in KIND_WORDS.items():
        found = [warning for warning in warnings if warning.kind == kind]
        if found:
            named = "; ".join(_site(warning, cities) for warning in found[:MOST_NAMED])
            more = len(found) - MOST_NAMED
            yield f"  {words} at {len(found)}: {named}{f'; and {more} more' if more > 0 else ''}"
    if not warnings:
        yield "  Nothing."


def _site(warning: "SiteWarning", cities: Mapping[str, str]) -> str:
    local = local_text(warning.starts_at, warning.timezone)[11:16]
    offset = offset_text(warning.starts_at, warning.timezone)
    name = f", {warning.name}" if warning.name else ""
    return f"{cities[warning.key]} {local} ({offset}){name}"


def _lines_of_days_off(advice: "Advice") -> Iterator[str]:
    """Yield a line a reason: what a day is depends on the country alone."""
    countries: dict[str, Counter[str]] = {}
    for off in advice.days_off:
        for kind, name in off.reasons:
            reason = f"{KIND_WORDS[kind]}{f' ({name})' if name else ''}"
            countries.setdefault(reason, Counter())[off.country] += 1
    for reason, counted in sorted(countries.items()):
        named = ", ".join(list(counted)[:MOST_NAMED])
        more = len(counted) - MOST_NAMED
        yield f"  {reason} at {counted.total()}: {named}{f' and {more} more' if more > 0 else ''}"
    if not advice.days_off:
        yield "  Nowhere."
