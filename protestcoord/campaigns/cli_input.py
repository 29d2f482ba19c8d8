"""What do the commands of ``schedule`` have in common: their options, which missions, tables."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

import click

from protestcoord.config import shipped
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.catalogue import CatalogueRow, read_catalogue
from protestcoord.missions.rules import MissionStatus


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


def moment_from_option(_ctx: click.Context, _option: click.Parameter, text: str) -> datetime:
    """Return the date and time of day that an option says.

    Raises:
        click.BadParameter: It says none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"“{text}” is no date and time like 2027-06-04T12:00.") from None
    if len(text) <= len("2027-06-04"):
        raise click.BadParameter(f"“{text}” has no time of day; say it like 2027-06-04T12:00.")
    return moment


def day_from_option(_ctx: click.Context, _option: click.Parameter, text: str) -> date:
    """Return the day that an option says.

    Raises:
        click.BadParameter: It says none.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise click.BadParameter(f"“{text}” is no day like 2027-06-04.") from None


def time_from_option(
    _ctx: click.Context, _option: click.Parameter, text: str | None
) -> time | None:
    """Return the time of day that an option says, or None if it was not given.

    Raises:
        click.BadParameter: It says none.
    """
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise click.BadParameter(f"“{text}” is no time of day like 12:00.") from None


def window_from_option(
    _ctx: click.Context, _option: click.Parameter, text: str
) -> tuple[time, time]:
    """Return the window of the day that an option says, such as ``08:00-20:00``.

    Raises:
        click.BadParameter: It says none.
    """
    begin, _, end = text.partition("-")
    try:
        return _time_of_day(begin), _time_of_day(end)
    except ValueError:
        raise click.BadParameter(f"“{text}” is no window like 08:00-20:00.") from None


def _time_of_day(text: str) -> time:
    if len(text) != len("08:00"):
        raise ValueError(text)
    return time() if text == "24:00" else time.fromisoformat(text)


def chosen_rows(wanted: str | None) -> Sequence[CatalogueRow]:
    """Return the missions that ``--missions`` names, without it all that are open.

    Raises:
        InvalidValue: It names none; ``field`` is sites.
    """
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


def table_lines(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a table, its headings first, as lines with even columns."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join(padded).rstrip()
