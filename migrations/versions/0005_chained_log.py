"""Chain the log of acts, and let the database refuse to change it.

Revision ID: 0005
Revises: 0004
"""

import hashlib
import json
from datetime import timezone

from alembic import op
import sqlalchemy as sa


revision = "0005"
down_revision = "0004"

SQLITE = [
    """CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION audit_entry_append_only() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'the log is append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_append_only()""",
]


def upgrade():
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    with op.batch_alter_table("audit_entry") as batch:
        batch.add_column(sa.Column("number", sa.Integer, nullable=True))
        batch.add_column(sa.Column("hash", sa.String(64), nullable=True))
    number, last = _chain_what_is_there(op.get_bind())
    op.bulk_insert(head, [{"id": 1, "number": number, "hash": last}])
    with op.batch_alter_table("audit_entry") as batch:
        batch.alter_column("number", existing_type=sa.Integer, nullable=False)
        batch.alter_column("hash", existing_type=sa.String(64), nullable=False)
        batch.create_unique_constraint("uq_audit_entry_number", ["number"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _chain_what_is_there(connection):
    entry = sa.table(
        "audit_entry",
        sa.column("id", sa.Integer),
        sa.column("number", sa.Integer),
        sa.column("hash", sa.String),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("organizer_id", sa.Integer),
        sa.column("act", sa.String),
        sa.column("subject", sa.String),
        sa.column("detail", sa.JSON),
    )
    number, last = 0, "0" * 64
    for row in connection.execute(sa.select(entry).order_by(entry.c.id)).all():
        number += 1
        at = row.at if row.at.tzinfo else row.at.replace(tzinfo=timezone.utc)
        values = {
            "number": number,
            "at": at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
            "organizer_id": row.organizer_id,
            "act": row.act,
            "subject": row.subject,
            "detail": row.detail,
        }
        canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
        last = hashlib.sha256(f"{last}{canonical}".encode()).hexdigest()
        changed = sa.update(entry).where(entry.c.id == row.id)
        connection.execute(changed.values(number=number, hash=last))
    return number, last


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_entry_no_{act}")
    else:
        op.execute("DROP TRIGGER audit_entry_append_only ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_append_only")
    with op.batch_alter_table("audit_entry") as batch:
        batch.drop_constraint("uq_audit_entry_number", type_="unique")
        batch.drop_column("hash")
        batch.drop_column("number")
    op.drop_table("audit_head")
