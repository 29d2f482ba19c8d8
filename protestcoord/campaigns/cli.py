"""When would each site act: previews from the shipped directory, without a database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time

import click
from click.core import ParameterSource

from protestcoord.campaigns.schedule import (
    Gap,
    PlannedSlot,
    RelayKind,
    RelayReport,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    relay_report,
    slots_of_wave,
)
from protestcoord.config import shipped
from protestcoord.core.clock import local_text, tzdata_version, utc_text
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import CatalogueRow, read_catalogue
from protestcoord.missions.rules import MissionStatus

OPTION_OF_FIELD = {
    "start": "--start",
    "duration_minutes": "--minutes",
    "window": "--window",
    "relay_hours": "--hours",
    "sites": "--missions",
    "timezone": "--missions",
}
HEADINGS = ("mission", "city", "local start", "UTC", "note")

schedule = click.Group("schedule", help="Compute when sites act; no database is needed.")


class OneLineErrors(click.Command):
    """A command that answers a wrong value with one line that names the option."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        """Parse the options."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _in_one_line(error) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            answer: object = super().invoke(ctx)
        except click.UsageError as error:
            raise _in_one_line(error) from error
        return answer


def _in_one_line(error: click.UsageError) -> click.UsageError:
    return click.UsageError(" ".join(error.format_message().split()))


def _start(_ctx: click.Context, _option: click.Parameter, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"“{text}” is no date and time like 2027-06-04T12:00.") from None
    if len(text) <= len("2027-06-04"):
        raise click.BadParameter(f"“{text}” has no time of day; say it like 2027-06-04T12:00.")
    return moment


def _window(_ctx: click.Context, _option: click.Parameter, text: str) -> tuple[time, time]:
    begin, _, end = text.partition("-")
    try:
        return _time_of_day(begin), _time_of_day(end)
    except ValueError:
        raise click.BadParameter(f"“{text}” is no window like 08:00-20:00.") from None


def _time_of_day(text: str) -> time:
    if len(text) != len("08:00"):
        raise ValueError(text)
    return time() if text == "24:00" else time.fromisoformat(text)


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
    callback=_start,
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
    callback=_window,
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
    missions: str | None,
    as_json: bool,
) -> None:
    """Show when each site would act."""
    synchronisation = Synchronisation(sync)
    rule = WaveRule(synchronisation, start, minutes, RelayKind(relay), *window, hours)
    try:
        _show(rule, _rows(missions), as_json=as_json)
    except InvalidValue as error:
        option = OPTION_OF_FIELD.get(error.field, error.field)
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from error
    if synchronisation is not Synchronisation.RELAY:
        _warn_of_relay_options(ctx)


def _warn_of_relay_options(ctx: click.Context) -> None:
    for name in ("window", "hours", "relay"):
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            click.echo(f"--{name} is for a relay; it changed nothing here.", err=True)


def _rows(wanted: str | None) -> Sequence[CatalogueRow]:
    rows = read_catalogue(shipped("data") / "embassies.csv")
    if wanted is None:
        return [row for row in rows if row.status is MissionStatus.OPEN]
    names = [name.strip() for name in wanted.split(",")]
    slugs = {row.slug for name in names for row in _rows_named(name, rows)}
    return [row for row in rows if row.slug in slugs]


def _rows_named(name: str, rows: Sequence[CatalogueRow]) -> list[CatalogueRow]:
    """Return the mission with a slug, whatever its status, or the open ones in a country."""
    found = [row for row in rows if row.slug == name.lower()] or [
        row for row in rows if row.country == name.upper() and row.status is MissionStatus.OPEN
    ]
    if not found:
        raise InvalidValue(
            f"“{name}” is neither a mission nor the ISO code of a country with an open one.",
            field="sites",
        )
    return found


def _show(rule: WaveRule, rows: Sequence[CatalogueRow], *, as_json: bool) -> None:
    places = [SchedulePlace(r.slug, r.timezone, r.longitude, r.latitude) for r in rows]
    slots = slots_of_wave(rule, places)
    is_relay = rule.synchronisation is Synchronisation.RELAY
    report = relay_report(rule, places) if is_relay else None
    if as_json:
        click.echo(json.dumps([_record(slot) for slot in slots], ensure_ascii=False, indent=1))
    else:
        cities = {row.slug: row.city for row in rows}
        click.echo("\n".join((*_table(slots, cities), "", _counts(slots, rule))))
    if report and (report.gaps or report.left_out or not as_json):
        # Beside the JSON, never in it.
        click.echo("\n".join(_lines_of_report(report)), err=as_json)


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


def _table(slots: Sequence[PlannedSlot], cities: Mapping[str, str]) -> Iterator[str]:
    table = [HEADINGS, *(_cells(slot, cities[slot.key]) for slot in slots)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _cells(slot: PlannedSlot, city: str) -> tuple[str, ...]:
    local = local_text(slot.starts_at, slot.timezone).replace("T", " ")
    return slot.key, city, local, _utc(slot.starts_at), _note(slot)


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}Z"


def _counts(slots: Sequence[PlannedSlot], rule: WaveRule) -> str:
    sites = len({slot.key for slot in slots})
    noted = sum(slot.note is not None for slot in slots)
    return (
        f"Slots: {len(slots)}, of {rule.duration_minutes} minutes each; sites: {sites}; "
        f"with a note: {noted}; zone data: tzdata {tzdata_version()}."
    )


def _lines_of_report(report: RelayReport) -> Iterator[str]:
    yield (
        f"Relay of {report.segments} segments from {_utc(report.starts_at)} "
        f"to {_utc(report.ends_at)}."
    )
    yield from map(_line_of_gap, report.gaps)
    if not report.gaps:
        yield "No minute is uncovered."
    if report.left_out:
        yield f"Left out, for no segment lies in their window: {', '.join(report.left_out)}."


def _line_of_gap(gap: Gap) -> str:
    return f"Uncovered: {_utc(gap.starts_at)} to {_utc(gap.ends_at)}, {gap.minutes} minutes."
