"""Keep what groups say of themselves on the day, and from when a slot was moved.

Revision ID: 0014
Revises: 0013
"""

from alembic import op
import sqlalchemy as sa


revision = "0014"
down_revision = "0013"


def upgrade():
    op.create_table(
        "check_in",
        sa.Column("sign_up_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_up.id"], name=op.f("fk_check_in_sign_up_id")
        ),
        sa.PrimaryKeyConstraint("sign_up_id", name=op.f("pk_check_in")),
    )
    op.add_column("slot", sa.Column("moved_from", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("slot", "moved_from")
    op.drop_table("check_in")
