"""How are keys changed while the site runs: each sealed value opened with the old, sealed anew."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from protestcoord.campaigns.models import Campaign, Site, Slot
from protestcoord.config import Settings
from protestcoord.core.crypto import CannotOpen, KeyFolder, is_under_newest, open_sealed, seal
from protestcoord.core.database import Base, unit_of_work
from protestcoord.members.models import Invitation
from protestcoord.messages.models import Message
from protestcoord.organizers.models import SecondFactor
from protestcoord.signups.models import Contact, Group, GroupNote, Handover
from protestcoord.volunteers.models import Subscription

A_BATCH = 250
# Longer than a request may take from reading a key to its commit, so that what was sealed with the
# old one at the last moment is seen before the old one goes.
SETTLES_SECONDS = 2.0
ACCOUNTS = "accounts"

Rows = Select[Any]


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values, and which of its rows a campaign's key sealed.

    ``row`` is the column that values are bound to. A new sealed column has to stand in this list:
    ``tests/test_rekeying.py`` finds one that does not.
    """

    row: InstrumentedAttribute[Any]
    value: InstrumentedAttribute[Any]
    of_campaign: Callable[[Rows, int], Rows]

    @property
    def table(self) -> type[Base]:
        """The stored class."""
        found: type[Base] = self.row.parent.class_
        return found


def _of_groups(rows: Rows, campaign_id: int) -> Rows:
    return rows.join(Group).where(Group.campaign_id == campaign_id)


SEALED_BY_CAMPAIGN = (
    SealedColumn(
        Contact.id, Contact.sealed, lambda rows, of: rows.where(Contact.campaign_id == of)
    ),
    SealedColumn(Handover.id, Handover.sealed, _of_groups),
    SealedColumn(GroupNote.id, GroupNote.sealed, _of_groups),
    SealedColumn(
        Message.id, Message.sealed_text, lambda rows, of: rows.where(Message.campaign_id == of)
    ),
    SealedColumn(
        Subscription.id,
        Subscription.sealed,
        lambda rows, of: rows.join(Slot).join(Site).where(Site.campaign_id == of),
    ),
)
SEALED_BY_ACCOUNTS = (
    SealedColumn(SecondFactor.organizer_id, SecondFactor.sealed_secret, lambda rows, _: rows),
    SealedColumn(Invitation.id, Invitation.sealed, lambda rows, _: rows),
)


@dataclass(frozen=True)
class Change:
    """One key that is changed.

    Attributes:
        keys: Where it lies.
        name: What it is called.
        columns: What it seals.
        campaign_id: Of the campaign whose it is; 0 for that of accounts.
    """

    keys: KeyFolder
    name: str
    columns: tuple[SealedColumn, ...]
    campaign_id: int = 0


def changes_of(session: Session, settings: Settings, slug: str | None = None) -> list[Change]:
    """Return which keys there are to change: of one campaign, or all, that of accounts too."""
    keys = KeyFolder(settings.keys_folder)
    campaigns = session.execute(select(Campaign.slug, Campaign.id).order_by(Campaign.slug))
    found = [
        Change(keys, name, SEALED_BY_CAMPAIGN, campaign_id)
        for name, campaign_id in campaigns
        if slug in (None, name) and keys.has(name)
    ]
    accounts = KeyFolder(settings.instance)
    if slug is None and accounts.has(ACCOUNTS):
        found.append(Change(accounts, ACCOUNTS, SEALED_BY_ACCOUNTS))
    return found


def change_keys(
    sessions: sessionmaker[Session],
    changes: list[Change],
    settle: Callable[[float], None] = time.sleep,
) -> int:
    """Change keys and return how many values were sealed anew; nothing is unreadable meanwhile.

    Killed at any moment, the next call goes on: the old key is kept until no value needs it.
    """
    for change in changes:
        change.keys.begin_change(change.name)
    sealed = sum(_seal_all_anew(sessions, change) for change in changes)
    if changes:
        settle(SETTLES_SECONDS)
    for change in changes:
        sealed += _seal_all_anew(sessions, change)
        change.keys.end_change(change.name)
    return sealed


def _seal_all_anew(sessions: sessionmaker[Session], change: Change) -> int:
    """Seal until a whole pass found nothing to do: others may write at the same time."""
    key, total = change.keys.get(change.name), 0
    while done := sum(_pass(sessions, change, column, key) for column in change.columns):
        total += done
    return total


def _pass(sessions: sessionmaker[Session], change: Change, column: SealedColumn, key: bytes) -> int:
    done = 0
    with sessions() as session:
        for batch in _stale_batches(session, change, column, key):
            with unit_of_work(session):
                done += sum(_seal_anew(session, column, key, *row) for row in batch)
    return done


def _stale_batches(
    session: Session, change: Change, column: SealedColumn, key: bytes
) -> Iterator[list[tuple[Any, bytes]]]:
    """Yield rows that the former key sealed, some hundred at a time, in the order of their ids."""
    rows = column.of_campaign(select(column.row, column.value), change.campaign_id)
    chosen, after = rows.where(column.value.is_not(None)).order_by(column.row).limit(A_BATCH), None
    while True:
        page = chosen if after is None else chosen.where(column.row > after)
        found: Any = session.execute(page)
        batch = [(row, value) for row, value in found]
        if not batch:
            return
        after = batch[-1][0]
        name = column.table.__tablename__
        # What was wiped is empty.
        stale = [
            (row, value)
            for row, value in batch
            if value and not is_under_newest(key, name, str(row), value)
        ]
        if stale:
            yield stale


def _seal_anew(session: Session, column: SealedColumn, key: bytes, row: Any, value: bytes) -> bool:
    """Seal one value anew, unless somebody changed it meanwhile or nothing opens it."""
    name = column.table.__tablename__
    try:
        opened = open_sealed(key, name, str(row), value)
    except CannotOpen:
        return False
    changed = (
        update(column.table)
        .where(column.row == row, column.value == value)
        .values({column.value: seal(key, name, str(row), opened)})
        .execution_options(synchronize_session=False)
    )
    return bool(session.execute(changed).rowcount)  # type: ignore[attr-defined]
