"""Which campaigns, sites, waves and slots are there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from protestcoord.campaigns.models import Campaign, Site, SiteOverride, Slot, Wave
from protestcoord.core.errors import NotFound
from protestcoord.members.models import Membership
from protestcoord.missions.models import Mission


def find_campaign(session: Session, slug: str) -> Campaign | None:
    """Return the campaign with a slug, in whatever state."""
    return session.scalar(select(Campaign).where(Campaign.slug == slug))


def campaigns_of(session: Session, organizer_id: int) -> list[tuple[Campaign, Membership]]:
    """Return the campaigns that an organizer works on, each with the role; the newest first."""
    joined = select(Campaign, Membership).join(Membership, Membership.campaign_id == Campaign.id)
    own = joined.where(Membership.organizer_id == organizer_id)
    return [(row[0], row[1]) for row in session.execute(own.order_by(Campaign.id.desc()))]


def all_sites(session: Session, campaign: Campaign) -> list[Site]:
    """Return the sites of a campaign by the slug of the mission, dropped ones too."""
    chosen = select(Site).join(Site.mission).where(Site.campaign_id == campaign.id)
    sites = session.scalars(chosen.options(contains_eager(Site.mission)))
    # Sorted here, since databases disagree on where a hyphen comes.
    return sorted(sites, key=lambda site: site.mission.slug)


def sites_of_campaign(session: Session, campaign: Campaign) -> list[Site]:
    """Return the sites that take part in a campaign, by the slug of the mission."""
    return [site for site in all_sites(session, campaign) if site.dropped_at is None]


def find_site(session: Session, campaign: Campaign, mission: str) -> Site | None:
    """Return a campaign's site at a mission, also a dropped one."""
    at_mission = select(Site).join(Site.mission).where(Mission.slug == mission)
    return session.scalar(at_mission.where(Site.campaign_id == campaign.id))


def waves_of_campaign(session: Session, campaign: Campaign) -> Sequence[Wave]:
    """Return the waves of a campaign by their number."""
    own = select(Wave).where(Wave.campaign_id == campaign.id)
    return session.scalars(own.order_by(Wave.number)).all()


def get_wave(session: Session, campaign: Campaign, number: int) -> Wave:
    """Return a wave of a campaign.

    Raises:
        NotFound: The campaign has no such wave.
    """
    own = select(Wave).where(Wave.campaign_id == campaign.id, Wave.number == number)
    wave = session.scalar(own)
    if wave is None:
        raise NotFound
    return wave


def overrides_of_campaign(session: Session, campaign: Campaign) -> Sequence[SiteOverride]:
    """Return what single sites do otherwise than the waves say, also dropped ones."""
    own = select(SiteOverride).join(SiteOverride.wave).where(Wave.campaign_id == campaign.id)
    return session.scalars(own.order_by(SiteOverride.id)).all()


def slots_of_campaign(session: Session, campaign: Campaign) -> Sequence[Slot]:
    """Return every slot of a campaign, cancelled ones too, by time."""
    own = select(Slot).join(Slot.wave).where(Wave.campaign_id == campaign.id)
    return session.scalars(own.order_by(Slot.starts_at, Slot.id)).all()


def slots_of_site(session: Session, site: Site) -> Sequence[Slot]:
    """Return every slot of a site, cancelled ones too, by time."""
    own = select(Slot).where(Slot.site_id == site.id)
    return session.scalars(own.order_by(Slot.starts_at, Slot.id)).all()


def first_start_of(session: Session, wave: Wave) -> datetime | None:
    """Return when the first slot of a wave starts that was ever published, or None."""
    return session.scalar(select(func.min(Slot.starts_at)).where(Slot.wave_id == wave.id))


def numbers_begun(session: Session, wave: Wave, now: datetime) -> set[int]:
    """Return the occurrence numbers of the slots of a wave that have started."""
    begun = select(Slot.occurrence).where(Slot.wave_id == wave.id, Slot.starts_at <= now)
    return set(session.scalars(begun.distinct()))


def find_override(
    session: Session, wave: Wave, mission: str, occurrence: int
) -> SiteOverride | None:
    """Return what a site does otherwise in an occurrence of a wave."""
    at_site = select(SiteOverride).join(SiteOverride.site).join(Site.mission)
    return session.scalar(
        at_site.where(
            SiteOverride.wave_id == wave.id,
            SiteOverride.occurrence == occurrence,
            Mission.slug == mission,
        )
    )


def ids_of_sites_with_slots(session: Session, campaign: Campaign) -> set[int]:
    """Return the row ids of the sites that have been given a slot."""
    given = select(Slot.site_id).join(Slot.wave).where(Wave.campaign_id == campaign.id)
    return set(session.scalars(given.distinct()))
