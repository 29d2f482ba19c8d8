"""Puts a text wherever somebody types one: plain columns, values within JSON, sealed values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Enum, LargeBinary, String, select, update
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.core.crypto import open_sealed, seal
from protestcoord.core.database import Base
from protestcoord.core.web import db
from protestcoord.organizers import audit
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.sealing import accounts_key
from protestcoord.rekeying import SEALED_BY_ACCOUNTS, SEALED_BY_CAMPAIGN, SealedColumn
from tests.stored import NOW
from tests.test_authorization import World

# What is a name, and stands in sentences of ours.
NAMES = {
    "mission": ("name", "city"),
    "campaign": ("title",),
    "wave": ("title",),
    "group": ("name", "city"),
    "site_proposal": ("name", "city"),
    "passkey": ("name",),
    "message": ("subject",),
}
TEXTS = {
    "mission": (
        *("name_local", "address", "postal_code", "phone", "website", "jurisdiction", "sources"),
        "wikidata",
    ),
    "mission_correction": ("value", "source"),
    "campaign": ("statement",),
    "permit_note": ("authority", "note", "source"),
    "correction_proposal": ("source",),
    "organizer": ("email",),
    "sign_up": ("meeting_point", "accessibility", "languages"),
    "site_proposal": ("address", "source"),
    "group_edit": ("before", "after"),
    "report": ("text",),
}
# Values within JSON that are typed: of these keys, or of every key where none is named.
WITHIN = {
    "wave": {"published": ("title",)},
    "correction_proposal": {"values": ()},
    # Nobody can change an entry of the log, so ``plant`` adds one.
    "audit_entry": {"detail": ()},
}
# Keys of sealed values that are typed; the others are tokens and secrets of ours.
SEALED = ("email", "text")
# Every other column of texts: keys, digests, codes and paths out of lists, what no page shows.
NOT_TYPED = {
    "mission": {"slug", "country", "timezone", "verified_on"},
    "mission_correction": {"column", "verified_on"},
    "campaign": {"slug"},
    "wave": {"recurrence"},
    "slot": {"timezone"},
    "permit_note": {"country"},
    "correction_proposal": {"verified_on"},
    "role": {"name"},
    "organizer": {"password", "fs_uniquifier"},
    "recovery_code": {"hash"},
    "passkey": {"credential_id", "public_key"},
    "organizer_session": {"hash", "challenge"},
    "audit_head": {"hash"},
    "audit_entry": {"hash", "act", "subject"},
    "membership": {"area_codes"},
    "invitation": {"id", "token_hash", "language", "area_codes"},
    "approval": {"subject"},
    "outbox_mail": {"id", "kind", "contact_id", "about"},
    "contact": {"id", "email_index", "domain_index"},
    "group": {"key", "language", "link_hash"},
    "sign_up": {"code_of_conduct"},
    "handover": {"id", "token_hash"},
    "site_proposal": {"kind", "country"},
    "undo": {"act", "former"},
    "group_note": {"id"},
    "message": {"id", "audience"},
    "message_recipient": {"id"},
    "asked_mail": {"address_index"},
    "mail_block": {"address_index"},
    "report": {"about", "receipt_hash"},
    "subscription": {"id", "email_index", "language", "confirm_hash", "leave_hash"},
}

# What stands in a column, by its table, its name, and the number of the row.
Says = Callable[[str, str, int], str]


@dataclass(frozen=True)
class Typed:
    """A column that somebody typed into, or a part of it."""

    table: str
    column: str


def typed_columns() -> list[Typed]:
    """Every column that gets a text; a sealed one once, whatever it holds."""
    plain = [
        Typed(table, one) for of in (NAMES, TEXTS, WITHIN) for table in of for one in of[table]
    ]
    return plain + [
        Typed(one.table.__tablename__, one.value.key)
        for one in (*SEALED_BY_CAMPAIGN, *SEALED_BY_ACCOUNTS)
    ]


def unknown_columns() -> list[Typed]:
    """Columns that may hold a text and stand in none of these lists."""
    known = set(typed_columns())
    return [
        one
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON | LargeBinary)
        and not isinstance(column.type, Enum)
        and not column.foreign_keys
        and (one := Typed(table.name, column.name)) not in known
        and column.name not in NOT_TYPED.get(table.name, ())
    ]


def plant(world: World, says: Says) -> None:
    """Put into every typed column of every row what ``says`` gives for it."""
    with world.app.app_context():
        for table in sorted({*NAMES, *TEXTS}):
            _plant_plain(db.session(), table, says)
        for table, columns in WITHIN.items():
            if table == "audit_entry":
                text = says(table, "detail", 0)
                organizer = db.session.scalars(select(Organizer).order_by(Organizer.id)).first()
                audit.record(db.session(), organizer, "campaign.edit", text, NOW, what=text)
                continue
            for column, keys in columns.items():
                _plant_within(db.session(), table, column, keys, says)
        _plant_sealed(world, says)
        db.session.commit()


def _plant_plain(session: Session, table: str, says: Says) -> None:
    stored = Base.metadata.tables[table]
    columns = [*NAMES.get(table, ()), *TEXTS.get(table, ())]
    for number, row in enumerate(session.scalars(select(stored.c.id)).all()):
        texts = {column: says(table, column, number) for column in columns}
        session.execute(update(stored).where(stored.c.id == row).values(texts))


def _plant_within(
    session: Session, table: str, column: str, keys: tuple[str, ...], says: Says
) -> None:
    stored = Base.metadata.tables[table]
    rows = session.execute(select(stored.c.id, stored.c[column])).all()
    for number, (row, value) in enumerate(rows):
        told = {key: says(table, column, number) for key in keys or value}
        session.execute(update(stored).where(stored.c.id == row).values({column: value | told}))


def _plant_sealed(world: World, says: Says) -> None:
    keys = world.app.config["VAULT"].keys
    for campaign in db.session.scalars(select(Campaign)).all():
        for column in SEALED_BY_CAMPAIGN:
            rows = column.of_campaign(select(column.row, column.value), campaign.id)
            if keys.has(campaign.slug):
                _seal_anew(column, rows, keys.get(campaign.slug), says)
    key = accounts_key(world.app.config["SETTINGS"].instance)
    for column in SEALED_BY_ACCOUNTS:
        _seal_anew(column, select(column.row, column.value), key, says)


def _seal_anew(column: SealedColumn, rows: Any, key: bytes, says: Says) -> None:
    table = column.table.__tablename__
    for number, (row, value) in enumerate(db.session.execute(rows).all()):
        if not value:
            continue
        opened = open_sealed(key, table, str(row), value)
        told = {name: says(table, column.value.key, number) for name in SEALED if name in opened}
        sealed = seal(key, table, str(row), opened | told)
        change = update(column.table).where(column.row == row).values({column.value.key: sealed})
        db.session.execute(change)
