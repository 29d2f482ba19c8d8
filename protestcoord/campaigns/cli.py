"""When would each site act: previews from the shipped directory, without a database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time

import click
from click.core import ParameterSource

from protestcoord.campaigns.cli_advise import advise
from protestcoord.campaigns.cli_input import (
    OneLineErrors,
    chosen_rows,
    moment_from_option,
    table_lines,
    window_from_option,
)
from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.schedule import (
    Gap,
    Overlap,
    PlannedSlot,
    RelayKind,
    RelayReport,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    relay_reports,
    slots_of_wave,
)
from protestcoord.core.clock import local_text, now, offset_at, tzdata_version, utc_text
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import CatalogueRow

OPTION_OF_FIELD = {
    "start": "--start",
    "duration_minutes": "--minutes",
    "window": "--window",
    "relay_hours": "--hours",
    "sites": "--missions",
    "timezone": "--missions",
    "recurrence": "--repeat",
}
MOST_NAMED = 6
HEADINGS = ("mission", "city", "local start", "UTC", "note")

schedule = click.Group("schedule", help="Compute when sites act; no database is needed.")
schedule.add_command(advise)


@schedule.command(cls=OneLineErrors)
@click.option(
    "--sync",
    required=True,
    type=click.Choice([kind.value for kind in Synchronisation]),
    help="What the sites have in common.",
)
@click.option(
    "--start",
    required=True,
    callback=moment_from_option,
    metavar="2027-06-04T12:00",
    help="UTC for same_instant and relay; a wall clock at each site for same_local_time.",
)
@click.option(
    "--minutes",
    default=60,
    show_default=True,
    help="Length of a slot; in a relay, of a segment.",
)
@click.option(
    "--window",
    default="08:00-20:00",
    show_default=True,
    callback=window_from_option,
    help="Relay: when a site may act, in its local time; may wrap past midnight.",
)
@click.option("--hours", default=24, show_default=True, help="Relay: its length.")
@click.option(
    "--relay",
    default=RelayKind.FULL.value,
    show_default=True,
    type=click.Choice([kind.value for kind in RelayKind]),
    help="Relay: every site once, or the fewest sites that leave no minute uncovered.",
)
@click.option(
    "--repeat",
    default="",
    metavar="FREQ=WEEKLY;COUNT=4",
    help="How it repeats: FREQ with INTERVAL, COUNT or UNTIL, BYDAY, BYHOUR (RFC 5545).",
)
@click.option(
    "--missions", metavar="SLUG,COUNTRY,…", help="Only these; without it, all that are open."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def preview(
    ctx: click.Context,
    /,
    *,
    sync: str,
    start: datetime,
    minutes: int,
    window: tuple[time, time],
    hours: int,
    relay: str,
    repeat: str,
    missions: str | None,
    as_json: bool,
) -> None:
    """Show when each site would act."""
    synchronisation = Synchronisation(sync)
    try:
        recurrence = recurrence_from_text(repeat)
        rule = WaveRule(
            synchronisation, start, minutes, RelayKind(relay), *window, hours, recurrence
        )
        _show(rule, chosen_rows(missions), as_json=as_json)
    except InvalidValue as error:
        option = OPTION_OF_FIELD.get(error.field, error.field)
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from error
    if synchronisation is not Synchronisation.RELAY:
        _warn_of_relay_options(ctx)


def _warn_of_relay_options(ctx: click.Context) -> None:
    for name in ("window", "hours", "relay"):
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            click.echo(f"--{name} is for a relay; it changed nothing here.", err=True)


def _show(rule: WaveRule, rows: Sequence[CatalogueRow], *, as_json: bool) -> None:
    places = _places(rows)
    slots = slots_of_wave(rule, places)
    is_relay = rule.synchronisation is Synchronisation.RELAY
    reports = relay_reports(rule, places, (), _places(chosen_rows(None))) if is_relay else ()
    if as_json:
        click.echo(json.dumps([_record(slot) for slot in slots], ensure_ascii=False, indent=1))
    else:
        cities = {row.slug: row.city for row in rows}
        table = [HEADINGS, *(_cells(slot, cities[slot.key]) for slot in slots)]
        click.echo("\n".join((*table_lines(table), "", _counts(slots, rule))))
    for report in reports:
        if report.gaps or report.left_out or not as_json:
            # Beside the JSON, never in it.
            click.echo("\n".join(_lines_of_report(report)), err=as_json)


def _places(rows: Sequence[CatalogueRow]) -> list[SchedulePlace]:
    return [SchedulePlace(r.slug, r.timezone, r.longitude, r.latitude) for r in rows]


def _record(slot: PlannedSlot) -> Mapping[str, str]:
    return {
        "mission": slot.key,
        "timezone": slot.timezone,
        "starts_at": utc_text(slot.starts_at),
        "ends_at": utc_text(slot.ends_at),
        "local_start": local_text(slot.starts_at, slot.timezone),
        "note": _note(slot),
    }


def _note(slot: PlannedSlot) -> str:
    return str(slot.note or "")


def _cells(slot: PlannedSlot, city: str) -> tuple[str, ...]:
    local = local_text(slot.starts_at, slot.timezone).replace("T", " ")
    return slot.key, city, local, _utc(slot.starts_at), _note(slot)


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}Z"


def _counts(slots: Sequence[PlannedSlot], rule: WaveRule) -> str:
    sites = len({slot.key for slot in slots})
    noted = sum(slot.note is not None for slot in slots)
    moment = now()
    changing = {
        slot.key
        for slot in slots
        if offset_at(moment, slot.timezone) != offset_at(slot.starts_at, slot.timezone)
    }
    return (
        f"Slots: {len(slots)}, of {rule.duration_minutes} minutes each; sites: {sites}; "
        f"with a note: {noted}; zone data: tzdata {tzdata_version()}.\n"
        f"Clocks change between now and then at {len(changing)} of these sites."
    )


def _lines_of_report(report: RelayReport) -> Iterator[str]:
    yield (
        f"Relay of {report.segments} segments from {_utc(report.starts_at)} "
        f"to {_utc(report.ends_at)}."
    )
    yield from map(_line_of_gap, report.gaps)
    if not report.gaps:
        yield "No minute is uncovered."
    yield from map(_line_of_overlap, report.overlaps)
    if report.left_out:
        yield f"Left out, for no segment lies in their window: {', '.join(report.left_out)}."


def _line_of_gap(gap: Gap) -> str:
    told = f"Uncovered: {_utc(gap.starts_at)} to {_utc(gap.ends_at)}, {gap.minutes} minutes."
    if not gap.closers:
        return f"{told} No open mission would close it."
    names = [f"{closer.key} ({closer.minutes} minutes)" for closer in gap.closers[:MOST_NAMED]]
    more = len(gap.closers) - len(names)
    words = "Would be closed by" if gap.closers[0].minutes == gap.minutes else "In part covered by"
    return f"{told} {words}: {', '.join(names)}{f' and {more} more' if more else ''}."


def _line_of_overlap(overlap: Overlap) -> str:
    between = f"{_utc(overlap.starts_at)} to {_utc(overlap.ends_at)}"
    return f"Shared by {len(overlap.keys)} sites: {between}."
