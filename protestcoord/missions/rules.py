"""Which kinds of missions are there, and how sure are we of what we know about one."""

from enum import StrEnum
from typing import Final

from protestcoord.core.errors import N_

# SECURITY: stands in the column of the address where the mission is in a home or a shared flat.
WITHHELD: Final = "withheld"


def is_withheld(address: str) -> bool:
    """Tell whether an address says that it is not told."""
    return address.strip().casefold() == WITHHELD


class MissionKind(StrEnum):
    """What a mission is to its host."""

    EMBASSY = "embassy"
    CONSULATE_GENERAL = "consulate_general"
    CONSULATE = "consulate"
    CONSULAR_AGENCY = "consular_agency"
    PERMANENT_MISSION = "permanent_mission"
    LIAISON_OFFICE = "liaison_office"


MISSION_KIND_LABELS = {
    MissionKind.EMBASSY: N_("Embassy"),
    MissionKind.CONSULATE_GENERAL: N_("Consulate-General"),
    MissionKind.CONSULATE: N_("Consulate"),
    MissionKind.CONSULAR_AGENCY: N_("Consular agency"),
    MissionKind.PERMANENT_MISSION: N_("Permanent mission"),
    MissionKind.LIAISON_OFFICE: N_("Liaison office"),
}


class Precision(StrEnum):
    """What the coordinates point at; nobody is ever sent to the middle of a city by them."""

    BUILDING = "building"
    CITY = "city"


class MissionStatus(StrEnum):
    """Whether a mission works at its seat, as far as we know."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How well sourced it is that the mission exists, with this kind, in this city."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
