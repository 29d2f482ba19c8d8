"""Keep what a group says of its permit.

Revision ID: 0008
Revises: 0007
"""

from alembic import op
import sqlalchemy as sa


revision = "0008"
down_revision = "0007"


def upgrade():
    pass


def downgrade():
    pass
