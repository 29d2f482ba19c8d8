"""A campaign in the making: missions of three continents, requests, and what publishing gave."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from protestcoord.campaigns import planning, publishing, queries, service
from protestcoord.campaigns.models import Campaign, Slot, Wave
from protestcoord.campaigns.requests import CampaignRequest, SiteChoice, WaveRequest
from protestcoord.campaigns.schedule import Synchronisation
from tests.stored import NOW, store_mission, store_organizer

BERLIN, SEOUL, LIMA, PYONGYANG = (
    "de-berlin-embassy",
    "kr-seoul-embassy",
    "pe-lima-embassy",
    "kp-pyongyang-embassy",
)
KIM = "kim@example.org"  # the organizer
LATER = NOW + timedelta(days=1)
NOON = datetime(2027, 1, 9, 12)  # noqa: DTZ001 - a wall clock
GAP_IN_BERLIN = datetime(2027, 3, 28, 2, 30)  # noqa: DTZ001 - a wall clock
REMOTE_ONLY = frozenset({"KP"})


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


def store_directory(session: Session) -> None:
    store_mission(session)
    for slug, country, city, timezone, longitude in (
        (SEOUL, "KR", "Seoul", "Asia/Seoul", 127.0),
        (LIMA, "PE", "Lima", "America/Lima", -77.0),
        (PYONGYANG, "KP", "Pyongyang", "Asia/Pyongyang", 125.7),
    ):
        store_mission(
            session, slug=slug, country=country, city=city, timezone=timezone, longitude=longitude
        )


def campaign_request(session: Session, **changes: Any) -> CampaignRequest:
    values = {"title": "One noon", "statement": "Let them go."}
    return CampaignRequest(**values | {"owner_id": store_organizer(session).id} | changes)


def wave_request(**changes: Any) -> WaveRequest:
    values = {
        "title": "Noon",
        "synchronisation": Synchronisation.SAME_LOCAL_TIME,
        "start": NOON,
        "duration_minutes": 60,
    }
    return WaveRequest(**values | changes)


def make_draft(
    session: Session, *missions: str, waves: tuple[WaveRequest, ...] = (), **changes: Any
) -> Campaign:
    """A draft at some missions of the directory, with a wave unless others are given."""
    store_directory(session)
    campaign = service.create_campaign(session, campaign_request(session, **changes), NOW)
    planning.choose_sites(session, campaign, SiteChoice(missions), NOW)
    for wave in waves or (wave_request(),):
        planning.add_wave(session, campaign, wave, NOW)
    return campaign


def make_published(session: Session, *missions: str, **changes: Any) -> Campaign:
    campaign = make_draft(session, *missions, **changes)
    publishing.publish_campaign(session, campaign, acknowledged=True, now=NOW)
    return campaign


def only_wave(session: Session, campaign: Campaign) -> Wave:
    (wave,) = queries.waves_of_campaign(session, campaign)
    return wave


def slots_by_mission(session: Session, campaign: Campaign) -> dict[str, Slot]:
    slots = queries.slots_of_campaign(session, campaign)
    return {slot.site.mission.slug: slot for slot in slots}
