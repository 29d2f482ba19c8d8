"""What does a campaign know of notice and permits: its organizers' notes before the table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, PermitNote, Site
from protestcoord.campaigns.service import open_for_change
from protestcoord.core.database import note_public_change
from protestcoord.core.errors import N_, InvalidValue, NotFound
from protestcoord.missions.models import Mission
from protestcoord.missions.permit_table import shipped_rule
from protestcoord.missions.permits import (
    CardState,
    CountedFrom,
    LeadUnit,
    PermitCard,
    PermitRule,
    Requirement,
    SourceKind,
    card_of,
)


@dataclass(frozen=True)
class PermitBook:
    """The rules that count in one campaign; ``own`` are its organizers', by country."""

    own: Mapping[str, PermitRule]

    def rule(self, country: str, city: str) -> PermitRule | None:
        """Return the rule for a place: the organizers' for its country, else the shipped one."""
        return self.own.get(country) or shipped_rule(country, city)

    def card(self, country: str, city: str, now: datetime) -> PermitCard:
        """Return the card of a place at a moment."""
        return card_of(self.rule(country, city), now)


@dataclass(frozen=True)
class PermitNoteRequest:
    """What organizers found out; the fields are the columns of ``PermitNote``."""

    requirement: Requirement
    lead: int | None
    lead_unit: LeadUnit | None
    counted_from: CountedFrom
    authority: str
    note: str
    source: str
    checked_on: date


def permit_book(session: Session, campaign_id: int) -> PermitBook:
    """Return the rules that count in a campaign."""
    chosen = select(PermitNote).where(PermitNote.campaign_id == campaign_id)
    return PermitBook({note.country: _rule_of(note) for note in session.scalars(chosen)})


def _rule_of(note: PermitNote) -> PermitRule:
    is_address = note.source.startswith(("https://", "http://")) and " " not in note.source
    return PermitRule(
        country=note.country,
        city="",
        requirement=note.requirement,
        lead=note.lead,
        lead_unit=note.lead_unit,
        counted_from=note.counted_from,
        earliest=None,
        authority=note.authority,
        scope="",
        note=note.note,
        source_kind=SourceKind.ORGANIZERS,
        source_title=note.source,
        source_urls=(note.source,) if is_address else (),
        checked_on=note.checked_on,
    )


def missions_of_campaign(session: Session, campaign_id: int) -> Sequence[Mission]:
    """Return the missions that take part in a campaign."""
    taking_part = select(Mission).join(Site, Site.mission_id == Mission.id)
    chosen = taking_part.where(Site.campaign_id == campaign_id, Site.dropped_at.is_(None))
    return session.scalars(chosen.order_by(Mission.country, Mission.city, Mission.slug)).all()


@dataclass(frozen=True)
class CountryPermits:
    """What a campaign knows of a country in which it has sites.

    Attributes:
        whole: The rule for the whole country: the organizers' own, or the table's.
        cards: Each card that counts there, with the cities of the campaign that it is for.
    """

    country: str
    whole: PermitRule | None
    cards: tuple[tuple[PermitCard, tuple[str, ...]], ...]

    @property
    def is_own(self) -> bool:
        """Whether the organizers wrote it."""
        return self.whole is not None and self.whole.is_own

    @property
    def is_known(self) -> bool:
        """Whether anything was looked up of it, however long ago."""
        return any(card.rule for card, _ in self.cards)

    @property
    def is_checked(self) -> bool:
        """Whether nothing about it is unchecked."""
        return all(card.state is CardState.CHECKED for card, _ in self.cards)


def countries_of_campaign(
    session: Session, campaign_id: int, now: datetime
) -> list[CountryPermits]:
    """Return what a campaign knows of each of its countries, by their codes."""
    book = permit_book(session, campaign_id)
    cities: dict[str, dict[PermitCard, list[str]]] = {}
    for mission in missions_of_campaign(session, campaign_id):
        card = book.card(mission.country, mission.city, now)
        of_card = cities.setdefault(mission.country, {}).setdefault(card, [])
        if mission.city not in of_card:
            of_card.append(mission.city)
    return [
        CountryPermits(
            country=country,
            whole=book.rule(country, ""),
            cards=tuple((card, tuple(names)) for card, names in of_country.items()),
        )
        for country, of_country in cities.items()
    ]


def find_permit_note(session: Session, campaign_id: int, country: str) -> PermitNote | None:
    """Return what a campaign's organizers wrote of a country."""
    return session.scalar(
        select(PermitNote).where(
            PermitNote.campaign_id == campaign_id, PermitNote.country == country
        )
    )


def write_permit_note(
    session: Session, campaign: Campaign, country: str, request: PermitNoteRequest, now: datetime
) -> None:
    """Let what organizers found out of a country count before the shipped table.

    Raises:
        NotFound: None of the campaign's missions is in the country.
        InvalidValue: It is said to have been looked up in the future.
        CampaignClosed: The campaign changes no more.
    """
    open_for_change(session, campaign)
    if request.checked_on > (now + timedelta(days=1)).date():  # it may be tomorrow somewhere
        raise InvalidValue(N_("This day has not come yet."), field="checked_on")
    if country not in {m.country for m in missions_of_campaign(session, campaign.id)}:
        raise NotFound
    note = find_permit_note(session, campaign.id, country)
    if note is None:
        note = PermitNote(campaign_id=campaign.id, country=country)
        session.add(note)
    for name, value in asdict(request).items():
        setattr(note, name, value)
    note.changed_at = now
    note_public_change(session)
    session.flush()


def remove_permit_note(session: Session, campaign: Campaign, country: str) -> None:
    """Let the shipped table count again for a country.

    Raises:
        NotFound: There is no note.
        CampaignClosed: The campaign changes no more.
    """
    open_for_change(session, campaign)
    note = find_permit_note(session, campaign.id, country)
    if note is None:
        raise NotFound
    session.delete(note)
    note_public_change(session)
    session.flush()
