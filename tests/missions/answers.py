"""Answers of Wikidata to the query in docs/data.md, made up."""

import csv
import io

from protestcoord.missions.wikidata import ANSWER_COLUMNS

BERLIN_ITEM = "Q1073835"


def answer_row(item: str = BERLIN_ITEM, **cells: str) -> dict[str, str]:
    row = dict.fromkeys(ANSWER_COLUMNS, "")
    row |= {"kind": "embassy", "country": "DE", "city": "Berlin"} | cells
    return row | {"item": f"http://www.wikidata.org/entity/{item}"}


def answer_of(*rows: dict[str, str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ANSWER_COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
