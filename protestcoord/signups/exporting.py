"""What does an export of sign-ups hold, and which export did a leaked address come from?"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site
from protestcoord.core.clock import local_text, utc_text
from protestcoord.core.crypto import CannotOpen
from protestcoord.organizers.models import AuditEntry
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Group, SignUp
from protestcoord.signups.rules import LIVE, SignUpState

CONTACTS_ACT = "sign_ups.export_contacts"
# Made-up groups are called like others, so that a row is not known by its name.
MARK_NAMES = (
    "Candle walk",
    "Friends of the river",
    "Lantern table",
    "Open door",
    "Paper cranes",
    "Quiet feet",
    "Saturday circle",
    "White scarf",
)


@dataclass(frozen=True)
class ExportRow:
    """One sign-up as a row; the names are the columns, in their order.

    ``email`` is empty in an export without contacts, whose table has no such column.
    """

    slot: str
    site: str
    wave: int
    country: str
    site_city: str
    starts_at: str
    local_start: str
    group: str
    name: str
    city: str
    language: str
    state: str
    expected_number: int
    meeting_point: str
    permit: str
    accessibility: str
    languages: str
    leads: str
    email: str = ""


CONTACT_COLUMNS = tuple(ExportRow.__dataclass_fields__)
COLUMNS = tuple(name for name in CONTACT_COLUMNS if name != "email")


@dataclass(frozen=True)
class MarkedExport:
    """Rows with contacts, one of them made up.

    Attributes:
        mark: The index of its address.
        contact_ids: The contacts of the others.
    """

    rows: list[ExportRow]
    mark: str
    contact_ids: frozenset[str] = frozenset()


def cells(row: ExportRow, columns: Sequence[str]) -> list[str | int]:
    """Return a row as the cells of some columns."""
    return [getattr(row, column) for column in columns]


def rows_without_contacts(session: Session, sites: Collection[Site]) -> list[ExportRow]:
    """Return every sign-up at some sites, by slot, in whatever state."""
    return [_row(sign_up) for sign_up in _sign_ups_at(session, sites)]


def rows_with_contacts(
    session: Session,
    vault: ContactVault,
    campaign: Campaign,
    sites: Collection[Site],
    mail_domain: str,
) -> MarkedExport:
    """Return the live sign-ups of groups that proved their address, and among them a made-up one.

    An address that nobody proved may be a stranger's, so it stays. The made-up group is in this
    export and nowhere else: mail to its address tells which export it came from.

    Args:
        session: Where to read.
        vault: Opens the contacts.
        campaign: Whose key seals them.
        sites: The sites that the organizer may see.
        mail_domain: Where this instance gets mail.
    """
    told = [
        (sign_up, email)
        for sign_up in _sign_ups_at(session, sites)
        if sign_up.state in LIVE and (email := _proven_email(vault, sign_up.group))
    ]
    rows = [replace(_row(sign_up), email=email) for sign_up, email in told]
    if not rows:
        return MarkedExport([], "")
    at = secrets.randbelow(len(rows))
    made_up = _made_up(rows[at], mail_domain)
    rows.insert(at + 1, made_up)
    contact_ids = frozenset(sign_up.group.contact_id for sign_up, _ in told)
    return MarkedExport(rows, vault.mark_index(campaign.slug, made_up.email), contact_ids)


def _sign_ups_at(session: Session, sites: Collection[Site]) -> list[SignUp]:
    wanted = {site.id for site in sites}
    campaigns = {site.campaign_id for site in sites}
    chosen = select(SignUp).join(SignUp.group).where(Group.campaign_id.in_(campaigns))
    found = [s for s in session.scalars(chosen) if s.slot.site_id in wanted]
    return sorted(found, key=lambda s: (s.slot.starts_at, s.slot.key, s.id))


def _row(sign_up: SignUp) -> ExportRow:
    slot, group = sign_up.slot, sign_up.group
    mission = slot.site.mission
    return ExportRow(
        slot=slot.key,
        site=mission.slug,
        wave=slot.wave.number,
        country=mission.country,
        site_city=mission.city,
        starts_at=utc_text(slot.starts_at),
        local_start=local_text(slot.starts_at, slot.timezone),
        group=group.key,
        name=group.name,
        city=group.city,
        language=group.language,
        state=sign_up.state,
        expected_number=sign_up.expected_number,
        meeting_point=sign_up.meeting_point,
        permit=sign_up.permit,
        accessibility=sign_up.accessibility,
        languages=sign_up.languages,
        leads="yes" if sign_up.is_lead else "",
    )


def _proven_email(vault: ContactVault, group: Group) -> str:
    if group.verified_at is None:
        return ""
    try:
        return vault.open(group.contact).email
    except CannotOpen:
        return ""


def _made_up(like: ExportRow, mail_domain: str) -> ExportRow:
    """Return a group that does not exist, beside one that does."""
    name = secrets.choice(MARK_NAMES)
    box = f"{name.split()[0].lower()}.{secrets.token_hex(4)}"
    return replace(
        like,
        group=f"g-{secrets.token_hex(5)}",
        name=name,
        state=SignUpState.OFFERED,
        expected_number=3 + secrets.randbelow(18),
        meeting_point="",
        accessibility="",
        languages="",
        leads="",
        email=f"{box}@{mail_domain}",
    )


def export_of_mark(
    session: Session, vault: ContactVault, campaign: Campaign, email: str
) -> AuditEntry | None:
    """Return the export whose made-up group has an address, as it stands in the log."""
    mark = vault.mark_index(campaign.slug, email)
    exports = _exports_with_contacts(session, campaign)
    return next((e for e in exports if e.detail.get("mark") == mark), None)


def marks_of_exports(session: Session, campaign: Campaign) -> set[str]:
    """Return the indices of all addresses that were made up for a campaign's exports."""
    exports = _exports_with_contacts(session, campaign)
    return {mark for entry in exports if (mark := entry.detail.get("mark"))}


def _exports_with_contacts(session: Session, campaign: Campaign) -> Iterable[AuditEntry]:
    return session.scalars(
        select(AuditEntry).where(
            AuditEntry.act == CONTACTS_ACT, AuditEntry.subject == f"campaign {campaign.id}"
        )
    )
