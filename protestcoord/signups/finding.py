"""What in a campaign does a text name: its groups, sites, slots and waves, and the log."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot, Wave
from protestcoord.campaigns.queries import slots_of_campaign, waves_of_campaign
from protestcoord.missions.search import folded, has_words, place_names
from protestcoord.organizers.models import AuditEntry, Organizer
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Group, SignUp

MOST_SHOWN = 20
Row = TypeVar("Row")


@dataclass(frozen=True)
class Some(Generic[Row]):
    """The first that were found, and how many there are besides."""

    rows: Sequence[Row]
    more: int


@dataclass(frozen=True)
class Found:
    """What a text names."""

    groups: Some[Group]
    sites: Some[Site]
    slots: Some[Slot]
    waves: Some[Wave]
    entry: AuditEntry | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        named = (self.groups, self.sites, self.slots, self.waves)
        return not self.entry and not any(some.rows for some in named)


def find_in_campaign(
    session: Session, campaign: Campaign, sites: Iterable[Site], text: str, organizer: Organizer
) -> Found | None:
    """Return what a text names in a campaign, without regard to case and accents.

    Every word of it has to occur. A contact is never looked into.

    Args:
        session: Where to look.
        campaign: What to look through.
        sites: Those that the organizer may see; slots and groups at others are passed over.
        text: As typed.
        organizer: Whose entry of the log is found by its number.

    Returns:
        None if the text has no word to look for.
    """
    if not folded(text):
        return None
    known = {site.id: site for site in sites}
    return Found(
        groups=_some(_groups(session, campaign, known, text)),
        sites=_some(site for site in known.values() if _is_site(site, text)),
        slots=_some(_slots(session, campaign, known, text)),
        waves=_some(w for w in waves_of_campaign(session, campaign) if _is_wave(w, text)),
        entry=_entry(session, organizer, text),
    )


def _some(rows: Iterable[Row]) -> Some[Row]:
    found = list(rows)
    return Some(found[:MOST_SHOWN], max(len(found) - MOST_SHOWN, 0))


def _groups(
    session: Session, campaign: Campaign, known: Collection[int], text: str
) -> Iterable[Group]:
    groups = _groups_at(known).where(Group.campaign_id == campaign.id).order_by(Group.id)
    key = text.strip().casefold()
    return (g for g in session.scalars(groups) if g.key == key or has_words(text, g.name, g.city))


def find_group_of_address(
    session: Session,
    vault: ContactVault,
    campaign: Campaign,
    sites: Iterable[Site],
    email: str,
) -> Group | None:
    """Return the group with exactly this address, if it signed up at one of some sites."""
    index = vault.email_index(campaign.slug, email)
    contact = queries.find_contact(session, campaign.id, index)
    if contact is None:
        return None
    known = [site.id for site in sites]
    return session.scalar(_groups_at(known).where(Group.contact_id == contact.id))


def _groups_at(sites: Collection[int]) -> Select[Group]:
    there = select(SignUp.group_id).join(SignUp.slot).where(Slot.site_id.in_(sites))
    return select(Group).where(Group.id.in_(there))


def _is_site(site: Site, text: str) -> bool:
    mission = site.mission
    place = place_names(mission.country, mission.city, mission.timezone)
    return has_words(text, mission.name, mission.name_local, mission.city, mission.slug, place)


def _slots(
    session: Session, campaign: Campaign, known: dict[int, Site], text: str
) -> Iterable[Slot]:
    """Find slots by their key alone: by place one finds the site."""
    key = text.strip().casefold()
    if len(key.split()) > 1 or "-" not in key:
        return []
    slots = slots_of_campaign(session, campaign)
    return (slot for slot in slots if slot.site_id in known and key in slot.key)


def _is_wave(wave: Wave, text: str) -> bool:
    return has_words(text, wave.title, f"w{wave.number}")


def _entry(session: Session, organizer: Organizer, text: str) -> AuditEntry | None:
    number = text.strip().removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    own = select(AuditEntry).where(
        AuditEntry.number == int(number), AuditEntry.organizer_id == organizer.id
    )
    return session.scalar(own)
