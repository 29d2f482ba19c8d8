"""Count who says "I will come", if a campaign wants it.

Revision ID: 0007
Revises: 0006
"""

from alembic import op
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"


def upgrade():
    op.add_column(
        "campaign",
        sa.Column("counts_turnout", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "slot", sa.Column("shown_bucket", sa.Integer, nullable=False, server_default="0")
    )
    op.create_table(
        "turnout",
        sa.Column("slot_id", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_in_hour", sa.Integer, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_turnout_slot_id"),
        sa.PrimaryKeyConstraint("slot_id", name="pk_turnout"),
    )


def downgrade():
    op.drop_table("turnout")
    op.drop_column("slot", "shown_bucket")
    op.drop_column("campaign", "counts_turnout")
