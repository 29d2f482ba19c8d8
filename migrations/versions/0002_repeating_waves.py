"""Let waves repeat, sites differ from a wave, and slots remember the wall clock asked for.

Revision ID: 0002
Revises: 0001
"""

from collections import Counter
from datetime import UTC
from zoneinfo import ZoneInfo

from alembic import op
import sqlalchemy as sa


revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("recurrence", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("published", sa.JSON(), nullable=True))
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("local_asked", sa.DateTime(), nullable=True))
    _keep_wall_clocks()
    _keep_what_is_public()
    op.create_table(
        "site_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=True),
        sa.Column("local_time", sa.Time(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_override_site_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_site_override_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_override")),
        sa.UniqueConstraint(
            "wave_id",
            "site_id",
            "occurrence",
            name=op.f("uq_site_override_wave_id_site_id_occurrence"),
        ),
    )


WAVE = sa.table(
    "wave",
    sa.column("id", sa.Integer),
    sa.column("title", sa.String),
    sa.column("synchronisation", sa.String),
    sa.column("start", sa.DateTime),
    sa.column("duration_minutes", sa.Integer),
    sa.column("relay_kind", sa.String),
    sa.column("window_start", sa.Time),
    sa.column("window_end", sa.Time),
    sa.column("relay_hours", sa.Integer),
    sa.column("published", sa.JSON),
)
SLOT = sa.table(
    "slot",
    sa.column("id", sa.Integer),
    sa.column("wave_id", sa.Integer),
    sa.column("starts_at", sa.DateTime(timezone=True)),
    sa.column("timezone", sa.String),
    sa.column("adjustment", sa.String),
    sa.column("local_asked", sa.DateTime),
)


def _keep_wall_clocks():
    """Write down of each slot of same local time which wall clock was asked for.

    Its own, since the wave may have been edited since and not published; only where clocks
    adjusted it, the wave's, if that is what it follows from.
    """
    connection = op.get_bind()
    local = sa.select(SLOT, WAVE.c.start).join_from(SLOT, WAVE, SLOT.c.wave_id == WAVE.c.id)
    for row in connection.execute(local.where(WAVE.c.synchronisation == "same_local_time")).all():
        here = ZoneInfo(row.timezone)
        starts_at = row.starts_at.replace(tzinfo=row.starts_at.tzinfo or UTC)
        asked = starts_at.astimezone(here).replace(tzinfo=None)
        if row.adjustment != "none":
            follows = row.start.replace(tzinfo=here).astimezone(UTC) == starts_at
            asked = row.start if follows else None
        connection.execute(sa.update(SLOT).where(SLOT.c.id == row.id).values(local_asked=asked))


def _keep_what_is_public():
    """Write down of each wave with slots what is public of it: its start as its slots have it."""
    connection = op.get_bind()
    with_slots = sa.select(WAVE).where(WAVE.c.id.in_(sa.select(SLOT.c.wave_id)))
    for row in connection.execute(with_slots).all():
        told = {
            "title": row.title,
            "synchronisation": row.synchronisation,
            "start": _start_of(connection, row).isoformat(),
            "duration_minutes": row.duration_minutes,
            "relay_kind": row.relay_kind,
            "window_start": row.window_start.isoformat("minutes"),
            "window_end": row.window_end.isoformat("minutes"),
            "relay_hours": row.relay_hours,
            "recurrence": "",
        }
        connection.execute(sa.update(WAVE).where(WAVE.c.id == row.id).values(published=told))


def _start_of(connection, wave):
    slots = connection.execute(sa.select(SLOT).where(SLOT.c.wave_id == wave.id)).all()
    if wave.synchronisation == "same_local_time":
        asked = Counter(slot.local_asked for slot in slots if slot.local_asked)
        return asked.most_common(1)[0][0] if asked else wave.start
    starts = {slot.starts_at for slot in slots}
    if wave.synchronisation == "same_instant" and len(starts) == 1:
        (starts_at,) = starts
        in_utc = starts_at.astimezone(UTC) if starts_at.tzinfo else starts_at
        return in_utc.replace(tzinfo=None)
    return wave.start


def downgrade():
    op.drop_table("site_override")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_column("local_asked")
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_column("published")
        batch_op.drop_column("recurrence")
