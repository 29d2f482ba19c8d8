"""The shipped catalogue, and copies of it with something planted."""

import csv
import io

from protestcoord.config import shipped

PATH = shipped("data") / "embassies.csv"
SHIPPED = PATH.read_text(encoding="utf-8")
BERLIN = "de-berlin-embassy"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def text_of(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def planted(slug: str = BERLIN, /, **cells: str) -> str:
    """The shipped catalogue with some cells of one row changed."""
    rows = rows_of(SHIPPED)
    row = next(row for row in rows if row["slug"] == slug)
    row.update(cells)
    return text_of(rows)


def without(*slugs: str) -> str:
    return text_of([row for row in rows_of(SHIPPED) if row["slug"] not in slugs])


def line_of(slug: str, text: str = SHIPPED) -> int:
    """Line of a row, from 1, where no cell spans lines."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(slug + ","))
