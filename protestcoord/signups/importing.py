"""What would a table of sign-ups do, row by row, and then do it: groups are asked by mail."""

import enum
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.campaigns.queries import slots_of_campaign
from protestcoord.core.csvreading import Record
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.core.languages import error_text
from protestcoord.signups import queries
from protestcoord.signups.caps import MOST_SIGN_UPS
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.exporting import marks_of_exports
from protestcoord.signups.forms import ImportRowForm
from protestcoord.signups.models import Group
from protestcoord.signups.places import SlotClosed, is_open
from protestcoord.signups.rules import LIVE
from protestcoord.signups.service import SignUpRequest, sign_up_group

COLUMNS = (
    "slot",
    "site",
    "wave",
    "name",
    "city",
    "expected_number",
    "email",
    "meeting_point",
    "language",
)
MOST_ROWS = 300


class RowState(enum.StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    EXISTS = "exists"
    ERROR = "error"


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row; ``reason`` is in the reader's language."""

    column: str
    reason: str


@dataclass(frozen=True)
class ImportRow:
    """A row of the table and what becomes of it; ``slot`` is None if it names none."""

    line: int
    state: RowState
    name: str
    slot: Slot | None = None
    request: SignUpRequest | None = None
    faults: tuple[Fault, ...] = ()


@dataclass
class _Reading:
    """What is looked up once for all rows, and what earlier rows claim."""

    session: Session
    vault: ContactVault
    campaign: Campaign
    language: str
    now: datetime
    slots: Mapping[str, Slot]
    marks: Collection[str]
    claimed: set[tuple[str, int]] = field(default_factory=set)
    live: Counter[str] = field(default_factory=Counter)


def import_rows(
    session: Session,
    vault: ContactVault,
    campaign: Campaign,
    sites: Collection[Site],
    records: Iterable[Record],
    language: str,
    now: datetime,
) -> list[ImportRow]:
    """Return what an import would do with each row; writes nothing.

    A group that has the slot already, in whatever state, exists: nobody is asked twice, and a no
    stays a no. So does the made-up group of an export, or reading one back would show it.

    Args:
        session: Where to look.
        vault: Finds groups by their address.
        campaign: Into which groups are to come.
        sites: Those that the organizer may see; slots at others do not exist.
        records: The rows.
        language: Of the reasons, and of groups whose row names none.
        now: This moment.
    """
    known = {site.id for site in sites}
    slots = {s.key: s for s in slots_of_campaign(session, campaign) if s.site_id in known}
    marks = marks_of_exports(session, campaign)
    reading = _Reading(session, vault, campaign, language, now, slots, marks)
    return [_row(reading, record) for record in records]


def import_sign_ups(
    session: Session,
    vault: ContactVault,
    campaign: Campaign,
    rows: Sequence[ImportRow],
    now: datetime,
) -> int:
    """Note the claims of the rows that are new, each pending with its mail; return how many.

    Raises:
        InvalidValue: A row has an error; nothing is written. ``field`` is text.
    """
    if any(row.state is RowState.ERROR for row in rows):
        message = N_("There are rows with errors, so nothing was imported.")
        raise InvalidValue(message, field="text")
    requests = [row.request for row in rows if row.state is RowState.ADDED and row.request]
    for request in requests:
        sign_up_group(session, vault, campaign, request, now)
    return len(requests)


def _row(reading: _Reading, record: Record) -> ImportRow:
    form = ImportRowForm(record.cells, language=reading.language)
    is_good = form.validate()
    slot, fault = _slot(reading, record)
    faults = [Fault(name, str(errors[0])) for name, errors in form.errors.items()]
    faults += [fault] if fault else []
    if "" in record.cells:
        faults.append(_fault(reading, "", InvalidValue(N_("More cells than columns."))))
    faults.sort(key=lambda fault: [*COLUMNS, ""].index(fault.column))
    name = record.cells["name"][:120]
    if slot is None or not is_good or faults:
        return ImportRow(record.line, RowState.ERROR, name, slot, None, tuple(faults))
    return _claim(reading, record, slot, form.request(slot.key, reading.language))


def _claim(reading: _Reading, record: Record, slot: Slot, request: SignUpRequest) -> ImportRow:
    index = reading.vault.email_index(reading.campaign.slug, request.email)
    group = _group(reading, index)
    has_slot = group and queries.find_sign_up(reading.session, group.id, slot.id)
    if has_slot or (index, slot.id) in reading.claimed or _is_made_up(reading, request):
        return ImportRow(record.line, RowState.EXISTS, request.name, slot)
    if _has_too_many(reading, index, group):
        message = N_("A group has at most %(most)s slots, unless you trust it.")
        fault = _fault(reading, "email", InvalidValue(message, most=MOST_SIGN_UPS))
        return ImportRow(record.line, RowState.ERROR, request.name, slot, None, (fault,))
    reading.claimed.add((index, slot.id))
    reading.live[index] += 1
    return ImportRow(record.line, RowState.ADDED, request.name, slot, request)


def _is_made_up(reading: _Reading, request: SignUpRequest) -> bool:
    return reading.vault.mark_index(reading.campaign.slug, request.email) in reading.marks


def _group(reading: _Reading, index: str) -> Group | None:
    contact = queries.find_contact(reading.session, reading.campaign.id, index)
    return queries.group_of_contact(reading.session, contact.id) if contact else None


def _has_too_many(reading: _Reading, index: str, group: Group | None) -> bool:
    if group is None:
        return reading.live[index] >= MOST_SIGN_UPS
    if group.is_trusted:
        return False
    live = [s for s in queries.sign_ups_of_group(reading.session, group.id) if s.state in LIVE]
    return len(live) + reading.live[index] >= MOST_SIGN_UPS


def _slot(reading: _Reading, record: Record) -> tuple[Slot | None, Fault | None]:
    key = record.cells["slot"]
    try:
        slot = reading.slots.get(key) if key else _only_slot(reading, record)
        if slot is None or not is_open(slot, reading.now):
            raise SlotClosed
    except DomainError as error:
        return None, _fault(reading, error.field or "slot", error)
    return slot, None


def _only_slot(reading: _Reading, record: Record) -> Slot | None:
    site, wave = record.cells["site"], record.cells["wave"].removeprefix("w")
    if not site or not wave:
        raise InvalidValue(N_("Name a slot, or a site and a wave."), field="slot")
    found = [
        slot
        for slot in reading.slots.values()
        if slot.site.mission.slug == site
        and str(slot.wave.number) == wave
        and is_open(slot, reading.now)
    ]
    if len(found) > 1:
        message = N_("The wave comes here %(count)s times: name the slot, such as %(slot)s.")
        raise InvalidValue(message, field="slot", count=len(found), slot=found[0].key)
    return found[0] if found else None


def _fault(reading: _Reading, column: str, error: DomainError) -> Fault:
    return Fault(column, error_text(error, reading.language))
