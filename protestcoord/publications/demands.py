"""What did authorities and companies ask of who runs this site: rows of a table; pure."""

from dataclasses import dataclass
from datetime import date

from protestcoord.core.csvreading import Record, records_from_text, text_from_bytes
from protestcoord.core.csvtext import csv_from_rows
from protestcoord.core.errors import N_, InvalidValue

COLUMNS = ("date", "sender", "law", "demand", "answer")
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Demand:
    """That somebody asked for something, and what became of it; all of it is public.

    Attributes:
        day: When it came.
        sender: Which office or company.
        law: What it leans on; empty if on nothing.
        demand: What it wants.
        answer: What was done.
    """

    day: date
    sender: str
    law: str
    demand: str
    answer: str


@dataclass(frozen=True)
class Log:
    """All demands, the newest first, and up to which day it is said that there were no others.

    Attributes:
        told_until: The last day in the table; None if nothing was ever said. It is written by a
            person, never by a clock: a machine does not know that nothing came.
    """

    demands: tuple[Demand, ...]
    told_until: date | None


def log_from_csv(content: bytes) -> Log:
    """Return the log that a table holds; an empty file is one in which nothing was said.

    A row with a date and nothing else says that nothing more had come up to that day.

    Raises:
        InvalidValue: It is no such table; the message names the line.
    """
    if not content.strip():
        return Log((), None)
    records = records_from_text(text_from_bytes(content), COLUMNS, MOST_ROWS)
    days = [_day(record) for record in records]
    found = [
        _demand(record, day)
        for record, day in zip(records, days, strict=True)
        if any(cell for name, cell in record.cells.items() if name != "date")
    ]
    found.sort(key=lambda demand: demand.day, reverse=True)
    return Log(tuple(found), max(days, default=None))


def csv_of_row(*cells: str, header: bool) -> str:
    """Return one row as it is appended to the table, after the header where there is none yet."""
    text = csv_from_rows(COLUMNS, [cells])
    return text if header else text.partition("\r\n")[2]


def _day(record: Record) -> date:
    try:
        return date.fromisoformat(record.cells["date"])
    except ValueError:
        message = N_("Line %(line)s: the date has to be written like 2027-05-02.")
        raise InvalidValue(message, field="date", line=record.line) from None


def _demand(record: Record, day: date) -> Demand:
    cells = record.cells
    if "" in cells or not (cells["sender"] and cells["demand"] and cells["answer"]):
        message = N_(
            "Line %(line)s: it has to say who asked, what for and what was answered, each in its "
            "own column; or a date alone, if nothing came up to that day."
        )
        raise InvalidValue(message, line=record.line)
    return Demand(day, *(cells[name] for name in COLUMNS[1:]))
