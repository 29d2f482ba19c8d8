"""Keep when a group took a slot although it clashed with another one of its own.

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa


revision = "0003"
down_revision = "0002"


def upgrade():
    op.add_column(
        "sign_up", sa.Column("clash_accepted_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade():
    # Not by batch: SQLite would copy the table and lose the check that ties place to state.
    op.drop_column("sign_up", "clash_accepted_at")
