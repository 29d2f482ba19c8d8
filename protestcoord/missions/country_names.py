"""What is a country called, and which country does a name mean: in the languages of our readers."""

from functools import cache

from protestcoord.config import LANGUAGES
from protestcoord.core.languages import territory_name
from protestcoord.missions.regions import REGION_OF_COUNTRY
from protestcoord.missions.search import folded

CHINESE = ("zh", "zh_Hant")

# What people write where CLDR has another name in our languages.
OTHER_NAMES = {
    "AE": "UAE",
    "AT": "Österreich",
    "BR": "Brasil",
    "CD": "DRC, DR Congo",
    "CH": "Schweiz, Suisse",
    "CZ": "Czech Republic",
    "DE": "Deutschland",
    "ES": "España",
    "GB": "UK, Britain, Great Britain, England, Scotland, 英国",
    "IT": "Italia",
    "KP": "DPRK",
    "KR": "Korea, 韩国, 韓國",
    "NL": "Holland",
    "PL": "Polska",
    "TR": "Turkey",
    "US": "US, USA, America, U S A, U S, 米国",
}


@cache
def names_of_country(country: str) -> tuple[str, ...]:
    """Return what a country (ISO 3166-1 alpha-2) is called, folded, in Chinese too."""
    names = [territory_name(country, language) for language in (*LANGUAGES, *CHINESE)]
    every = map(folded, (*names, *OTHER_NAMES.get(country, "").split(", ")))
    return tuple(dict.fromkeys(filter(None, every)))


def countries_called(name: str) -> frozenset[str]:
    """Return the ISO 3166-1 alpha-2 codes of the countries that have a name, however written."""
    return _countries_by_name().get(folded(name), frozenset())


@cache
def _countries_by_name() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for country in REGION_OF_COUNTRY:
        for name in names_of_country(country):
            found.setdefault(name, set()).add(country)
    return {name: frozenset(countries) for name, countries in found.items()}
