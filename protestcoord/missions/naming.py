"""What is a mission called: every name by which somebody may look for it, ready to be compared."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

from protestcoord.config import LANGUAGES
from protestcoord.core.languages import locale_of, translate
from protestcoord.missions.country_names import CHINESE, names_of_country
from protestcoord.missions.gazetteer import names_of_city
from protestcoord.missions.rules import MISSION_KIND_LABELS, MissionKind
from protestcoord.missions.search import folded

# Kinds in Chinese, old and new signs, and what English and Japanese have beside our labels.
KIND_WORDS = {
    MissionKind.EMBASSY: "embassies, 大使馆, 大使館",
    MissionKind.CONSULATE_GENERAL: (
        "consulates general, consulates, cg, 总领事馆, 總領事館, 总领馆, 総領事館"
    ),
    MissionKind.CONSULATE: "consulates, 领事馆, 領事館",
    MissionKind.CONSULAR_AGENCY: "consular office, 领事办公室, 领事机构",
    MissionKind.PERMANENT_MISSION: "permanent missions, 常驻代表团, 代表团, 代表團, 代表部",
    MissionKind.LIAISON_OFFICE: "liaison offices, 代办处, 代辦處, 联络处, 办事处",
}


class Named(Protocol):
    """What names are made of, called as the catalogue's columns: a mission or a row."""

    @property
    def name(self) -> str: ...
    @property
    def name_local(self) -> str: ...
    @property
    def kind(self) -> MissionKind: ...
    @property
    def country(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def jurisdiction(self) -> str: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...
    @property
    def timezone(self) -> str: ...


@dataclass(frozen=True)
class Names:
    """The names of one mission, all folded.

    Attributes:
        city: Of its city, as the catalogue has it and in the languages of our readers.
        other_city: Of its city in any other language and spelling that GeoNames has.
        country: Of its country.
        kind: Of its kind.
        own: Its own, in English and Chinese.
        district: What it is responsible for.
        address: Its address.
    """

    city: tuple[str, ...]
    other_city: tuple[str, ...]
    country: tuple[str, ...]
    kind: tuple[str, ...]
    own: tuple[str, ...]
    district: tuple[str, ...]
    address: tuple[str, ...]


def names_of(mission: Named) -> Names:
    """Return the names of a mission."""
    return _names(
        mission.name,
        mission.name_local,
        mission.kind,
        mission.country,
        (mission.city, mission.timezone, mission.latitude, mission.longitude),
        mission.jurisdiction,
        mission.address,
    )


@lru_cache(maxsize=1024)
def _names(
    name: str,
    name_local: str,
    kind: MissionKind,
    country: str,
    city_at: tuple[str, str, float, float],
    district: str,
    address: str,
) -> Names:
    city, timezone, latitude, longitude = city_at
    others = names_of_city(city, country, latitude, longitude)
    return Names(
        city=_folded(city, *_zone_names(city, timezone)),
        other_city=tuple(dict.fromkeys(others)),
        country=(*names_of_country(country), country.lower()),
        kind=_kind_names(kind),
        own=_folded(name, name_local),
        district=_folded(district),
        address=_folded(address),
    )


def _zone_names(city: str, timezone: str) -> tuple[str, ...]:
    if folded(timezone.rpartition("/")[2]) != folded(city):
        return ()
    locales = [locale_of(language) for language in (*LANGUAGES, *CHINESE)]
    return tuple(locale.time_zones.get(timezone, {}).get("city", "") for locale in locales)


@cache
def _kind_names(kind: MissionKind) -> tuple[str, ...]:
    labels = [translate(MISSION_KIND_LABELS[kind], language) for language in LANGUAGES]
    return _folded(*labels, *KIND_WORDS[kind].split(", "))


@cache
def words_of_kinds() -> frozenset[str]:
    """Return every word, folded, that says a kind and no place."""
    return frozenset(
        word for kind in MissionKind for name in _kind_names(kind) for word in name.split()
    )


def _folded(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(folded, names))))
