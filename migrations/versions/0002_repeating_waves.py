"""Let waves repeat, sites differ from a wave, and slots remember the wall clock asked for.

Revision ID: 0002
Revises: 0001
"""

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
    # Until now only a wave of same local time asked for a wall clock, and it was its start.
    op.execute(
        "UPDATE slot SET local_asked = (SELECT wave.start FROM wave WHERE wave.id = slot.wave_id) "
        "WHERE wave_id IN (SELECT id FROM wave WHERE synchronisation = 'same_local_time')"
    )
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


def _keep_what_is_public():
    """Write down of each wave with slots what the public reads of it: until now, what it says."""
    wave = sa.table(
        "wave",
        sa.column("id", sa.Integer),
        sa.column("title", sa.String),
        sa.column("synchronisation", sa.String),
        sa.column("start", sa.DateTime),
        sa.column("duration_minutes", sa.Integer),
        sa.column("published", sa.JSON),
    )
    slot = sa.table("slot", sa.column("wave_id", sa.Integer))
    connection = op.get_bind()
    with_slots = sa.select(wave).where(wave.c.id.in_(sa.select(slot.c.wave_id)))
    for row in connection.execute(with_slots).mappings().all():
        told = {
            "title": row["title"],
            "synchronisation": row["synchronisation"],
            "start": row["start"].isoformat(),
            "duration_minutes": row["duration_minutes"],
            "recurrence": "",
        }
        connection.execute(
            sa.update(wave).where(wave.c.id == row["id"]).values(published=told)
        )


def downgrade():
    op.drop_table("site_override")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_column("local_asked")
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_column("published")
        batch_op.drop_column("recurrence")
