"""Plain factories of stored rows: a test states only what it is about."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot, Wave
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.campaigns.schedule import Adjustment, RelayKind, Synchronisation
from protestcoord.campaigns.stored_rules import told_of_wave
from protestcoord.members.rules import MemberRole
from protestcoord.members.service import Place, appoint
from protestcoord.missions.models import Mission
from protestcoord.organizers.models import Organizer
from protestcoord.signups import service
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp
from tests.factories import make_mission

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
STARTS_AT = datetime(2027, 1, 9, 11, tzinfo=UTC)


def store_organizer(session: Session, email: str = "organizer@example.org") -> Organizer:
    found = session.scalar(select(Organizer).where(Organizer.email == email))
    if found:
        return found
    made = Organizer(
        email=email, password="", active=True, fs_uniquifier=email, created_at=NOW, roles=[]
    )
    session.add(made)
    session.flush()
    return made


def store_mission(session: Session, **changes: Any) -> Mission:
    view = make_mission(**changes)
    columns = [column.key for column in Mission.__table__.columns if column.key != "id"]
    mission = Mission(**{name: getattr(view, name, None) for name in columns})
    session.add(mission)
    session.flush()
    return mission


def store_campaign(session: Session, slug: str = "noon", **changes: Any) -> Campaign:
    values: dict[str, Any] = {
        "slug": slug,
        "title": "One noon",
        "statement": "Let them go.",
        "state": CampaignState.PUBLISHED,
        "approves_at_once": False,
        "owner_id": store_organizer(session).id,
        "created_at": NOW,
        "changed_at": NOW,
    }
    campaign = Campaign(**values | changes)
    session.add(campaign)
    session.flush()
    appoint(session, campaign.id, campaign.owner_id, Place(MemberRole.OWNER), NOW)
    return campaign


def store_slot(session: Session, campaign: Campaign | None = None, **changes: Any) -> Slot:
    """A slot of 5 places before the embassy in Berlin, with all that it stands on."""
    campaign = campaign or store_campaign(session)
    mission = session.scalar(select(Mission)) or store_mission(session)
    site = session.scalar(select(Site).where(Site.campaign_id == campaign.id))
    site = site or Site(
        campaign_id=campaign.id,
        mission_id=mission.id,
        presence=Presence.ON_SITE,
        changed_at=NOW,
    )
    number = len(session.scalars(select(Wave).where(Wave.campaign_id == campaign.id)).all()) + 1
    wave = Wave(
        campaign_id=campaign.id,
        number=number,
        title="Noon",
        synchronisation=Synchronisation.SAME_LOCAL_TIME,
        start=datetime(2027, 1, 9, 12),  # noqa: DTZ001 - a wall clock
        duration_minutes=60,
        window_start=time(8),
        window_end=time(20),
        relay_kind=RelayKind.FULL,
        relay_hours=24,
        changed_at=NOW,
    )
    wave.published = told_of_wave(wave)
    session.add_all([site, wave])
    session.flush()
    values: dict[str, Any] = {
        "wave_id": wave.id,
        "site_id": site.id,
        "occurrence": 1,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + timedelta(minutes=60),
        "timezone": mission.timezone,
        "adjustment": Adjustment.NONE,
        "capacity": 5,
        "changed_at": NOW,
    }
    slot = Slot(**values | changes)
    session.add(slot)
    session.flush()
    return slot


def request_for(slot: Slot, **changes: Any) -> service.SignUpRequest:
    values: dict[str, Any] = {
        "slot_key": slot.key,
        "name": "Lantern circle",
        "city": "Berlin",
        "expected_number": 5,
        "email": "lantern@example.org",
        "meeting_point": "",
        "language": "en",
    }
    return service.SignUpRequest(**values | changes)


def store_sign_up(session: Session, vault: ContactVault, slot: Slot, **changes: Any) -> SignUp:
    """A pending sign-up, as the form makes it."""
    request = request_for(slot, **changes)
    campaign = slot.site.campaign
    service.sign_up_group(session, vault, campaign, request, NOW)
    index = vault.email_index(campaign.slug, request.email)
    contact = service.queries.find_contact(session, campaign.id, index)
    assert contact is not None
    group = service.queries.group_of_contact(session, contact.id)
    sign_up = service.queries.find_sign_up(session, group.id, slot.id)
    assert sign_up is not None
    return sign_up
