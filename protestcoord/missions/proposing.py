"""How does a mission that somebody found missing get into the directory: unsure, by its city."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, DomainError
from protestcoord.missions.gazetteer import City, find_city
from protestcoord.missions.models import Mission
from protestcoord.missions.queries import missions_stored
from protestcoord.missions.rules import Confidence, MissionKind, MissionStatus, Precision
from protestcoord.missions.search import folded

# How slugs of the directory end.
SLUG_ENDS = {
    MissionKind.EMBASSY: "embassy",
    MissionKind.CONSULATE_GENERAL: "cg",
    MissionKind.CONSULATE: "consulate",
    MissionKind.CONSULAR_AGENCY: "agency",
    MissionKind.PERMANENT_MISSION: "mission",
    MissionKind.LIAISON_OFFICE: "office",
}


class CityUnknown(DomainError):
    """The gazetteer has no such city in the country, so nobody knows its time zone."""

    message = N_("We know no city “%(city)s” in this country. Please name the nearest large one.")
    field = "city"


class MissionThere(DomainError):
    """The directory has a mission of this kind in this city."""

    message = N_("The directory has this mission already.")
    field = "city"


@dataclass(frozen=True)
class ProposedMission:
    """What is said of a mission that is not in the directory.

    Attributes:
        country: ISO 3166-1 alpha-2.
        city: In any language.
        address: As it is written there, or empty.
        source: Address of a page that shows that it exists.
    """

    name: str
    kind: MissionKind
    country: str
    city: str
    address: str
    source: str


def check_proposed(session: Session, proposed: ProposedMission) -> City:
    """Return the city of a proposed mission.

    Raises:
        CityUnknown: The gazetteer has no such city in the country.
        MissionThere: The directory has a mission of this kind in this city.
    """
    city = find_city(proposed.city, frozenset({proposed.country}))
    if city is None or city.country != proposed.country:
        raise CityUnknown(city=proposed.city)
    slug = _slug(proposed, city)
    if any(
        mission.slug == slug and mission.status is not MissionStatus.CLOSED
        for mission in missions_stored(session)
    ):
        raise MissionThere
    return city


def add_proposed_mission(session: Session, proposed: ProposedMission, now: datetime) -> Mission:
    """Add a mission of which only its city is sure; an import of a catalogue without it closes it.

    Raises:
        CityUnknown, MissionThere: As ``check_proposed``.
    """
    city = check_proposed(session, proposed)
    slug = _slug(proposed, city)
    gone = next((mission for mission in missions_stored(session) if mission.slug == slug), None)
    mission = gone or Mission(slug=slug, name_local="", wikidata="")
    mission.name, mission.kind, mission.country = proposed.name, proposed.kind, proposed.country
    mission.city, mission.address, mission.postal_code = city.name, proposed.address, ""
    mission.latitude, mission.longitude = city.latitude, city.longitude
    mission.precision, mission.timezone = Precision.CITY, city.timezone
    mission.phone = mission.website = mission.jurisdiction = mission.verified_on = ""
    mission.sources, mission.confidence = proposed.source, Confidence.LOW
    mission.status, mission.changed_at = MissionStatus.UNKNOWN, now
    session.add(mission)
    session.flush()
    note_public_change(session)
    return mission


def _slug(proposed: ProposedMission, city: City) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", folded(city.name)).strip("-")
    return f"{proposed.country.lower()}-{name}-{SLUG_ENDS[proposed.kind]}"
