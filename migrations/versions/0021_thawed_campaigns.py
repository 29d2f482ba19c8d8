"""Keep when a campaign was thawed last, from when on the time of mailed links begins anew.

Revision ID: 0021
Revises: 0020
"""

from alembic import op
import sqlalchemy as sa


revision = "0021"
down_revision = "0020"


def upgrade():
    op.add_column("campaign", sa.Column("thawed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("campaign", "thawed_at")
