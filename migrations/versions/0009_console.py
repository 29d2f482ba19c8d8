"""Keep notes on groups, and what can be undone.

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa


revision = "0009"
down_revision = "0008"


def upgrade():
    pass


def downgrade():
    pass
