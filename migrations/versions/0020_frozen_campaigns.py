"""Keep since when a campaign is frozen.

Revision ID: 0020
Revises: 0019
"""

from alembic import op
import sqlalchemy as sa


revision = "0020"
down_revision = "0019"


def upgrade():
    op.add_column("campaign", sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("campaign", "frozen_at")
