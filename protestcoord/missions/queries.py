"""Which missions are in the directory."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.missions.catalogue import COLUMNS, CatalogueRow
from protestcoord.missions.models import Mission
from protestcoord.missions.rules import MissionStatus


def missions_all(session: Session) -> list[Mission]:
    """Return every mission of the directory, closed ones too, by slug."""
    return [mission for mission in missions_stored(session) if mission.is_listed]


def missions_stored(session: Session) -> list[Mission]:
    """Return every mission, those too that were taken out, by slug.

    Sorted here, since databases disagree on where a hyphen comes.
    """
    return sorted(session.scalars(select(Mission)), key=lambda mission: mission.slug)


def open_missions_count(session: Session) -> int:
    """Return how many missions are open."""
    opened = (
        select(func.count())
        .select_from(Mission)
        .where(Mission.status == MissionStatus.OPEN, Mission.removed_at.is_(None))
    )
    return session.scalar(opened) or 0


def catalogue_rows(session: Session) -> tuple[CatalogueRow, ...]:
    """Return what is stored as a catalogue, by slug; an import compares with it."""
    return tuple(
        CatalogueRow(**{column: getattr(mission, column) for column in COLUMNS})
        for mission in missions_stored(session)
    )


def find_mission(session: Session, slug: str) -> Mission | None:
    """Return the mission called ``slug``, if there is one."""
    return session.scalar(select(Mission).where(Mission.slug == slug))


def missions_of(session: Session, country: str = "", kind: str = "") -> list[Mission]:
    """Return the missions of a country and a kind, by slug; an empty argument asks for nothing.

    Args:
        session: Where to look.
        country: ISO 3166-1 alpha-2, in small letters too.
        kind: A ``MissionKind``; one that does not exist finds nothing.
    """
    return [
        mission
        for mission in missions_all(session)
        if country.upper() in ("", mission.country) and kind in ("", mission.kind)
    ]
