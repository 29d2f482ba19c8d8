"""What stands behind the short names in a row's ``sources``: what was read, under which licence."""

import re
from dataclasses import dataclass

from protestcoord.core.errors import N_

FACTS = N_("facts only")
NO_LICENCE = ""

OF_MONTH = re.compile(r"(wikidata|openstreetmap)-(\d{4}-\d{2})")
DATABASES = {
    "wikidata": (N_("Wikidata, as of %(month)s"), "CC0"),
    "openstreetmap": (N_("OpenStreetMap for the coordinates, as of %(month)s"), "ODbL 1.0"),
}
ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Source:
    """What one short name means.

    Attributes:
        name: The short name, as it stands in the row.
        what: A marked text; ``%(month)s`` in it is ``month``.
        licence: A marked text, or a licence's own name; empty where nothing was taken over.
        month: The month of the data, ``2022-11``, where the short name tells it.
        url: An address, where the source is a page that somebody named.
    """

    name: str
    what: str
    licence: str
    month: str = ""
    url: str = ""


VISA_FORM = N_("the list of missions in the Chinese foreign ministry’s visa form, about 2019")
WIKIPEDIA_LIST = N_("Wikipedia’s list of diplomatic missions of China")
WIKIPEDIA = N_("an article of Wikipedia")
TRAVEL = N_("travel and directory pages, some of them old or undated")
SOURCE_FILES = N_("lists in public source files")
WIKIPEDIA_LICENCE = N_("CC BY-SA 4.0, facts only")

# By short name; docs/data.md tells more of each.
KNOWN = {
    "mfa-visa-form-list": (VISA_FORM, FACTS),
    "mfa-site": (N_("a page of the ministry or of the mission itself"), FACTS),
    "mfa-site-menu": (N_("the ministry’s list of missions, November 2024"), FACTS),
    "website-pattern": (
        N_("the ministry’s naming scheme, for the website alone; no source confirms it"),
        NO_LICENCE,
    ),
    **dict.fromkeys(
        ("wikipedia-list", "wikipedia-2021", "wikipedia-2019"), (WIKIPEDIA_LIST, WIKIPEDIA_LICENCE)
    ),
    **dict.fromkeys(("enwiki", "zhwiki", "frwiki", "jawiki"), (WIKIPEDIA, WIKIPEDIA_LICENCE)),
    "consular-notice": (N_("notices of the ministry and its missions to travellers"), FACTS),
    "korea-missions-list": (N_("a list of foreign missions in Korea, January 2026"), FACTS),
    "hongqi-site": (N_("a company’s page of missions, about 2020"), FACTS),
    "news": (N_("news agencies and papers"), FACTS),
    **dict.fromkeys(
        (
            "travelchinaguide",
            "chinatour360",
            "sinotour",
            "embassies.net",
            "embassyref",
            "web-misc",
            "lingua-sinica",
            "baike-mirror",
            "tourism-portal-dein-havelland",
        ),
        (TRAVEL, FACTS),
    ),
    **dict.fromkeys(
        ("github-travel-guide", "github-embassy-list", "rsshub-routes"), (SOURCE_FILES, FACTS)
    ),
    "knowledge": (N_("the compiler’s own knowledge, unconfirmed"), NO_LICENCE),
}


CREDITS = """\
The directory of missions as CSV, JSON, GeoJSON and KML: whom to credit, and which licence

City coordinates (precision "city"): GeoNames, https://www.geonames.org/
  CC BY 4.0, https://creativecommons.org/licenses/by/4.0/: credit GeoNames where you show them.
Coordinates of buildings (precision "building"): Wikidata, https://www.wikidata.org/
  CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/
Coordinates of rows whose sources name "openstreetmap": OpenStreetMap
  ODbL 1.0, https://opendatacommons.org/licenses/odbl/: credit OpenStreetMap where you show them.
Time zones: timezone-boundary-builder, from OpenStreetMap
  ODbL 1.0, https://opendatacommons.org/licenses/odbl/
Names of countries and regions: Unicode CLDR, https://www.unicode.org/license.txt

Everything else is facts from public pages. Each row names them in "sources":

"""


def credits_text() -> str:
    """Return in English whom to credit for the directory, and what each short name means."""
    known = {"wikidata-2022-11": ("Wikidata, as of November 2022", "CC0"), **KNOWN}
    lines = (
        f"{name}: {what}{f' ({licence})' if licence else ''}"
        for name, (what, licence) in known.items()
    )
    return CREDITS + "\n".join(lines) + "\n"


def sources_of(text: str) -> tuple[Source, ...]:
    """Return what a row's ``sources`` are, in their order; a name that nobody knows says itself."""
    return tuple(_source(name.strip()) for name in text.split(";") if name.strip())


def _source(name: str) -> Source:
    if found := OF_MONTH.fullmatch(name):
        return Source(name, *DATABASES[found[1]], month=found[2])
    if ADDRESS.fullmatch(name):
        return Source(name, N_("a page that somebody named"), FACTS, url=name)
    what, licence = KNOWN.get(name, ("", NO_LICENCE))
    return Source(name, what, licence)
